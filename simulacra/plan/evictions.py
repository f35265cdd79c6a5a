"""Instances on machines that fell below their service's tier: Nomad leaves them there, so they are stopped, and placed anew.

One of a job at a time, and only while all its others run: of N there are never fewer than N − 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulacra.model.cluster import Node
from simulacra.model.machine import Tier
from simulacra.model.marks import LABEL_RANK
from simulacra.model.plan import Eviction
from simulacra.model.service import Service
from simulacra.model.workload import Allocation, Job
from simulacra.plan.scene import Known, Scene


def evictions_of(scene: Scene, labelled: Sequence[Node]) -> tuple[Eviction, ...]:
    """What is to be stopped now, by job; at most one instance of each. Batch work is left to end.

    ``labelled`` are the nodes as Nomad knows them: stopped before it knows the lower tier, an instance would be placed there again.
    """
    ranks = {node.id: _rank(node) for node in labelled}
    by_node = {known.node.id: (known, ranks.get(known.node.id, -1)) for known in scene.machines.values() if known.node is not None}
    waiting = {(it.namespace, it.job) for it in scene.snapshot.demands}
    found = []
    for key, job in sorted(scene.jobs.items()):
        service = scene.service_of(job)
        tier = scene.grid.tier(service.tier) if service is not None and service.tier is not None else None
        if service is not None and tier is not None and service.type == "service" and key not in waiting:
            found += _of_job(service, tier, job, scene.allocations_of(job), by_node)
    return tuple(sorted(found, key=lambda it: (it.job, it.allocation)))


def _of_job(service: Service, tier: Tier, job: Job, own: Sequence[Allocation], by_node: dict[str, tuple[Known, int]]) -> list[Eviction]:
    if any(it.leaving or not it.running for it in own):
        return []
    for it in own:
        known, rank = by_node.get(it.node, (None, 0))
        if known is not None and known.node is not None and known.ready and max(rank, _rank(known.node)) < tier.rank:
            return [Eviction(job.id, it.id, known.name, f"{known.name} is below tier {tier.name} now, which {service.name} needs")]
    return []


def _rank(node: Node) -> int:
    label = node.label(LABEL_RANK) or ""
    return int(label) if label.isdecimal() else -1
