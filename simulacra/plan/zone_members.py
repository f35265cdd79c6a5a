"""Who is in which zone, by what and how surely, and how far the zones are from each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulacra.model.cluster import Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging, ZoneBy
from simulacra.model.marks import LABEL_ZONE
from simulacra.model.snapshot import Snapshot
from simulacra.plan.belonging import SURE, belongings
from simulacra.plan.nearest import nearest, zone_distances
from simulacra.plan.round_trips import comparable


@dataclass(frozen=True, slots=True)
class Member:
    """``confidence`` is from 0 to 1. ``seems``: the zone that its coordinates put it next to, where that is another one."""

    machine: str
    by: ZoneBy
    confidence: float
    seems: str | None = None


@dataclass(frozen=True, slots=True)
class ZoneSeen:
    """``confidence`` is the mean of the members', 0 where there are none. ``rtt_ms``: the round trips to other zones, by name."""

    zone: str
    members: tuple[Member, ...]
    confidence: float
    rtt_ms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class ZonesSeen:
    """By name. ``unplaced`` are machines of which no zone is known, and why."""

    zones: tuple[ZoneSeen, ...]
    unplaced: tuple[tuple[str, str], ...]


def zones_seen(grid: Grid, snapshot: Snapshot) -> ZonesSeen:
    """Defined machines are where their definition says, on or not; other nodes where they count to. Distances come from coordinates, else
    from the definitions.
    """
    placed: dict[str, dict[str, Member]] = {zone.name: {} for zone in grid.zones}
    unplaced = []
    for machine in grid.machines:
        placed.setdefault(machine.zone, {})[machine.name] = Member(machine.name, "definition", 1.0)
    found = belongings(grid, snapshot)
    remembered = {it.machine: it for it in snapshot.belongings}
    for node in _undefined(grid, snapshot.nodes):
        it = found.get(node.name) or remembered.get(node.name) or _labelled(node)
        if it.zone is not None:
            placed.setdefault(it.zone, {})[node.name] = Member(node.name, it.zone_by, it.confidence)
        else:
            unplaced.append((node.name, _why(grid, snapshot, node)))
    coordinates = {it.machine: it for it in snapshot.coordinates}
    members = {zone: [coordinates[name] for name in sorted(inside) if name in coordinates] for zone, inside in placed.items()}
    seeming = _seeming(members)
    apart = distances_ms(grid, members)
    return ZonesSeen(tuple(_zone(zone, placed[zone].values(), seeming, apart) for zone in sorted(placed)), tuple(sorted(unplaced)))


def _undefined(grid: Grid, nodes: Iterable[Node]) -> list[Node]:
    defined = {machine.name for machine in grid.machines}
    return [node for node in nodes if node.name not in defined]


def _labelled(node: Node) -> Belonging:
    zone = node.label(LABEL_ZONE)
    return Belonging(node.name, zone, "label", 1.0) if zone else Belonging(node.name)


def _zone(zone: str, members: Iterable[Member], seeming: Mapping[str, str], apart: Mapping[tuple[str, str], float]) -> ZoneSeen:
    told = sorted(members, key=lambda it: it.machine)
    inside = tuple(Member(it.machine, it.by, it.confidence, _other(seeming.get(it.machine), zone)) for it in told)
    sure = round(sum(it.confidence for it in inside) / len(inside), 3) if inside else 0.0
    return ZoneSeen(zone, inside, sure, tuple(sorted((other, ms) for (one, other), ms in apart.items() if one == zone)))


def _other(seems: str | None, zone: str) -> str | None:
    return seems if seems != zone else None


def _seeming(members: Mapping[str, list[Coordinate]]) -> dict[str, str]:
    """The zone next to which a machine surely is."""
    told = nearest(members, [it for inside in members.values() for it in inside])
    return {name: it.zone for name, it in told.items() if it.zone is not None and it.confidence >= SURE}


def distances_ms(grid: Grid, members: Mapping[str, list[Coordinate]]) -> dict[tuple[str, str], float]:
    """The round trips between zones in both orders, by the coordinates of their members, else as the definitions have them."""
    defined: dict[tuple[str, str], float] = {}
    for zone in sorted(grid.zones, key=lambda it: it.name):
        for other, ms in zone.rtt_ms:
            if other != zone.name:
                defined.setdefault((zone.name, other), ms)
                defined.setdefault((other, zone.name), ms)
    return defined | zone_distances(members)


def _why(grid: Grid, snapshot: Snapshot, node: Node) -> str:
    """Why no zone is known for the node, and what would help."""
    if node.status != "ready":
        return f"its node is {node.status}, and nothing is remembered of it"
    missing = []
    if not any(zone.subnets for zone in grid.zones):
        missing.append("no zone has subnets")
    else:
        missing.append("none of its addresses is in a zone's subnets alone")
    if not snapshot.coordinates:
        missing.append("there are no network coordinates")
    elif all(it.machine != node.name for it in comparable(snapshot.coordinates)):
        missing.append("Consul has no coordinate of it yet")
    else:
        missing.append("its network coordinate isn't near a zone")
    return f"{' and '.join(missing)}; define it as a machine, or give its zone subnets"
