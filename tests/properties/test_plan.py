"""What must hold of every plan, whatever the grid and whatever runs and waits on it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import NOON, World, always, by_command, grid_of, job, machine, on_machine

from simulacra.model.machine import Machine, QuietHours, WakeLan
from simulacra.model.plan import Plan
from simulacra.model.service import Service
from simulacra.model.settings import Power
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Distinct, Job
from simulacra.plan.plan import plan, plan_for
from simulacra.plan.scene import look

ZONES = ("attic", "cellar")
QUIET = (QuietHours(11 * 60, 13 * 60),)
ROUNDS = 40
CHANGES: tuple[dict[str, object], ...] = (
    {},
    {"held_until_s": NOON + 50_000},
    {"power": "failed", "failures": 1, "failed_s": NOON, "out_until_s": NOON + 300, "reason": "it didn't come"},
    {"moved_s": (NOON,) * 60},
    {"boot_took_s": 90.0},
)
"""What may be written of a machine meanwhile; some of it passes with time."""


@st.composite
def machines(draw: st.DrawFn) -> tuple[Machine, ...]:
    made: list[Machine] = [always(zone=ZONES[0])]
    for at in range(draw(st.integers(1, 6))):
        name, zone = f"m{at}", draw(st.sampled_from(ZONES))
        watts, memory = draw(st.sampled_from([None, 5, 20, 20, 60])), draw(st.sampled_from([2000, 4000, 8000]))
        make = draw(st.sampled_from([machine, machine, machine, by_command, always]))
        quiet = draw(st.sampled_from([(), (), QUIET]))
        after = draw(st.sampled_from([(), (), (made[-1].name,)]))
        made.append(make(name, watts or 0 if make is always else watts, memory, zone, quiet_hours=quiet, after=after))
    return tuple(made)


@st.composite
def jobs(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[tuple[Job, ...], tuple[Service, ...]]:
    made, services = [], []
    for at in range(draw(st.integers(0, 6))):
        name = f"j{at}"
        more: dict[str, object] = {"type": draw(st.sampled_from(["service", "service", "service", "batch", "system"]))}
        more["priority"] = draw(st.sampled_from([20, 50, 80]))
        kind = draw(st.sampled_from(["", "", "pinned", "apart"]))
        if kind == "pinned":
            more["constraints"] = (on_machine(draw(st.sampled_from(names))),)
        if kind == "apart":
            more["distincts"] = (Distinct(""),)
        if draw(st.booleans()):
            more["definition"] = name
            moves, demand = draw(st.sampled_from([None, "any", "never", "quiet_hours"])), draw(st.booleans())
            services.append(Service(name, moves=moves, on_demand=demand, urgent=draw(st.booleans())))
        made.append(job(name, draw(st.sampled_from([500, 1900, 3000, 7000])), 100, draw(st.integers(1, 3)), **more))
    return tuple(made), tuple(services)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Machines that are on or asleep, work that was placed as Nomad does it, and work that waits."""
    found = draw(machines())
    names = tuple(it.name for it in found)
    asked, services = draw(jobs(names))
    power = Power(machines_min=draw(st.integers(0, 2)), machines_max=draw(st.sampled_from([None, None, 4])))
    world = World(grid_of(*found, services=services, power=power)).awake(*(it.name for it in found if it.never_sleeps))
    world = world.awake(*draw(st.sets(st.sampled_from(names))))
    for it in asked:
        if draw(st.booleans()):
            world = world.waits(it)
    world = replace(world.settled(), demands=())
    for name in draw(st.sets(st.sampled_from(names), max_size=2)):
        world = world.report(name, keep_awake=("a person",)) if draw(st.booleans()) else world.record(name, held_until_s=NOON + 10**7)
    world = world.spare(*draw(st.sets(st.sampled_from(names))))
    for it in asked:
        if draw(st.booleans()):
            world = world.waits(it)
    return world


def switched(made: Plan) -> set[str]:
    return {it.machine for it in made.actions}


@given(worlds(), st.randoms(use_true_random=False), st.integers(0, 8))
@settings(max_examples=150, deadline=None)
def test_the_order_in_which_things_are_told_does_not_matter(world: World, random: Random, count: int) -> None:
    seen, grid = world.snapshot(), world.grid

    def shuffled(found: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(random.sample(found, len(found)))

    parts = ("nodes", "allocations", "jobs", "demands", "records", "reports")
    other = replace(seen, **{part: shuffled(getattr(seen, part)) for part in parts})
    grid_too = replace(grid, machines=shuffled(grid.machines), services=shuffled(grid.services))
    assert plan(grid_too, other) == plan(grid, seen)
    assert plan_for(grid_too, other, count) == plan_for(grid, seen, count)


@given(worlds(), st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_numbers_agree_and_bounds_hold(world: World, count: int) -> None:
    grid, seen = world.grid, world.snapshot()
    for made in (plan(grid, seen), plan_for(grid, seen, count)):
        assert made.desired == made.on + len(made.wakes) - len(made.sleeps)
        assert made.on == sum(it.counted for it in made.machines)
        assert [it.machine for it in made.machines] == sorted(it.name for it in grid.machines)
        assert len(switched(made)) == len(made.actions)
        assert not (made.wakes and made.sleeps)
        assert not made.sleeps or made.desired >= grid.power.machines_min
        assert not made.wakes or grid.power.machines_max is None or made.desired <= grid.power.machines_max
        assert all(it.reason for it in made.actions)
        assert all(it.reason for it in made.waiting)
        assert all(it.reasons for it in made.machines)
        assert sum(it.count for it in made.waiting) == sum(it.count for it in seen.demands)
    if count > made.on:
        assert made.desired <= max(count, grid.power.machines_min)
    elif count < made.on:
        assert made.desired >= count


@given(worlds())
@settings(max_examples=200, deadline=None)
def test_nothing_sleeps_that_must_not_and_all_its_work_finds_a_place(world: World) -> None:
    made = world.plan()
    scene = look(world.grid, world.snapshot())
    for name in (it.machine for it in made.sleeps):
        known = scene.machines[name]
        assert known.machine is not None
        assert known.standing == "on"
        assert not known.machine.never_sleeps
        assert known.machine.wake is not None
        assert known.machine.sleep is not None
        assert known.report is not None
        assert not known.report.keep_awake
        assert known.held == 0
        assert all(job.type != "batch" for it in known.work if (job := scene.job_of(it)) is not None)
        assert not [it for it in world.grid.machines if name in it.after and it.name in world.on]
    still = world.on - {it.machine for it in made.sleeps}
    for zone in {scene.machines[it.machine].zone for it in made.sleeps}:
        asleep = [it for it in world.grid.machines if it.zone == zone and isinstance(it.wake, WakeLan) and it.name not in still]
        assert not asleep or [it for it in world.grid.machines if it.zone == zone and it.name in still]
    if made.sleeps:
        before = {(it.job, it.group): it.count for it in world.demands}
        for it in world.done(made).demands:
            assert it.count <= before.get((it.job, it.group), 0)


@given(worlds())
@settings(max_examples=200, deadline=None)
def test_what_is_woken_can_be_and_is_used(world: World) -> None:
    made = world.plan()
    scene = look(world.grid, world.snapshot())
    used = {it.machine for it in made.placed}
    for action in made.wakes:
        known = scene.machines[action.machine]
        assert known.standing == "asleep"
        assert known.held == 0
        assert action.machine in used or "needs" in action.reason or "machines_min" in action.reason or "can sleep" in action.reason
        assert all(name in world.on for name in (known.machine.after if known.machine is not None else ()))
    if made.wakes and any("for " in it.reason for it in made.wakes):
        assert sum(it.count for it in world.done(made).demands) <= sum(it.count for it in world.demands)


@given(worlds())
@settings(max_examples=150, deadline=None)
def test_it_comes_to_rest_and_nothing_goes_up_and_down(world: World) -> None:
    """With nothing new to do the grid stands still after a while, and no machine was switched to and fro for it."""
    moves: dict[str, list[str]] = {}
    for _ in range(ROUNDS):
        made = world.plan()
        for it in made.actions:
            moves.setdefault(it.machine, []).append(it.action)
        was, world = switched(made), world.done(made)
        assert not was & switched(world.plan()), "right after success nothing is undone"
        world = world.marked(world.plan()).later(1000)
    assert world.plan().actions == ()
    assert all(len(set(actions)) == len(actions) for actions in moves.values()), moves


@given(worlds(), st.lists(st.sampled_from([1.0, 400.0, 90_000.0]), min_size=1, max_size=5), st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_kept_from_plan_to_plan_changes_none(world: World, pauses: list[float], data: st.DataObject) -> None:
    """From look to look what hasn't changed is the very same object, as of Nomad's answers; a plan made of copies has nothing to go by."""
    before = world.snapshot()
    for pause in pauses:
        name = data.draw(st.sampled_from([it.name for it in world.grid.machines]))
        world = world.record(name, **data.draw(st.sampled_from(CHANGES)))
        before = as_before(world.snapshot(), before)
        made = plan(world.grid, before)
        assert made == plan(deepcopy(world.grid), deepcopy(before))
        world = world.done(made).later(pause)


def as_before(seen: Snapshot, before: Snapshot) -> Snapshot:
    """The snapshot, each part of which that was the same before is that object."""
    parts = ("nodes", "allocations", "jobs", "records", "reports")
    known = {part: {it: it for it in getattr(before, part)} for part in parts}
    return replace(seen, **{part: tuple(known[part].get(it, it) for it in getattr(seen, part)) for part in parts})
