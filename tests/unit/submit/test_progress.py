"""When waiting ends, and as what."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from simulacra.act.progress import Verdict, Watched, judge, watch
from simulacra.gateways.nomad_values import Allocation, Deployment, DeploymentGroup, Evaluation, PlacementFailure, TaskEvent

JOB = Watched("web", "default", "e1", 100)
FAILURE = PlacementFailure("web", 1, (("missing drivers", 3),), ())
FIRST = Evaluation("e1", "web", "default", 101, "complete", "", ())
BLOCKED = replace(FIRST, id="b1", status="blocked", failures=(FAILURE,))
EVENT = TaskEvent("web", 1, "Terminated", "Exit Code: 1", True)


def deployment(status: str = "running", desired: int = 2, healthy: int = 0, unhealthy: int = 0, text: str = "") -> Deployment:
    return Deployment("d1", 100, 102, status, text, (DeploymentGroup(desired, healthy, unhealthy),))


def allocation(status: str = "running", healthy: bool | None = None, create_index: int = 102, desired: str = "run") -> Allocation:
    return Allocation(
        f"a-{create_index}-{status}",
        "web",
        "default",
        "n",
        "shelf",
        desired,
        status,
        healthy,
        0,
        0,
        0,
        create_index,
        (EVENT,),
    )


@dataclass
class Answers:
    found: tuple[Evaluation, ...] = (FIRST,)
    rollouts: tuple[Deployment, ...] = ()
    placed: tuple[Allocation, ...] = ()

    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]:
        assert (job, namespace) == ("web", "default")
        return self.found

    def deployments(self, job: str, namespace: str) -> tuple[Deployment, ...]:  # noqa: ARG002
        return self.rollouts

    def allocations_of(self, job: str, namespace: str) -> tuple[Allocation, ...]:  # noqa: ARG002
        return self.placed


OLD = replace(deployment("failed"), job_spec_index=90)
CASES = {
    "nothing is known yet": (Answers(()), "going"),
    "the scheduler hasn't run": (Answers((replace(FIRST, status="pending"),)), "going"),
    "the scheduler gave up": (Answers((replace(FIRST, status="failed"),)), "failed"),
    "it is deployed": (Answers(rollouts=(deployment("successful", 2, 2),)), "done"),
    "no machine takes a system job": (Answers(rollouts=(deployment("successful", 0),)), "waiting"),
    "an old deployment's failure is not ours": (Answers(rollouts=(OLD,), placed=(allocation(),)), "done"),
    "it starts": (Answers(rollouts=(deployment(),), placed=(allocation("pending"), allocation())), "going"),
    "nothing can be placed": (Answers((BLOCKED, FIRST), (deployment(),)), "waiting"),
    "one runs, the other waits": (Answers((BLOCKED, FIRST), (deployment(healthy=1),), (allocation(healthy=True),)), "waiting"),
    "one starts, the other waits": (Answers((BLOCKED, FIRST), (deployment(),), (allocation("pending"),)), "going"),
    "the old version doesn't count as starting": (
        Answers((BLOCKED, FIRST), (deployment(),), (allocation("running", None, create_index=50),)),
        "waiting",
    ),
    "one crashed while the other waits": (
        Answers((BLOCKED, FIRST), (deployment(unhealthy=1),), (allocation("failed", False),)),
        "failed",
    ),
    "one is unhealthy under a deadline of a year": (Answers(rollouts=(deployment(healthy=1, unhealthy=1),)), "failed"),
    "the deployment failed": (Answers(rollouts=(deployment("failed"),), placed=(allocation("failed", False),)), "failed"),
    "somebody must promote it": (Answers(rollouts=(deployment(text="Deployment is running but requires manual promotion"),)), "done"),
    "a batch job starts": (Answers(placed=(allocation("pending"),)), "going"),
    "a batch job runs": (Answers(placed=(allocation("running"),)), "done"),
    "a batch job is through": (Answers(placed=(allocation("complete"),)), "done"),
    "a batch job crashed": (Answers(placed=(allocation("failed"),)), "failed"),
    "a batch job's earlier crash is past": (Answers(placed=(allocation(), allocation("failed", create_index=50))), "done"),
    "a batch job waits": (Answers((BLOCKED, FIRST)), "waiting"),
    "there is nothing to place": (Answers(), "done"),
}


@pytest.mark.parametrize("case", CASES)
def test_verdict(case: str) -> None:
    answers, state = CASES[case]
    assert judge(JOB, answers).state == state


def test_a_failure_shows_the_last_events() -> None:
    verdict = judge(JOB, CASES["the deployment failed"][0])
    assert verdict.events == (EVENT,)


def test_what_waits_says_what_the_scheduler_missed() -> None:
    verdict = judge(JOB, CASES["one runs, the other waits"][0])
    assert (verdict.healthy, verdict.wanted, verdict.failures) == (1, 2, (FAILURE,))


def test_watching_ends_when_patience_does() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    rounds = list(watch((JOB,), Answers(()), lambda: now[0], sleep, patience_s=3.0))
    assert len(rounds) == 4
    assert rounds[-1] == ((JOB, Verdict("going", "waiting for the scheduler")),)


def test_watching_ends_with_the_last_verdict() -> None:
    answers = Answers((BLOCKED, FIRST), (deployment(),))
    rounds = list(watch((JOB,), answers, lambda: 0.0, lambda _: None, patience_s=60.0))
    assert [verdict.state for _, verdict in rounds[-1]] == ["waiting"]
    assert len(rounds) == 1
