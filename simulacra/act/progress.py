"""How far a submitted job is: Nomad's evaluations, deployment and allocations to one verdict, and the waiting for it.

A job that waits for a machine is no failure and ends the wait; a crash does fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from simulacra.gateways.nomad_values import Allocation, Deployment, Evaluation, PlacementFailure, TaskEvent

State = Literal["going", "done", "waiting", "failed"]
EVENTS_SHOWN = 5
WAITS = "the rest waits for a machine"


class Progress(Protocol):
    """What waiting needs of Nomad; each answer has the newest first."""

    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]: ...
    def deployments(self, job: str, namespace: str) -> tuple[Deployment, ...]: ...
    def allocations_of(self, job: str, namespace: str) -> tuple[Allocation, ...]: ...


@dataclass(frozen=True, slots=True)
class Watched:
    """A job to wait for: the evaluation that its registering made, and the modify index it got."""

    job: str
    namespace: str
    evaluation: str
    modify_index: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """``healthy`` of ``wanted`` instances are well; ``failures`` says what the scheduler couldn't place."""

    state: State
    text: str
    healthy: int = 0
    wanted: int = 0
    failures: tuple[PlacementFailure, ...] = ()
    events: tuple[TaskEvent, ...] = ()


GOING = Verdict("going", "waiting for the scheduler")


def judge(watched: Watched, nomad: Progress) -> Verdict:
    """The verdict on a job as Nomad has it now."""
    evaluations = nomad.evaluations(watched.job, watched.namespace)
    first = next((it for it in evaluations if it.id == watched.evaluation), None)
    if first is None or first.status == "pending":
        return GOING
    if first.status in ("failed", "canceled"):
        return Verdict("failed", f"the scheduler gave up: {first.description or first.status}")
    blocked = next((it for it in evaluations if it.status == "blocked"), None)
    deployments = nomad.deployments(watched.job, watched.namespace)
    deployment = next((it for it in deployments if it.job_spec_index >= watched.modify_index), None)
    if deployment is not None and deployment.status == "successful" and blocked is None:
        return _deployed(deployment)
    allocations = nomad.allocations_of(watched.job, watched.namespace)
    missing = blocked.failures if blocked is not None else ()
    if deployment is not None:
        return of_deployment(watched, deployment, missing, allocations)
    return of_allocations(watched, missing, allocations)


def of_deployment(
    watched: Watched, deployment: Deployment, missing: tuple[PlacementFailure, ...], allocations: tuple[Allocation, ...]
) -> Verdict:
    """The verdict on a job that Nomad rolls out as a deployment."""
    if deployment.status in ("failed", "cancelled"):
        return Verdict("failed", deployment.description or deployment.status, events=last_events(watched, allocations))
    if "manual promotion" in deployment.description or deployment.status == "paused":
        return _counted("done", deployment.description, deployment)
    starting = any(
        it.desired == "run" and not it.terminal and it.deployment_healthy is None and it.create_index >= watched.modify_index
        for it in allocations
    )
    if any(group.unhealthy for group in deployment.groups) and deployment.status != "successful":
        # with a long progress_deadline Nomad itself would go on replacing it for as long
        return replace(_counted("failed", "an instance isn't healthy", deployment), events=last_events(watched, allocations))
    if missing and not starting:
        return _counted("waiting", WAITS, deployment, missing)
    if deployment.status == "successful":
        return _deployed(deployment)
    return _counted("going", "starting" if starting else deployment.description or deployment.status, deployment)


def of_allocations(watched: Watched, missing: tuple[PlacementFailure, ...], allocations: tuple[Allocation, ...]) -> Verdict:
    """The verdict on a job without a deployment: batch, sysbatch, or nothing to roll out."""
    wanted = [it for it in allocations if it.desired == "run"]
    well = sum(it.status in ("running", "complete") for it in wanted)
    if any(it.status in ("failed", "lost") and it.create_index >= watched.modify_index for it in wanted):
        return Verdict("failed", "a task failed", well, len(wanted), events=last_events(watched, allocations))
    if any(it.status == "pending" for it in wanted):
        return Verdict("going", "starting", well, len(wanted))
    if missing:
        return Verdict("waiting", WAITS, well, len(wanted) + sum(it.missing for it in missing), missing)
    return Verdict("done", "placed" if wanted else "nothing to place now", well, len(wanted))


def last_events(watched: Watched, allocations: tuple[Allocation, ...]) -> tuple[TaskEvent, ...]:
    """The last events of the newest allocation that isn't well, in the order they happened."""
    ill = (
        it for it in allocations if it.create_index >= watched.modify_index and (it.status == "failed" or it.deployment_healthy is False)
    )
    newest = next(ill, None)
    return newest.events[-EVENTS_SHOWN:] if newest is not None else ()


def _deployed(deployment: Deployment) -> Verdict:
    # a system job that no machine takes is a success to Nomad; a service with count 0 has no deployment at all
    return _counted("done" if any(group.desired for group in deployment.groups) else "waiting", "deployed", deployment)


def _counted(state: State, text: str, deployment: Deployment, failures: tuple[PlacementFailure, ...] = ()) -> Verdict:
    healthy, wanted = sum(group.healthy for group in deployment.groups), sum(group.desired for group in deployment.groups)
    return Verdict(state, text, healthy, wanted, failures)


def watch(
    jobs: tuple[Watched, ...], nomad: Progress, clock: Callable[[], float], sleep: Callable[[float], None], patience_s: float
) -> Iterator[tuple[tuple[Watched, Verdict], ...]]:
    """Every job's verdict again and again, a second apart, until none is going any more or ``patience_s`` is over."""
    verdicts = dict.fromkeys(jobs, GOING)
    end = clock() + patience_s
    while True:
        for job, verdict in verdicts.items():
            if verdict.state == "going":
                verdicts[job] = judge(job, nomad)
        yield tuple(verdicts.items())
        if all(verdict.state != "going" for verdict in verdicts.values()) or clock() >= end:
            return
        sleep(1.0)
