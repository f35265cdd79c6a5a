"""From draws that held for a while to what is added to a day's pages. Values only; each page is taken on from where it has counted to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from simulacra.model.cloud import HOUR_S
from simulacra.model.costs import Draw, MachineUse, Page, Sample, ServiceUse, Stay

PAGE_BYTES = 56 * 1024
"""Nomad takes 64 KiB in a variable at most."""
ROW_BYTES, STAY_BYTES = 100, 400
"""A row has so many at most, beside what names it."""

Key = tuple[str, ...]
"""Which row it is: its kind, and its names."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time (Unix seconds) for which the draws held.

    ``found``: that is only taken on, of a time before anybody here had looked: it counts where a page has counted up to within it.
    """

    start_s: float
    end_s: float
    draws: tuple[Draw, ...]
    found: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """What was used in a time, of which ``counted_s`` are known. Whoever used nothing has no row."""

    machines: Mapping[str, MachineUse]
    services: Mapping[str, ServiceUse]
    counted_s: float = 0.0


def used(stretches: Iterable[Stretch], from_s: float, until_s: float) -> Use:
    """What was used from then until then, as far as the stretches tell."""
    lasted: dict[int, tuple[Draw, float]] = {}
    counted_s = 0.0
    for it in stretches:
        seconds = min(it.end_s, until_s) - max(it.start_s, from_s)
        if seconds <= 0 or (it.found and from_s < it.start_s):
            continue
        counted_s += seconds
        for draw in it.draws:
            lasted[id(draw)] = draw, lasted.get(id(draw), (draw, 0.0))[1] + seconds
    sums = _Sums({}, {}, {})
    for draw, seconds in lasted.values():
        sums.add(draw, seconds)
    return sums.use(counted_s)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Amounts as they are added up, in the order of the fields of `MachineUse` and `ServiceUse`; rents by service and currency."""

    machines: dict[str, list[float]]
    services: dict[str, float]
    rents: dict[str, dict[str, float]]

    def add(self, draw: Draw, seconds: float) -> None:
        hours = seconds / HOUR_S
        wh, given = (draw.watts or 0.0) * hours, 0.0
        for service, share in draw.parts:
            given += wh * share
            self.services[service] = self.services.get(service, 0.0) + wh * share
            if draw.fee is not None:
                rents = self.rents.setdefault(service, {})
                rents[draw.fee.currency] = rents.get(draw.fee.currency, 0.0) + draw.fee.per_hour * hours * share
        on_s = draw.on * seconds
        row = (wh, max(0.0, wh - given), on_s, on_s if draw.watts is None else 0.0, draw.spared_watts * hours)
        if any(row):
            before = self.machines.setdefault(draw.machine, [0.0] * len(row))
            self.machines[draw.machine] = [one + other for one, other in zip(before, row, strict=True)]

    def use(self, counted_s: float) -> Use:
        return Use(
            {name: MachineUse(name, *row) for name, row in self.machines.items()},
            {name: ServiceUse(name, wh, tuple(sorted(self.rents.get(name, {}).items()))) for name, wh in self.services.items()},
            counted_s,
        )


def taken_on(
    pages: Sequence[Page], day: str, began_s: float, until_s: float, stretches: Sequence[Stretch], sample: Sample
) -> tuple[Page, ...]:
    """The pages of a day that change, as they are when they have counted until then; nothing before ``began_s`` counts. ``sample`` has the
    tariff, and the stays of the time.

    They are to be written in this order, the last one first: a row that is on none yet counts from where all of them have counted to.
    """
    reached_s = min(it.until_s for it in pages) if any(it.number == 0 for it in pages) else 0.0
    uses = {from_s: used(stretches, from_s, until_s) for from_s in {max(began_s, it) for it in (reached_s, *(it.until_s for it in pages))}}
    whole = uses[max(began_s, reached_s)]
    if not pages and not whole.counted_s:
        return ()
    stays: dict[Key, Stay] = {("stay", *it.key): it for it in sample.stays if it.server.created_s < until_s and it.seen_s >= began_s}
    keys = [
        *(("machine", name) for name in sorted(whole.machines)),
        *(("service", name) for name in sorted(whole.services)),
        *sorted(stays),
    ]
    rows = _laid_out(pages, keys)
    known = {it.number: it for it in pages}
    made = []
    for number, mine in sorted(rows.items(), reverse=True):
        page = known.get(number) or Page(day, number, reached_s)
        if page.until_s < until_s:
            made.append(_page_with(page, uses[max(began_s, page.until_s)], mine, stays))
    price = (sample.tariff.price_per_kwh, sample.tariff.currency) if sample.tariff is not None else (0.0, "")
    return tuple(replace(it, until_s=until_s, price_per_kwh=price[0], currency=price[1]) for it in made)


def _page_with(page: Page, use: Use, mine: Iterable[Key], stays: Mapping[Key, Stay]) -> Page:
    """The page with what was used by those whose rows it has."""
    machines = {it.machine: it for it in page.machines}
    services = {it.service: it for it in page.services}
    there = {it.key: it for it in page.stays}
    for key in mine:
        name = key[1]
        if key[0] == "machine" and (more := use.machines.get(name)) is not None:
            machines[name] = machines[name].plus(more) if name in machines else more
        elif key[0] == "service" and (part := use.services.get(name)) is not None:
            services[name] = services[name].plus(part) if name in services else part
        elif (stay := stays.get(key)) is not None:
            there[stay.key] = there[stay.key].plus(stay) if stay.key in there else stay
    return replace(
        page,
        counted_s=page.counted_s + use.counted_s,
        machines=tuple(machines[name] for name in sorted(machines)),
        services=tuple(services[name] for name in sorted(services)),
        stays=tuple(there[key] for key in sorted(there)),
    )


def _laid_out(pages: Sequence[Page], wanted: Iterable[Key]) -> dict[int, frozenset[Key]]:
    """Which rows are each page's: those that it has, and as many new ones as it has room for; the rest open further pages."""
    has: dict[int, set[Key]] = {0: set()} | {page.number: set(_keys(page)) for page in pages}
    there = {key for keys in has.values() for key in keys}
    at, room = 0, _room(has[0])
    for key in wanted:
        if key in there:
            continue
        while room < _bytes(key) and has[at]:
            at += 1
            room = _room(has.setdefault(at, set()))
        has[at].add(key)
        room -= _bytes(key)
    return {number: frozenset(keys) for number, keys in has.items()}


def _room(keys: Iterable[Key]) -> int:
    return PAGE_BYTES - sum(map(_bytes, keys))


def _keys(page: Page) -> Iterator[Key]:
    yield from (("machine", it.machine) for it in page.machines)
    yield from (("service", it.service) for it in page.services)
    yield from (("stay", *it.key) for it in page.stays)


def _bytes(key: Key) -> int:
    """At most: a letter may have to be escaped."""
    return (STAY_BYTES if key[0] == "stay" else ROW_BYTES) + 2 * sum(len(name.encode()) for name in key)
