"""simulacra's own planner and power states on the virtual clock: woken, at work, asleep again, as the definitions have it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from watched_world import Watched, staged, watched

from simulacra.definitions import load
from simulacra.model.cloud import Cloud, SizeFacts
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, QuietHours, Sleep, Tier, WakeLan, Watts
from simulacra.model.place import Zone
from simulacra.model.settings import Power
from simulacra.simulate.equal import ZONE, EqualMachines, equal_grid
from simulacra.simulate.generating import generate
from simulacra.simulate.policies.steered import Steered
from simulacra.simulate.stage import A_MONDAY_S, Settings
from simulacra.simulate.trace import TraceJob
from simulacra.simulate.what_if import changed, parse

EXAMPLE = Path(__file__).parents[3] / "grid"
TWO = (TraceJob(1, 100, 300, 4), TraceJob(2, 3000, 100, 4))
NAS = Machine("nas", "attic", server=True, never_sleeps=True, has=Has(2000, 4096, cores=2, drivers=("raw_exec",)), watts=Watts(10, 20))
TOWER = Machine(
    "tower", "attic", boot_time_s=90, has=Has(8000, 16384, cores=8, drivers=("exec", "raw_exec")), watts=Watts(60, 180, 1.5),
    wake=WakeLan("52:54:00:00:00:01"), sleep=Sleep(),
)  # fmt: skip
HOME = Grid("home", mode="act", zones=(Zone("attic"),), machines=(NAS, TOWER))
DAY_S, HOUR_S = 86400.0, 3600.0


def equal(count: int, power: Power | None = None) -> Grid:
    return equal_grid(EqualMachines(count, 4, 8192), power)


def seen(world: Watched, name: str) -> list[str]:
    return [what for _, what in world.log[name]]


def when(world: Watched, name: str, what: str) -> list[float]:
    return [at_s for at_s, it in world.log[name] if it == what]


def test_a_machine_is_woken_works_and_sleeps_again() -> None:
    world = watched(staged(equal(2), *TWO), "simulacra")
    assert seen(world, "machine-1")[:5] == ["booting", "on", "stopping", "off", "booting"]
    assert (when(world, "machine-1", "booting"), world.log["machine-2"]) == ([100, 3000], [])
    assert world.waited_s == {0: 30, 1: 30}
    power = Power()
    least_s, most_s = 130 + power.minimum_uptime_s, 430 + power.sleep_after_s + 60
    assert least_s <= when(world, "machine-1", "stopping")[0] <= most_s


def test_a_machine_rests_no_longer_for_what_is_three_hours_ago() -> None:
    """Needed 22 times it would rest from 11,020 for 55 min. Twelve of these are forgotten by 11,930, and ten make 25 min."""
    times = [*range(0, 1200, 100), *range(2000, 12000, 1000), 20000]
    world = watched(staged(equal(1), *(TraceJob(number, at_s, 10, 1) for number, at_s in enumerate(times, 1))), "simulacra")
    assert 11020 + 1500 <= when(world, "machine-1", "stopping")[0] <= 11020 + 1500 + 60


@pytest.mark.parametrize("failures", [0.0, 0.3])
def test_to_look_only_where_something_happens_is_to_look_always(failures: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes of a transition is planned with, though that is no event."""
    jobs = generate("home", 1, 3, 1.5).jobs[:40]
    stage, settings = staged(equal(3), *jobs, begins_s=A_MONDAY_S), Settings(boot_failures=failures)
    seldom = watched(stage, "simulacra", settings)
    monkeypatch.setattr(Steered, "_next_s", lambda _steered, _seen, world: world.now_s)
    always = watched(stage, "simulacra", settings)
    assert (seldom.log, seldom.waited_s) == (always.log, always.waited_s)


def test_one_more_machine_is_woken_for_itself() -> None:
    """It is the other one's copy, with the command that wakes that."""
    world = watched(staged(changed(equal(1), parse("machines=+1")), TWO[0]), "simulacra")
    assert (seen(world, "machine-1")[0], seen(world, "machine-2")) == ("booting", [])


def test_a_grid_that_only_observes_is_simulated_as_one_that_acts() -> None:
    observing = watched(staged(replace(equal(2), mode="observe"), *TWO), "simulacra")
    assert observing.log == watched(staged(equal(2), *TWO), "simulacra").log


def test_a_job_of_several_machines_runs_from_when_the_last_one_stands() -> None:
    world = watched(staged(equal(4), TraceJob(1, 100, 300, 12)), "simulacra")
    assert [name for name in world.log if world.log[name]] == ["machine-1", "machine-2", "machine-3"]
    assert (world.waited_s, world.worked_s) == ({0: 30}, 430)


def test_the_least_number_of_machines_stays_on() -> None:
    world = watched(staged(equal(3, Power(machines_min=1)), *TWO), "simulacra")
    assert world.waited_s == {0: 0, 1: 0}
    assert [when(world, name, "stopping") for name in world.log] == [[], [], []]


def test_no_more_than_the_most_are_on() -> None:
    jobs = [TraceJob(number, 100, 300, 4) for number in range(1, 4)]
    world = watched(staged(equal(3, Power(machines_max=2)), *jobs), "simulacra")
    assert max(count for _, count in world.meter.steps) == 2
    assert sorted(world.waited_s.values()) == [30, 30, 330]


def test_beyond_its_moves_of_a_day_a_machine_stays_on() -> None:
    jobs = [TraceJob(number, number * 4000, 60, 1) for number in range(1, 7)]
    often, seldom = (watched(staged(equal(1, Power(moves_per_day=moves)), *jobs), "simulacra") for moves in (48, 3))
    assert often.machines[0].switched > 3
    assert (seldom.machines[0].switched, seldom.machines[0].doing, seldom.finished) == (3, "on", 6)


def test_boots_that_fail_are_tried_again_and_the_same_seed_is_the_same_story() -> None:
    def told(seed: int) -> dict[str, list[tuple[float, str]]]:
        world = watched(staged(equal(3), *TWO), "simulacra", Settings(seed, boot_failures=0.5))
        assert world.finished == 2
        return world.log

    assert told(5) == told(5)
    assert len({str(told(seed)) for seed in range(8)}) > 1


def test_what_never_sleeps_is_on_from_the_first_second_and_takes_what_it_can() -> None:
    """Only what doesn't fit on it wakes the other one, whose magic packet it sends."""
    world = watched(staged(HOME, TraceJob(1, 0, 600, 1), TraceJob(2, 1000, 600, 4), TraceJob(3, 6000, 60, 1)), "simulacra")
    assert world.log["nas"] == [(0, "on")]
    assert when(world, "tower", "booting") == [1000]
    assert when(world, "tower", "stopping")
    assert world.waited_s == {0: 0, 1: 90, 2: 0}


def test_without_anybody_awake_in_its_zone_a_machine_is_not_woken_by_a_packet() -> None:
    apart = replace(HOME, zones=(Zone("attic"), Zone("office")), machines=(replace(NAS, zone="office"), TOWER))
    world = watched(staged(apart, TraceJob(1, 0, 600, 4)), "simulacra")
    assert (world.finished, world.log["tower"]) == (0, [])


def test_in_its_quiet_hours_a_machine_is_not_woken() -> None:
    """A Monday; UTC is the grid's time. What comes at 01:00 waits until 07:00, what comes at noon does not."""
    quiet = replace(HOME, machines=(NAS, replace(TOWER, quiet_hours=(QuietHours(23 * 60, 7 * 60),))))
    world = watched(staged(quiet, TraceJob(1, HOUR_S, 60, 4), TraceJob(2, 12 * HOUR_S, 60, 4)), "simulacra")
    assert when(world, "tower", "booting")[0] == pytest.approx(7 * HOUR_S, abs=60)
    assert world.waited_s[0] == pytest.approx(6 * HOUR_S + 90, abs=60)
    assert world.waited_s[1] == 90


def test_the_example_grid() -> None:
    jobs = [TraceJob(at + 1, 8 * HOUR_S + at * 900, 600, (1, 20, 2)[at % 3], 1000) for at in range(12)]
    world = watched(staged(load(EXAMPLE), *jobs), "simulacra")
    assert world.finished == 12
    assert [world.log[name] for name in ("nas", "phone", "laptop")] == [[(0, "on")]] * 3
    assert seen(world, "tower")[:2] == ["booting", "on"]


FACTS = (SizeFacts("s", 0.02, 4000, 4096), SizeFacts("m", 0.05, 8000, 16384))
BURST = Cloud("burst", "EC2", ZONE, "small", ("s", "m"), "image", max=2, boot_time_s=60, facts=FACTS, monthly_budget=20)


def with_cloud(count: int, cloud: Cloud = BURST) -> Grid:
    return replace(equal(count), tiers=(Tier("small", 10),), clouds=(cloud,))


def rented(world: Watched) -> list[str]:
    return [name for name, log in world.log.items() if log and name.startswith("burst")]


def test_servers_are_rented_only_when_ones_own_are_all_on() -> None:
    world = watched(staged(with_cloud(2), TraceJob(1, 100, 6000, 4), TraceJob(2, 1000, 600, 4)), "simulacra")
    assert (rented(world), float(world.meter.rents.get("USD", 0)), world.finished) == ([], 0.0, 2)
    assert world.waited_s == {0: 30, 1: 30}


def test_a_server_is_given_back_before_another_hour_is_paid() -> None:
    """It is created at the look after the one that decides so."""
    world = watched(staged(with_cloud(1), TraceJob(1, 100, 9000, 4), TraceJob(2, 1000, 600, 4)), "simulacra")
    assert rented(world) == ["burst-s-1"]
    assert (when(world, "burst-s-1", "booting"), world.waited_s[1]) == ([1010], 70)
    (given_back_s,) = when(world, "burst-s-1", "stopping")
    assert 1670 < given_back_s < 1010 + HOUR_S
    assert float(world.meter.rents.get("USD", 0)) == pytest.approx(0.02)


def test_the_second_hour_is_paid_for_work_that_goes_on() -> None:
    world = watched(staged(with_cloud(1), TraceJob(1, 100, 20000, 4), TraceJob(2, 1000, 5000, 4)), "simulacra")
    assert float(world.meter.rents.get("USD", 0)) == pytest.approx(0.04)
    assert len(when(world, "burst-s-1", "stopping")) == 1


def test_the_size_that_does_is_rented() -> None:
    world = watched(staged(with_cloud(1), TraceJob(1, 100, 600, 8)), "simulacra")
    assert (rented(world), world.waited_s) == (["burst-m-1"], {0: 70})


@pytest.mark.parametrize("failures", [0.0, 0.4])
def test_work_that_is_there_from_the_first_second_has_a_server_as_soon_as_any(failures: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """What leads has asked providers before: it orders one at the first look and asks for it at the second."""
    jobs = (TraceJob(number, at_s, 600, 8) for number, at_s in enumerate((0, 3000, 9000), 1))
    stage, settings = staged(with_cloud(1), *jobs), Settings(boot_failures=failures)
    seldom = watched(stage, "simulacra", settings)
    monkeypatch.setattr(Steered, "_next_s", lambda _steered, _seen, world: world.now_s)
    always = watched(stage, "simulacra", settings)
    assert (seldom.log, seldom.waited_s) == (always.log, always.waited_s)
    assert when(seldom, "burst-m-1", "booting")[0] == 10


def test_rented_servers_draw_nothing_of_ones_own() -> None:
    world = watched(staged(with_cloud(0), TraceJob(1, 100, 600, 4)), "simulacra")
    assert (world.finished, world.meter.kwh) == (1, 0)
    assert world.meter.on_s > 600
