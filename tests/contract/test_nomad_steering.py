"""What the real Nomad and the fake promise about variables, drains, labels, and knowing that nothing changed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from dev_agent import NODE, Agent
from fake_nomad import FakeNomad, jobspec

from simulacra.faults import Refusal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.gateways.nomad_faults import Conflict, NotThere
from simulacra.gateways.nomad_values import Node, VariableStub
from simulacra.model.snapshot import Scheduler

Either = Nomad | FakeNomad
PLACE = "contract/steering"
NOBODY = "37056334-0000-22c8-93c8-905510419970"


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.nomad)])
def nomad(request: pytest.FixtureRequest) -> Iterator[Either]:
    if request.param == "fake":
        yield FakeNomad()
        return
    agent: Agent = request.getfixturevalue("nomad_agent")
    real = connect(environment=agent.environment)
    yield real
    for stub in real.variables(PLACE):
        real.delete_variable(stub.path)
    real.end_drain(the_node(real).id, eligible=True)


def the_node(nomad: Either) -> Node:
    (node,) = (it for it in nomad.nodes() if it.name == NODE)
    return node


def test_a_variable_is_written_read_listed_and_deleted(nomad: Either) -> None:
    path = f"{PLACE}/to~2Ewer"
    assert nomad.variable(path) is None
    first = nomad.write_variable(path, {"a": "1", "b": "é\n"}, 0)
    found = nomad.variable(path)
    assert found is not None
    assert (found.path, found.items, found.index) == (path, (("a", "1"), ("b", "é\n")), first)
    second = nomad.write_variable(path, {"a": "2"}, first)
    assert second > first
    nomad.write_variable(f"{PLACE}/another", {"x": ""}, 0)
    assert [it.path for it in nomad.variables(f"{PLACE}/")] == [f"{PLACE}/another", path]
    assert VariableStub(path, second) in nomad.variables(PLACE)
    nomad.delete_variable(path, second)
    assert nomad.variable(path) is None
    nomad.delete_variable(path)


def test_a_variable_that_somebody_else_wrote_is_left_alone(nomad: Either) -> None:
    path = f"{PLACE}/shared"
    index = nomad.write_variable(path, {"a": "1"}, 0)
    for expected in (0, index - 1, index + 1):
        with pytest.raises(Conflict, match=f"{path} .*somebody changed it meanwhile"):
            nomad.write_variable(path, {"a": "2"}, expected)
    with pytest.raises(Conflict):
        nomad.write_variable(f"{PLACE}/none", {"a": "2"}, 5)
    with pytest.raises(Conflict):
        nomad.delete_variable(path, index - 1)
    found = nomad.variable(path)
    assert found is not None
    assert found.item("a") == "1"
    assert found.item("b") is None


def test_what_no_variable_can_be_is_refused(nomad: Either) -> None:
    with pytest.raises(Refusal, match="invalid path"):
        nomad.write_variable(f"{PLACE}/to.wer", {"a": "1"}, 0)
    with pytest.raises(Refusal, match="64KiB"):
        nomad.write_variable(f"{PLACE}/large", {"a": "x" * 66_000}, 0)


def test_a_drained_node_takes_nothing_until_it_is_told_to(nomad: Either) -> None:
    node = the_node(nomad)
    assert node.eligible
    nomad.drain(node.id, deadline_s=60.0, reason="a test")
    settled(nomad, draining=False)
    assert not the_node(nomad).eligible
    nomad.drain(node.id)
    nomad.end_drain(node.id, eligible=False)
    assert not the_node(nomad).eligible
    nomad.end_drain(node.id, eligible=True)
    assert (the_node(nomad).eligible, the_node(nomad).draining) == (True, False)
    nomad.end_drain(node.id, eligible=True)
    nomad.end_drain(node.id, eligible=False)
    assert the_node(nomad).eligible, "there was no drain to end"


def test_eligibility_is_switched_by_itself(nomad: Either) -> None:
    node = the_node(nomad)
    nomad.set_eligible(node.id, False)
    assert not the_node(nomad).eligible
    nomad.set_eligible(node.id, True)
    assert the_node(nomad).eligible
    with pytest.raises(Refusal, match="node not found"):
        nomad.set_eligible(NOBODY, False)


def test_labels_are_set_and_taken_away(nomad: Either) -> None:
    node = the_node(nomad)
    nomad.set_meta(node.id, {"contract_label": "yes", "contract_other": "no"})
    wait_for_label(nomad, "contract_label", "yes")
    nomad.set_meta(node.id, {"contract_label": None})
    wait_for_label(nomad, "contract_label", None)
    assert nomad.node_detail(the_node(nomad)).label("contract_other") == "no"
    nomad.set_meta(node.id, {"contract_other": None})


def test_several_are_labelled_at_once_and_what_fails_for_one_doesnt_keep_the_others_back(nomad: Either) -> None:
    node = the_node(nomad)
    (why,) = nomad.label_nodes([(NOBODY, {"contract_label": "yes"}), (node.id, {"contract_several": "yes"})])
    assert NOBODY in why or "node" in why
    wait_for_label(nomad, "contract_several", "yes")
    assert nomad.label_nodes([(node.id, {"contract_several": None})]) == ()
    assert nomad.label_nodes([]) == ()


def test_an_instance_that_is_stopped_is_placed_anew(nomad: Either) -> None:
    text = jobspec("contract-stopped")
    nomad.register(nomad.parse(text), text, 0, preserve_counts=True)
    try:
        first = running(nomad, "contract-stopped")
        nomad.stop_allocation(first)
        end = time.monotonic() + 30
        while time.monotonic() < end and running(nomad, "contract-stopped") == first:
            time.sleep(0.2)
        assert running(nomad, "contract-stopped") != first
        with pytest.raises(NotThere):
            nomad.stop_allocation(NOBODY)
    finally:
        nomad.stop("contract-stopped", "default")


def test_a_count_is_set(nomad: Either) -> None:
    text = jobspec("contract-scaled")
    nomad.register(nomad.parse(text), text, 0, preserve_counts=True)
    try:
        running(nomad, "contract-scaled")
        end = time.monotonic() + 40
        while any(it.status == "running" for it in nomad.deployments("contract-scaled", "default")) and time.monotonic() < end:
            time.sleep(0.5)  # Nomad refuses it while a deployment is under way
        nomad.scale("contract-scaled", "default", "it", 0, "a test")
        assert [it.count for it in nomad.counts("contract-scaled", "default")] == [0]
    finally:
        nomad.stop("contract-scaled", "default")


def running(nomad: Either, job: str) -> str:
    """The id of the job's only instance that is to run, once there is one."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = [it.id for it in nomad.allocations_of(job, "default") if it.desired == "run" and it.status == "running"]
        if len(found) == 1:
            return found[0]
        time.sleep(0.2)
    raise AssertionError(f"{job} doesn't run: {nomad.allocations_of(job, 'default')}")


def test_the_scheduler_is_as_nomad_sets_it_up(nomad: Either) -> None:
    assert nomad.scheduler() == Scheduler("binpack", ("system",), False)


def test_indexes_stay_while_nothing_changes_and_tell_what_did(nomad: Either) -> None:
    before = quiet(nomad)
    nomad.write_variable(f"{PLACE}/noticed", {"a": "1"}, 0)
    after = nomad.indexes()
    assert [one != other for one, other in zip(before, after, strict=True)] == [False, False, False, False, True]
    nomad.delete_variable(f"{PLACE}/noticed")
    assert nomad.indexes()[4] > after[4]
    nomad.set_eligible(the_node(nomad).id, False)
    assert nomad.indexes()[0] > after[0]
    nomad.set_eligible(the_node(nomad).id, True)
    text = jobspec("contract-indexes", driver="docker")
    nomad.register(nomad.parse(text), text, 0, preserve_counts=True)
    later = quiet(nomad)
    assert (later[2] > after[2], later[3] > after[3]) == (True, True)
    nomad.stop("contract-indexes", "default")


def quiet(nomad: Either) -> tuple[int, ...]:
    """The indexes once they have come to rest: what was done before may still go on."""
    before: tuple[int, ...] = ()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        after = nomad.indexes()
        if after == before:
            return after
        before = after
        if isinstance(nomad, Nomad):
            time.sleep(1.0)
    raise AssertionError("Nomad never comes to rest")


def settled(nomad: Either, draining: bool) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and the_node(nomad).draining != draining:
        time.sleep(0.1)
    assert the_node(nomad).draining == draining


def wait_for_label(nomad: Either, key: str, value: str | None) -> None:
    """The client tells its server of new metadata with some delay."""
    end = time.monotonic() + 30
    while time.monotonic() < end and nomad.node_detail(the_node(nomad)).label(key) != value:
        time.sleep(0.2)
    assert nomad.node_detail(the_node(nomad)).label(key) == value
