"""What machines draw and cost: measured while somebody steers, kept by day in Nomad variables.

`COSTS`/MM-DD/N holds a `Page` of that day, written by whoever holds the lease, with check-and-set; a day has page 0, and more where one is
full. Each page says until when it has counted, and what is added to it came after that: so nothing is counted twice, whoever adds it and
wherever he is killed. A year later the day's successor takes its place. `SINCE` holds when counting began.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from simulacra.model.ledger import Tenancy
from simulacra.model.settings import Electricity

COSTS = "simulacra/costs"
SINCE = f"{COSTS}/since"
NOBODYS = ""
"""The row of all jobs that are no service of the grid, and that of all machines that have no definition."""

Money = tuple[tuple[str, float], ...]
"""Amounts by currency, ordered by it: what is of two currencies is never added up."""


@dataclass(frozen=True, slots=True)
class Fee:
    """What a rented machine costs while it is there."""

    per_hour: float
    currency: str


@dataclass(frozen=True, slots=True)
class Draw:
    """What a machine draws at a moment. ``on``: so many machines are on; 1 or 0 but for those that have no definition, which are one row.

    ``watts`` None: nobody knows. ``spared_watts``: it would draw so much more at least, had it been left on. ``parts``: which share of the
    machine each service has been given, by name; together 1 at most, the rest is nobody's.
    """

    machine: str
    on: int = 1
    watts: float | None = 0.0
    spared_watts: float = 0.0
    parts: tuple[tuple[str, float], ...] = ()
    fee: Fee | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A server that is paid for in units of ``unit_s``, and was there until ``seen_s`` (Unix seconds) at least."""

    server: Tenancy
    cloud: str
    currency: str
    unit_s: float
    seen_s: float

    @property
    def key(self) -> tuple[str, str]:
        return self.cloud, self.server.id

    def plus(self, other: Stay) -> Stay:
        """The same as seen another time, over all the time of both; a price that was told once is kept."""
        newest, older = (self, other) if self.seen_s > other.seen_s else (other, self)
        server = replace(
            newest.server,
            created_s=min(newest.server.created_s, older.server.created_s),
            price=newest.server.price if newest.server.price is not None else older.server.price,
        )
        return replace(newest, server=server)


@dataclass(frozen=True, slots=True)
class Sample:
    """All that is measured at one look; ``draws`` by machine."""

    draws: tuple[Draw, ...] = ()
    stays: tuple[Stay, ...] = ()
    timezone: str = "UTC"
    tariff: Electricity | None = None


@dataclass(frozen=True, slots=True)
class MachineUse:
    """``own_wh`` of ``wh`` is what no service was given; ``unknown_s`` of ``on_s`` nobody knew the watts. ``spared_wh``: so much more it
    would have drawn at least, had it been left on instead of asleep.
    """

    machine: str
    wh: float = 0.0
    own_wh: float = 0.0
    on_s: float = 0.0
    unknown_s: float = 0.0
    spared_wh: float = 0.0

    def plus(self, other: MachineUse) -> MachineUse:
        return MachineUse(
            self.machine,
            self.wh + other.wh,
            self.own_wh + other.own_wh,
            self.on_s + other.on_s,
            self.unknown_s + other.unknown_s,
            self.spared_wh + other.spared_wh,
        )


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """Its part of what the machines drew that it ran on, and of what the rented ones among them cost."""

    service: str
    wh: float = 0.0
    rent: Money = ()

    def plus(self, other: ServiceUse) -> ServiceUse:
        return ServiceUse(self.service, self.wh + other.wh, money_sum(self.rent, other.rent))


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a day (``2026-11-29``, in the grid's time zone). Rows are by name, stays by cloud and id; each is on one page of its day.

    It has counted until ``until_s``, of which ``counted_s`` were known. A kWh costs what it cost when the page was written last;
    ``currency`` is empty where nothing told that.
    """

    day: str
    number: int = 0
    until_s: float = 0.0
    counted_s: float = 0.0
    price_per_kwh: float = 0.0
    currency: str = ""
    machines: tuple[MachineUse, ...] = ()
    services: tuple[ServiceUse, ...] = ()
    stays: tuple[Stay, ...] = ()
    index: int = field(default=0, compare=False)
    """The variable's modify index, for check-and-set; 0: there is none yet."""


def page_path(day: date, number: int) -> str:
    """The path of the variable; that of the same day of other years too."""
    return f"{COSTS}/{day:%m-%d}/{number}"


def money_sum(*amounts: Money) -> Money:
    """Each currency for itself."""
    if sum(map(bool, amounts)) <= 1:
        return next(filter(None, amounts), ())
    total: dict[str, float] = {}
    for currency, amount in (it for each in amounts for it in each):
        total[currency] = total.get(currency, 0.0) + amount
    return tuple(sorted(total.items()))
