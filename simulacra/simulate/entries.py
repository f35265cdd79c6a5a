"""What the lines of a trace's file come to: jobs, or a reason why one isn't simulated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulacra.simulate.trace import Trace, TraceJob

LARGEST: Mapping[str, float] = MappingProxyType({"submit_s": 1e9, "run_s": 1e9, "cpu_cores": 1e6, "memory_mb": 1e9})
"""What is above isn't meant: 1e9 s are 31 years, and a Unix time of today is more."""
TOO_LATE_S = 32503680000.0
"""The year 3000, as a Unix time. Calendars end with the year 9999, and a trace that begins before may last and its jobs may wait."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that isn't simulated; ``reason`` reads well after a number of lines."""

    reason: str


NO_SUBMIT_TIME = LeftOut("no submit time")
NO_RUN_TIME = LeftOut("no run time")
RAN_FOR_NOTHING = LeftOut("ran for 0 s")
NO_CORES = LeftOut("no processors")

Entry = TraceJob | LeftOut


def left_out(submit_s: float, run_s: float, cpu_cores: float) -> LeftOut | None:
    """Why a job of such figures can't be simulated; what is below 0 isn't known."""
    if submit_s < 0:
        return NO_SUBMIT_TIME
    if run_s < 0:
        return NO_RUN_TIME
    if run_s == 0:
        return RAN_FOR_NOTHING
    return NO_CORES if cpu_cores <= 0 else None


def trace_of(name: str, entries: Iterable[Entry], begins_s: float, core_mhz: float | None = None) -> Trace:
    """The trace of what was found, in any order; its jobs have their numbers already."""
    jobs: list[TraceJob] = []
    reasons: Counter[str] = Counter()
    for entry in entries:
        if isinstance(entry, LeftOut):
            reasons[entry.reason] += 1
        else:
            jobs.append(entry)
    jobs.sort(key=lambda job: (job.submit_s, job.number))
    return Trace(name, tuple(jobs), begins_s, tuple(sorted(reasons.items())), core_mhz)
