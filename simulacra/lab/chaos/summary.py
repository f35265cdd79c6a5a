"""What a run of chaos comes to, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulacra.lab.chaos.breach import Breach
from simulacra.lab.chaos.rules_of_work import died_with_machine, unheard
from simulacra.lab.chaos.seen import Asked, Seen


@dataclass(frozen=True, slots=True)
class KindCount:
    """How often a kind of fault was done, and how often there was nobody to strike."""

    kind: str
    struck: int
    missed: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Seconds and counts. ``jobs``: batch jobs asked for; ``units_…``: runs of instances of whatever job. ``killed``: with their
    machine, by a fault; ``moved``: told to stop, because their machine was emptied or the job wasn't wanted any more; ``unheard``: begun
    when a fault may have kept Nomad from hearing of it.

    ``wait_worst_s``: from asking for a job to the beginning of all its instances; ``of`` which job that was. ``wakes``: machines woken by
    the plan; ``transitions``: of power states, in the journal.
    """

    seed: int
    lasted_s: float
    kinds: tuple[KindCount, ...]
    jobs: int
    jobs_done: int
    units_begun: int
    units_done: int
    units_killed: int
    units_moved: int
    units_unheard: int
    transitions: int
    wakes: int
    wait_worst_s: float
    wait_worst_of: str
    breaches: tuple[Breach, ...]


def summarize(seen: Seen, seed: int, breaches: Sequence[Breach]) -> Summary:
    """All of it."""
    kinds = tuple(_counted(seen, name) for name in sorted({it.strike.kind for it in seen.strikes}))
    batch = {it.name for it in seen.asked if it.shape == "batch"}
    done = [it for it in seen.units if it.ended_s is not None]
    worst_s, worst_of = max(((_waited_s(seen, job), job.name) for job in seen.asked), default=(0.0, ""))
    return Summary(
        seed=seed,
        lasted_s=seen.now_s - seen.began_s,
        kinds=kinds,
        jobs=len(batch),
        jobs_done=len({it.job for it in done} & batch),
        units_begun=len(seen.units),
        units_done=len(done),
        units_killed=sum(it.gone_s is not None and died_with_machine(seen, it) for it in seen.units),
        units_moved=sum(it.told_s is not None for it in seen.units),
        units_unheard=sum(unheard(seen, it) for it in seen.units),
        transitions=len(seen.entries),
        wakes=sum(it.after == "waking" and it.by == "plan" for it in seen.entries),
        wait_worst_s=worst_s,
        wait_worst_of=worst_of,
        breaches=tuple(breaches),
    )


def _counted(seen: Seen, kind: str) -> KindCount:
    mine = [it for it in seen.strikes if it.strike.kind == kind]
    return KindCount(kind, sum(not it.missed for it in mine), sum(bool(it.missed) for it in mine))


def _waited_s(seen: Seen, job: Asked) -> float:
    """From asking to the begin of as many instances as were asked for; until it was stopped, or now, where there never were so many."""
    begun = sorted(it.begun_s for it in seen.units if it.job == job.name)
    until_s = begun[job.count - 1] if len(begun) >= job.count else job.stopped_s if job.stopped_s is not None else seen.now_s
    return max(0.0, until_s - job.asked_s)
