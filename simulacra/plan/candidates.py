"""The machines of the definitions at their best: nothing runs on them, and what a definition leaves open is as a service wants it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from simulacra.model.cloud import Cloud
from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.labels import labels
from simulacra.model.machine import Has, Machine, Match, Tier
from simulacra.model.marks import LABEL_TIER
from simulacra.model.snapshot import Scheduler
from simulacra.model.tiers import matching_tier
from simulacra.model.workload import Group, Job
from simulacra.plan.board import Board
from simulacra.plan.expected import expected_node, usual_of
from simulacra.plan.feasible import DEVICES, DRIVERS, NETWORKS, RANK, ZONE
from simulacra.plan.needs import Pool

NAME, TIER, KERNEL = "${node.unique.name}", f"${{meta.{LABEL_TIER}}}", "${attr.kernel.name}"
_OWN_NETWORKS = ("default", "overlay")
_MANY = 1024
"""So many cores, and of each device, has a machine that doesn't say how many: more than anybody asks for."""
_ENDLESS = 1 << 50
"""MHz or MiB of machines that don't say what they have."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """``sized`` are the machines that say what they have, by the names in ``own``. Of the ``unsized`` (the other machines, and one server
    for each cloud) only name, zone and tier count. ``zones`` has the zone of each; ``servers`` says for clouds how many there may be;
    ``pool`` is what they have all together, clouds with all their servers.
    """

    sized: Board
    unsized: Board
    own: frozenset[str]
    zones: dict[str, str]
    servers: dict[str, int]
    pool: Pool

    @classmethod
    def of(cls, grid: Grid) -> Candidates:
        """Without the clouds that may have no server."""
        tiers = {machine.name: _best_tier(grid, machine) for machine in grid.machines}
        sized = [(_sized(grid, it, tiers[it.name]), _said(it)) for it in grid.machines if it.has is not None]
        unsized = [(_unsized(it, tiers[it.name]), frozenset({NAME, *_said_of_place(it)})) for it in grid.machines if it.has is None]
        clouds = tuple(it for it in grid.clouds if it.max)
        unsized += [(_server(grid, it), frozenset({ZONE, RANK, TIER})) for it in clouds]
        zones = {it.name: it.zone for it in grid.machines} | {_server_name(it): it.zone for it in clouds}
        own = frozenset(node.name for node, _ in sized)
        pool = _pool(grid, [node for node, _ in sized], [node for node, _ in unsized], clouds)
        return cls(_board(sized), _board(unsized), own, zones, {_server_name(it): it.max for it in clouds}, pool)

    def able(self, job: Job, group: Group) -> frozenset[str]:
        """Those that could hold an instance if nothing else ran anywhere."""
        return frozenset((*self.sized.able(job, judged(group)), *self.unsized.able(job, _bare(group))))

    def why_not(self, job: Job, group: Group, names: Collection[str]) -> str:
        """Why none of these could, in words for people."""
        sized = self.own.intersection(names)
        return self.sized.why_not(job, judged(group), sized) if sized else self.unsized.why_not(job, _bare(group), names)

    def hold(self, job: Job, group: Group, able: frozenset[str]) -> int | None:
        """How many of the group's instances these machines can hold at once if nothing else runs there, up to its count; None where nobody
        knows.
        """
        countable = all(it.attribute in ("", ZONE) for it in group.distincts)
        if not countable or not able <= self.own:
            return None
        trial = self.sized.fork()
        trial.set_open(able)
        return len(trial.place(job, judged(group), group.count))


def judged(group: Group) -> Group:
    """What definitions can answer to: without the rest of what a group asks for, and without what it would merely like."""
    return replace(
        group,
        drivers=tuple(it for it in group.drivers if it),
        ports=tuple(it for it in group.ports if it.host_network in _OWN_NETWORKS),
        devices=tuple(replace(it, constraints=()) for it in group.devices),
        affinities=(),
        spreads=(),
    )


def _bare(group: Group) -> Group:
    return Group(group.name, group.count, constraints=group.constraints, distincts=group.distincts)


def _board(nodes: Collection[tuple[Node, frozenset[str]]]) -> Board:
    return Board.of([node for node, _ in nodes], (), (), Scheduler(), {node.id: said for node, said in nodes})


def _sized(grid: Grid, machine: Machine, tier: Tier | None) -> Node:
    node = expected_node(grid, machine, None, None, usual_of(()))
    assert node is not None
    return replace(
        node,
        cores=node.cores or tuple(range(_MANY)),
        devices=tuple(replace(it, count=_MANY) for it in node.devices),
        meta=labels(machine.zone, tier, None),
    )


def _unsized(machine: Machine, tier: Tier | None) -> Node:
    return Node(f"defined:{machine.name}", machine.name, meta=labels(machine.zone, tier, None))


def _server_name(cloud: Cloud) -> str:
    return f"cloud {cloud.name}"


def _server(grid: Grid, cloud: Cloud) -> Node:
    return Node(f"cloud:{cloud.name}", _server_name(cloud), meta=labels(cloud.zone, grid.tier(cloud.tier), None))


def _said(machine: Machine) -> frozenset[str]:
    """What its definition tells of a machine."""
    assert machine.has is not None
    drivers = {DRIVERS} if machine.has.drivers else set()
    attributes = {f"${{attr.{name}}}" for name, _ in machine.has.attributes}
    return frozenset({NAME, KERNEL, DEVICES, NETWORKS, *_said_of_place(machine), *drivers, *attributes})


def _said_of_place(machine: Machine) -> set[str]:
    """A machine whose tier isn't pinned may be of a lower one than `_best_tier`."""
    return {ZONE, RANK, TIER} if machine.tier is not None else {ZONE, RANK}


def _best_tier(grid: Grid, machine: Machine) -> Tier | None:
    """The tier that is pinned, else the highest one that isn't out of the question."""
    if machine.tier is not None:
        return grid.tier(machine.tier)
    if machine.has is None:
        return max((it for it in grid.tiers if it.match is not None), key=lambda it: it.rank, default=None)
    return matching_tier(tuple(_leniently(it, machine.has) for it in grid.tiers), machine.has)


def _leniently(tier: Tier, has: Has) -> Tier:
    """The tier without what it asks for and the machine's definition is silent about."""
    if tier.match is None:
        return tier
    stated = {name for name, _ in has.attributes}
    drivers = tier.match.drivers if has.drivers else ()
    attributes = tuple(it for it in tier.match.attributes if it.attribute in stated or (has.drivers and it.attribute.startswith("driver.")))
    match: Match = replace(tier.match, drivers=drivers, attributes=attributes)
    return replace(tier, match=match)


def _pool(grid: Grid, sized: Collection[Node], unsized: Collection[Node], clouds: Collection[Cloud]) -> Pool:
    one = Pool.of((*sized, *unsized))
    more = Counter({tier.rank: cloud.max - 1 for cloud in clouds if (tier := grid.tier(cloud.tier)) is not None})
    ranks = Counter(dict(one.ranks))
    ranks.update(more)
    open_ended = _ENDLESS if unsized else 0
    return replace(
        one,
        machines=one.machines + sum(cloud.max - 1 for cloud in clouds),
        cpu_mhz=one.cpu_mhz + open_ended,
        memory_mb=one.memory_mb + open_ended,
        disk_mb=one.disk_mb + open_ended,
        ranks=tuple(sorted(ranks.items())),
    )
