"""What each half of a cut grid still runs: grids at a moment, and what is foretold of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import World, always, grid_of, job, machine

from simulacra.model.place import Uplink, Zone
from simulacra.model.service import Service
from simulacra.model.split import Outcome
from simulacra.model.verbatim import Verbatim
from simulacra.model.workload import Constraint, Disconnect, Distinct, Job
from simulacra.plan.cuts import cut_of_zones, single_cuts, zones_of_machines
from simulacra.plan.ground import ground_of
from simulacra.plan.split import split

ONCE, TWICE = Disconnect(8760 * 3600.0, replace=False), Disconnect(6 * 3600.0)
STOPS, BARE = Disconnect(stop_after_s=60.0), Disconnect()
PER_ZONE = Distinct("${meta.simulacra_zone}", 1)


def attic_office_shed(*services: Service) -> World:
    """Two machines in attic and in office, one in shed; attic and shed hang on one street. A Nomad server in each zone."""
    grid = grid_of(
        always("nas"), always("desk"), always("mini", zone="office"), always("note", zone="office"), always("box", zone="shed"),
        services=services, uplinks=(Uplink("street"),),
    )  # fmt: skip
    zones = (Zone("attic", "street"), Zone("office"), Zone("shed", "street"))
    world = World(replace(grid, zones=zones), servers=("box", "mini", "nas"), voters=3)
    return world.awake("nas", "desk", "mini", "note", "box")


def work(name: str, disconnect: Disconnect, count: int = 1, **more: object) -> Job:
    return job(name, definition=name, memory=100, count=count, disconnect=disconnect, **more)


def foretold(world: World, label: str) -> Outcome:
    snapshot = world.snapshot()
    zones = zones_of_machines(world.grid, snapshot)
    (cut,) = [it for it in single_cuts(world.grid, zones) if it.label == label]
    return split(ground_of(world.grid, snapshot), [cut])[0]


def runs(outcome: Outcome) -> list[dict[str, int]]:
    return [dict(half.services) for half in outcome.halves]


def fate(outcome: Outcome, service: str) -> str:
    return next((it.fate for it in outcome.verdicts if it.service == service), "untouched")


# a single instance on desk, in attic, which is cut off without the leader
SINGLE = [
    ("it may run once only, and goes on", ONCE, [1, 0], "one side"),
    ("it may run twice: another one is started", TWICE, [1, 1], "doubled"),
    ("its machine stops it, another one is started", STOPS, [0, 1], "moved"),
    ("nothing is said: it is lost, but goes on all the same", BARE, [1, 1], "doubled"),
    ("replaced is only what Nomad may reschedule", replace(TWICE, replace=False), [1, 0], "one side"),
]


@pytest.mark.parametrize(("disconnect", "here_there", "expected"), [it[1:] for it in SINGLE], ids=[it[0] for it in SINGLE])
@pytest.mark.parametrize("cut", ["zone attic", "machine desk"])
def test_a_single_instance_out_of_the_leaders_reach(cut: str, disconnect: Disconnect, here_there: list[int], expected: str) -> None:
    outcome = foretold(attic_office_shed().runs(work("it", disconnect), "desk"), cut)
    assert [half.leader for half in outcome.halves] == [False, True]
    assert [found.get("it", 0) for found in runs(outcome)] == here_there
    assert fate(outcome, "it") == expected
    assert outcome.lost == ()
    assert outcome.doubled == (("it",) if expected == "doubled" else ())


@pytest.mark.parametrize("disconnect", [ONCE, TWICE, STOPS, BARE])
def test_with_the_leader_everything_goes_on(disconnect: Disconnect) -> None:
    outcome = foretold(attic_office_shed().runs(work("it", disconnect), "desk"), "uplink street")
    assert [half.leader for half in outcome.halves] == [True, False]
    assert runs(outcome) == [{"it": 1}, {}]
    assert fate(outcome, "it") == "one side"


# one in each zone; attic's zone, or one machine of it, is cut off
EACH = [
    ("at most one: nothing is replaced", ONCE, "zone attic", [1, 2], "both sides"),
    ("each zone there has its own already", TWICE, "zone attic", [1, 2], "both sides"),
    ("within its zone it is unknown, and still counts", TWICE, "machine desk", [1, 2], "both sides"),
    ("what is stopped has no place elsewhere", STOPS, "zone attic", [0, 2], "fewer"),
    ("what is stopped finds a place in its own zone", STOPS, "machine desk", [0, 3], "moved"),
    ("what is lost is replaced in its own zone", BARE, "machine desk", [1, 3], "doubled"),
]


@pytest.mark.parametrize(("disconnect", "cut", "here_there", "expected"), [it[1:] for it in EACH], ids=[it[0] for it in EACH])
def test_one_in_each_zone(disconnect: Disconnect, cut: str, here_there: list[int], expected: str) -> None:
    world = attic_office_shed().runs(work("it", disconnect, 3, distincts=(PER_ZONE,)), "desk", "mini", "box")
    outcome = foretold(world, cut)
    assert [found.get("it", 0) for found in runs(outcome)] == here_there
    assert fate(outcome, "it") == expected


def test_a_replacement_needs_room_where_the_leader_is() -> None:
    desk_only = Constraint("${node.unique.name}", "=", "desk")
    pinned = work("pinned", STOPS, constraints=(desk_only,))
    big = work("big", STOPS, cpu=17000)
    outcome = foretold(attic_office_shed().runs(pinned, "desk").runs(big, "desk"), "zone attic")
    assert outcome.lost == ("big", "pinned")
    assert "no machine there" in next(it.reason for it in outcome.verdicts if it.service == "pinned")


def test_sleepers_and_machines_that_take_no_work_take_no_replacement() -> None:
    world = attic_office_shed().runs(work("it", STOPS), "desk")
    world = replace(world, on=world.on - {"note"})
    for name in ("mini", "box"):
        world = world.node(name, eligible=False)
    assert foretold(world, "zone attic").lost == ("it",)
    assert foretold(world, "machine desk").lost == ()  # nas takes it


def test_only_as_many_as_there_is_room_for_are_started_the_more_important_first() -> None:
    small = attic_office_shed()
    for name in ("mini", "note"):
        small = small.node(name, eligible=False)
    dear, cheap = work("zebra", STOPS, cpu=9000, priority=70), work("ant", STOPS, cpu=9000, priority=30)
    outcome = foretold(small.runs(dear, "desk").runs(cheap, "nas"), "zone attic")
    assert (outcome.lost, runs(outcome)[1]) == (("ant",), {"zebra": 1})


def test_where_nobody_leads_what_is_to_stop_stops_on_both_sides() -> None:
    world = replace(attic_office_shed(), servers=("mini", "nas"), voters=2)
    world = world.runs(work("stops", STOPS, 2), "desk", "box").runs(work("stays", BARE, 2), "desk", "box")
    outcome = foretold(world, "zone attic")
    assert [half.leader for half in outcome.halves] == [False, True] or not outcome.led
    assert not outcome.led
    assert runs(outcome) == [{"stays": 1}, {"stays": 1}]
    assert outcome.lost == ("stops",)
    assert any("nobody has a leader" in words for words in outcome.broken)


def test_servers_that_are_away_count_as_voters() -> None:
    world = replace(attic_office_shed(), servers=("mini", "nas"), voters=3)
    assert not foretold(world, "zone attic").led
    assert foretold(world, "zone shed").halves[1].leader


def test_a_single_server_that_is_cut_off_by_itself_replaces_what_it_can() -> None:
    world = replace(attic_office_shed(), servers=("nas",), voters=1)
    world = world.runs(work("twice", TWICE), "mini").runs(work("once", ONCE), "mini").runs(work("here", STOPS), "nas")
    outcome = foretold(world, "machine nas")
    assert [half.leader for half in outcome.halves] == [True, False]
    assert runs(outcome) == [{"here": 1, "twice": 1}, {"once": 1, "twice": 1}]


def test_system_jobs_and_those_of_nobodys_definition() -> None:
    everywhere = work("vitals", ONCE, type="system")
    foreign = job("foreign", disconnect=STOPS)
    world = attic_office_shed().runs(everywhere, "nas", "desk", "mini", "note", "box").runs(foreign, "desk")
    outcome = foretold(world, "zone attic")
    assert runs(outcome) == [{"vitals": 2}, {"vitals": 3}]
    assert (outcome.doubled, fate(outcome, "vitals")) == ((), "both sides")


def test_what_is_pending_out_of_reach_is_lost_and_started_anew() -> None:
    world = attic_office_shed().runs(work("it", ONCE), "desk", running=False)
    assert runs(foretold(world, "zone attic")) == [{}, {"it": 1}]


def test_what_is_out_of_reach_already_is_left_alone() -> None:
    world = attic_office_shed().runs(work("it", STOPS), "desk").node("desk", status="disconnected")
    assert runs(foretold(world, "zone attic")) == [{}, {}]
    assert foretold(world, "zone attic").verdicts == ()


def test_replacements_may_push_out_others() -> None:
    world = attic_office_shed()
    world = replace(world, scheduler=replace(world.scheduler, preempts=("service",)))
    for name in ("mini", "note"):
        world = world.node(name, eligible=False)
    world = world.runs(work("dear", STOPS, cpu=12000, priority=90), "desk").runs(work("cheap", ONCE, cpu=12000, priority=10), "box")
    outcome = foretold(world, "zone attic")
    assert runs(outcome) == [{}, {"dear": 1}]
    assert outcome.lost == ("cheap",)


EACH_ZONE = Service("it", zones="each")
PROMISES = [
    ("each zone has its own", EACH_ZONE, ONCE, ("desk", "mini", "box"), []),
    ("the shed has none though its machine could", EACH_ZONE, ONCE, ("desk", "mini"), ["shed"]),
    ("only the attic was promised one", replace(EACH_ZONE, zones=("attic",)), ONCE, ("desk",), []),
    ("nothing was promised", replace(EACH_ZONE, zones=None), ONCE, ("desk",), []),
    ("work that ends is promised to no zone", replace(EACH_ZONE, type="batch"), ONCE, ("desk", "mini"), []),
]


@pytest.mark.parametrize(("service", "disconnect", "where", "bare"), [it[1:] for it in PROMISES], ids=[it[0] for it in PROMISES])
def test_a_half_without_what_its_zones_were_promised(
    service: Service, disconnect: Disconnect, where: tuple[str, ...], bare: list[str]
) -> None:
    world = attic_office_shed(service).runs(work("it", disconnect, 3, distincts=(PER_ZONE,)), *where)
    outcome = foretold(world, "zone shed")
    assert [zone for zone in ("attic", "office", "shed") if any(f"stand in {zone}" in words for words in outcome.broken)] == bare
    assert all("stand in" not in words for words in foretold(world, "machine box").broken)


def test_a_zone_whose_able_machines_all_sleep_isnt_missed() -> None:
    world = attic_office_shed(EACH_ZONE).runs(work("it", ONCE, 3, distincts=(PER_ZONE,)), "desk", "mini")
    assert foretold(replace(world, on=world.on - {"box"}), "zone shed").broken == ()


DISCONNECT = Verbatim("disconnect {}\n", names=(("disconnect", 1),))
TWICE_OVER = [
    ("it must not, but its job says otherwise", Service("it"), TWICE, True),
    ("it may", Service("it", run_twice=True), TWICE, False),
    ("its own words keep both", Service("it", group=DISCONNECT), TWICE, False),
    ("its own words forget the old one", Service("it", group=DISCONNECT), BARE, True),
]


@pytest.mark.parametrize(("service", "disconnect", "broken"), [it[1:] for it in TWICE_OVER], ids=[it[0] for it in TWICE_OVER])
def test_running_twice_is_a_broken_promise_where_it_must_not(service: Service, disconnect: Disconnect, broken: bool) -> None:
    outcome = foretold(attic_office_shed(service).runs(work("it", disconnect), "desk"), "zone attic")
    assert outcome.doubled == ("it",)
    assert any("runs twice" in words for words in outcome.broken) == broken


def test_zones_cut_off_together() -> None:
    world = attic_office_shed().runs(work("it", ONCE, 3, distincts=(PER_ZONE,)), "desk", "mini", "box")
    snapshot = world.snapshot()
    cut = cut_of_zones(["shed", "attic"], zones_of_machines(world.grid, snapshot))
    (outcome,) = split(ground_of(world.grid, snapshot), [cut])
    assert outcome.cut.label == "attic,shed"
    assert [half.zones for half in outcome.halves] == [("attic", "shed"), ("office",)]
    assert runs(outcome) == [{"it": 2}, {"it": 1}]


def test_a_machine_that_sleeps_takes_nothing_along() -> None:
    world = World(grid_of(always("nas"), machine("tower")), servers=("nas",), voters=1).awake("nas").runs(work("it", ONCE), "nas")
    outcome = foretold(world, "machine tower")
    assert (outcome.verdicts, runs(outcome)) == ((), [{}, {"it": 1}])
    assert [(half.zones, half.machines) for half in outcome.halves] == [(("attic",), 0), (("attic",), 1)]
