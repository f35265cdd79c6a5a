"""What other policies do, second by second. Machines of four cores: 60 W idle, 180 W busy, 30 s to boot, 10 s to shut down, at 60 W."""

from __future__ import annotations

from dataclasses import replace

import pytest
from watched_world import Watched, staged, watched

from simulacra.model.cloud import Cloud, SizeFacts
from simulacra.model.machine import Tier
from simulacra.simulate.equal import ZONE, EqualMachines, equal_grid
from simulacra.simulate.policies.target_value import TargetValue
from simulacra.simulate.scoring import POLICIES
from simulacra.simulate.stage import Settings, world_of
from simulacra.simulate.trace import TraceJob

GRID = equal_grid(EqualMachines(4, 4, 8192))
FACTS = (SizeFacts("s", 0.02, 4000, 4096), SizeFacts("m", 0.05, 8000, 16384))
BURST = Cloud("burst", "EC2", ZONE, "small", ("s", "m"), "image", max=1, boot_time_s=60, facts=FACTS)
TWO = (TraceJob(1, 100, 300, 4), TraceJob(2, 3000, 100, 4))


def switched(world: Watched, doing: tuple[str, ...] = ("booting", "stopping")) -> list[tuple[str, str, float]]:
    """Who was switched, how and when."""
    found = [(at_s, name, what) for name, log in world.log.items() for at_s, what in log if what in doing]
    return [(name.removeprefix("machine-"), what, at_s) for at_s, name, what in sorted(found)]


def waits(world: Watched) -> list[float]:
    return [waited_s for _, waited_s in sorted(world.waited_s.items())]


def test_always_on_has_nobody_wait_where_there_is_room() -> None:
    world = watched(staged(GRID, *TWO), "always-on")
    assert (waits(world), switched(world)) == ([0, 0], [])
    assert world.meter.kwh * 3.6e6 == pytest.approx(4 * 60 * 3100 + 120 * 400)


def test_always_on_has_work_wait_where_there_is_none() -> None:
    jobs = [TraceJob(number, 100, 300, 4) for number in range(1, 7)]
    assert waits(watched(staged(GRID, *jobs), "always-on")) == [0, 0, 0, 0, 300, 300]


@pytest.mark.parametrize(("timeout_s", "stops_s"), [(60, 490), (65, 500), (600, 1030)])
def test_idle_timeout_goes_off_at_the_first_look_after_its_time(timeout_s: float, stops_s: float) -> None:
    """Woken at 100, on at 130, without work from 430 on."""
    world = watched(staged(GRID, *TWO), "idle-timeout", Settings(idle_timeout_s=timeout_s))
    assert switched(world) == [("1", "booting", 100), ("1", "stopping", stops_s), ("1", "booting", 3000)]
    assert waits(world) == [30, 30]
    on_s = stops_s + 10 - 100 + 130
    assert world.meter.kwh * 3.6e6 == pytest.approx(60 * on_s + 120 * 400)
    assert world.meter.idle_j == pytest.approx(60 * (on_s - 400))


def test_work_in_time_keeps_a_machine_on() -> None:
    jobs = (TraceJob(1, 100, 300, 4), TraceJob(2, 485, 100, 4), TraceJob(3, 3000, 1, 1))
    world = watched(staged(GRID, *jobs), "idle-timeout", Settings(idle_timeout_s=60))
    assert switched(world)[:2] == [("1", "booting", 100), ("1", "stopping", 650)]
    assert waits(world) == [30, 0, 30]


def test_work_is_noticed_at_the_next_look() -> None:
    assert waits(watched(staged(GRID, replace(TWO[0], submit_s=101)), "idle-timeout")) == [39]


def test_so_many_machines_are_woken_as_what_waits_has_room_on() -> None:
    jobs = [TraceJob(number, 100, 300, cores) for number, cores in enumerate((2, 1, 1, 3), 1)]
    world = watched(staged(GRID, *jobs), "idle-timeout")
    assert [name for name, what, _ in switched(world) if what == "booting"] == ["1", "2"]


def test_nothing_more_is_woken_for_what_a_booting_machine_will_hold() -> None:
    jobs = (TraceJob(1, 100, 300, 2), TraceJob(2, 110, 300, 2))
    assert switched(watched(staged(GRID, *jobs), "idle-timeout")) == [("1", "booting", 100)]


def test_a_boot_that_fails_is_tried_again() -> None:
    world = watched(staged(GRID, *TWO), "idle-timeout", Settings(boot_failures=0.6, seed=3))
    boots = [at_s for _, what, at_s in switched(world) if what == "booting"]
    assert len(boots) > 2
    assert world.finished == 2


def test_target_value_brings_what_is_allocated_to_70_percent() -> None:
    """One of one at work: 1 / 0.7, two. One of two: 0.5 / 0.7 of two, two. None: none, but one at least. Five minutes between changes."""
    world = watched(staged(GRID, TraceJob(1, 100, 300, 4), TraceJob(2, 2000, 1, 1)), "target-value")
    assert waits(world) == [0, 0]
    assert switched(world) == [("2", "booting", 100), ("2", "stopping", 410)]
    assert world.log["machine-1"] == [(0, "on")]


def test_target_value_counts_what_comes_and_goes_beside_other_work() -> None:
    """From 300 on three of four cores are at work, 0.75 / 0.7 of one: two. From 1000 on it is one of eight: one."""
    jobs = [TraceJob(1, 100, 1900, 1), TraceJob(2, 200, 800, 1), TraceJob(3, 300, 700, 1)]
    world = watched(staged(GRID, *jobs), "target-value")
    assert switched(world) == [("2", "booting", 300), ("2", "stopping", 1000)]


def test_target_value_rests_after_a_change() -> None:
    """From 250 on nothing is allocated, and nothing is done about it until the first look after 401."""
    world = watched(staged(GRID, TraceJob(1, 100, 150, 4), TraceJob(2, 2000, 1, 1)), "target-value")
    assert switched(world) == [("2", "booting", 100), ("2", "stopping", 410)]


def test_target_value_takes_the_larger_count_of_mhz_and_memory() -> None:
    """A quarter of the MHz, all of the memory."""
    world = watched(staged(GRID, TraceJob(1, 100, 300, 1, 8192), TraceJob(2, 1000, 1, 1)), "target-value")
    assert ("2", "booting", 100) in switched(world)


def test_target_value_counts_as_exactly_as_the_autoscaler() -> None:
    """14,000 of 44,000 MHz, by 70 %: five of eleven machines. As a share of one that comes to 5.000000000000001, and six."""
    jobs = (TraceJob(number, 0, 600, cores) for number, cores in enumerate((4, 4, 4, 2), 1))
    world = world_of(staged(equal_grid(EqualMachines(11, 4, 8192)), *jobs), Settings())
    for machine in world.machines:
        world.starts_on(machine)
    world.pass_to(10)
    TargetValue().look(world)
    assert sum(machine.doing == "on" for machine in world.machines) == 5


def test_target_value_notices_a_boot_that_fails_though_nothing_waits() -> None:
    """Where a boot takes longer than the cooldown: one is at work and one more is wanted, until it comes."""
    grid = equal_grid(EqualMachines(2, 4, 8192, boot_s=405))
    world = watched(staged(grid, TraceJob(1, 100, 2000, 4)), "target-value", Settings(boot_failures=1.0))
    assert [at_s for _, what, at_s in switched(world) if what == "booting"] == [100, 510, 920, 1330, 1740]


def test_target_value_takes_empty_machines_only() -> None:
    """What it wants fewer of is at work: `Watched` doesn't let a machine be stopped under it."""
    jobs = [*(TraceJob(number, 0, 600, 4) for number in range(1, 5)), *(TraceJob(number, 0, 9000, 1) for number in range(5, 9))]
    world = watched(staged(GRID, *jobs), "target-value")
    assert world.finished == 8
    assert {name for name, what, _ in switched(world) if what == "stopping"}


def test_target_value_stops_where_counting_does_not_help() -> None:
    """It counts that one machine is enough; that another one is needed for what waits isn't in its figures."""
    world = watched(staged(GRID, TraceJob(1, 100, 3000, 2), TraceJob(2, 200, 10, 3)), "target-value")
    assert (waits(world), world.now_s) == ([0, 2900], 3110)


@pytest.mark.parametrize("policy", ["always-on", "idle-timeout"])
def test_servers_are_rented_of_the_size_that_does_and_never_too_many(policy: str) -> None:
    grid = replace(equal_grid(EqualMachines(1, 4, 8192)), tiers=(Tier("small", 10),), clouds=(BURST,))
    jobs = (TraceJob(1, 100, 300, 4), TraceJob(2, 100, 100, 4, 16000 * 0.9), TraceJob(3, 100, 100, 2))
    world = watched(staged(grid, *jobs), policy, Settings(idle_timeout_s=100))
    assert world.finished == 3
    rented = [(name, what) for name, what, _ in switched(world) if name.startswith("burst")]
    assert rented == [("burst-m-1", "booting"), ("burst-m-1", "stopping")]
    assert float(world.meter.rents.get("USD", 0)) == pytest.approx(0.05)


def test_a_boot_of_no_time_that_fails_is_tried_again_at_the_next_look() -> None:
    world = watched(staged(equal_grid(EqualMachines(1, 4, 8192, boot_s=0)), TWO[0]), "idle-timeout", Settings(boot_failures=0.6, seed=3))
    boots = [at_s for _, what, at_s in switched(world) if what == "booting"]
    assert boots == [100 + 10 * number for number in range(len(boots))]
    assert (waits(world), len(boots) > 1) == ([boots[-1] - 100], True)


@pytest.mark.parametrize("boot_s", [0, 30])
@pytest.mark.parametrize("policy", POLICIES)
def test_boots_that_all_fail_are_not_tried_for_ever(policy: str, boot_s: float) -> None:
    world = watched(staged(equal_grid(EqualMachines(4, 4, 8192, boot_s)), *TWO), policy, Settings(boot_failures=1.0))
    assert world.finished == (2 if policy in ("always-on", "target-value") else 0)
