"""Which services with `needs` the grid can carry: what counts, in which order, and who makes room for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import World, always, grid_of, job, machine

from simulacra.model.grid import Grid
from simulacra.model.journal import GateRecord
from simulacra.model.machine import QuietHours, Tier
from simulacra.model.plan import Gate
from simulacra.model.service import Needs, NeedsTier, Service
from simulacra.model.settings import Power
from simulacra.model.workload import Distinct, Job

TIERS = (Tier("phone", 10), Tier("hypervisor", 40))


def gated(name: str, needs: Needs | None = None, **more: object) -> Service:
    return Service(name, needs=needs or Needs(), **more)  # type: ignore[arg-type]


def steady(world: World, *names: str) -> World:
    """Their needs have been there for long, so that others may have to make room for them."""
    records = {it.service: it for it in world.gates} | {name: GateRecord(name, needs_since_s=1.0) for name in names}
    return replace(world, gates=tuple(records[name] for name in sorted(records)))


def its_job(name: str, memory: int = 1000, count: int = 0, **more: object) -> Job:
    """As it is on Nomad while its gate is closed: with a count of 0."""
    return job(name, memory, count=count, definition=name, **more)


def home(*services: Service, **more: object) -> Grid:
    """A nas of 4000 MiB that is always on, a tower of 16000 MiB that may sleep."""
    tower = machine("tower", tier="hypervisor")
    return grid_of(always("nas", tier="phone"), tower, services=services, tiers=TIERS, **more)  # type: ignore[arg-type]


def only(made: tuple[Gate, ...]) -> Gate:
    (gate,) = made
    return gate


HYPERVISOR = Needs(tiers=(NeedsTier("hypervisor"),))


@pytest.mark.parametrize(
    ("needs", "met", "reason"),
    [
        (Needs(), True, "the grid can carry it"),
        (Needs(machines=1), True, "the grid can carry it"),
        (Needs(machines=2), False, "it needs 2 machines, 1 is on"),
        (Needs(memory_mb=4001), False, "it needs 4001 MiB of memory, 4000 are on"),
        (Needs(cpu_mhz=16001), False, "it needs 16001 MHz, 16000 are on"),
        (Needs(disk_mb=100001), False, "it needs 100001 MiB of disk, 100000 are on"),
        (Needs(zones=2), False, "it needs 2 zones, 1 is on"),
        (HYPERVISOR, False, "it needs 1 machine of tier hypervisor or above, 0 are on"),
        (Needs(services=("db",)), False, "it needs the service db, which doesn't run"),
    ],
)
def test_what_is_on_must_do_for_a_service_that_wakes_nothing(needs: Needs, met: bool, reason: str) -> None:
    world = World(home(gated("jenkins", needs, on_demand=False))).awake("nas").knows(its_job("jenkins"))
    gate = only(world.plan().gates)
    assert (gate.met, gate.reasons) == (met, (reason,))


def test_what_could_be_woken_counts_for_a_service_on_demand() -> None:
    world = World(home(gated("jenkins", HYPERVISOR))).awake("nas").knows(its_job("jenkins"))
    assert only(world.plan().gates).met
    held = world.record("tower", held_until_s=world.now_s + 60)
    assert only(held.plan().gates).reasons == ("it needs 1 machine of tier hypervisor or above, 0 are on or could be woken",)


def test_a_sleeper_in_its_quiet_hours_brings_nobody_online_and_sends_nobody_away() -> None:
    tower = machine("tower", tier="hypervisor", quiet_hours=(QuietHours(0, 24 * 60 - 1),))
    grid = grid_of(always("nas"), tower, services=(gated("jenkins", HYPERVISOR),), tiers=TIERS)
    world = World(grid).awake("nas").knows(its_job("jenkins"))
    assert not only(world.plan().gates).met
    online = replace(
        world.knows(its_job("jenkins", count=1)).runs(its_job("jenkins", count=1), "nas"), gates=(GateRecord("jenkins", True),)
    )
    assert only(online.plan().gates).met


def test_another_service_that_runs_will_do() -> None:
    db = Service("db")
    world = World(home(db, gated("jenkins", Needs(services=("db",))))).awake("nas").knows(its_job("jenkins"))
    assert not only(world.plan().gates).met
    assert only(world.runs(job("db", definition="db"), "nas").plan().gates).met


def test_one_that_isnt_submitted_says_so() -> None:
    gate = only(World(home(gated("jenkins"))).awake("nas").plan().gates)
    assert (gate.met, gate.reasons, gate.set_to) == (False, ("not submitted: `simulacra run jenkins`",), None)


def test_it_must_fit_as_a_whole() -> None:
    world = World(home(gated("big", count=2, on_demand=False))).awake("nas").knows(its_job("big", 2500))
    gate = only(world.plan().gates)
    assert not gate.met
    assert gate.reasons[0].startswith("there is no room for")
    assert only(world.awake("tower").plan().gates).met


def test_one_in_each_zone_comes_online_with_the_first() -> None:
    """The zone of the other is away: its instance follows with the zone."""
    grid = grid_of(always("nas"), always("mini", zone="office"), services=(gated("page", zones="each"),))
    world = World(grid).awake("nas").knows(its_job("page"))
    assert only(world.plan().gates).met


def test_the_more_important_goes_first_then_the_name() -> None:
    services = (gated("aaa"), gated("bbb", priority=70), gated("ccc"))
    jobs = (its_job("aaa", 3000), its_job("bbb", 3000, priority=70), its_job("ccc", 3000))
    world = World(grid_of(always("nas"), services=services)).awake("nas").knows(*jobs)
    made = {gate.service: gate for gate in world.plan().gates}
    assert {name: gate.met for name, gate in made.items()} == {"aaa": False, "bbb": True, "ccc": False}
    less = World(grid_of(always("nas"), services=services[::2])).awake("nas").knows(jobs[0], jobs[2])
    assert {gate.service: gate.met for gate in less.plan().gates} == {"aaa": True, "ccc": False}


def online(world: World, it: Job, *machines: str) -> World:
    up = replace(it, groups=(replace(it.groups[0], count=len(machines)),))
    return replace(world.knows(up).runs(up, *machines), gates=(*world.gates, GateRecord(it.id, True)))


def test_the_least_important_makes_room_for_a_more_important_one_and_for_work_without_a_gate() -> None:
    services = (gated("low", priority=20), gated("middle", priority=30), gated("high", priority=70))
    base = World(grid_of(always("nas"), services=services)).awake("nas")
    full = online(online(base, its_job("low", 1500, priority=20), "nas"), its_job("middle", 1500, priority=30), "nas")
    world = full.knows(its_job("high", 2000, priority=70))
    assert all(gate.met for gate in world.plan().gates if gate.service != "high"), "its needs may be there for a moment only"
    made = {gate.service: gate for gate in steady(world, "high").plan().gates}
    assert (made["low"].met, made["low"].reasons) == (False, ("it makes room for high",))
    assert made["middle"].met
    assert (made["high"].met, made["high"].reasons) == (False, ("it waits until low has made room",))
    plain = full.knows(its_job("high", 9999, priority=70)).waits(job("backup", 2000, priority=50))
    made = {gate.service: gate for gate in plain.plan().gates}
    assert (made["low"].reasons, made["middle"].met) == (("it makes room for backup",), True)


def test_nothing_makes_room_where_that_doesnt_help_or_for_something_less_important() -> None:
    services = (gated("low", priority=20),)
    full = online(World(grid_of(always("nas"), services=services)).awake("nas"), its_job("low", 3000, priority=20), "nas")
    assert only(full.waits(job("huge", 99000, priority=50)).plan().gates).met
    assert only(full.waits(job("lower", 2000, priority=10)).plan().gates).met


def test_a_machine_is_woken_rather_than_a_service_sent_away() -> None:
    services = (gated("low", priority=20),)
    full = online(World(home(*services)).awake("nas"), its_job("low", 3000, priority=20), "nas")
    made = full.waits(job("backup", 2000, priority=50)).plan()
    assert only(made.gates).met
    assert [it.machine for it in made.wakes] == ["tower"]


def test_batch_work_that_runs_makes_no_room() -> None:
    services = (gated("low", priority=20, type="batch"),)
    full = online(World(grid_of(always("nas"), services=services)).awake("nas"), its_job("low", 3000, priority=20, type="batch"), "nas")
    assert only(full.waits(job("backup", 2000, priority=50)).plan().gates).met


def test_one_that_is_online_and_runs_in_part_stays() -> None:
    """A cut cable takes an instance's zone away: that is no reason to take the others too."""
    grid = grid_of(always("nas"), always("mini", zone="office"), services=(gated("page", zones="each"),))
    up = its_job("page", count=2)
    world = replace(World(grid).awake("nas").runs(up, "nas"), gates=(GateRecord("page", True),)).waits(up, 1)
    assert only(world.plan().gates).met


def test_one_that_is_online_and_fits_nowhere_any_more_goes() -> None:
    up = its_job("big", 9000, count=1)
    grid = grid_of(always("nas"), services=(gated("big"),), power=Power())
    world = replace(World(grid).awake("nas").waits(up, 1), gates=(GateRecord("big", True),))
    gate = only(world.plan().gates)
    assert not gate.met
    assert "no room" in gate.reasons[0]


def test_nobody_makes_room_for_what_needs_them() -> None:
    """Else the one would come and the other go, for ever."""
    services = (gated("db", priority=20), gated("app", Needs(services=("db",)), priority=70))
    full = online(World(grid_of(always("nas"), services=services)).awake("nas"), its_job("db", 3000, priority=20), "nas")
    made = {gate.service: gate for gate in steady(full.knows(its_job("app", 2000, priority=70)), "app").plan().gates}
    assert (made["db"].met, made["app"].met) == (True, False)
    assert "no room" in made["app"].reasons[0]


def test_one_that_is_online_and_lost_its_machine_waits_for_less_important_ones_to_make_room() -> None:
    services = (gated("low", priority=20), gated("high", priority=70))
    full = online(World(grid_of(always("nas"), services=services)).awake("nas"), its_job("low", 3000, priority=20), "nas")
    high = its_job("high", 2000, count=1, priority=70)
    lost = replace(full.waits(high, 1), gates=(GateRecord("high", True, needs_since_s=1.0), GateRecord("low", True)))
    made = {gate.service: gate for gate in lost.plan().gates}
    assert (made["high"].met, made["high"].reasons) == (True, ("it waits until low has made room",))
    assert not made["low"].met


def test_room_is_made_for_what_is_missing_of_a_service_that_runs_in_part() -> None:
    grid = grid_of(
        always("nas"), always("mini", zone="office"), services=(gated("low", priority=20), gated("page", zones="each", priority=70))
    )
    page = its_job("page", 2000, count=2, priority=70, distincts=(Distinct("${meta.simulacra_zone}"),))
    full = online(World(grid).awake("nas", "mini"), its_job("low", 3000, priority=20), "mini")
    world = replace(full.runs(page, "nas"), gates=(*full.gates, GateRecord("page", True))).waits(page, 1)
    made = {gate.service: gate for gate in world.plan().gates}
    assert (made["page"].met, made["low"].reasons) == (True, ("it makes room for page",))


def test_the_room_of_one_that_is_about_to_come_online_is_taken() -> None:
    services = (gated("high", priority=70), gated("low", priority=20))
    base = World(grid_of(always("nas"), services=services)).awake("nas")
    world = base.knows(its_job("high", 3000, priority=70), its_job("low", 3000, priority=20))
    made = {gate.service: gate.met for gate in replace(world, gates=(GateRecord("high", True),)).plan().gates}
    assert made == {"high": True, "low": False}


def test_nothing_could_be_woken_where_no_more_machines_may_be_on() -> None:
    world = World(home(gated("jenkins", HYPERVISOR), power=Power(machines_max=1))).awake("nas").knows(its_job("jenkins"))
    assert not only(world.plan().gates).met


def test_a_machine_on_its_way_to_sleep_could_be_woken_again() -> None:
    world = World(home(gated("pair", Needs(machines=2)))).awake("nas", "tower").knows(its_job("pair", 500))
    going = world.record("tower", power="sleeping", by="plan", drained=True, since_s=world.now_s - 5)
    assert only(going.plan().gates).met


def test_what_was_launched_of_a_periodic_job_isnt_the_job() -> None:
    parent = its_job("pack", 500, count=1, type="batch")
    child = replace(parent, id="pack/periodic-1")
    world = World(home(gated("pack", type="batch"))).awake("nas").knows(parent, child).runs(child, "nas")
    assert only(world.plan().gates).running == 0


def test_the_order_of_definitions_and_jobs_means_nothing() -> None:
    services = tuple(gated(name, priority=20 + at) for at, name in enumerate("abcdef"))
    jobs = [its_job(it.name, 900, priority=it.priority) for it in services]
    one = World(grid_of(always("nas"), services=services)).awake("nas").knows(*jobs)
    other = World(grid_of(always("nas"), services=services[::-1])).awake("nas").knows(*jobs[::-1])
    assert one.plan().gates == other.plan().gates
    assert [gate.service for gate in one.plan().gates if gate.met] == list("cdef")
