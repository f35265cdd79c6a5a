"""Zones for a grid that has none: who stands together by network coordinates, else by the overlay's neighbours, else by subnets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Literal

from simulacra.model.cluster import Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Report
from simulacra.plan.clusters import clusters
from simulacra.plan.nearest import zone_distances
from simulacra.plan.round_trips import comparable, round_trips_ms
from simulacra.plan.zone_names import zone_names

By = Literal["coordinates", "overlay", "subnet"]
SURE: dict[By, float] = {"coordinates": 1.0, "overlay": 0.9, "subnet": 0.6}
"""How sure each is at best: a private subnet may be that of two homes."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of the machines. ``datacenters`` are Nomad's, or Consul's, by machine; all machines are in it."""

    datacenters: Mapping[str, str]
    nodes: tuple[Node, ...] = ()
    reports: tuple[Report, ...] = ()
    coordinates: tuple[Coordinate, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedZone:
    """``machines`` by name, ``by`` what they were put together; ``subnets`` are theirs alone; ``rtt_ms`` the round trips to other zones."""

    name: str
    machines: tuple[str, ...]
    by: By
    confidence: float
    subnets: tuple[str, ...] = ()
    rtt_ms: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """``zones`` and ``unplaced`` (machines of which nothing tells) by name; ``moved``: defined machines that would be in another zone, as
    machine, defined zone and proposed one, of the ``compared`` ones that are both defined and placed.
    """

    zones: tuple[ProposedZone, ...]
    unplaced: tuple[str, ...] = ()
    moved: tuple[tuple[str, str, str], ...] = ()
    compared: int = 0


@dataclass(slots=True)
class _Group:
    """While it is being put together; ``sure`` are its machines' confidences."""

    by: By
    sure: dict[str, float]


def propose(grid: Grid | None, signs: Signs) -> Proposal:
    """Zones for the machines. The definitions, where there are any, only lend their names: nobody is put anywhere because of them."""
    subnets = _subnets(it for it in signs.reports if it.machine in signs.datacenters)
    groups = _by_coordinates(signs)
    _by_overlay(groups, signs)
    _by_subnet(groups, subnets)
    groups.sort(key=lambda it: min(it.sure))
    placed = {machine for group in groups for machine in group.sure}
    defined = {machine.name: machine.zone for machine in grid.machines} if grid is not None else {}
    own = _own_subnets([tuple(sorted(group.sure)) for group in groups], subnets)
    names = zone_names([tuple(sorted(group.sure)) for group in groups], defined, signs.datacenters, own)
    apart = _distances(names, groups, signs.coordinates)
    zones = [
        ProposedZone(
            name,
            tuple(sorted(group.sure)),
            group.by,
            round(sum(group.sure.values()) / len(group.sure), 3),
            nets,
            tuple(sorted((other, ms) for (one, other), ms in apart.items() if one == name)),
        )
        for name, group, nets in zip(names, groups, own, strict=True)
    ]
    compared = sorted((machine, defined[machine], it.name) for it in zones for machine in it.machines if machine in defined)
    return Proposal(
        tuple(sorted(zones, key=lambda it: it.name)),
        tuple(sorted(set(signs.datacenters) - placed)),
        tuple(it for it in compared if it[1] != it[2]),
        len(compared),
    )


def _by_coordinates(signs: Signs) -> list[_Group]:
    known = comparable(it for it in signs.coordinates if it.machine in signs.datacenters)
    found = clusters([it.machine for it in known], round_trips_ms(known, known))
    return [_Group("coordinates", dict(zip(it.machines, it.confidence, strict=True))) for it in found]


def _by_overlay(groups: list[_Group], signs: Signs) -> None:
    """Machines without a coordinate join the group of their LAN's neighbours; where those have none, they make one of their own."""
    machine_of = {address: node.name for node in signs.nodes for address in node.addresses}
    links = [(it.machine, machine_of[address]) for it in signs.reports for address in it.neighbours if address in machine_of]
    for component in _components(pair for pair in links if pair[0] in signs.datacenters and pair[1] in signs.datacenters):
        _join(groups, component, "overlay")


def _by_subnet(groups: list[_Group], subnets: Mapping[str, frozenset[str]]) -> None:
    """The others join whoever has the same subnet, if that is one group only."""
    placed = {machine for group in groups for machine in group.sure}
    taken = Counter(net for group in groups for net in {net for machine in group.sure for net in subnets.get(machine, ())})
    inside: dict[str, list[str]] = {}
    for machine in sorted(subnets):
        for net in sorted(subnets[machine]):
            inside.setdefault(net, []).append(machine)
    telling = [machines for net, machines in sorted(inside.items()) if taken[net] < 2 and not placed.issuperset(machines)]
    links = [(machines[0], machine) for machines in telling for machine in machines]
    for component in _components(links):
        _join(groups, component, "subnet")


def _join(groups: list[_Group], component: Sequence[str], by: By) -> None:
    """Whoever of the component is in no group yet joins that which most of the others are in, else they make one."""
    where = {machine: number for number, group in enumerate(groups) for machine in group.sure}
    new = [machine for machine in component if machine not in where]
    if not new:
        return
    most = Counter(where[machine] for machine in component if machine in where)
    if not most:
        groups.append(_Group(by, {}))
        most = Counter([len(groups) - 1])
    home = min(most, key=lambda number: (-most[number], number))
    for machine in new:
        groups[home].sure[machine] = SURE[by]


def _components(links: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Who is joined to whom, over others too; a machine linked to itself is a component. Each by name, and the first first."""
    group: dict[str, list[str]] = {}
    for one, other in links:
        first, second = group.setdefault(one, [one]), group.setdefault(other, [other])
        if first is not second:
            first.extend(second)
            for machine in second:
                group[machine] = first
    return sorted({tuple(sorted(members)) for members in group.values()})


def _subnets(reports: Iterable[Report]) -> dict[str, frozenset[str]]:
    """Each machine's networks; one of a single address tells nothing."""
    found = {}
    for report in reports:
        nets = set()
        for text in report.addresses:
            try:
                network = ip_interface(text).network
            except ValueError:
                continue
            if network.num_addresses > 1 and not network.is_loopback and not network.is_link_local:
                nets.add(str(network))
        if nets:
            found[report.machine] = frozenset(nets)
    return found


def _own_subnets(groups: Sequence[tuple[str, ...]], subnets: Mapping[str, frozenset[str]]) -> list[tuple[str, ...]]:
    """The subnets that a group's machines have in common and nobody else has; all that a single machine has may be its own affair."""
    found = []
    for group in groups:
        inside = Counter(net for machine in group for net in subnets.get(machine, ()))
        elsewhere = {net for machine, nets in subnets.items() if machine not in group for net in nets}
        told = sum(machine in subnets for machine in group)
        found.append(tuple(sorted(net for net, count in inside.items() if net not in elsewhere and (count > 1 or told == 1))))
    return found


def _distances(names: Sequence[str], groups: Sequence[_Group], coordinates: Iterable[Coordinate]) -> dict[tuple[str, str], float]:
    known = {it.machine: it for it in coordinates}
    members = {name: [known[it] for it in sorted(group.sure) if it in known] for name, group in zip(names, groups, strict=True)}
    return {pair: round(ms, 1) for pair, ms in zone_distances(members).items()}
