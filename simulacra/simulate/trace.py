"""A workload: which jobs came when, how long they ran and what they took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraceJob:
    """One job, to be run once. ``number`` is its place in the file, from 1; ``submit_s`` counts from the trace's beginning.

    ``cpu_cores`` and ``memory_mb`` (MiB) are the whole job's; of more cores than one machine has it is split. ``tier`` and ``zone`` None:
    any will do. ``run_s`` is above 0. ``id`` tells it from all others where it was recorded; empty elsewhere.
    """

    number: int
    submit_s: float
    run_s: float
    cpu_cores: float
    memory_mb: float = 0.0
    name: str = ""
    tier: str | None = None
    zone: str | None = None
    priority: int = 50
    id: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """``jobs`` are ordered by when they were submitted, then by number. ``begins_s`` is the Unix time of its second 0. ``core_mhz`` is what
    a core of theirs is; None: whatever the machines' cores are.

    ``left_out``: what of the file isn't simulated, each reason with how many lines.
    """

    name: str
    jobs: tuple[TraceJob, ...]
    begins_s: float = 0.0
    left_out: tuple[tuple[str, int], ...] = ()
    core_mhz: float | None = None

    @property
    def ends_s(self) -> float:
        """When the last job would end if none waited."""
        return max((job.submit_s + job.run_s for job in self.jobs), default=0.0)
