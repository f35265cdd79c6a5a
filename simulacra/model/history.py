"""What Nomad remembers of work that comes to an end: instances of batch jobs, and what each took. Times are Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass

REMEMBERED = ("complete", "failed")
"""Statuses of allocations whose machine told how they ended; one that is ``lost`` did so unseen."""


@dataclass(frozen=True, slots=True)
class BatchRun:
    """One allocation of a batch job, by the clocks of whom it concerns: ``created_s`` by the servers', the others by its machine's.

    ``status`` is the client's (pending, running, complete, failed, lost, unknown), ``desired`` run, stop or evict. ``began_s`` is when the
    first of its tasks started, the first time; ``ended_s`` when the last had finished for good; None: not so far. ``next`` is the
    allocation that took its place; empty where none did. ``moved``: it was to go elsewhere, since its machine was drained or somebody said
    so. ``cpu_mhz`` includes that of reserved cores.
    """

    id: str
    job: str
    namespace: str
    group: str
    node: str
    node_name: str
    job_version: int
    status: str
    desired: str
    created_s: float
    began_s: float | None = None
    ended_s: float | None = None
    cpu_mhz: int = 0
    memory_mb: int = 0
    next: str = ""
    moved: bool = False

    @property
    def at_work(self) -> bool:
        """Whether it is still to end, as far as Nomad knows."""
        return self.status in ("pending", "running", "unknown")

    @property
    def ran_s(self) -> float | None:
        """From when its first task started until its last had finished, restarts and what lies between them included; None: unknown."""
        return self.ended_s - self.began_s if self.began_s is not None and self.ended_s is not None else None


@dataclass(frozen=True, slots=True)
class FinishedWork:
    """One allocation that ran and ended: what came when, how long it ran (above 0), and what it took, of which machines.

    ``tier`` is the lowest that would do; None: any, as with ``zone``.
    """

    allocation: str
    name: str
    submitted_s: float
    run_s: float
    cpu_mhz: int
    memory_mb: float
    tier: str | None = None
    zone: str | None = None
    priority: int = 50
