"""What was drawn and spent, in Nomad variables, as `simulacra.model.costs` lays it out. Each write is check-and-set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from simulacra.gateways.journal import NOBODY, Variables
from simulacra.gateways.journal_json import Broken, from_json, to_json
from simulacra.gateways.nomad_faults import Conflict
from simulacra.gateways.nomad_values import Variable
from simulacra.gateways.several import at_once
from simulacra.model.costs import COSTS, SINCE, MachineUse, Page, ServiceUse, Stay, page_path

ITEM = "page"
WH_DIGITS, S_DIGITS, MONEY_DIGITS = 4, 3, 8
"""Behind the point; a page has a thousand rows."""


@dataclass(frozen=True, slots=True)
class _Since:
    since_s: float


@dataclass(frozen=True, slots=True)
class _Written:
    """A page as it is written: its many rows as lists, of the fields of `MachineUse` and `ServiceUse` in their order."""

    day: str
    number: int
    until_s: float
    counted_s: float
    price_per_kwh: float = 0.0
    currency: str = ""
    machines: tuple[tuple[str, float, float, float, float, float], ...] = ()
    services: tuple[tuple[str, float, tuple[tuple[str, float], ...]], ...] = ()
    stays: tuple[Stay, ...] = ()


class Accounts:
    """The pages of the grid's days. What can't be read is told of, and counts as not there; the next write takes its place."""

    def __init__(self, variables: Variables, tell: Callable[[str], None]) -> None:
        self._variables, self._tell = variables, tell

    def began_s(self) -> float | None:
        """When counting began (Unix seconds); None where it hasn't."""
        variable = self._variables.variable(SINCE)
        text = variable.item("since") if variable is not None else None
        try:
            return from_json(_Since, text).since_s if text is not None else None
        except Broken as broken:
            self._tell(f"{SINCE}: {broken}")
            return None

    def since(self, now_s: float) -> float:
        """When counting began; where it hasn't, it begins at that time."""
        began_s = self.began_s()
        if began_s is not None:
            return began_s
        known = self._variables.variable(SINCE)
        try:
            self._variables.write_variable(SINCE, {"since": to_json(_Since(now_s))}, known.index if known is not None else 0)
        except Conflict:
            return now_s  # somebody else has begun at the same time
        return now_s

    def pages(self, day: date) -> tuple[Page, ...]:
        """That day's pages, by number. A page of the same day of another year is there as an empty one, to be written over."""
        prefix = page_path(day, 0).removesuffix("0")
        return tuple(sorted((self._page(it, day) for it in self._below(prefix) if _number(it.path) is not None), key=lambda it: it.number))

    def month(self, year: int, month: int) -> tuple[Page, ...]:
        """All pages of that month's days, by day and number; those that another year's have taken the place of aren't there."""
        prefix = f"{COSTS}/{month:02d}-"
        found = (self._read(it) for it in self._below(prefix))
        return tuple(
            sorted(
                (it for it in found if it is not None and it.day.startswith(f"{year:04d}-{month:02d}-")), key=lambda it: (it.day, it.number)
            )
        )

    def write(self, page: Page) -> Page:
        """Write the page if it hasn't changed since it was read (its index), else raises `Conflict`; the page with its new index."""
        text = to_json(_written(page))
        path = page_path(date.fromisoformat(page.day), page.number)
        return replace(page, index=self._variables.write_variable(path, {ITEM: text}, page.index))

    def _below(self, prefix: str) -> Iterable[Variable]:
        """Whoever may not read them is shown none; so one is asked for by its name then."""
        stubs = self._variables.variables(prefix)
        if not stubs:
            self._variables.variable(f"{prefix}{NOBODY}")
        return [it for it in at_once(self._variables.variable, [stub.path for stub in stubs]) if it is not None]

    def _page(self, variable: Variable, day: date) -> Page:
        number = _number(variable.path) or 0
        found = self._read(variable)
        if found is None or found.day != day.isoformat() or found.number != number:
            return Page(day.isoformat(), number, index=variable.index)
        return found

    def _read(self, variable: Variable) -> Page | None:
        text = variable.item(ITEM)
        try:
            page = _page_of(from_json(_Written, text)) if text is not None else None
        except Broken as broken:
            self._tell(f"{variable.path}: {broken}; what was counted there is lost")
            return None
        return replace(page, index=variable.index) if page is not None else None


def _number(path: str) -> int | None:
    text = path.rpartition("/")[2]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _written(page: Page) -> _Written:
    return _Written(
        page.day,
        page.number,
        page.until_s,
        round(page.counted_s, S_DIGITS),
        page.price_per_kwh,
        page.currency,
        tuple(_machine_row(it) for it in page.machines),
        tuple((it.service, round(it.wh, WH_DIGITS), _money_row(it)) for it in page.services),
        page.stays,
    )


def _machine_row(it: MachineUse) -> tuple[str, float, float, float, float, float]:
    wh, own_wh, spared_wh = (round(amount, WH_DIGITS) for amount in (it.wh, it.own_wh, it.spared_wh))
    return it.machine, wh, own_wh, round(it.on_s, S_DIGITS), round(it.unknown_s, S_DIGITS), spared_wh


def _money_row(it: ServiceUse) -> tuple[tuple[str, float], ...]:
    return tuple((currency, round(amount, MONEY_DIGITS)) for currency, amount in it.rent)


def _page_of(it: _Written) -> Page:
    try:
        date.fromisoformat(it.day)
    except ValueError as error:
        raise Broken(f"day is {it.day[:40]}, which it can't be") from error
    return Page(
        it.day,
        it.number,
        it.until_s,
        it.counted_s,
        it.price_per_kwh,
        it.currency,
        tuple(MachineUse(*row) for row in it.machines),
        tuple(ServiceUse(*row) for row in it.services),
        it.stays,
    )
