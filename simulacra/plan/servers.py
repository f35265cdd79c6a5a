"""Where Nomad's servers, and Consul's, should stand: so that whatever is cut, the bigger half keeps a leader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from simulacra.model.grid import Grid
from simulacra.model.machine import Machine
from simulacra.model.split import Cut, Parting, Seats
from simulacra.model.tiers import tier_of
from simulacra.model.words import listed
from simulacra.plan.cuts import Zones, partings

SIZES = (1, 3, 5)
_ZONES_AT_MOST = 16
"""Only so many zones are considered, those with the most machines and those with a server now."""


def seats(grid: Grid, cuts: Sequence[Cut], zones: Zones, servers: Collection[str], voters: int) -> Seats:
    """The best set of one, three or five machines that never sleep, for the ``cuts`` (all single ones), and how those that there are
    compare with it. Where several are equally good: the fewest servers, in the most zones, those that are servers already, by name.
    """
    now = tuple(sorted(servers))
    found = partings(cuts, len(zones), servers, voters) if voters else ()
    headless, smaller = _headless(found), _smaller(found)
    candidates = _candidates(grid, now)
    if not any(candidates.values()):
        return Seats(now, (), ("no machine is defined that never sleeps: a server must stay on",), headless, smaller)
    advised = _best(cuts, zones, candidates, Counter(zones.get(name) or "" for name in now))
    after = partings(cuts, len(zones), advised, len(advised))
    if voters == len(now) and (len(headless), len(smaller), len(now)) == (0, len(_smaller(after)), len(advised)):
        advised = now if all(_stays(grid.machine(name)) for name in now) else advised
        after = partings(cuts, len(zones), advised, len(advised))
    left = _smaller(after)
    return Seats(now, advised, tuple(_reasons(advised, zones, cuts, after)), headless, smaller, left)


def _headless(found: Sequence[Parting]) -> tuple[str, ...]:
    return tuple(it.cut.label for it in found if it.led is None)


def _smaller(found: Sequence[Parting]) -> tuple[str, ...]:
    return tuple(it.cut.label for it in found if it.led is not None and it.led < it.bigger)


def _candidates(grid: Grid, now: Collection[str]) -> dict[str, list[str]]:
    """By zone, the best first: those that are servers now, then higher tiers, then fewer watts."""

    def rank(machine: Machine) -> tuple[bool, int, float, str]:
        tier = tier_of(grid, machine)
        watts = machine.watts.idle if machine.watts is not None else float("inf")
        return machine.name not in now, -(tier.rank if tier is not None else 0), watts, machine.name

    found: dict[str, list[str]] = {}
    for machine in sorted(filter(_stays, grid.machines), key=rank):
        found.setdefault(machine.zone, []).append(machine.name)
    return found


def _stays(machine: Machine | None) -> bool:
    """Laptops and phones that nobody puts to sleep come and go: it must be said of a machine that it stays, or that it is a server."""
    return machine is not None and (machine.never_sleeps or (machine.server and machine.sleep is None))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Each cut between zones once: ``behind[cut, zone]`` is 1 for the zones behind it, ``machines`` how many are behind and on the other
    side.
    """

    behind: NDArray[np.int64]
    machines: NDArray[np.int64]


def _best(cuts: Sequence[Cut], zones: Zones, candidates: Mapping[str, Sequence[str]], now: Mapping[str, int]) -> tuple[str, ...]:
    """Machines of one zone differ only by their own cut, which takes a leader from the others where there is a single server."""
    sizes = Counter(zone for zone in zones.values() if zone is not None)
    names = sorted(candidates, key=lambda zone: (-now.get(zone, 0), -sizes[zone], zone))[:_ZONES_AT_MOST]
    sides = _sides(cuts, zones, names)
    ranked = []
    for size in SIZES:
        sets = [many for many in combinations_with_replacement(range(len(names)), size) if _fits(many, names, candidates)]
        for many, bad in zip(sets, _bad(sides, sets, len(names), len(zones)), strict=True):
            kept = sum(min(count, now.get(names[at], 0)) for at, count in Counter(many).items())
            ranked.append((bad, size, -len(set(many)), -kept, tuple(names[at] for at in many)))
    chosen = Counter(min(ranked)[-1])
    return tuple(sorted(name for zone, count in chosen.items() for name in candidates[zone][:count]))


def _fits(many: tuple[int, ...], names: Sequence[str], candidates: Mapping[str, Sequence[str]]) -> bool:
    return all(count <= len(candidates[names[at]]) for at, count in Counter(many).items())


def _sides(cuts: Sequence[Cut], zones: Zones, names: Sequence[str]) -> _Sides:
    parted = [cut for cut in cuts if cut.kind != "machine"]
    behind = [[int(zone in {zones[name] for name in cut.behind}) for zone in names] for cut in parted]
    machines = [[len(cut.behind), len(zones) - len(cut.behind)] for cut in parted]
    return _Sides(np.array(behind, dtype=np.int64).reshape(-1, len(names)), np.array(machines, dtype=np.int64).reshape(-1, 2))


def _bad(sides: _Sides, sets: Sequence[tuple[int, ...]], zones: int, machines: int) -> list[int]:
    """For each set the number of cuts that leave the bigger half without a leader."""
    if not sets:
        return []
    counts = np.zeros((len(sets), zones), dtype=np.int64)
    for at in range(len(sets[0])):
        np.add.at(counts, (np.arange(len(sets)), np.array([many[at] for many in sets])), 1)
    here = counts @ sides.behind.T
    leads_here = 2 * here > len(sets[0])
    behind, rest = sides.machines[:, 0], sides.machines[:, 1]
    wrong = np.where(leads_here, behind < rest, rest < behind).sum(axis=1)
    # a single server that is cut off by itself leads nobody else
    alone = 1 if len(sets[0]) == 1 and machines > 2 else 0
    return [int(it) + alone for it in wrong]


def _reasons(advised: Sequence[str], zones: Zones, cuts: Sequence[Cut], after: Sequence[Parting]) -> Iterator[str]:
    where = Counter(zones[name] for name in advised)
    told = ", ".join(f"{count} in {zone}" for zone, count in sorted((zone or "", count) for zone, count in where.items()))
    yield f"{told}: no single cut leaves nobody with a leader" if cuts else f"{told}: nothing can be cut"
    smaller = _smaller(after)
    if len(advised) == 1 and cuts:
        yield "while the only one is away nothing is placed or replaced; for three of them, three machines must never sleep"
    if smaller:
        yield f"the bigger half keeps it, but for {listed(smaller, 4)}: no set of servers does better"
    elif cuts:
        yield "the bigger half keeps it, whatever is cut"
    if len(advised) > 1:
        yield f"{(len(advised) - 1) // 2} of {len(advised)} may be away"
