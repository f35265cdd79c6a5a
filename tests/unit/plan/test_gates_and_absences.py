"""What once went wrong in long sequences of what machines, people and bounds do to gates, tiers and zones."""

from __future__ import annotations

from dataclasses import replace

from scenes import DAY, NOON, World, always, grid_of, job, machine, on_machine

from simulacra.model.cluster import Node
from simulacra.model.journal import Belonging, GateRecord
from simulacra.model.machine import Match, Tier
from simulacra.model.place import Zone
from simulacra.model.service import Needs, NeedsTier, Service
from simulacra.model.settings import Power
from simulacra.plan.belonging import LOWERS_AFTER_S, belongings

TIERS = (Tier("phone", 10, Match(memory_mb=1)), Tier("server", 30, Match(memory_mb=1, drivers=("docker",))))


def test_what_nothing_helps_doesnt_keep_others_from_getting_room() -> None:
    """Twenty that no machine could ever take use up all that is tried in one plan."""
    low = job("low", 3000, definition="low", priority=20)
    grid = grid_of(always("nas"), services=(Service("low", needs=Needs(), priority=20),))
    world = replace(World(grid).awake("nas").runs(low, "nas"), gates=(GateRecord("low", True),)).waits(job("backup", 2000))
    assert not world.plan().gates[0].met
    for at in range(20):
        world = world.waits(job(f"hopeless{at}", 100, priority=60, drivers=("docker",)))
    assert not world.plan().gates[0].met


def test_a_service_waits_for_no_machine_that_may_not_come() -> None:
    """Its gate is open, nothing of it runs, and the only machine for it would be one more than may be on: it stays open for ever."""
    grid = grid_of(
        always("nas"), machine("tower", tier="server"), tiers=TIERS, power=Power(machines_max=1),
        services=(Service("jenkins", needs=Needs(tiers=(NeedsTier("server"),))),),
    )  # fmt: skip
    its = job("jenkins", definition="jenkins", constraints=(on_machine("tower"),))
    world = replace(World(grid).awake("nas").waits(its), gates=(GateRecord("jenkins", True),))
    assert not world.plan().gates[0].met


def test_a_machine_that_a_person_puts_to_sleep_doesnt_count_while_it_goes() -> None:
    """It counts for the minute that it takes, and not afterwards: a service comes online for that minute."""
    grid = grid_of(always("nas"), machine("tower"), services=(Service("s", needs=Needs(machines=2)),))
    world = World(grid).awake("nas", "tower").knows(job("s", 500, count=0, definition="s")).node("tower", draining=True, eligible=False)
    going = world.record("tower", power="draining", by="a person", drained=True, held_until_s=NOON + DAY)
    assert not going.plan().gates[0].met


def back(**more: object) -> World:
    """The machine is back since a second, with its docker not yet up; what is remembered of it is from yesterday."""
    labels = (("simulacra_rank", "30"), ("simulacra_tier", "server"), ("simulacra_zone", "attic"))
    node = Node("id-new", "new", memory_mb=1000, meta=labels, changed_s=NOON - 1)
    zones = (Zone("attic"), Zone("office", subnets=("10.0.0.0/8",)))
    world = replace(World(replace(grid_of(always("nas")), tiers=TIERS, zones=zones)).awake("nas"), strangers=(node,))
    known = replace(Belonging("new", "attic", "subnet", 0.95, tier="server"), **more)  # type: ignore[arg-type]
    return replace(world, belongings=(known,))


def test_a_driver_that_was_ill_before_the_machine_went_lowers_its_tier_only_after_a_while() -> None:
    """Docker's daemon ends before Nomad's agent as a machine goes down, and begins after it as it comes."""
    world = back(lower_tier="phone", lower_since_s=NOON - DAY)
    assert belongings(world.grid, world.snapshot())["new"].tier == "server"


def test_where_it_seemed_to_be_before_it_went_moves_it_only_after_a_while() -> None:
    world = back(other_zone="office", other_since_s=NOON - DAY).report("new", addresses=("10.1.1.1/24",))
    assert belongings(world.grid, world.snapshot())["new"].zone == "attic"


def test_nothing_is_stopped_before_nomad_knows_that_its_machine_is_below_the_tier() -> None:
    """Stopped at the same look at which the label is sent, Nomad would place it there again; at each look, where labelling fails."""
    grid = grid_of(always("nas"), always("mini", zone="attic"), tiers=TIERS, services=(Service("page", tier="server"),))
    labels = (("simulacra_rank", "30"), ("simulacra_tier", "server"), ("simulacra_watts", "0"), ("simulacra_zone", "attic"))
    world = World(grid).awake("nas", "mini").runs(job("page", 100, definition="page"), "nas").node("nas", meta=labels)
    known = Belonging("nas", "attic", "definition", 1.0, tier="server", lower_tier="phone", lower_since_s=NOON - LOWERS_AFTER_S)
    made = replace(world, belongings=(known,)).plan()
    assert [it.machine for it in made.relabels if it.machine == "nas"] == ["nas"]
    assert made.evictions == ()
