"""Instances that Nomad leaves where they shouldn't be any more, or doesn't replace though it could: they are stopped, and placed anew.

One of a job at a time, and only while all its others run: of N there are never fewer than N − 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulacra.model.grid import LABEL_RANK, Service
from simulacra.model.plan import Eviction
from simulacra.model.workload import Allocation, Job
from simulacra.plan.decision import Decision
from simulacra.plan.scene import Known, Scene

GONE_FOR_S = 120.0
"""So long a machine must have been out of reach while the rest of its zone isn't, before its instances are given up."""


@dataclass(frozen=True, slots=True)
class _View:
    """Machines by their nodes' ids, and since when those that don't answer are away: Nomad itself gives such a node a new time of change
    again and again.
    """

    scene: Scene
    decided: Decision
    by_node: dict[str, Known]
    away_s: dict[str, float]


def evictions_of(scene: Scene, decided: Decision) -> tuple[Eviction, ...]:
    """What is to be stopped now, by job; at most one instance of each."""
    by_node = {known.node.id: known for known in scene.machines.values() if known.node is not None}
    view = _View(scene, decided, by_node, {it.machine: it.away_since_s for it in scene.snapshot.belongings})
    work: dict[tuple[str, str], list[Allocation]] = {}
    for it in scene.snapshot.allocations:
        work.setdefault((it.namespace, it.job), []).append(it)
    found = []
    for key, job in sorted(scene.jobs.items()):
        service = scene.service_of(job)
        if service is not None and service.type == "service":
            one = next(_of_job(view, service, job, work.get(key, [])), None)
            if one is not None:
                found.append(one)
    return tuple(sorted(found, key=lambda it: (it.job, it.allocation)))


def _of_job(view: _View, service: Service, job: Job, own: Sequence[Allocation]) -> Iterator[Eviction]:
    unsettled = [it for it in own if it.leaving or not it.running]
    for it in sorted(own, key=lambda allocation: allocation.id):
        known = view.by_node.get(it.node)
        if known is not None and not it.leaving and unsettled in ([], [it]):
            reason = _below_tier(view, service, it, known) or _given_up(view, service, job, it, known)
            if reason:
                yield Eviction(job.id, it.id, known.name, reason)


def _below_tier(view: _View, service: Service, it: Allocation, known: Known) -> str:
    """Why a running instance mustn't stay on its machine; empty where it may."""
    tier = view.scene.grid.tier(service.tier) if service.tier is not None else None
    if tier is None or not it.running or not known.ready or _rank(known) >= tier.rank:
        return ""
    return f"{known.name} is below tier {tier.name} now, which {service.name} needs"


def _given_up(view: _View, service: Service, job: Job, it: Allocation, known: Known) -> str:
    """Why an instance whose machine doesn't answer is given up for another in the same zone; empty where it isn't.

    Only of a service that may run twice: the machine may still be on, and cut off alone.
    """
    if it.running or known.ready or service.zones is None or not service.run_twice or known.standing not in ("away", "asleep", "out"):
        return ""
    group, since_s = job.group(it.group), view.away_s.get(known.name, 0.0)
    if group is None or not since_s or view.scene.now_s - since_s < GONE_FOR_S:
        return ""
    others = {other.name for other in view.scene.machines.values() if other.zone == known.zone and other.takes_work}
    if not others & set(view.decided.choice.board.able(job, group)):
        return ""
    return f"{known.name} doesn't answer and the rest of zone {known.zone} does: another machine there takes over"


def _rank(known: Known) -> int:
    label = known.node.label(LABEL_RANK) if known.node is not None else None
    return int(label) if label is not None and label.isdecimal() else -1
