"""One contract, kept by the real Nomad behind the gateway and by the fake that other tests use."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from dev_agent import NODE, RANK, TIER, ZONE, Agent
from fake_nomad import FakeNomad, jobspec

from simulacra.faults import Refusal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.gateways.nomad_faults import Conflict
from simulacra.gateways.nomad_jobs import group_counts, with_counts
from simulacra.model.jobspec import Values
from simulacra.model.marks import LABEL_RANK, LABEL_TIER, LABEL_ZONE, META_GRID
from simulacra.observe.answers import UNLABELLED

Either = Nomad | FakeNomad
DEFAULT = "default"


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.nomad)])
def nomad(request: pytest.FixtureRequest) -> Either:
    if request.param == "fake":
        return FakeNomad()
    agent: Agent = request.getfixturevalue("nomad_agent")
    return connect(environment=agent.environment)


@pytest.fixture
def name(nomad: Either) -> Iterator[str]:
    """A job's name of the test's own, stopped after it."""
    called = f"contract-{uuid4().hex[:8]}"
    yield called
    if any(stub.id == called and not stub.stopped for stub in nomad.jobs()):
        nomad.stop(called, DEFAULT)


def settle(nomad: Either, name: str, status: str) -> None:
    """Wait until the newest deployment is at this status."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = nomad.deployments(name, DEFAULT)
        if found and found[0].status == status:
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} isn't {status}: {nomad.deployments(name, DEFAULT)}")


def test_a_new_job_is_planned_registered_and_seen(nomad: Either, name: str) -> None:
    text = jobspec(name)
    job = nomad.parse(text)
    planned = nomad.plan(job)
    assert (planned.diff.type, planned.modify_index, planned.failures) == ("Added", 0, ())
    answer = nomad.register(job, text, 0, preserve_counts=True)
    assert answer.evaluation is not None
    settle(nomad, name, "successful")
    stub = next(it for it in nomad.jobs() if it.id == name)
    assert (stub.modify_index, stub.stopped, stub.meta_of(META_GRID), stub.parent) == (answer.modify_index, False, "trial", None)
    assert answer.evaluation in [it.id for it in nomad.evaluations(name, DEFAULT)]
    deployment = nomad.deployments(name, DEFAULT)[0]
    assert deployment.job_spec_index == answer.modify_index
    assert (deployment.groups[0].desired, deployment.groups[0].healthy) == (1, 1)
    placed = nomad.allocations_of(name, DEFAULT)
    assert [(it.status, it.node_name, it.desired) for it in placed] == [("running", NODE, "run")]
    assert [it.memory_mb for it in nomad.allocations() if it.job == name] == [32]


def test_a_jobspecs_variables_have_the_values_that_it_is_parsed_with(nomad: Either, name: str) -> None:
    text = 'variable "many" {\n  default = 1\n}\n\n' + jobspec(name).replace("count = 1", "count = var.many")
    values = Values("many = 3\n", "", (("many", "3"),))
    job = nomad.parse(text, values=values)
    assert [(it.group, it.count) for it in group_counts(job)] == [("it", 3)]
    assert nomad.register(job, text, 0, preserve_counts=True, values=values).modify_index > 0


def test_the_same_text_again_is_no_difference(nomad: Either, name: str) -> None:
    job = nomad.parse(jobspec(name))
    index = nomad.register(job, jobspec(name), 0, preserve_counts=True).modify_index
    planned = nomad.plan(nomad.parse(jobspec(name)))
    assert (planned.diff.type, planned.modify_index) == ("None", index)


def test_a_stopped_job_is_a_difference(nomad: Either, name: str) -> None:
    nomad.register(nomad.parse(jobspec(name)), jobspec(name), 0, preserve_counts=True)
    nomad.stop(name, DEFAULT)
    assert next(it for it in nomad.jobs() if it.id == name).stopped
    assert nomad.plan(nomad.parse(jobspec(name))).diff.type == "Edited"


def test_check_and_set_refuses_what_somebody_else_changed(nomad: Either, name: str) -> None:
    job = nomad.parse(jobspec(name))
    index = nomad.register(job, "", 0, preserve_counts=True).modify_index
    with pytest.raises(Conflict, match="somebody changed it meanwhile"):
        nomad.register(job, "", 0, preserve_counts=True)
    with pytest.raises(Conflict):
        nomad.register(nomad.parse(jobspec(name, count=2)), "", index + 1000, preserve_counts=True)
    assert [it.count for it in nomad.counts(name, DEFAULT)] == [1]


@pytest.mark.parametrize(("preserve", "count"), [(True, 1), (False, 2)])
def test_counts_are_preserved_if_asked_for(nomad: Either, name: str, preserve: bool, count: int) -> None:
    index = nomad.register(nomad.parse(jobspec(name)), "", 0, preserve_counts=True).modify_index
    nomad.register(nomad.parse(jobspec(name, count=2)), "", index, preserve_counts=preserve)
    assert [it.count for it in nomad.counts(name, DEFAULT)] == [count]


def test_counts_of_a_job_can_be_set(nomad: Either, name: str) -> None:
    job = with_counts(nomad.parse(jobspec(name)), {"it": 0})
    nomad.register(job, "", 0, preserve_counts=True)
    assert [it.count for it in nomad.counts(name, DEFAULT)] == [0]


def test_what_cannot_be_placed_is_said_and_waits(nomad: Either, name: str) -> None:
    job = nomad.parse(jobspec(name, driver="docker", count=2))
    failure = nomad.plan(job).failures[0]
    assert (failure.group, failure.missing, dict(failure.constraints)) == ("it", 2, {"missing drivers": 1})
    nomad.register(job, "", 0, preserve_counts=True)
    end = time.monotonic() + 10
    while time.monotonic() < end and not any(it.job == name for it in nomad.blocked()):
        time.sleep(0.1)
    blocked = next(it for it in nomad.blocked() if it.job == name)
    assert blocked.failures[0].missing == 2
    assert nomad.deployments(name, DEFAULT)[0].status == "running"


def test_too_little_memory_is_a_dimension(nomad: Either, name: str) -> None:
    failure = nomad.plan(nomad.parse(jobspec(name, memory=900_000))).failures[0]
    assert "memory" in dict(failure.dimensions)


def test_broken_hcl_is_refused_with_nomads_words(nomad: Either) -> None:
    with pytest.raises(Refusal, match=r"the jobspec of service x.*Unclosed configuration block"):
        nomad.parse('job "x" {', "the jobspec of service x")


def test_a_job_is_validated_and_nothing_is_written(nomad: Either, name: str) -> None:
    job = nomad.parse(jobspec(name))
    assert nomad.validate(job).errors == ()
    (error,) = nomad.validate({**job, "Priority": 1000}).errors
    assert "priority must be between [1, 100]" in error
    assert name not in [it.id for it in nomad.jobs()]


def test_what_isnt_there_is_none(nomad: Either) -> None:
    assert nomad.job("no-such-job", DEFAULT) is None
    assert nomad.counts("no-such-job", DEFAULT) == ()


def test_the_node_and_its_labels(nomad: Either) -> None:
    (node,) = nomad.nodes()
    assert (node.name, node.status, node.eligible, node.draining) == (NODE, "ready", True, False)
    assert "raw_exec" in node.drivers
    assert "docker" not in node.drivers
    assert node.cpu_mhz > 0
    assert node.memory_mb > 0
    detail = nomad.node_detail(node)
    assert [detail.label(label) for label in (LABEL_ZONE, LABEL_TIER, LABEL_RANK)] == [ZONE, TIER, RANK]
    assert detail.host_networks == ("overlay",)
    assert detail.updated_s > 0
    assert nomad.nodes(UNLABELLED) == ()


def test_the_agent_and_its_servers(nomad: Either) -> None:
    agent = nomad.agent()
    assert (agent.acl, agent.region) == (False, "global")
    assert agent.clock_s is not None
    (member,) = nomad.members()
    assert (member.name, member.status, member.version) == (NODE, "alive", agent.version)
    assert nomad.leader() is not None
    token = nomad.token()
    assert token is None or token.anonymous
