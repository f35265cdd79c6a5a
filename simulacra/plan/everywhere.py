"""What the jobs that run on every machine will take of those that aren't on yet."""

from __future__ import annotations

from collections.abc import Sequence

from simulacra.model.workload import Job
from simulacra.plan.board import Board
from simulacra.plan.preempt import LEAST_DIFFERENCE
from simulacra.plan.scene import Scene


def take_system_jobs(scene: Scene, board: Board, names: Sequence[str]) -> None:
    """Take the room of the system jobs that will run on these machines, on the board itself; one that is being stopped starts nowhere.

    Where not all of them fit, nobody knows which come first: then as much is taken as if all did, unless the others push them out anyway.
    """
    if not names:
        return
    board.set_open(names)
    system = [it for it in scene.snapshot.jobs if it.type == "system" and not _being_stopped(scene, it)]
    firm = LEAST_DIFFERENCE if "system" in scene.snapshot.scheduler.preempts else 0
    lowest: dict[str, int] = {}
    for job in sorted(system, key=lambda it: (-it.priority, it.namespace, it.id)):
        for group in job.groups:
            went = board.place(job, group, len(names))
            board.claim(job, group, [name for name, priority in lowest.items() if not firm or priority - job.priority < firm])
            lowest |= dict.fromkeys(went, job.priority)


def _being_stopped(scene: Scene, job: Job) -> bool:
    own = scene.allocations_of(job)
    return bool(own) and all(it.leaving for it in own)
