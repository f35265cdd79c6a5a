"""What must hold of every plan of a grid with clouds, whatever runs, waits, and is written down of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from random import Random

from cloud_scenes import CLOUD, HOUR_S, OFFERS, CloudWorld, fresh_ledger, grid_with
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import NOON, always, job, machine

from simulacra.model.cloud import Cloud
from simulacra.model.ledger import Ledger
from simulacra.model.plan import Plan
from simulacra.model.rented import with_slots
from simulacra.model.service import Service
from simulacra.model.settings import Power
from simulacra.plan.budget import NOTHING_DUE
from simulacra.plan.plan import plan, plan_for
from simulacra.plan.renting import limit_of

NAMES = ("burst", "other")


@st.composite
def clouds(draw: st.DrawFn) -> tuple[Cloud, ...]:
    return tuple(
        replace(
            CLOUD,
            name=name,
            zone=draw(st.sampled_from(["cloud", "attic"])),
            min=draw(st.sampled_from([0, 0, 1])),
            max=draw(st.sampled_from([0, 1, 2, 3, 3])),
            monthly_budget=draw(st.sampled_from([None, None, 0.0, 0.05, 1.0])),
            billed_by_s=draw(st.sampled_from([1.0, 60.0, HOUR_S])),
            sizes=draw(st.sampled_from([("small", "large"), ("small",)])),
        )
        for name in NAMES[: draw(st.integers(1, 2))]
    )


@st.composite
def cloud_worlds(draw: st.DrawFn) -> CloudWorld:
    """Servers that run, boot, go, were never written down or have no place any more; work on them, and work that waits."""
    own = [always(memory=1000), *(machine(f"m{at}", 20, 4000) for at in range(draw(st.integers(0, 1))))]
    defined = draw(clouds())
    services = tuple(Service(f"j{at}", moves=draw(st.sampled_from([None, "any", "never"])), urgent=draw(st.booleans())) for at in range(4))
    power = Power(machines_min=draw(st.integers(0, 3)), machines_max=draw(st.sampled_from([None, None, None, 3])))
    grid = grid_with(*own, clouds=defined, services=services, power=power)
    world = CloudWorld(grid, ledgers=tuple(draw(ledgers(it)) for it in defined)).awake(
        "nas", *draw(st.sets(st.sampled_from([it.name for it in own])))
    )
    slots = [(cloud.name, f"{cloud.name}-{size}-{number}") for cloud in defined for size in ("small", "large") for number in (1, 2)]
    for cloud, slot in draw(st.sets(st.sampled_from(slots), max_size=draw(st.integers(1, 2))).map(sorted)):
        world = draw(inhabited(world, cloud, slot))
    for at in range(draw(st.integers(1, 4))):
        waits = job(f"j{at}", draw(st.sampled_from([1500, 1500, 3500, 7000])), 100, draw(st.integers(1, 3)), definition=f"j{at}")
        where = [it.name for it in (*grid.machines, *world.strangers) if it.name in world.on]
        world = (
            world.waits(waits)
            if draw(st.sampled_from([True, True, False]))
            else world.runs(waits, *draw(st.sets(st.sampled_from(where), max_size=2)))
        )
    return world.spare(*sorted(world.on - {"nas"})) if draw(st.booleans()) else world


@st.composite
def ledgers(draw: st.DrawFn, cloud: Cloud) -> Ledger:
    ledger = fresh_ledger(
        cloud.name, draw(st.sampled_from([OFFERS, OFFERS, OFFERS[:1], ()])), gone=draw(st.sampled_from([Decimal(0), Decimal("0.03")]))
    )
    return replace(
        ledger,
        listed_s=draw(st.sampled_from([*[NOON] * 6, NOON - 400, 0.0])),
        problem=draw(st.sampled_from([*[""] * 6, "no route"])),
        problem_since_s=NOON - 60,
    )


@st.composite
def inhabited(draw: st.DrawFn, world: CloudWorld, cloud: str, slot: str) -> CloudWorld:
    """The slot with what was drawn for it; one that isn't defined has a server that is listed, or nothing."""
    since_s = NOON - draw(st.sampled_from([5.0, 300.0, HOUR_S - 100, HOUR_S - 500, 30 * HOUR_S]))
    size = slot.split("-")[1]
    is_slot = with_slots(world.grid, ()).machine(slot) is not None
    match draw(st.sampled_from(["on", "on", "unlisted", "booting", "stopping", "two", "draining", "failed"])):
        case "on":
            return world.rents(slot, since_s, cloud=cloud, size=size)
        case "unlisted" if is_slot:
            return world.rents(slot, since_s, listed=False)
        case "booting":
            return world.listed(slot, since_s, cloud=cloud, size=size, state="booting").record(slot, power="waking", since_s=since_s)
        case "stopping":
            return world.listed(slot, since_s, cloud=cloud, size=size, state="stopping").record(slot, power="sleeping", since_s=since_s)
        case "two":
            return world.rents(slot, since_s, cloud=cloud, size=size).listed(slot, NOON - 60, cloud=cloud, size=size)
        case "draining":
            return world.rents(slot, since_s, cloud=cloud, size=size).record(
                slot, power="draining", since_s=NOON - 60, by="plan", drained=True
            )
        case "failed" if is_slot:
            return world.record(slot, power="failed", failures=1, failed_s=NOON - 60, out_until_s=NOON + 240, reason="no")
    return world


def woken(made: Plan) -> list[str]:
    return [it.machine for it in made.wakes]


@settings(max_examples=200)
@given(cloud_worlds(), st.integers(0, 9))
def test_no_bound_of_a_cloud_is_ever_broken(world: CloudWorld, count: int) -> None:
    scene = world.scene()
    for made in (world.plan(), world.plan_for(count)):
        rented = [scene.machines[name] for name in woken(made) if scene.machines[name].rent is not None]
        limits = [limit for it in rented if (limit := limit_of(scene, it)) is not None]
        for name, rental in scene.rentals.items():
            new = [it for it in limits if it.cloud == name]
            assert rental.taken + len(new) <= max(rental.cloud.max, rental.taken)
            assert sum((it.cost for it in new), NOTHING_DUE).fits(rental.purse.left)
            if rental.ledger.problem or scene.now_s - rental.ledger.listed_s > 300:
                assert not new
        for it in rented:
            assert it.rent is not None
            assert not it.rent.retired
            assert it.standing == "asleep"
            assert not any(server.machine == it.name for ledger in world.ledgers for server in ledger.servers)


@settings(max_examples=200)
@given(cloud_worlds(), st.integers(0, 9))
def test_numbers_agree_and_everything_has_a_reason(world: CloudWorld, count: int) -> None:
    for made in (world.plan(), world.plan_for(count)):
        assert made.desired == made.on + len(made.wakes) - len(made.sleeps)
        assert made.on == sum(it.counted for it in made.machines)
        assert len({it.machine for it in made.actions}) == len(made.actions)
        assert not (made.wakes and made.sleeps)
        assert all(it.reason for it in made.actions)
        assert all(it.reason for it in made.waiting)
        assert all(it.reasons and all(it.reasons) for it in made.machines)
        assert Counter(it.job for it in made.waiting for _ in range(it.count)) == Counter(
            it.job for it in world.demands for _ in range(it.count)
        )
        for it in made.machines:
            assert not it.leave or (it.standing == "going" and not it.counted)


@settings(max_examples=150)
@given(cloud_worlds())
def test_what_is_given_back_may_go(world: CloudWorld) -> None:
    scene, made = world.scene(), world.plan()
    going = {it.machine for it in made.sleeps}
    for name in going:
        known = scene.machines[name]
        if known.rent is None:
            continue
        rental = scene.rentals[known.rent.cloud]
        assert known.standing == "on"
        assert not known.held
        staying = [it for it in scene.machines.values() if it.rent is not None and it.rent.cloud == known.rent.cloud and it.counted]
        assert len([it for it in staying if it.name not in going]) >= min(rental.cloud.min, len(staying))
        if rental.cloud.billed_by_s == HOUR_S:
            until = rental.paid_until_s(name)
            assert until is not None
            assert until - NOON <= 330
    own = [it for it in scene.machines.values() if it.rent is None and it.counted]
    assert len([it for it in own if it.name not in going]) >= min(world.grid.power.machines_min, len(own))


@settings(max_examples=100)
@given(cloud_worlds(), st.integers(0, 9))
def test_nothing_is_rented_so_that_enough_machines_are_on(world: CloudWorld, count: int) -> None:
    """Without work that waits, and without a floor of its own, a cloud gets no server for a number below `machines_min`."""
    quiet = replace(world, demands=(), grid=replace(world.grid, clouds=tuple(replace(it, min=0) for it in world.grid.clouds)))
    scene = quiet.scene()
    rents_for_less = [it.machine for it in quiet.plan().wakes if "its rent saved" in it.reason]
    made = quiet.plan_for(min(count, world.grid.power.machines_min))
    assert [name for name in woken(made) if scene.machines[name].rent is not None] == [
        name for name in rents_for_less if scene.machines[name].rent is not None and name in woken(made)
    ]


@settings(max_examples=80)
@given(cloud_worlds(), st.randoms(use_true_random=False), st.integers(0, 8))
def test_the_order_in_which_things_are_told_does_not_matter(world: CloudWorld, random: Random, count: int) -> None:
    seen, grid = world.snapshot(), world.whole

    def shuffled(found: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(random.sample(found, len(found)))

    parts = ("nodes", "allocations", "jobs", "demands", "records", "reports", "clouds")
    turned = {part: shuffled(getattr(seen, part)) for part in parts}
    turned["clouds"] = tuple(replace(it, offers=shuffled(it.offers)) for it in turned["clouds"])  # type: ignore[type-var, attr-defined]
    other, grid_too = replace(seen, **turned), replace(grid, machines=shuffled(grid.machines))  # type: ignore[arg-type]
    assert plan(grid_too, other) == plan(grid, seen)
    assert plan_for(grid_too, other, count) == plan_for(grid, seen, count)
