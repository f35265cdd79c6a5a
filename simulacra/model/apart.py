"""Which N of a grid's zones are least likely to end up in the same half when a cable is cut: from the uplink tree and the distances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

from simulacra.model.asks import group_asks
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine
from simulacra.model.rented import own_machines
from simulacra.model.service import Service
from simulacra.model.tiers import tier_of

_SETS_AT_MOST = 5000
"""So many sets of zones are compared with each other. Where there are more, the best set of fewer zones is looked for among as many, and
the others join it one by one."""
_NAMED_AT_MOST = 4


@dataclass(frozen=True, slots=True)
class Cable:
    """What a cut takes away: a zone's own cable (``uplink`` is False) or an uplink's; ``behind`` are the zones on its far side, by name."""

    name: str
    uplink: bool
    behind: frozenset[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """The zones chosen, by name, of how many, and why these.

    ``parted`` are the cables whose cut leaves one of them on each side, ``bare`` those whose cut leaves a side with machines of one's own
    but without any of them; where a zone and an uplink stand for the same halves, the uplink is named. ``unfit`` are the zones without
    a machine that could carry the service.
    """

    zones: tuple[str, ...]
    of: int
    parted: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()

    def reason(self) -> tuple[str, ...]:
        """In words, a line or two."""
        head = f"in {len(self.zones)} of {self.of} zones, {_listed(self.zones, 'and')}"
        good = f"a cut of {_listed(self.parted, 'or')} leaves one on each side" if self.parted else ""
        bad = f"a cut of {_listed(self.bare, 'or')} leaves one side without" if self.bare else ""
        unfit = f"no machine for it in {_listed(self.unfit, 'or')}" if self.unfit else ""
        first, *rest = [text for text in (good, bad, unfit) if text] or ["no cut parts them from others"]
        return (f"{head}: {first};", "; ".join(rest)) if rest else (f"{head}: {first}",)


class _Same:
    """A grid as a key: that very object, and not an equal one. To hash a whole grid once for each of its services would be slow."""

    __slots__ = ("grid",)

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.grid is self.grid

    def __hash__(self) -> int:
        return id(self.grid)


def own_zones(grid: Grid) -> tuple[str, ...]:
    """The zones with at least one machine of one's own, by name."""
    return _surveyed(_Same(grid)).own


def chosen(grid: Grid, service: Service, number: int) -> Choice:
    """The so many zones for the service that are least likely to end up in the same half; all of one's own where there are no more."""
    survey = _surveyed(_Same(grid))
    key = (number, service.tier, _drivers(service))
    found = survey.choices.get(key)
    if found is None:
        found = survey.choices[key] = survey.choose(number, survey.fit(service))
    return found


def _drivers(service: Service) -> tuple[tuple[str, ...], ...]:
    """Of each group, by name."""
    return tuple(sorted({ask.drivers for ask in group_asks(service)}))


def cables(grid: Grid) -> tuple[Cable, ...]:
    """All that can be cut, uplinks first, by name; ``behind`` holds any zone, also those without a machine of one's own."""
    above = {uplink.name: uplink.via for uplink in grid.uplinks}
    behind: dict[str, set[str]] = {uplink.name: set() for uplink in grid.uplinks}
    for zone in grid.zones:
        for uplink in _way_up(zone.uplink, above):
            behind[uplink].add(zone.name)
    return (
        *(Cable(name, True, frozenset(zones)) for name, zones in sorted(behind.items())),
        *(Cable(name, False, frozenset({name})) for name in sorted(zone.name for zone in grid.zones)),
    )


def _way_up(uplink: str | None, above: dict[str, str | None]) -> tuple[str, ...]:
    """The uplinks between a zone and the wide world, the nearest first."""
    way: list[str] = []
    while uplink is not None and uplink in above and uplink not in way:
        way.append(uplink)
        uplink = above[uplink]
    return tuple(way)


class _Survey:
    """What choosing needs to know of a grid, found out once; sets of zones are the bits of a number, in the order of ``own``."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        machines = self.machines = own_machines(grid)
        self.own = tuple(sorted({machine.zone for machine in machines}))
        self.choices: dict[tuple[int, str | None, tuple[tuple[str, ...], ...]], Choice] = {}
        self._cables = cables(grid)
        self._machines = tuple(sum(1 for it in machines if it.zone == zone) for zone in self.own)
        self._steady = tuple(any(it.never_sleeps for it in machines if it.zone == zone) for zone in self.own)
        behind = [(cable, self._bits(cable.behind)) for cable in self._cables]
        everything = (1 << len(self.own)) - 1
        self._cuts = tuple((cable, side, everything & ~side) for cable, side in behind if side and side != everything)
        self._halves = tuple((one, other, self._weight(one), self._weight(other)) for _, one, other in self._cuts)
        self._rtt = {(zone.name, other): rtt for zone in grid.zones for other, rtt in zone.rtt_ms}
        self._distance: dict[tuple[int, int], tuple[int, float]] = {}

    def fit(self, service: Service) -> frozenset[int]:
        """The zones with machines that could carry every group of the service, as far as its definition tells."""
        tier = self.grid.tier(service.tier) if service.tier is not None else None
        rank = tier.rank if tier is not None else None
        able = [{it.zone for it in self.machines if _could(self.grid, it, rank, drivers)} for drivers in _drivers(service)]
        return frozenset(index for index, zone in enumerate(self.own) if all(zone in zones for zones in able))

    def choose(self, number: int, fit: frozenset[int]) -> Choice:
        """The best set of so many; where fewer are fit, those and the best of the others beside them."""
        every = range(len(self.own))
        if number >= len(self.own):
            best = tuple(every)
        elif len(fit) >= number:
            best = self._grown((), sorted(fit), number)
        else:
            best = self._grown(tuple(sorted(fit)), [index for index in every if index not in fit], number)
        return self._told(best, tuple(self.own[index] for index in every if index not in fit))

    def _grown(self, given: tuple[int, ...], others: Sequence[int], number: int) -> tuple[int, ...]:
        """The best set of that number that holds the given ones: compared all at once as far as the bound allows, then one by one."""
        missing = number - len(given)
        if comb(len(others), missing) > _SETS_AT_MOST:
            missing = next(size for size in range(missing, 0, -1) if size == 1 or comb(len(others), size) <= _SETS_AT_MOST)
        best = self._best(tuple(sorted((*given, *more))) for more in combinations(others, missing))
        while len(best) < number:
            best = self._best(tuple(sorted((*best, one))) for one in others if one not in best)
        return best

    def _best(self, sets: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
        """First by the cuts, which are quickly counted; what is equal there by distance, machines and names."""
        ranked = [(self._by_cuts(one), one) for one in sets]
        top = min(rank for rank, _ in ranked)
        return min((one for rank, one in ranked if rank == top), key=lambda one: (self._by_distance(one), one))

    def _by_cuts(self, zones: tuple[int, ...]) -> tuple[int, int]:
        """The fewer the better: cuts with all of them on one side, and the machines in the halves that are left without, over all cuts."""
        bits = sum(1 << zone for zone in zones)
        without = [weight for one, other, here, there in self._halves for side, weight in ((one, here), (other, there)) if not bits & side]
        return len(without), sum(without)

    def _by_distance(self, zones: tuple[int, ...]) -> tuple[int, float, int, int]:
        """The smaller the better, each with its sign turned: cables between them, the shortest round trip, steady zones, machines."""
        pairs = [self._between(*pair) for pair in combinations(zones, 2)]
        return (
            -sum(cables_between for cables_between, _ in pairs),
            -min((rtt for _, rtt in pairs), default=0.0),
            -sum(self._steady[zone] for zone in zones),
            -sum(self._machines[zone] for zone in zones),
        )

    def _between(self, one: int, other: int) -> tuple[int, float]:
        """How many cables are between two zones, and the round trip in milliseconds, 0 where it isn't known."""
        if (one, other) not in self._distance:
            first, second = sorted((self.own[one], self.own[other]))
            between = sum(1 for cable in self._cables if (first in cable.behind) != (second in cable.behind))
            self._distance[one, other] = between, self._rtt.get((first, second), self._rtt.get((second, first), 0.0))
        return self._distance[one, other]

    def _told(self, zones: tuple[int, ...], unfit: tuple[str, ...]) -> Choice:
        bits = sum(1 << zone for zone in zones)
        parted, bare = (
            self._named([(cable, side) for cable, side, rest in self._cuts if bool(bits & side and bits & rest) is good])
            for good in (True, False)
        )
        return Choice(tuple(self.own[zone] for zone in zones), len(self.own), parted, bare, unfit)

    def _named(self, cuts: Sequence[tuple[Cable, int]]) -> tuple[str, ...]:
        """The uplinks, and those zones for whose halves no uplink stands."""
        everything = (1 << len(self.own)) - 1
        by_uplink = {half for cable, side in cuts if cable.uplink for half in (side, everything & ~side)}
        return tuple(cable.name for cable, side in cuts if cable.uplink or side not in by_uplink)

    def _bits(self, zones: frozenset[str]) -> int:
        return sum(1 << index for index, zone in enumerate(self.own) if zone in zones)

    def _weight(self, bits: int) -> int:
        return sum(machines for index, machines in enumerate(self._machines) if bits >> index & 1)


@lru_cache(maxsize=4)
def _surveyed(same: _Same) -> _Survey:
    return _Survey(same.grid)


def _could(grid: Grid, machine: Machine, rank: int | None, drivers: Sequence[str]) -> bool:
    """Whether the machine could carry it: what its definition doesn't say speaks for it."""
    tier = tier_of(grid, machine)
    if rank is not None and (tier.rank < rank if tier is not None else machine.has is not None):
        return False
    return machine.has is None or not machine.has.drivers or set(drivers) <= set(machine.has.drivers)


def _listed(names: Sequence[str], word: str) -> str:
    shown = [*names] if len(names) <= _NAMED_AT_MOST else [*names[: _NAMED_AT_MOST - 1], f"{len(names) - _NAMED_AT_MOST + 1} more"]
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}" if len(shown) > 1 else "".join(shown)
