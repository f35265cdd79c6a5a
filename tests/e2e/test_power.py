"""Machines wake when work waits and sleep when it is gone: real Nomad, real Nomad Autoscaler, real magic packets."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from power_lab import AWAKE_WITHIN_S, PowerLab, autoscaler_pids, pinned, power_lab, start_autoscaler
from running_lab import eventually

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def running(lab_possible: None) -> Iterator[PowerLab]:  # noqa: ARG001 - a fixture asked for
    with power_lab(f"power-{os.getpid()}") as power:
        yield power


@pytest.fixture
def power(running: PowerLab) -> Iterator[PowerLab]:
    """The lab with every sleeper asleep; the jobs of a test are stopped afterwards."""
    assert running.sleeps(), running.told()
    try:
        yield running
    finally:
        running.stop(*(job["ID"] for job in running.lab.get("jobs") if not job["ID"].startswith("simulacra-")))


def comes_on(power: PowerLab, *names: str) -> bool:
    def there() -> bool:
        return power.on() == set(names) == {name for name, state in power.powers().items() if state == "on"}

    return eventually(there, AWAKE_WITHIN_S)


def test_from_all_asleep_the_cheapest_that_fits_is_woken_and_sleeps_again(power: PowerLab) -> None:
    since = len(power.entries())
    power.run("work")
    assert eventually(lambda: power.where("work") == ["small"], AWAKE_WITHIN_S), power.told()
    assert power.woken(since) == ["small"]
    power.stop("work")
    assert power.sleeps(), power.told()
    states = [it["to"] for it in power.entries()[since:] if it["machine"] == "small"]
    assert states == ["waking", "on", "draining", "sleeping", "asleep"]


def test_from_zero_in_a_zone_its_own_sleeper_is_woken(power: PowerLab) -> None:
    since = len(power.entries())
    power.run("local", more=pinned("${meta.simulacra_zone}", "office"))
    assert eventually(lambda: power.where("local") == ["desk"], AWAKE_WITHIN_S), power.told()
    assert power.woken(since) == ["desk"]


def test_a_constraint_that_only_one_sleeper_meets_wakes_that_one(power: PowerLab) -> None:
    since = len(power.entries())
    power.run("big", memory=512, more=pinned("${meta.simulacra_rank}", "40", ">="))
    assert eventually(lambda: power.where("big") == ["tower"], AWAKE_WITHIN_S), power.told()
    assert power.woken(since) == ["tower"]


def test_two_jobs_that_fit_on_one_sleeper_wake_one(power: PowerLab) -> None:
    since = len(power.entries())
    power.run("one", memory=3000)
    power.run("two", memory=3000)
    assert eventually(lambda: power.where("one") == power.where("two") == ["small"], AWAKE_WITHIN_S), power.told()
    assert power.woken(since) == ["small"]


def test_a_port_conflict_that_no_machine_cures_wakes_nothing(power: PowerLab) -> None:
    since = len(power.entries())
    port = '    network {\n      port "http" {\n        static = 18099\n      }\n    }\n'
    power.run("ports", memory=64, more=port + pinned("${node.unique.name}", "nas"), count=2)
    assert eventually(lambda: power.where("ports") == ["nas"], 60), power.told()
    (waiting,) = power.json("scale", "--dry-run")["waiting"]
    assert (waiting["job"], waiting["group"], waiting["count"]) == ("ports", "ports", 1)
    assert "18099" in waiting["reason"]
    assert not eventually(lambda: bool(power.woken(since)), 15)
    assert power.on() == set()


def test_one_that_doesnt_answer_is_given_up_for_the_next(power: PowerLab) -> None:
    since = len(power.entries())
    assert power.lab.simulacra("lab", "unplug", "--name", power.lab.name, "small").returncode == 0
    try:
        power.run("work")
        assert eventually(lambda: power.where("work") == ["medium"], 120), power.told()
        assert power.woken(since) == ["small", "medium"]
        waking, failed = [it for it in power.entries()[since:] if it["machine"] == "small"][:2]
        assert (waking["to"], failed["to"]) == ("waking", "failed")
    finally:
        power.lab.simulacra("lab", "plug", "--name", power.lab.name, "small")
        power.simulacra("wake", "small", "--detach", "--for", "0s")


def test_a_cheaper_machine_replaces_a_dearer_one_up_first_then_down(power: PowerLab) -> None:
    since = len(power.entries())
    power.run("heavy", memory=40000)
    power.run("light", memory=2000, count=2, more=pinned("${attr.kernel.name}", "linux"))
    assert eventually(lambda: power.where("heavy") + power.where("light") == ["tower"] * 3, AWAKE_WITHIN_S), power.told()
    power.stop("heavy")
    assert eventually(lambda: power.where("light") == ["small", "small"], 120), power.told()
    assert eventually(lambda: power.on() == {"small"}, 120), power.told()
    log = [(it["machine"], it["to"]) for it in power.entries()[since:]]
    assert log.index(("small", "on")) < log.index(("tower", "draining"))


@pytest.mark.parametrize("victim", ["nomad-autoscaler", "simulacra-target"])
def test_killed_while_it_wakes_a_machine_the_end_is_the_same(power: PowerLab, victim: str) -> None:
    since = len(power.entries())
    power.run("work")
    assert eventually(lambda: "waking" in power.powers().values(), 30), power.told()
    kill(power, victim)
    assert eventually(lambda: power.where("work") == ["small"], 120), power.told()
    assert power.woken(since) == ["small"]
    assert comes_on(power, "small"), power.told()


@pytest.mark.parametrize("victim", ["nomad-autoscaler", "simulacra-target"])
def test_killed_while_it_empties_a_machine_the_end_is_the_same(power: PowerLab, victim: str) -> None:
    since = len(power.entries())
    power.run("work")
    assert eventually(lambda: power.where("work") == ["small"], AWAKE_WITHIN_S), power.told()
    power.stop("work")
    assert eventually(lambda: power.powers()["small"] in ("draining", "sleeping"), 90), power.told()
    kill(power, victim)
    assert power.sleeps(), power.told()
    assert [it["to"] for it in power.entries()[since:]] == ["waking", "on", "draining", "sleeping", "asleep"]


def kill(power: PowerLab, victim: str) -> None:
    """kill -9; the agent is started again, as its supervisor would, and starts its plugins anew by itself."""
    pids = autoscaler_pids(power.lab, victim)
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    if victim == "nomad-autoscaler":
        assert eventually(lambda: not autoscaler_pids(power.lab, "simulacra-"), 20), "the plugins outlive their agent"
        start_autoscaler(power.lab)


def test_a_person_keeps_a_machine_on(power: PowerLab) -> None:
    power.run("work")
    assert eventually(lambda: power.where("work") == ["small"], AWAKE_WITHIN_S), power.told()
    assert power.lab.simulacra("lab", "sit", "--name", power.lab.name, "small").returncode == 0
    try:
        assert eventually(lambda: any("sits" in it for it in power.json("explain", "small")["reasons"]), 30), power.json("explain", "small")
        power.stop("work")
        assert not eventually(lambda: power.powers()["small"] != "on", 25), power.told()
    finally:
        power.lab.simulacra("lab", "leave", "--name", power.lab.name, "small")
    assert power.sleeps(), power.told()


def test_a_machine_started_by_someones_finger_is_adopted(power: PowerLab) -> None:
    since = len(power.entries())
    assert power.lab.simulacra("lab", "press", "--name", power.lab.name, "small").returncode == 0
    assert eventually(lambda: power.powers()["small"] == "on", AWAKE_WITHIN_S), power.told()
    assert eventually(lambda: len(power.entries()) > since, 10)
    first = power.entries()[since]
    assert (first["machine"], first["to"], first["by"]) == ("small", "on", "itself")


def test_a_sleeper_that_nomad_has_forgotten_is_woken_for_work_that_fits_it(power: PowerLab) -> None:
    # the last test: Nomad takes the node job for running there, though it is gone with the node, so the tower stays on
    power.purge_node("tower")
    since = len(power.entries())
    power.run("big", memory=40000)
    assert eventually(lambda: power.where("big") == ["tower"], AWAKE_WITHIN_S), power.told()
    assert power.woken(since) == ["tower"]
