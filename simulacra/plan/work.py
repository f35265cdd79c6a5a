"""What runs on a machine, and whether it may be stopped there and started elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.service import Moves
from simulacra.model.workload import BATCH_TYPES, Allocation, Group, Job
from simulacra.plan.known import Known
from simulacra.plan.scene import Scene


@dataclass(frozen=True, slots=True)
class Load:
    """An allocation that is to be placed elsewhere."""

    allocation: Allocation
    job: Job
    group: Group


@dataclass(frozen=True, slots=True)
class Bound:
    """What must be moved off a machine, the biggest first; or why some of its work must not be, then ``reason`` isn't empty."""

    loads: tuple[Load, ...] = ()
    reason: str = ""


def bound_of(scene: Scene, known: Known) -> Bound:
    """What its work asks for before the machine may sleep. System jobs don't count: they run wherever they can."""
    loads = []
    for allocation in known.work:
        job = scene.job_of(allocation)
        group = job.group(allocation.group) if job is not None else None
        if job is None or group is None:
            return Bound(reason=f"{allocation.job} runs on it, and isn't known")
        if job.type == "system":
            continue
        reason = against_moving(scene, known, job, group)
        if reason:
            return Bound(reason=reason)
        loads.append(Load(allocation, job, group))
    loads.sort(key=lambda load: (-load.allocation.memory_mb, -load.allocation.cpu_mhz, load.allocation.id))
    return Bound(tuple(loads))


def against_moving(scene: Scene, known: Known, job: Job, group: Group) -> str:
    """Why an instance on that machine must not be stopped there and started elsewhere; empty where it may."""
    if job.type in BATCH_TYPES:
        return f"it waits for the end of {job.id}"
    if group.volumes:
        return f"{job.id} uses a volume on it"
    if group.sticky_disk:
        return f"{job.id} keeps its data on its disk"
    moves = moves_of_job(scene, job, group)
    if moves == "never":
        return f"{job.id} runs on it, and is never moved"
    if moves == "quiet_hours" and not known.quiet:
        when = "" if known.machine is not None and known.machine.quiet_hours else ", and it has none"
        return f"{job.id} runs on it, and is moved in its quiet hours only{when}"
    return ""


def moves_of_job(scene: Scene, job: Job, group: Group) -> Moves:
    """What its definition says; else a single instance is moved in quiet hours only: it would be cut off to save a few watts."""
    service = scene.service_of(job)
    if service is not None and service.moves is not None:
        return service.moves
    return "quiet_hours" if group.count <= 1 else "any"
