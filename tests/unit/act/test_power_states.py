"""Single transitions of the power state machine, one case each."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from simulacra.act.power import advance, first_record, intend_sleep, intend_wake
from simulacra.act.steps import Drain, Release, SendOrder, Wake
from simulacra.act.transitions import FORGOTTEN_AFTER_S, wake_within_s
from simulacra.model.cluster import Node
from simulacra.model.journal import PowerState, Record, Report
from tests.power_world import POLICY, TOWER, World, backoff, run, step

ON = Record("tower", "on", 900.0, on_since_s=900.0)


def draining(world: World, by: str = "plan") -> Record:
    node = world.seen().node
    assert node is not None
    return intend_sleep(ON, node, "nothing needs it", by, world.now_s).record


def test_the_way_to_sleep_and_back() -> None:
    world = World(jobs=("web",))
    record, states = draining(world), ["draining"]
    for _ in range(40):
        record = step(world, record).record
        states += [record.power] if record.power != states[-1] else []
    assert states == ["draining", "sleeping", "asleep"]
    record = intend_wake(record, "a job waits", "plan", world.now_s).record
    record = run(world, record, 20)
    assert (record.power, record.boot_took_s, record.reason) == ("on", 30.0, "a job waits; it took 30 s")
    assert len(record.moved_s) == 2
    assert world.boots == 2
    assert world.eligible


def test_demand_that_returns_cancels_the_drain() -> None:
    world = World(jobs=("batch",))
    record = step(world, draining(world)).record
    world.superfluous = False
    made = step(world, record)
    assert (made.record.power, made.record.reason) == ("on", "stays on: a job waits")
    assert made.effects == (Release("id", eligible=True),)
    assert world.eligible
    assert not world.draining


def test_a_drain_that_a_person_asked_for_isnt_cancelled_by_demand() -> None:
    world = World(superfluous=False)
    assert run(world, draining(world, "a person"), 40).power == "asleep"


def test_what_isnt_empty_in_time_stays_on() -> None:
    world = World(jobs=("batch",))
    record = draining(world)
    for _ in range(100):
        world.jobs, world.draining = ("batch",), True
        record = step(world, record).record
        if record.power == "on":
            break
    assert record.reason == "stays on: it wasn't empty after 300 s, batch still there"
    assert world.orders == []


def test_a_drain_that_nomad_forgets_to_end_is_asked_for_again() -> None:
    """Only Nomad ends it: it may know of work that nobody here may see."""
    world = World(eligible=False, draining=True)
    record = replace(draining(world), since_s=world.now_s - FORGOTTEN_AFTER_S)
    drains = world.seen()
    assert advance(TOWER, record, drains, POLICY, backoff).effects == (Drain("id"),)
    for other in (replace(drains, busy=("web",)), replace(drains, now_s=drains.now_s - 1)):
        assert advance(TOWER, record, other, POLICY, backoff).effects == ()
    late = replace(drains, now_s=record.since_s + POLICY.drain_within_s + 1)
    assert advance(TOWER, record, late, POLICY, backoff).record.power == "on"
    world.draining = False
    assert advance(TOWER, record, replace(world.seen(), now_s=drains.now_s), POLICY, backoff).record.power == "sleeping"


def test_an_ineligible_node_of_somebody_elses_making_stays_ineligible() -> None:
    world = World(eligible=False, jobs=("web",))
    record = draining(world)
    assert not record.drained
    record = step(world, record).record
    world.superfluous = False
    assert run(world, record, 5).power == "on"
    assert (world.eligible, world.draining) == (False, False)


def test_the_machine_itself_may_refuse_at_the_last_moment() -> None:
    world = World()
    record = step(world, draining(world)).record
    record = replace(record, power="sleeping", sequence=7, attempts=1, next_try_s=world.now_s + 60)
    world.obeyed, world.refused, world.eligible = 7, "a person sits at it", False
    made = step(world, record)
    assert (made.record.power, made.record.reason) == ("on", "stays on: a person sits at it")
    assert world.eligible


def test_an_order_that_isnt_obeyed_yet_is_called_off_when_a_person_comes() -> None:
    world = World(power=True, eligible=False, keep_awake=("ssh from 10.0.0.1",))
    record = Record("tower", "sleeping", world.now_s, by="plan", drained=True, sequence=3, attempts=1, next_try_s=world.now_s + 60)
    made = step(world, record)
    assert made.record.power == "on"
    order, release = made.effects
    assert isinstance(order, SendOrder)
    assert (order.order.kind, order.order.sequence == made.record.sequence > 3) == ("none", True)
    assert release == Release("id", eligible=True)


def test_work_is_let_in_only_once_an_order_to_sleep_cannot_be_obeyed_any_more() -> None:
    """Whoever called it off may have been killed before that was written, and the program may not have heard it."""
    world = World(power=True, eligible=False, keep_awake=("ssh from 10.0.0.1",))
    asked = Record("tower", "sleeping", world.now_s, by="plan", drained=True, sequence=3, attempts=1, next_try_s=world.now_s + 60)
    back = step(world, replace(asked, boot_id="boot1"), lost=True)
    assert [type(it) for it in back.effects] == [SendOrder]
    again = step(world, back.record, lost=True)
    assert (again.record.power, again.record.sequence) == ("on", back.record.sequence)
    (called_off,) = again.effects
    assert isinstance(called_off, SendOrder)
    assert (called_off.order.kind, called_off.order.sequence) == ("none", back.record.sequence)
    assert not world.eligible

    expired = advance(TOWER, back.record, replace(world.seen(), now_s=asked.next_try_s), POLICY, backoff)
    assert expired.effects == (Release("id", eligible=True),)
    step(world, back.record)  # this time it is heard
    assert step(world, back.record).effects == (Release("id", eligible=True),)


def test_orders_that_were_never_obeyed_are_called_off_at_last() -> None:
    """Its clock may be behind: what has expired for us may hold for it."""
    world = World(power=True, eligible=False)
    deaf = Record("tower", "sleeping", 900.0, by="plan", drained=True, sequence=3, boot_id="boot1", attempts=3, next_try_s=world.now_s)
    made = step(world, deaf)
    assert made.record.reason == "didn't obey 3 orders to sleep"
    called_off, release = made.effects
    assert isinstance(called_off, SendOrder)
    assert (called_off.order.kind, called_off.order.sequence == made.record.sequence > 3) == ("none", True)
    assert release == Release("id", eligible=True)


def test_a_machine_that_doesnt_come_is_given_up_in_time_and_left_out_for_longer_each_time() -> None:
    world = World(power=False, answers=False, eligible=False)
    record, pauses = Record("tower", "asleep", 900.0, drained=True), []
    for _ in range(3):
        begun = world.now_s
        record = intend_wake(record, "work waits", "plan", begun).record
        while record.power == "waking":
            record = step(world, record).record
        assert record.power == "failed"
        assert record.failed_s - begun <= wake_within_s(TOWER) + 5
        pauses.append(record.out_until_s - record.failed_s)
    assert pauses == [300.0, 600.0, 1200.0]
    assert record.failures == 3
    assert world.packets >= 9


def test_one_that_comes_late_is_adopted() -> None:
    world = World(power=True, eligible=False)
    late = Record("tower", "failed", 900.0, failures=2, failed_s=900.0, out_until_s=9e9, drained=True)
    record = run(world, late, 3)
    assert (record.power, record.reason, record.failures, record.out_until_s) == ("on", "came late", 0, 0.0)
    assert world.eligible


def test_one_that_somebody_switches_on_is_adopted_and_one_switched_off_is_asleep() -> None:
    world = World(power=True, eligible=False)
    record = run(world, Record("tower", "asleep", 900.0, drained=True), 3)
    assert (record.power, record.reason, record.by) == ("on", "came on by itself", "itself")
    world.power, world.lost_at_s = False, 0.0
    assert run(world, record, 3).reason == "went off by itself"


@pytest.mark.parametrize(
    ("power", "obeyed", "missed_for_s", "after"),
    [
        ("on", 0, 5.0, "on"),
        ("on", 0, 60.0, "asleep"),
        ("draining", 0, 5.0, "draining"),
        ("draining", 0, 60.0, "asleep"),
        ("sleeping", 6, 5.0, "sleeping"),
        ("sleeping", 6, 60.0, "asleep"),
        ("sleeping", 7, 5.0, "asleep"),
    ],
)
def test_one_that_is_just_missed_may_be_cut_off_with_others(power: PowerState, obeyed: int, missed_for_s: float, after: str) -> None:
    """Those are missed a little later. One that said that it obeys is asleep."""
    world = World()
    seen = world.seen()
    node = Node("id", "tower", status="down", changed_s=seen.now_s - missed_for_s)
    seen = replace(seen, node=node, report=Report("tower", seen.now_s, "boot", obeyed=obeyed))
    assert advance(TOWER, Record("tower", power, 900.0, sequence=7), seen, POLICY, backoff).record.power == after


@pytest.mark.parametrize(("ready", "power"), [(True, "on"), (False, "asleep")])
def test_the_first_record_is_as_it_is_found(ready: bool, power: str) -> None:
    seen = replace(World().seen(), node=Node("id", "tower", status="ready" if ready else "down"))
    assert first_record(TOWER, seen).power == power


def test_nothing_seen_of_its_program_means_no_sleep() -> None:
    world = World()
    seen = replace(world.seen(), report=None)
    made = advance(TOWER, draining(world), seen, POLICY, backoff)
    assert made.record.reason == "stays on: its program doesn't report"


def test_a_suspended_machine_that_wakes_before_nomad_missed_it_is_on() -> None:
    world = World(eligible=False)
    record = Record("tower", "sleeping", world.now_s, by="plan", drained=True, sequence=5, attempts=1, next_try_s=world.now_s + 60)
    world.obeyed = 5
    record = run(world, record, 80)
    assert (record.power, record.reason) == ("on", "came back before Nomad missed it")
    assert world.eligible


def test_one_that_is_switched_on_again_at_once_says_so_by_its_boot() -> None:
    """It takes work again as soon as its program has reported, not when Nomad should have missed it."""
    world = World(eligible=False, boots=2, obeyed=5)
    record = Record("tower", "sleeping", world.now_s, by="plan", drained=True, sequence=5, attempts=1, next_try_s=world.now_s + 60)
    made = step(world, replace(record, boot_id="boot1"))
    assert (made.record.power, made.record.by, made.record.reason) == ("on", "itself", "came back before Nomad missed it")
    assert made.record.on_since_s == made.record.since_s
    assert world.eligible
    assert step(world, replace(record, boot_id="boot2")).record.power == "sleeping"


def test_packets_are_sent_again_with_growing_pauses() -> None:
    world = World(power=False, answers=False)
    record = intend_wake(Record("tower", "asleep", 900.0), "w", "plan", world.now_s).record
    sent = []
    while record.power == "waking":
        made = step(world, record)
        sent += [world.now_s for effect in made.effects if isinstance(effect, Wake)]
        record = made.record
    gaps = [after - before for before, after in itertools.pairwise(sent)]
    assert gaps == sorted(gaps)
    assert len(sent) >= 4


def test_what_is_remembered_is_the_node_as_it_will_be_again() -> None:
    world = World(eligible=False)
    seen = world.seen()
    record = advance(TOWER, ON, seen, POLICY, backoff).record
    assert record.remembered is not None
    assert (record.remembered.eligible, record.remembered.status) == (True, "ready")
    again = advance(TOWER, record, replace(seen, now_s=seen.now_s + 60), POLICY, backoff)
    assert again.record == record


def test_a_report_that_speaks_against_it_stops_the_drain() -> None:
    world = World(jobs=("web",))
    for report in (
        Report("tower", 0, "b", keep_awake=("a backup runs",)),
        Report("tower", 0, "b", stay_until_s=world.now_s + 100),
    ):
        made = advance(TOWER, draining(world), replace(world.seen(), report=report), POLICY, backoff)
        assert made.record.power == "on"


def test_a_report_from_before_the_last_power_off_counts_for_nothing() -> None:
    world = World()
    record = replace(ON, boot_id="boot1", sequence=7)
    world.obeyed = 7
    node = world.seen().node
    assert node is not None
    asked = intend_sleep(record, node, "nothing needs it", "plan", world.now_s).record
    made = step(world, asked)
    assert (made.record.power, made.record.reason) == ("on", "stays on: its program hasn't reported since it came on")
    world.boots = 2  # it reports again
    assert step(world, asked).record.power == "draining"
