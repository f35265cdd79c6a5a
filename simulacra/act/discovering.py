"""The jobs that look for devices: one for each zone, and whatever happens they are gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from simulacra.act.submit import foreign
from simulacra.faults import Fault, Refusal
from simulacra.gateways.nomad_values import Allocation, Evaluation, JobJson, JobStub, RegisteredJob
from simulacra.model.jobspec import NO_VALUES, Values
from simulacra.model.words import listed

TASK = "look"
"""The name of the task, in the template of the job."""
PLACED_S, ENDED_S = 20.0, 45.0
"""So long a job may wait for a machine, and so long its program may take beyond the time that it listens."""
POLL_S = 0.5
TELLING = ("Driver Failure", "Failed Artifact Download", "Setup Failure", "Terminated")
"""Events of a task that say why it failed; those after them say what Nomad does about it."""


class Jobs(Protocol):
    """What looking for devices needs of Nomad."""

    def parse(self, text: str, what: str) -> JobJson: ...
    def jobs(self) -> tuple[JobStub, ...]: ...
    def register(
        self, job: JobJson, source: str, expected_index: int, preserve_counts: bool, values: Values = NO_VALUES
    ) -> RegisteredJob: ...
    def allocations_of(self, job: str, namespace: str) -> tuple[Allocation, ...]: ...
    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]: ...
    def log(self, allocation: str, task: str) -> str: ...
    def purge(self, job: str, namespace: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """``elapsed`` is a clock that nobody sets, in seconds."""

    elapsed: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a zone's program has printed, or why it hasn't."""

    zone: str
    text: str = ""
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    zone: str
    id: str
    namespace: str


def look_around(grid: str, jobspecs: Mapping[str, str], namespace: str, listen_s: float, nomad: Jobs, clock: Clock) -> tuple[Answer, ...]:
    """Run each zone's jobspec, all at once; the answers by zone. No job is left behind, however this ends.

    Raises a `Fault` where Nomad doesn't answer or refuses; what only a zone's job fails at is in its answer.
    """
    ours: list[_Job] = []
    answers: list[Answer] = []
    try:
        stubs = {stub.id: stub for stub in nomad.jobs() if stub.namespace == namespace}
        for zone, text in sorted(jobspecs.items()):
            job = nomad.parse(text, f"the job that looks for devices in zone {zone}")
            it = _Job(zone, str(job["ID"]), namespace)
            against = _against(grid, stubs.get(it.id))
            if against is not None:
                answers.append(Answer(zone, failed=against))
                continue
            if it.id in stubs:
                nomad.purge(it.id, namespace)
            ours.append(it)  # before it is there: a Ctrl-C may come between
            try:
                nomad.register(job, text, 0, preserve_counts=False)
            except Refusal:
                ours.remove(it)  # one that is there now is somebody else's
                raise
        answers += _answers(ours, listen_s, nomad, clock)
    finally:
        _purge(ours, nomad)
    return tuple(sorted(answers, key=lambda answer: answer.zone))


def _against(grid: str, stub: JobStub | None) -> str | None:
    """Why a job that is there already can't be replaced."""
    if stub is None:
        return None
    if foreign(grid, stub) is not None:
        return f"job {stub.id} is there already and isn't this grid's: it is left alone"
    if stub.status != "dead":
        return f"somebody is looking there already; if not, `nomad job stop -purge {stub.id}` removes what was left behind"
    return None


def _answers(jobs: list[_Job], listen_s: float, nomad: Jobs, clock: Clock) -> Iterator[Answer]:
    began, left = clock.elapsed(), list(jobs)
    while left:
        passed = clock.elapsed() - began
        for it in tuple(left):
            answer = _answer(it, passed, listen_s, nomad)
            if answer is not None:
                left.remove(it)
                yield answer
        if left:
            clock.sleep(POLL_S)


def _answer(job: _Job, passed_s: float, listen_s: float, nomad: Jobs) -> Answer | None:
    """The zone's answer; None while there may still be one."""
    found = nomad.allocations_of(job.id, job.namespace)
    if not found:
        return Answer(job.zone, failed=_not_placed(job, nomad)) if passed_s >= PLACED_S else None
    newest = found[0]
    if newest.status == "complete":
        try:
            return Answer(job.zone, nomad.log(newest.id, TASK))
        except Fault as fault:
            return Answer(job.zone, failed=f"{newest.node_name} has looked around, but what it found can't be read: {fault}")
    if newest.terminal:
        return Answer(job.zone, failed=f"{newest.node_name} couldn't look around: {_why(newest)}")
    if passed_s >= PLACED_S + ENDED_S + listen_s:
        return Answer(job.zone, failed=f"{newest.node_name} isn't done after {passed_s:.0f} s: it is {newest.status}")
    return None


def _why(failed: Allocation) -> str:
    """What of its events tells most."""
    telling = [it for it in failed.events if it.type in TELLING and it.message] or [it for it in failed.events if it.fails and it.message]
    return telling[-1].message if telling else f"its program is {failed.status}"


def _not_placed(job: _Job, nomad: Jobs) -> str:
    failures = [failure for it in nomad.evaluations(job.id, job.namespace) for failure in it.failures]
    lacks = sorted({name for failure in failures for name, _ in (*failure.constraints, *failure.dimensions)})
    why = f": {listed(lacks)}" if lacks else ""
    return f"no machine there takes the job{why}; it needs raw_exec and the zone's label, see `simulacra doctor`"


def _purge(jobs: list[_Job], nomad: Jobs) -> None:
    """Have all of them forgotten; what went wrong is raised once the others are gone."""
    left, faults = [], list[Fault]()
    for it in jobs:
        try:
            nomad.purge(it.id, it.namespace)
        except Fault as fault:
            left.append(it.id)
            faults.append(fault)
    if faults:
        raise Refusal(f"left behind: {listed(left)}; `nomad job stop -purge JOB` removes it: {faults[0]}") from faults[0]
