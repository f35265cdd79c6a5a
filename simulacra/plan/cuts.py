"""Which cuts there are, and which half keeps Nomad's leader after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from simulacra.model.apart import cables
from simulacra.model.grid import Grid
from simulacra.model.marks import LABEL_ZONE
from simulacra.model.snapshot import Snapshot
from simulacra.model.split import Cut, CutKind, Parting

Zones = Mapping[str, str | None]
"""Each machine's zone; None: it isn't known. Such a machine is in the half of the others, whatever zone is cut off."""


def zones_of_machines(grid: Grid, snapshot: Snapshot | None = None) -> dict[str, str | None]:
    """Of all defined machines and all nodes, by name: a definition counts more than a label."""
    found = {node.name: node.label(LABEL_ZONE) for node in (snapshot.nodes if snapshot is not None else ())}
    defined = {machine.name: machine.zone for machine in grid.machines}
    return dict(sorted((found | defined).items()))


def single_cuts(grid: Grid, zones: Zones) -> tuple[Cut, ...]:
    """Every uplink, every zone and every machine, each by name; those that leave no machine on one side part nothing, and aren't there."""
    by_zone = _by_zone(zones)
    return tuple(cut for cut in _all(grid, zones, by_zone) if 0 < len(cut.behind) < len(zones))


def cut_of_zones(names: Collection[str], zones: Zones) -> Cut:
    """These zones together against the rest; called by their names in order."""
    chosen = sorted(set(names))
    return Cut("zones", ",".join(chosen), _behind(chosen, _by_zone(zones)))


def _all(grid: Grid, zones: Zones, by_zone: Mapping[str, frozenset[str]]) -> Iterator[Cut]:
    known: set[str] = set()
    for cable in cables(grid):
        kind: CutKind = "uplink" if cable.uplink else "zone"
        known |= cable.behind
        yield Cut(kind, cable.name, _behind(cable.behind, by_zone))
    for zone in sorted(by_zone.keys() - known):  # one that only a label speaks of
        yield Cut("zone", zone, by_zone[zone])
    for machine in sorted(zones):
        yield Cut("machine", machine, frozenset({machine}))


def _by_zone(zones: Zones) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for machine, zone in zones.items():
        if zone is not None:
            found.setdefault(zone, set()).add(machine)
    return {zone: frozenset(machines) for zone, machines in found.items()}


def _behind(zones: Iterable[str], by_zone: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*(by_zone.get(zone, frozenset()) for zone in zones))


def zones_in_halves(cut: Cut, zones: Zones, machines_in: Mapping[str, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The zones with a machine behind the cut and on its other side, by name. ``machines_in`` counts the machines of each zone."""
    behind = Counter(zone for name in cut.behind if (zone := zones[name]) is not None)
    rest = [zone for zone, machines in machines_in.items() if machines > behind[zone]]
    return tuple(sorted(behind)), tuple(sorted(rest))


def leads(servers: Collection[str], voters: int, behind: frozenset[str]) -> tuple[bool, bool]:
    """Whether the half behind a cut, and the other one, has more than half of all voters. A server that is on no machine of the grid is
    on the other side.
    """
    here = sum(name in behind for name in servers)
    return 2 * here > voters, 2 * (len(servers) - here) > voters


def partings(cuts: Sequence[Cut], machines: int, servers: Collection[str], voters: int) -> tuple[Parting, ...]:
    """What each of the cuts does to the servers; ``machines`` there are in all."""
    found = []
    for cut in cuts:
        here, there = leads(servers, voters, cut.behind)
        behind, rest = len(cut.behind), machines - len(cut.behind)
        found.append(Parting(cut, behind if here else rest if there else None, max(behind, rest)))
    return tuple(found)
