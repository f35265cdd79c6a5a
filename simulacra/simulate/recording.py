"""A grid's own work as a trace that grows: what has ended since is added to what was recorded before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import ceil, floor

from simulacra.gateways.printable import printable
from simulacra.model.history import FinishedWork
from simulacra.simulate.trace import Trace, TraceJob

CORE_PARTS = 10_000
"""Cores are kept so finely. They are rounded down, so that what fitted on a machine still fits: MHz, which are whole, come out the same."""
Order = tuple[float, str, str]


def recorded(before: Trace, work: Iterable[FinishedWork], core_mhz: float) -> Trace:
    """The trace with the work that isn't in it yet, known by its allocation's id; the very one that was given where there is none.

    Its second 0 is a whole one of the clock, and moves back where something was submitted before it. Times are kept to the millisecond. A
    core is what it was in the trace so far, ``core_mhz`` in a new one, or where it doesn't say.
    """
    known = {job.id for job in before.jobs if job.id}
    new = [it for it in work if it.allocation not in known]
    if not new:
        return before
    earliest_s = min(it.submitted_s for it in new)
    begins_s = before.begins_s if before.jobs else float(floor(earliest_s))
    earlier_s = max(0, ceil(begins_s - earliest_s))
    begins_s -= earlier_s
    says = before.core_mhz if before.jobs else round(core_mhz, 3)
    jobs = [
        *(replace(job, submit_s=round(job.submit_s + earlier_s, 3)) for job in before.jobs),
        *(_job(it, begins_s, says or core_mhz) for it in new),
    ]
    jobs.sort(key=_order)
    return replace(before, jobs=tuple(replace(job, number=at) for at, job in enumerate(jobs, 1)), begins_s=begins_s, core_mhz=says)


def _job(it: FinishedWork, begins_s: float, core_mhz: float) -> TraceJob:
    return TraceJob(
        number=0,
        submit_s=round(it.submitted_s - begins_s, 3),
        run_s=round(it.run_s, 3),
        cpu_cores=max(1, floor(round(it.cpu_mhz / core_mhz * CORE_PARTS, 6))) / CORE_PARTS,
        memory_mb=it.memory_mb,
        name=printable(it.name).strip(),
        tier=_label(it.tier),
        zone=_label(it.zone),
        priority=it.priority,
        id=it.allocation,
    )


def _label(text: str | None) -> str | None:
    return printable(text or "").strip() or None


def _order(job: TraceJob) -> Order:
    return job.submit_s, job.name, job.id
