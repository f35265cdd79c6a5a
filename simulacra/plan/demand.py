"""What waits, in the order in which it is served, and its placement onto machines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from simulacra.model.plan import Waiting
from simulacra.model.service import EVERYWHERE_TYPES
from simulacra.model.workload import Demand, Group, Job
from simulacra.plan.board import Board
from simulacra.plan.scene import Scene


@dataclass(frozen=True, slots=True)
class Ask:
    """``count`` instances that wait, since ``since_s`` (Unix time). ``urgent``: quiet hours don't keep a machine from being woken for it;
    ``wakes``: machines may be woken for it at all.
    """

    job: Job
    group: Group
    count: int
    urgent: bool = False
    wakes: bool = True
    since_s: float = 0.0

    @property
    def everywhere(self) -> bool:
        """It runs on whatever is on: nothing is woken for it, and it keeps nothing on; but it takes room."""
        return self.job.type in EVERYWHERE_TYPES

    @property
    def key(self) -> tuple[str, str, str]:
        return self.job.namespace, self.job.id, self.group.name

    def waiting(self, reason: str) -> Waiting:
        return Waiting(self.job.id, self.group.name, self.count, reason)


Put = tuple[Ask, tuple[str, ...]]
"""An ask, as many instances as were placed, and the machines they went to."""


def asks_of(scene: Scene) -> tuple[tuple[Ask, ...], tuple[Waiting, ...]]:
    """The demands by priority (higher first), then job and group; and those that no machine is to be found for, with the reason."""
    asks, refused = [], []
    for demand in scene.snapshot.demands:
        job = scene.jobs.get((demand.namespace, demand.job))
        group = job.group(demand.group) if job is not None else None
        if job is None or group is None:
            refused.append(_refused(demand, "its job isn't known yet"))
        else:
            service = scene.service_of(job)
            urgent, wakes = (service.urgent, service.on_demand) if service is not None else (False, True)
            asks.append(Ask(job, group, demand.count, urgent, wakes and job.type not in EVERYWHERE_TYPES, demand.since_s))
    asks.sort(key=lambda ask: (-ask.job.priority, ask.job.id, ask.job.namespace, ask.group.name, ask.count))
    return tuple(asks), tuple(refused)


def _refused(demand: Demand, reason: str) -> Waiting:
    return Waiting(demand.job, demand.group, demand.count, reason)


def put(
    board: Board, asks: Sequence[Ask], names: Collection[str], left_at_most: int | None = None
) -> tuple[tuple[Put, ...], tuple[Ask, ...]]:
    """Place the asks onto the machines of these names, in their order, on the board itself: what went where, and what is left. Once more
    instances than ``left_at_most`` are left it is given up, and the answer isn't complete.
    """
    board.set_open(names)
    placed: list[Put] = []
    left: list[Ask] = []
    full: set[tuple[str, str, str]] = set()
    missing = 0
    for ask in asks:
        went = board.place(ask.job, ask.group, ask.count) if ask.key not in full else ()
        if went:
            placed.append((replace(ask, count=len(went)), went))
        if len(went) < ask.count:
            full.add(ask.key)
            left.append(replace(ask, count=ask.count - len(went)) if went else ask)
            missing += ask.count - len(went)
            if left_at_most is not None and missing > left_at_most:
                break
    return tuple(placed), tuple(left)
