"""Machines, queue and meter by hand: 60 W idle, 180 W busy, 30 s to boot and 10 s to shut down, at 60 W."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from watched_world import staged

from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.machine import Rented
from simulacra.simulate.stage import machines_of
from simulacra.simulate.trace import TraceJob
from simulacra.simulate.world import World

JOB = TraceJob(1, 100, 300, 4)


def world(count: int, *jobs: TraceJob, failures: float = 0.0, seed: int = 1) -> World:
    """Of machines of four cores and 8 GiB, all off."""
    stage = staged(equal_grid(EqualMachines(count, 4, 8192)), *jobs)
    return World(stage.fleet, machines_of(stage), stage.works, Random(seed), failures)


def joules(it: World) -> float:
    it.settle()
    return it.meter.standing_j + it.meter.working_j


def test_a_machine_that_is_off_draws_what_it_draws_asleep() -> None:
    it = world(2)
    it.machines[0].asleep_w = 1.5
    it.pass_to(1000)
    assert joules(it) == 1500


def test_boot_work_and_shutdown() -> None:
    it = world(2, JOB)
    machine = it.machines[0]
    it.pass_to(100)
    it.wake(machine)
    it.pass_to(440)
    assert (it.done, it.waited_s, it.worked_s, machine.doing) == (True, {0: 30}, 430, "on")
    it.stop(machine)
    it.pass_to(1000)
    assert joules(it) == 60 * (30 + 310 + 10) + 120 * 300
    assert (it.meter.idle_j, it.meter.on_s, machine.switched) == (60 * (30 + 10 + 10), 350, 2)
    assert it.meter.steps == [(100, 1), (450, 0)]


def test_half_the_cores_draw_half_of_what_work_adds() -> None:
    it = world(1, replace(JOB, cpu_cores=2))
    it.starts_on(it.machines[0])
    it.pass_to(400)
    assert joules(it) == 60 * 400 + 60 * 300
    assert it.meter.idle_j == 60 * 100


def test_a_machine_is_woken_only_where_it_is_off() -> None:
    it = world(1)
    for at_s, doing in ((0, "booting"), (30, "on"), (40, "on")):
        it.pass_to(at_s)
        it.wake(it.machines[0])
        assert (it.machines[0].doing, it.machines[0].switched) == (doing, 1)


def test_what_runs_on_a_machine_that_is_stopped_waits_again_and_counts_once() -> None:
    it = world(2, JOB)
    it.starts_on(it.machines[0])
    it.pass_to(200)
    it.stop(it.machines[0])
    assert ([run.at for run in it.placing.waiting], it.finished) == ([0], 0)
    it.pass_to(210)
    it.wake(it.machines[1])
    it.pass_to(600)
    assert (it.done, it.finished, it.waited_s, it.worked_s) == (True, 1, {0: 140}, 540)
    assert it.meter.working_j == pytest.approx(120 * (100 + 300))


def test_stopped_as_it_begins_it_is_finished_once_all_the_same() -> None:
    it = world(2, JOB)
    for machine in it.machines:
        it.starts_on(machine)
    it.pass_to(100)
    it.stop(it.machines[0])
    it.pass_to(1000)
    assert (it.finished, it.waited_s, it.worked_s) == (1, {0: 0}, 400)


def test_stopped_while_it_boots_it_never_comes() -> None:
    it = world(1, JOB)
    it.wake(it.machines[0])
    it.pass_to(20)
    it.stop(it.machines[0])
    it.pass_to(200)
    assert (it.machines[0].doing, it.meter.on_s, len(it.placing.waiting)) == ("off", 30, 1)


def test_a_closed_machine_takes_nothing_until_it_is_opened() -> None:
    it = world(1, JOB)
    it.starts_on(it.machines[0])
    it.close(it.machines[0])
    it.pass_to(150)
    assert len(it.placing.waiting) == 1
    it.open(it.machines[0])
    assert (it.placing.waiting, it.waited_s) == ([], {0: 50})


def test_boots_fail_by_the_seed() -> None:
    def came(seed: int) -> list[bool]:
        it = world(20, failures=0.5, seed=seed)
        for machine in it.machines:
            it.wake(machine)
        it.pass_to(30)
        assert it.meter.on == sum(machine.doing == "on" for machine in it.machines)
        return [machine.doing == "on" for machine in it.machines]

    assert came(1) == came(1) != came(2)
    assert 4 <= sum(came(1)) <= 16


def test_a_boot_that_fails_has_cost_its_time() -> None:
    it = world(1, failures=1.0)
    it.wake(it.machines[0])
    it.pass_to(100)
    assert (it.machines[0].doing, joules(it), it.meter.idle_j) == ("off", 60 * 30, 60 * 30)


@pytest.mark.parametrize(("until_s", "hours"), [(10, 1), (3600, 1), (3601, 2)])
def test_a_rented_hour_that_has_begun_is_paid(until_s: float, hours: int) -> None:
    it = world(1)
    it.machines[0].rented = Rented("burst", Decimal("0.05"), "USD", 3600)
    it.wake(it.machines[0])
    it.pass_to(until_s)
    it.settle()
    assert it.meter.rents["USD"] == hours * Decimal("0.05")


def test_jobs_that_can_never_run_are_no_reason_to_go_on() -> None:
    it = world(1, replace(JOB, memory_mb=9000))
    assert (it.done, it.next_s) == (True, None)
