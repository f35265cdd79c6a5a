"""How Nomad settles after a cut: what is stopped, what goes on, what is replaced, and on which machines there is room for it.

Source: nomad's ``scheduler/reconciler`` (``filterByTainted``, ``computePlacements``) for the leader's half and ``client/heartbeatstop.go``
for the other one; all of it is tried out in the lab.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from simulacra.model.service import EVERYWHERE_TYPES
from simulacra.model.workload import Group, Job
from simulacra.plan.board import Board
from simulacra.plan.ground import Ground, Instance

Rule = Literal["stays", "unknown", "stops", "lost"]
"""What becomes of an instance that the leader doesn't reach. ``stays``: it goes on, and isn't replaced. ``unknown``: it goes on, and
another one is started beside it, if the group's constraints allow. ``stops``: its machine stops it, and another one takes its place.
``lost``: the same, but nobody stops it."""


@dataclass(frozen=True, slots=True)
class Part:
    """What became of a group's instances: ``cut_off`` of them were out of the leader's reach, ``started`` new ones."""

    service: str
    rule: Rule
    cut_off: int
    started: int
    group: Group
    wanted: int


@dataclass
class Settled:
    """``stopped`` out of the leader's reach, ``started`` in the half with a leader (less than 0: pushed out there); all by service."""

    stopped: Counter[str] = field(default_factory=Counter)
    started: Counter[str] = field(default_factory=Counter)
    parts: dict[str, list[Part]] = field(default_factory=dict)

    def note(self, part: Part) -> None:
        self.parts.setdefault(part.service, []).append(part)


def rule_of(job: Job, group: Group) -> Rule:
    """A machine that runs simulacra's own job counts as disconnected, so that ``replace = false`` alone doesn't keep anything there."""
    said = group.disconnect
    if job.type in EVERYWHERE_TYPES:
        return "stays"
    if said.stop_after_s is not None:
        return "stops"
    if said.lost_after_s > 0:
        return "unknown" if said.replace else "stays"
    return "lost"


def settle(ground: Ground, away: Sequence[Instance], board: Board) -> Settled:
    """What comes of the instances that the leader doesn't reach. ``board`` is ours; the machines of the leader's half are open on it."""
    settled = Settled()
    waiting = sorted(_lost(ground, settled, board, away), key=_order, reverse=True)
    while waiting:
        job, group, count, part = waiting.pop()
        pushed = len(board.preempted)
        placed = len(board.place(job, group, count))
        service = job.definition or ""
        settled.started[service] += placed
        if part is not None:
            settled.note(Part(service, part.rule, part.cut_off, placed, group, count))
        if len(board.preempted) > pushed:
            waiting = sorted((*waiting, *_pushed_out(ground, settled, board, pushed)), key=_order, reverse=True)
    return settled


def stop(instances: Iterable[Instance]) -> Settled:
    """Nobody has a leader: these instances' machines stop what they are to stop then, and nothing is started."""
    settled = Settled()
    for (job, group), its in _by_group(instances):
        if rule_of(job, group) == "stops":
            running = sum(it.allocation.running for it in its)
            settled.stopped[job.definition or ""] += running
            settled.note(Part(job.definition or "", "stops", running, 0, group, 0))
    return settled


_Waiting = tuple[Job, Group, int, Part | None]


def _order(waiting: _Waiting) -> tuple[int, str, str, str]:
    """The more important ones first."""
    job, group = waiting[:2]
    return -job.priority, job.id, job.namespace, group.name


def _lost(ground: Ground, settled: Settled, board: Board, away: Sequence[Instance]) -> Iterator[_Waiting]:
    """What waits for a place; what stays where it is is written down at once, and what is lost taken off the board."""
    for (job, group), its in _by_group(away):
        rule, service = rule_of(job, group), job.definition or ""
        running = [it for it in its if it.allocation.running]
        if rule == "stops":
            settled.stopped[service] += len(running)
        # what is still pending there is lost, whatever the group says
        gone = its if rule in ("stops", "lost") else [it for it in its if not it.allocation.running]
        board.take_off([it.allocation.id for it in gone])
        count = 0 if job.type in EVERYWHERE_TYPES else _replaced(ground, job, group, its if rule == "unknown" else gone, rule)
        part = Part(service, rule, len(running), 0, group, count)
        if count:
            yield job, group, count, part
        else:
            settled.note(part)


def _replaced(ground: Ground, job: Job, group: Group, instances: Sequence[Instance], rule: Rule) -> int:
    """Unknown ones are replaced one by one; lost ones up to the count, those out of reach among those that are there."""
    if rule == "unknown":
        return min(len(instances), group.count)
    others = ground.alive[(job.namespace, job.id), group.name] - len(instances)
    return max(0, min(len(instances), group.count - others))


def _pushed_out(ground: Ground, settled: Settled, board: Board, since: int) -> Iterator[_Waiting]:
    for allocation in board.preempted[since:]:
        job = ground.jobs.get((allocation.namespace, allocation.job))
        group = job.group(allocation.group) if job is not None else None
        if job is not None and group is not None:
            settled.started[job.definition or ""] -= allocation.running
            yield job, group, 1, None


def _by_group(instances: Iterable[Instance]) -> Iterator[tuple[tuple[Job, Group], list[Instance]]]:
    found: dict[tuple[str, str, str], list[Instance]] = {}
    for it in instances:
        found.setdefault((it.job.namespace, it.job.id, it.group.name), []).append(it)
    for _, its in sorted(found.items()):
        yield (its[0].job, its[0].group), its
