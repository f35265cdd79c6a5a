"""In which state each machine is found, and what it will be when it is on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import NOON, World, always, grid_of, job, machine, node_of

from simulacra.model.plan import Standing
from simulacra.model.relays import relays_of
from simulacra.model.snapshot import Snapshot
from simulacra.plan.scene import look

TOWER = machine("tower")
GRID = grid_of(always(), TOWER)


def home() -> World:
    return World(GRID).awake("nas")


@pytest.mark.parametrize(
    ("world", "standing", "why"),
    [
        (home().awake("tower"), "on", "it is on"),
        (home().awake("tower").no_record("tower"), "on", "it is on"),
        (home().awake("tower").record("tower", power="asleep"), "on", "it is on"),
        (home().awake("tower").record("tower", power="waking"), "on", "it is on"),
        (home().awake("tower").record("tower", power="failed", out_until_s=NOON + 9), "on", "it is on"),
        (home().awake("tower").node("tower", eligible=False).record("tower", drained=True), "on", "it is on"),
        (home().awake("tower").record("tower", power="draining", reason="empty"), "going", "it is being emptied: empty"),
        (home().awake("tower").record("tower", power="sleeping"), "going", "it is being put to sleep"),
        (home().awake("tower").node("tower", draining=True), "going", "it is being emptied, by somebody else"),
        (home().record("tower", power="sleeping"), "going", "it is going to sleep"),
        (home().record("tower", power="waking", reason="for big"), "coming", "it is being woken: for big"),
        (home().node("tower", status="initializing").no_record("tower"), "coming", "it is joining"),
        (home(), "asleep", "it is asleep"),
        (home().no_record("tower"), "asleep", "it is asleep"),
        (home().record("tower", power="on"), "asleep", "it is asleep"),
        (home().node("tower", status="disconnected"), "asleep", "it is asleep"),
        (replace(home(), forgotten=frozenset({"tower"})), "asleep", "it is asleep"),
        (home().record("tower", power="failed", out_until_s=NOON - 9), "asleep", "it is asleep"),
        (
            home().record("tower", power="failed", out_until_s=NOON + 9, reason="no answer"),
            "out",
            "it is left out until 12:00:09: no answer",
        ),
        (World(GRID), "away", "nothing in its zone answers, it may be cut off"),
        (World(GRID).no_record("tower"), "away", "nothing in its zone answers, it may be cut off"),
        (replace(home(), grid=grid_of(always(), machine("tower", wake=None))), "away", "it is down, and no way to wake it is defined"),
    ],
)
def test_standing(world: World, standing: Standing, why: str) -> None:
    found = look(world.grid, world.snapshot()).machines["tower"]
    assert (found.standing, found.why) == (standing, why)


def test_what_was_remembered_counts_more_than_a_node_that_is_off() -> None:
    """Its drivers went before it did."""
    world = home().node("tower", drivers=())
    found = look(world.grid, world.snapshot()).machines["tower"].expected
    assert found is not None
    assert found.drivers == ("exec", "raw_exec")
    again = world.record("tower", remembered=replace(node_of(GRID, TOWER), id="id-before"))
    fresh = look(again.grid, again.snapshot()).machines["tower"].expected
    assert fresh is not None
    assert fresh.drivers == ()


def test_what_is_off_is_expected_to_take_work_with_the_labels_of_its_definition() -> None:
    world = home().node("tower", meta=(("own", "1"),)).no_record("tower")
    found = look(world.grid, world.snapshot()).machines["tower"].expected
    assert found is not None
    assert (found.status, found.eligible, found.draining) == ("ready", True, False)
    assert {"own": "1", "simulacra_zone": "attic"}.items() <= dict(found.meta).items()


def test_one_never_seen_is_made_of_its_definition_and_what_others_have() -> None:
    world = replace(home().node("nas", datacenter="home"), forgotten=frozenset({"tower"})).no_record("tower")
    found = look(world.grid, world.snapshot()).machines["tower"].expected
    assert found is not None
    assert (found.datacenter, found.memory_mb, found.drivers) == ("home", 16000, ("exec", "raw_exec"))
    assert {"kernel.name": "linux", "driver.exec": "1"}.items() <= dict(found.attributes).items()
    assert {it.alias for it in found.networks} == {"default", "overlay"}


def test_of_one_never_seen_and_not_described_nothing_is_known() -> None:
    grid = grid_of(always(), machine("tower", has=None))
    assert look(grid, Snapshot(NOON)).machines["tower"].expected is None


def test_relays_are_those_that_send() -> None:
    machines = (always(), always("mini", zone="office"), machine("tower"), machine("desk", zone="office"), machine("gone"))
    world = World(grid_of(*machines)).awake("nas", "mini", "tower", "gone").record("gone", power="draining")
    seen = world.runs(job("other"), "nas").snapshot()
    scene = look(world.grid, seen)
    assert {zone: sorted(names) for zone, names in scene.relays.items()} == {
        zone: sorted(relays_of(world.grid, seen, zone)) for zone in ("attic", "office")
    }
    bare = replace(seen, allocations=())
    assert look(world.grid, bare).relays == {}


def test_what_there_is_of_a_job_comes_by_id_what_leaves_among_it() -> None:
    pair, other = job("pair", count=2), job("other")
    world = home().awake("tower").runs(pair, "tower", leaving=True).runs(other, "nas").runs(pair, "nas")
    seen = world.snapshot()
    scene = look(world.grid, replace(seen, allocations=seen.allocations[::-1]))
    assert [(it.id, it.leaving) for it in scene.allocations_of(pair)] == [("pair-0", True), ("pair-2", False)]
    assert scene.allocations_of(job("unknown")) == ()
    assert [it.id for it in scene.machines["tower"].work] == ["program-tower"]
