"""A month's pages read together: what each machine and each service drew and cost, in all and day by day, and what wasn't counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce

from simulacra.model.costs import MachineUse, Money, Page, ServiceUse, Stay, money_sum
from simulacra.model.ledger import rent_of
from simulacra.model.months import day_began_s, day_ends_s

WH, HOUR_S = 1000.0, 3600.0
CAUGHT_UP_S = 600.0
"""What isn't written down yet is no gap, for so long."""


@dataclass(frozen=True, slots=True)
class MachineCost:
    """``kwh`` None: nobody knew what it draws. ``own_kwh`` of it went to no service. ``unknown_hours`` of ``hours`` aren't in ``kwh``.
    ``spared_kwh`` and ``spared``: what it would have drawn and cost more at least, left on instead of asleep.
    """

    machine: str
    hours: float = 0.0
    kwh: float | None = 0.0
    own_kwh: float = 0.0
    unknown_hours: float = 0.0
    spared_kwh: float = 0.0
    electricity: Money = ()
    spared: Money = ()
    rent: Money = ()

    def plus(self, other: MachineCost) -> MachineCost:
        kwh = None if self.kwh is None and other.kwh is None else (self.kwh or 0.0) + (other.kwh or 0.0)
        return MachineCost(
            self.machine,
            self.hours + other.hours,
            kwh,
            self.own_kwh + other.own_kwh,
            self.unknown_hours + other.unknown_hours,
            self.spared_kwh + other.spared_kwh,
            money_sum(self.electricity, other.electricity),
            money_sum(self.spared, other.spared),
            money_sum(self.rent, other.rent),
        )


@dataclass(frozen=True, slots=True)
class ServiceCost:
    """Its part of what the machines drew and cost that it ran on, by the processor that it was given."""

    service: str
    kwh: float = 0.0
    electricity: Money = ()
    rent: Money = ()

    def plus(self, other: ServiceCost) -> ServiceCost:
        return ServiceCost(
            self.service, self.kwh + other.kwh, money_sum(self.electricity, other.electricity), money_sum(self.rent, other.rent)
        )


@dataclass(frozen=True, slots=True)
class Costs:
    """Of a time: rows by name. ``gap_hours`` of it nobody counted. ``unpriced`` are the rented machines whose price nothing tells."""

    machines: tuple[MachineCost, ...] = ()
    services: tuple[ServiceCost, ...] = ()
    gap_hours: float = 0.0
    unpriced: tuple[str, ...] = ()

    @property
    def total(self) -> MachineCost:
        return reduce(MachineCost.plus, self.machines, MachineCost(""))


@dataclass(frozen=True, slots=True)
class MonthCosts:
    """``days`` are those of which something is known. ``counted_until_s``: the last that was written down (Unix seconds); 0: nothing."""

    month: str
    whole: Costs = Costs()
    days: tuple[tuple[date, Costs], ...] = ()
    counted_until_s: float = 0.0


def month_costs(timezone: str, month: str, pages: Sequence[Page], began_s: float | None, now_s: float) -> MonthCosts:
    """The month (``2026-11``) from its pages. ``began_s``: when counting began; None where that isn't known."""
    stays = _stays(pages)
    counted_until_s = max((it.until_s for it in pages), default=0.0)
    until_s = counted_until_s if now_s - counted_until_s <= CAUGHT_UP_S else now_s
    if began_s is None or began_s > until_s:  # by a clock that went wrong
        began_s = min((day_began_s(timezone, date.fromisoformat(it.day)) for it in pages), default=until_s)
    of_day = defaultdict[str, list[Page]](list)
    for page in pages:
        of_day[page.day].append(page)
    days = []
    for day in _days(month):
        costs = _of_day(timezone, day, of_day.get(day.isoformat(), []), stays, (began_s, until_s))
        if costs != Costs():
            days.append((day, costs))
    return MonthCosts(month, _summed([costs for _, costs in days]), tuple(days), counted_until_s)


def _days(month: str) -> Iterable[date]:
    first = date.fromisoformat(f"{month}-01")
    days = (first + timedelta(days=number) for number in range(31))
    return (day for day in days if day.month == first.month)


def _stays(pages: Iterable[Page]) -> tuple[Stay, ...]:
    """Each server once, for all the time that it was seen: what it cost is known of days too on which nobody counted."""
    found: dict[tuple[str, str], Stay] = {}
    for stay in (it for page in pages for it in page.stays):
        found[stay.key] = found[stay.key].plus(stay) if stay.key in found else stay
    return tuple(found[key] for key in sorted(found))


def _of_day(timezone: str, day: date, pages: Sequence[Page], stays: Iterable[Stay], known: tuple[float, float]) -> Costs:
    """``known`` is from when until when it could have been counted."""
    began_s, ends_s = day_began_s(timezone, day), day_ends_s(timezone, day)
    there = [it for it in stays if it.server.created_s < ends_s and it.seen_s >= began_s]
    rents = _rents(there, began_s, ends_s)
    machines = {name: MachineCost(name, rent=rent) for name, rent in rents.items()}
    services: dict[str, ServiceCost] = {}
    for page in pages:
        for use in page.machines:
            cost = _machine_cost(use, page)
            machines[use.machine] = machines[use.machine].plus(cost) if use.machine in machines else cost
        for part in page.services:
            of_service = _service_cost(part, page)
            services[part.service] = services[part.service].plus(of_service) if part.service in services else of_service
    counted_s = next((it.counted_s for it in pages if it.number == 0), 0.0)
    gap_s = max(0.0, min(known[1], ends_s) - max(known[0], began_s)) - counted_s
    return Costs(
        tuple(machines[name] for name in sorted(machines)),
        tuple(services[name] for name in sorted(services)),
        gap_s / HOUR_S if gap_s >= 1.0 else 0.0,
        tuple(sorted({it.server.machine for it in there if it.server.price is None})),
    )


def _rents(stays: Iterable[Stay], began_s: float, ends_s: float) -> Mapping[str, Money]:
    """What the units of billing cost that began on that day, by machine."""
    sums: dict[str, dict[str, Decimal]] = {}
    for it in stays:
        amount = rent_of(it.server, it.unit_s, began_s, min(ends_s, it.seen_s))
        of_machine = sums.setdefault(it.server.machine, {})
        of_machine[it.currency] = of_machine.get(it.currency, Decimal(0)) + amount
    return {name: tuple((currency, float(amounts[currency])) for currency in sorted(amounts)) for name, amounts in sums.items()}


def _machine_cost(use: MachineUse, page: Page) -> MachineCost:
    unknown = use.wh == 0 and use.unknown_s > 0
    return MachineCost(
        use.machine,
        use.on_s / HOUR_S,
        None if unknown else use.wh / WH,
        use.own_wh / WH,
        use.unknown_s / HOUR_S,
        use.spared_wh / WH,
        () if unknown else _electricity(use.wh, page),
        _electricity(use.spared_wh, page) if use.spared_wh else (),
    )


def _service_cost(use: ServiceUse, page: Page) -> ServiceCost:
    return ServiceCost(use.service, use.wh / WH, _electricity(use.wh, page), use.rent)


def _electricity(wh: float, page: Page) -> Money:
    return ((page.currency, wh / WH * page.price_per_kwh),) if page.currency else ()


def _summed(days: Sequence[Costs]) -> Costs:
    machines, services = defaultdict[str, list[MachineCost]](list), defaultdict[str, list[ServiceCost]](list)
    for costs in days:
        for machine in costs.machines:
            machines[machine.machine].append(machine)
        for service in costs.services:
            services[service.service].append(service)
    return Costs(
        tuple(reduce(MachineCost.plus, machines[name]) for name in sorted(machines)),
        tuple(reduce(ServiceCost.plus, services[name]) for name in sorted(services)),
        sum(it.gap_hours for it in days),
        tuple(sorted({name for it in days for name in it.unpriced})),
    )
