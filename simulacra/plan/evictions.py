"""Instances on machines that aren't fit for them any more: Nomad leaves them there, so they are stopped, and placed anew.

That is so below their service's tier, and for a proxy where others reach more of its devices. One of a job at a time, and only while all
its others run: of N there are never fewer than N − 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulacra.model.cluster import Node
from simulacra.model.machine import Tier
from simulacra.model.marks import LABEL_RANK
from simulacra.model.plan import Eviction
from simulacra.model.service import Service
from simulacra.model.workload import Allocation, Job
from simulacra.plan.board import Board
from simulacra.plan.known import Known
from simulacra.plan.scene import Scene


def evictions_of(scene: Scene, labelled: Sequence[Node], board: Board) -> tuple[Eviction, ...]:
    """What is to be stopped now, by job; at most one instance of each. Batch work is left to end.

    ``labelled`` are the nodes as Nomad knows them: stopped before it knows the lower tier, or what is missed, an instance would be placed
    there again. ``board`` tells where there is room.
    """
    nodes = {node.id: node for node in labelled}
    by_node = {known.node.id: known for known in scene.machines.values() if known.node is not None}
    waiting = {(it.namespace, it.job) for it in scene.snapshot.demands}
    found = []
    for key, job in sorted(scene.jobs.items()):
        service = scene.service_of(job)
        if service is None or service.type != "service" or key in waiting:
            continue
        own = scene.allocations_of(job)
        tier = scene.grid.tier(service.tier) if service.tier is not None else None
        if tier is not None:
            found += _below(service, tier, job, own, by_node, nodes)
        elif service.proxies:
            found += _missing(scene, service, job, own, by_node, nodes, board)
    return tuple(sorted(found, key=lambda it: (it.job, it.allocation)))


def _below(
    service: Service, tier: Tier, job: Job, own: Sequence[Allocation], by_node: Mapping[str, Known], nodes: Mapping[str, Node]
) -> list[Eviction]:
    if any(it.leaving or not it.running for it in own):
        return []
    for it in own:
        known = by_node.get(it.node)
        if known is not None and known.ready and max(_rank(known.node), _rank(nodes.get(it.node))) < tier.rank:
            return [Eviction(job.id, it.id, known.name, f"{known.name} is below tier {tier.name} now, which {service.name} needs")]
    return []


def _missing(
    scene: Scene,
    service: Service,
    job: Job,
    own: Sequence[Allocation],
    by_node: Mapping[str, Known],
    nodes: Mapping[str, Node],
    board: Board,
) -> list[Eviction]:
    """Only where another machine takes it at once. It needn't run itself: perhaps it can't, where it is."""
    for it in own:
        known, node = by_node.get(it.node), nodes.get(it.node)
        missed = next((miss for miss in scene.misses.get(known.name, ()) if miss.proxy.name == service.name), None) if known else None
        others = [other for other in own if other.id != it.id]
        if known is None or node is None or missed is None or not known.ready or it.leaving:
            continue
        if node.label(missed.proxy.label) is None or any(other.leaving or not other.running for other in others):
            continue
        taken = {by_node[other.node].name for other in own if other.node in by_node}
        if _room_elsewhere(scene, job, it, missed.proxy.label, board, taken):
            return [Eviction(job.id, it.id, known.name, missed.words(known.name))]
    return []


def _room_elsewhere(scene: Scene, job: Job, it: Allocation, label: str, board: Board, taken: set[str]) -> bool:
    """Whether a machine that is on, has none of the job and isn't labelled itself takes it, where the job's constraint heeds the label:
    else it might be placed where it was.
    """
    group = job.group(it.group)
    heeds = group is not None and any(rule.left == f"${{meta.{label}}}" and rule.operator == "is_not_set" for rule in group.constraints)
    return group is not None and heeds and any(name not in taken and scene.machines[name].takes_work for name in board.roomy(job, group))


def _rank(node: Node | None) -> int:
    label = (node.label(LABEL_RANK) if node is not None else None) or ""
    return int(label) if label.isdecimal() else -1
