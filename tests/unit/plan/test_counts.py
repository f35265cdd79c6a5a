"""The count is somebody else's, the machines are chosen by us."""

from __future__ import annotations

import pytest
from scenes import NOON, World, always, grid_of, job, machine

from simulacra.model.machine import QuietHours
from simulacra.model.plan import Plan
from simulacra.model.settings import Power
from simulacra.plan.plan import plan_for

ALL_DAY = (QuietHours(0, 24 * 60),)


def asked(world: World, count: int) -> Plan:
    return plan_for(world.grid, world.snapshot(), count)


def told(made: Plan) -> list[tuple[str, str]]:
    return [(it.action, it.machine) for it in made.actions]


def home(**power: object) -> World:
    machines = (machine("tower"), machine("desk", 35), machine("mini", 8, 4000))
    return World(grid_of(always(), *machines, power=Power(**power))).awake("nas")  # type: ignore[arg-type]


def test_the_cheapest_are_woken() -> None:
    made = asked(home(), 3)
    assert told(made) == [("wake", "mini"), ("wake", "desk")]
    assert (made.on, made.desired) == (1, 3)


def test_those_that_work_waits_for_come_first() -> None:
    world = home().waits(job("big", memory=8000))
    assert told(asked(world, 2)) == [("wake", "desk")]
    assert told(asked(world, 3)) == [("wake", "desk"), ("wake", "mini")]


def test_fewer_than_what_waits_needs_is_what_was_asked_for() -> None:
    world = home().waits(job("big", memory=12000, count=2))
    assert len(told(asked(world, 3))) == 2
    assert len(told(asked(world, 2))) == 1


def test_an_equal_count_changes_nothing() -> None:
    assert told(asked(home().waits(job("big", memory=8000)), 1)) == []
    assert told(asked(home().awake("tower").spare("tower"), 2)) == []


def test_what_is_coming_counts() -> None:
    assert told(asked(home().record("desk", power="waking", since_s=NOON - 30), 2)) == []


def test_the_dearest_sleep_first_and_never_below_the_count() -> None:
    world = home().awake("tower", "desk", "mini").spare("tower", "desk", "mini")
    assert told(asked(world, 3)) == [("sleep", "tower")]
    assert asked(world, 3).desired == 3


def test_no_machine_sleeps_that_may_not() -> None:
    world = home().awake("tower", "desk").spare("desk").report("tower", keep_awake=("a person",))
    assert told(asked(world, 2)) == [("sleep", "desk")]
    assert told(asked(world.spare("desk", for_s=10), 1)) == []


def test_more_than_there_are_is_as_many_as_can_be() -> None:
    made = asked(home(), 99)
    assert len(made.actions) == 3
    assert made.desired == 4


def test_the_grids_own_bounds_hold() -> None:
    assert len(told(asked(home(machines_max=2), 4))) == 1
    assert told(asked(home(machines_min=2).awake("tower").spare("tower"), 1)) == []


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(grid_of(always(), machine("tower", quiet_hours=ALL_DAY))).awake("nas"), id="quiet hours"),
        pytest.param(home(machines_max=9).record("tower", held_until_s=NOON + 9).record("desk", held_until_s=NOON + 9), id="held"),
        pytest.param(World(grid_of(always(), machine("tower", zone="far"))).awake("nas"), id="no relay"),
    ],
)
def test_what_may_not_be_woken_is_not(world: World) -> None:
    assert ("wake", "tower") not in told(asked(world, 9))
    assert ("wake", "desk") not in told(asked(world, 9))


def test_what_must_be_on_before_comes_first() -> None:
    world = World(grid_of(always(), machine("tower", 20, after=("store",)), machine("store", 60))).awake("nas")
    assert told(asked(world, 3)) == [("wake", "store")]
