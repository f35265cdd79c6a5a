"""Work that ran and came to an end, from what Nomad remembers of batch jobs.

Each allocation counts by itself: of a group of several instances each runs where and when there is room for it. Jobs that don't end
(service, system) and those that every machine does (sysbatch) are no such work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from simulacra.faults import Refusal
from simulacra.gateways.nomad_values import JobJson, JobStub, Node
from simulacra.model.grid import Grid
from simulacra.model.history import BatchRun, FinishedWork
from simulacra.model.workload import Job
from simulacra.observe.asked_place import asked_place
from simulacra.observe.workload import Json, job_of

SHORTEST_S = 0.001
NANOSECONDS = 1e9
MIDDLE = 50
"""Nomad's default priority."""
NEVER_RAN = "never began to run"
UNSEEN = "ended unseen, lost with their machine"
BEGUN_ANEW = "had to make room and began anew elsewhere: only the last try counts"

Key = tuple[str, str]
"""A job's namespace and id."""


class History(Protocol):
    """What is asked of Nomad: three calls, and one for each job of which something new has ended."""

    def jobs(self) -> tuple[JobStub, ...]: ...
    def nodes(self) -> tuple[Node, ...]: ...
    def batch_runs(self) -> tuple[BatchRun, ...]: ...
    def job_versions(self, keys: Sequence[Key]) -> tuple[tuple[JobJson, ...], ...]: ...


@dataclass(frozen=True, slots=True)
class Finished:
    """``work`` is what has ended and wasn't known, by submission and allocation. ``running`` and ``waiting`` instances are to end yet;
    ``endless`` counts the jobs that aren't such work. ``left_out``: what has ended and isn't work, each reason with how many.
    """

    work: tuple[FinishedWork, ...]
    running: int = 0
    waiting: int = 0
    endless: int = 0
    left_out: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Version:
    """A job as it was when it was submitted so. ``called``: the periodic or parameterized job whose child it is, else itself."""

    job: Job
    called: str
    submitted_s: float


def finished(grid: Grid, history: History, known: Set[str]) -> Finished:
    """What has ended, without the allocations that are ``known``."""
    stubs, runs = history.jobs(), _Runs(history.batch_runs())
    counted = [run for run in runs.ended if not runs.why_not(run)]
    new = [run for run in counted if run.id not in known]
    reasons = Counter(filter(None, map(runs.why_not, runs.ended)))
    return Finished(
        _works(grid, history, new, runs) if new else (),
        running=len(runs.by_id) - len(runs.ended),
        waiting=sum(stub.queued for stub in stubs if stub.type == "batch"),
        endless=sum(stub.type != "batch" and not stub.stopped for stub in stubs),
        left_out=tuple(sorted(reasons.items())),
    )


class _Runs:
    """All that Nomad remembers at one moment."""

    def __init__(self, runs: Iterable[BatchRun]) -> None:
        self.by_id = {run.id: run for run in runs}
        self.ended = [run for run in self.by_id.values() if not run.at_work]
        self._before = {run.next: run for run in self.by_id.values() if run.next}

    def why_not(self, run: BatchRun) -> str:
        """Why what has ended isn't counted; empty where it is."""
        if run.status == "lost":
            return UNSEEN
        if run.ran_s is None:
            return NEVER_RAN
        return BEGUN_ANEW if self._interrupted(run) else ""

    def _interrupted(self, run: BatchRun) -> bool:
        """Whether it had to make room, for something more important or since its machine was to be emptied: what was done is done again.

        Where it failed, or a new version of the job took its place, what was done before is work of its own.
        """
        after = self.by_id.get(run.next)
        again = run.status == "complete" and bool(run.next) and (after is None or after.job_version == run.job_version)
        return run.desired == "evict" or (run.desired == "stop" and (run.moved or again))

    def submitted_s(self, run: BatchRun, version: _Version | None) -> float:
        """When its job was submitted, but for one that is tried again after it failed: when that ended. Else when it was placed."""
        earlier = self._before.get(run.id)
        while earlier is not None and self._interrupted(earlier):
            earlier = self._before.get(earlier.id)
        if earlier is not None and earlier.status == "failed" and earlier.ended_s is not None:
            return min(earlier.ended_s, run.created_s)
        # a job that is submitted again with a change that its instances can go on with gives them its new version
        return version.submitted_s if version is not None and version.submitted_s <= run.created_s else run.created_s


def _works(grid: Grid, history: History, new: Sequence[BatchRun], runs: _Runs) -> tuple[FinishedWork, ...]:
    keys = sorted({(run.namespace, run.job) for run in new})
    versions = {key: dict(_numbered(grid, raw) for raw in all_) for key, all_ in zip(keys, history.job_versions(keys), strict=True)}
    found = []
    for run in new:
        version = versions[run.namespace, run.job].get(run.job_version)
        found.append(_work(grid, run, version, runs.submitted_s(run, version)))
    return tuple(sorted(found, key=lambda it: (it.submitted_s, it.allocation)))


def _numbered(grid: Grid, raw: Json) -> tuple[int, _Version]:
    version = _Version(job_of(dict(raw), grid.name), raw.get("ParentID") or raw["ID"], raw["SubmitTime"] / NANOSECONDS)
    return raw["Version"], version


def slowest_core_mhz(grid: Grid, nodes: Iterable[Node]) -> float:
    """What a core is in a new trace: one of the slowest machine, seen or defined. Raises `Refusal` where that isn't known."""
    seen = {node.name: node.cpu_mhz / node.cores for node in nodes if node.cores > 0 and node.cpu_mhz > 0}
    defined = {it.name: it.has.cpu_mhz / it.has.cores for it in grid.machines if it.has is not None and it.has.cores}
    speeds = defined | seen
    if not speeds:
        todo = "try again when a machine is on, or write `cores` into a machine's `has` block"
        raise Refusal(f"how much work a core does isn't known, since Nomad lists no machine with its cores: {todo}")
    return min(speeds.values())


def _work(grid: Grid, run: BatchRun, version: _Version | None, submitted_s: float) -> FinishedWork:
    """``version`` is None where Nomad doesn't have the job any more: then it may have run anywhere, at the middle of all priorities."""
    group = version.job.group(run.group) if version is not None else None
    tier, zone = asked_place(grid, group.constraints) if group is not None else (None, None)
    called = version.called if version is not None else run.job
    return FinishedWork(
        allocation=run.id,
        name=called if run.group == called else f"{called}.{run.group}",
        submitted_s=submitted_s,
        run_s=max(SHORTEST_S, run.ran_s or 0.0),
        cpu_mhz=run.cpu_mhz,
        memory_mb=float(run.memory_mb),
        tier=tier,
        zone=zone,
        priority=version.job.priority if version is not None else MIDDLE,
    )
