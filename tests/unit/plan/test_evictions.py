"""Instances that are stopped where they are, since their machine fell below their service's tier."""

from __future__ import annotations

from scenes import World, always, grid_of, job

from simulacra.model.grid import Grid
from simulacra.model.machine import Match, Tier
from simulacra.model.service import Service

TIERS = (Tier("phone", 10, Match(memory_mb=100)), Tier("server", 30, Match(memory_mb=3000)))


def home(*services: Service) -> Grid:
    return grid_of(always("nas"), always("mini"), always("vps", zone="hosting"), tiers=TIERS, services=services)


def shrunk(world: World, name: str = "nas") -> World:
    """Its memory is gone, and Nomad knows it as what it is now."""
    labels = (("simulacra_rank", "10"), ("simulacra_tier", "phone"), ("simulacra_watts", "0"), ("simulacra_zone", "attic"))
    return world.node(name, memory_mb=500, meta=labels)


def test_an_instance_on_a_machine_that_fell_below_its_tier_is_placed_anew() -> None:
    page = job("page", 100, definition="page")
    world = World(home(Service("page", tier="server"))).awake("nas", "mini", "vps").runs(page, "nas")
    assert world.plan().evictions == ()
    (it,) = shrunk(world).plan().evictions
    assert (it.job, it.allocation, it.machine) == ("page", "page-0", "nas")
    assert it.reason == "nas is below tier server now, which page needs"


def test_not_while_another_of_its_instances_is_away_or_on_its_way() -> None:
    page = job("page", 100, count=2, definition="page")
    world = shrunk(World(home(Service("page", tier="server", count=2))).awake("nas", "mini", "vps").runs(page, "nas"))
    assert len(world.plan().evictions) == 1
    assert world.runs(page, "mini", running=False).plan().evictions == ()
    assert world.runs(page, "mini", leaving=True).plan().evictions == ()


def test_batch_work_and_others_jobs_are_left_to_end() -> None:
    work = job("work", 100, definition="work", type="batch")
    world = World(home(Service("work", tier="server", type="batch"))).awake("nas", "mini", "vps").runs(work, "nas")
    assert shrunk(world).plan().evictions == ()
    assert shrunk(world.runs(job("other"), "nas")).plan().evictions == ()


def test_not_while_another_of_its_instances_waits_for_room() -> None:
    page = job("page", 100, count=2, definition="page")
    world = shrunk(World(home(Service("page", tier="server", count=2))).awake("nas", "mini", "vps").runs(page, "nas"))
    assert world.waits(page, 1).plan().evictions == ()
