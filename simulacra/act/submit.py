"""Definitions to jobs on Nomad: first what to register, to leave and to stop as a value, then its carrying out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from simulacra.act.places import Origin, at_their_places
from simulacra.faults import Refusal
from simulacra.gateways.nomad_diff_values import JobDiff
from simulacra.gateways.nomad_jobs import group_counts, with_counts
from simulacra.gateways.nomad_values import GroupCount, JobJson, JobStub, PlannedJob, RegisteredJob
from simulacra.model.grid import Grid
from simulacra.model.jobspec import NO_VALUES, Values
from simulacra.model.marks import META_GRID
from simulacra.model.source import NOWHERE, Source

Kind = Literal["create", "update", "unchanged", "refused"]
DEFAULT_NAMESPACE = "default"


class Jobs(Protocol):
    """What submitting needs of Nomad."""

    def parse(self, text: str, what: str, values: Values = NO_VALUES) -> JobJson: ...
    def plan(self, job: JobJson) -> PlannedJob: ...
    def jobs(self) -> tuple[JobStub, ...]: ...
    def counts(self, job: str, namespace: str) -> tuple[GroupCount, ...]: ...


class Registry(Protocol):
    """What carrying out needs of Nomad."""

    def register(
        self, job: JobJson, source: str, expected_index: int, preserve_counts: bool, values: Values = NO_VALUES
    ) -> RegisteredJob: ...
    def stop(self, job: str, namespace: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class JobText:
    """A jobspec as Nomad is to get it. ``service`` is the name of the service that it is for, or of the grid's own job.

    ``job``: what it was parsed to already, where a server can't parse it; else None.
    """

    service: str
    text: str
    source: Source = NOWHERE
    values: Values = NO_VALUES
    job: JobJson | None = None


@dataclass(frozen=True, slots=True)
class WantedJob:
    """A service, or a job of the grid's own, as the job it becomes. ``text`` is the jobspec that ``job`` was parsed from."""

    service: str
    id: str
    namespace: str
    text: str
    job: JobJson
    values: Values = NO_VALUES


@dataclass(frozen=True, slots=True)
class JobStep:
    """What is to be done with one wanted job, and why. ``expected_index``: the job's modify index when it was looked at."""

    kind: Kind
    wanted: WantedJob
    reason: str
    planned: PlannedJob | None = None
    expected_index: int = 0
    preserve_counts: bool = True


@dataclass(frozen=True, slots=True)
class Stop:
    """A job of this grid that no definition asks for any more."""

    job: str
    namespace: str
    reason: str


@dataclass(frozen=True, slots=True)
class Submission:
    """The whole decision: one step per wanted job, then the jobs left over, each by name."""

    steps: tuple[JobStep, ...]
    stops: tuple[Stop, ...]

    @property
    def changes(self) -> tuple[JobStep, ...]:
        return tuple(step for step in self.steps if step.kind in ("create", "update"))

    @property
    def refused(self) -> tuple[JobStep, ...]:
        return tuple(step for step in self.steps if step.kind == "refused")

    @property
    def different(self) -> bool:
        return bool(self.changes or self.refused or self.stops)


@dataclass(frozen=True, slots=True)
class Submitted:
    """One job that was registered, or ``refusal``: why Nomad wouldn't."""

    step: JobStep
    registered: RegisteredJob | None
    refusal: str | None = None


def wanted_jobs(jobspecs: Iterable[JobText], nomad: Jobs, namespace: str | None, origin: Origin | None = None) -> tuple[WantedJob, ...]:
    """The jobs as Nomad's parser reads their jobspecs, by name; raises `Refusal` with every jobspec it doesn't take."""
    found, problems = [], []
    for spec in sorted(jobspecs, key=lambda it: it.service):
        try:
            job = spec.job if spec.job is not None else nomad.parse(spec.text, f"the jobspec of service {spec.service}", spec.values)
        except Refusal as refusal:
            placed = at_their_places(str(refusal), spec.service, spec.source, origin)
            problems += [f"{source}: {said}" if source.line else said for source, said in placed]
            continue
        where = str(job.get("Namespace") or namespace or DEFAULT_NAMESPACE)
        found.append(WantedJob(spec.service, str(job["ID"]), where, spec.text, job, spec.values))
    if problems:
        raise Refusal("\n".join(problems))
    return tuple(found)


def look(grid: Grid, wanted: tuple[WantedJob, ...], chosen: frozenset[str] | None, nomad: Jobs, adopt: bool) -> Submission:
    """Compare every wanted job with what Nomad has; nothing is written. ``chosen``: only these services are planned."""
    stubs = nomad.jobs()
    existing = {(stub.id, stub.namespace): stub for stub in stubs}
    picked = (it for it in wanted if chosen is None or it.service in chosen)
    steps = tuple(_step(grid.name, it, existing.get((it.id, it.namespace)), nomad, adopt) for it in picked)
    return Submission(steps, leftovers(grid.name, wanted, stubs))


def leftovers(grid: str, wanted: tuple[WantedJob, ...], stubs: tuple[JobStub, ...]) -> tuple[Stop, ...]:
    """The jobs with this grid's mark that nothing defines. Children of periodic and dispatched jobs end with their parents."""
    defined = {(it.id, it.namespace) for it in wanted}
    return tuple(
        Stop(stub.id, stub.namespace, f"it carries the mark of grid {grid} and isn't defined any more")
        for stub in stubs
        if stub.meta_of(META_GRID) == grid and stub.parent is None and not stub.stopped and (stub.id, stub.namespace) not in defined
    )


def _step(grid: str, wanted: WantedJob, stub: JobStub | None, nomad: Jobs, adopt: bool) -> JobStep:
    refusal = foreign(grid, stub) if stub is not None and not adopt else None
    if refusal is not None:
        return JobStep("refused", wanted, refusal)
    if stub is not None and not stub.stopped:
        wanted = _scaled(wanted, nomad)
    try:
        planned = nomad.plan(wanted.job)
    except Refusal as error:
        return JobStep("refused", wanted, str(error))
    return decide(wanted, stub, planned)


def foreign(grid: str, stub: JobStub) -> str | None:
    """Why this job must not be overwritten; None if it is this grid's own."""
    mark = stub.meta_of(META_GRID)
    if mark == grid:
        return None
    whose = f"belongs to grid {mark}" if mark else "wasn't made by simulacra"
    return f"job {stub.id} is there already and {whose}: rename the service, or take it over with --adopt"


def decide(wanted: WantedJob, stub: JobStub | None, planned: PlannedJob) -> JobStep:
    """The step for one job, from what is there (``stub``) and what the server's scheduler says would change."""
    index = stub.modify_index if stub is not None else 0
    preserve_counts = not changes_a_count(planned.diff)
    if stub is None:
        return JobStep("create", wanted, "it isn't there yet", planned, index, preserve_counts)
    if planned.diff.type == "None":
        return JobStep("unchanged", wanted, "it is as defined", planned, index, preserve_counts)
    reason = "it was stopped" if stub.stopped else "its definition differs from what runs"
    return JobStep("update", wanted, reason, planned, index, preserve_counts)


def _scaled(wanted: WantedJob, nomad: Jobs) -> WantedJob:
    """With the live counts where the autoscaler sets them: these aren't the definition's to change."""
    scaled = {group.group for group in group_counts(wanted.job) if group.scaled}
    if not scaled:
        return wanted
    keep = {group.group: group.count for group in nomad.counts(wanted.id, wanted.namespace) if group.group in scaled}
    return replace(wanted, job=with_counts(wanted.job, keep))


def changes_a_count(diff: JobDiff) -> bool:
    """Nomad's PreserveCounts keeps every group's count: it must be left out where a definition sets a new one."""
    return any(field.name == "Count" and field.type == "Edited" for group in diff.groups for field in group.fields)


def submit(submission: Submission, nomad: Registry) -> tuple[Submitted, ...]:
    """Register what changed, each with check-and-set; a refusal of one doesn't keep the others back."""
    done = []
    for step in submission.changes:
        try:
            answer = _register(step, nomad)
        except Refusal as refusal:
            done.append(Submitted(step, None, str(refusal)))
        else:
            done.append(Submitted(step, answer))
    return tuple(done)


def _register(step: JobStep, nomad: Registry) -> RegisteredJob:
    wanted = step.wanted
    return nomad.register(wanted.job, wanted.text, step.expected_index, step.preserve_counts, wanted.values)


def prune(submission: Submission, nomad: Registry) -> tuple[Stop, ...]:
    """Stop the jobs left over; the ones stopped."""
    for stop in submission.stops:
        nomad.stop(stop.job, stop.namespace)
    return submission.stops
