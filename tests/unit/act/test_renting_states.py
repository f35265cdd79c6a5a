"""Single transitions of a rented machine's state machine, one case each; and ways through it in a world of its own."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest

from simulacra.act.power import first_record, intend_sleep, intend_wake
from simulacra.act.renting import CREATED_AGAIN_S, DESTROYED_AGAIN_S, SOMEBODY_ELSES_AFTER_S, advance_rented, creation_of
from simulacra.act.steps import Create, Destroy, Drain, Release, Seen, Step
from simulacra.act.transitions import wake_within_s
from simulacra.model.cloud import ServerState
from simulacra.model.cluster import Node
from simulacra.model.journal import A_PERSON, Record, Report
from simulacra.model.ledger import Tenancy
from simulacra.model.machine import Machine, Rent, Sleep
from simulacra.model.plan import Judged
from simulacra.model.settings import Power
from tests.power_world import backoff
from tests.rented_world import BOOT_S, SLOT, World, run, step

NOW = 1_700_049_600.0
MACHINE = Machine(SLOT, "cloud", "server", boot_time_s=30.0, wake=Rent("burst", "small"), sleep=Sleep("destroy"))
POLICY = Power(drain_within_s=300.0)
WITHIN_S = wake_within_s(MACHINE)
READY = Node("id-1", SLOT)
DOWN = Node("id-1", SLOT, status="down", changed_s=NOW - 1000)
DRAINED = replace(READY, eligible=False)
CUT_OFF = replace(DOWN, status="disconnected")
FREE = Judged(SLOT, "on", ("nothing runs on it",), superfluous=True, counted=True)
NEEDED = replace(FREE, superfluous=False, reasons=("a job waits",))
LEAVES = replace(FREE, superfluous=True, leave="the month's budget of cloud burst doesn't pay for it any longer")
WAKING = Record(SLOT, "waking", NOW - 20, "for web", "plan")
ON = Record(SLOT, "on", NOW - 500, "for web; it took 30 s", "plan", on_since_s=NOW - 500)
DRAINING = Record(SLOT, "draining", NOW - 20, "nothing runs on it", "plan", drained=True)
SLEEPING = Record(SLOT, "sleeping", NOW - 20, "nothing runs on it", "plan", drained=True)
ASLEEP = Record(SLOT, "asleep", NOW - 500, "nothing runs on it", "plan")
FAILED = Record(SLOT, "failed", NOW - 20, "the quota is used up", "itself", failures=1, failed_s=NOW - 20, out_until_s=NOW + 280)
HERS = Report(SLOT, NOW, "boot", keep_awake=("ssh from 10.0.0.1",))


def server(number: int = 1, since_s: float = NOW - 100, state: ServerState = "running") -> Tenancy:
    return Tenancy(f"i-{number}", SLOT, "small", since_s, state, Decimal("0.02"))


def seen(node: Node | None = READY, judged: Judged = NEEDED, **more: object) -> Seen:
    """Its one server runs, as its provider has just listed, unless told otherwise."""
    return replace(Seen(NOW, node, None, judged, servers=(server(),), listed_s=NOW - 1), **more)  # type: ignore[arg-type]


def advanced(record: Record, it: Seen) -> Step:
    return advance_rented(MACHINE, record, it, POLICY, backoff)


def stays(record: Record, it: Seen) -> bool:
    made = advanced(record, it)
    return made.record.power == record.power and not made.effects and not made.entries


CASES: dict[str, tuple[Record, Seen, str, str]] = {
    # asleep
    "found on": (ASLEEP, seen(), "on", "a server of it was found on"),
    "a server that nobody wrote down": (
        ASLEEP,
        seen(None, servers=(server(since_s=NOW - 50),)),
        "waking",
        "a server of it was found that nobody had written down",
    ),
    "the same too late": (
        ASLEEP,
        seen(None, servers=(server(since_s=NOW - WITHIN_S - 1),)),
        "sleeping",
        "a server of it was found that never joined",
    ),
    # waking
    "it joins": (WAKING, seen(), "on", "for web; it took 20 s"),
    "it is refused": (WAKING, seen(None, servers=(), refused="the quota is used up"), "failed", "the quota is used up"),
    "it doesn't run": (WAKING, seen(None, servers=(server(state="failed"),)), "failed", "its server doesn't run"),
    "it is switched off": (WAKING, seen(None, servers=(server(state="stopped"),)), "failed", "its server doesn't run"),
    "it never comes": (replace(WAKING, since_s=NOW - WITHIN_S - 1), seen(None), "failed", "didn't join within 70 s"),
    "nor is created": (
        replace(WAKING, since_s=NOW - CREATED_AGAIN_S - WITHIN_S - 1),
        seen(None, servers=()),
        "failed",
        "didn't join within 70 s",
    ),
    "the found one is gone": (replace(WAKING, by="itself"), seen(None, servers=()), "asleep", "the server that was found is gone"),
    "nobody can pay for it": (WAKING, seen(None, LEAVES), "sleeping", f"it is given back before it has joined: {LEAVES.leave}"),
    # on
    "the money is at its end": (ON, seen(judged=LEAVES), "draining", f"it is given back: {LEAVES.leave}"),
    "its server is gone": (ON, seen(DOWN, servers=()), "asleep", "its server is gone"),
    "its node is down for long": (ON, seen(DOWN), "failed", "its node is down since 500 s"),
    "somebody has switched it off": (ON, seen(DOWN, servers=(server(state="stopped"),)), "failed", "its server doesn't run"),
    # draining
    "it is empty": (DRAINING, seen(DRAINED, FREE), "sleeping", "nothing runs on it"),
    "it is needed again": (DRAINING, seen(DRAINED, NEEDED), "on", "stays on: a job waits"),
    "a person sits at it": (DRAINING, seen(DRAINED, FREE, report=HERS), "on", "stays on: ssh from 10.0.0.1"),
    "a person wants it on": (
        DRAINING,
        seen(DRAINED, FREE, report=Report(SLOT, NOW, "b", stay_until_s=NOW + 9)),
        "on",
        "stays on: a person pressed `stay awake`",
    ),
    "a person holds it": (replace(DRAINING, held_until_s=NOW + 9), seen(DRAINED, FREE), "on", "stays on: a person holds it"),
    "it isn't empty in time": (
        replace(DRAINING, since_s=NOW - 301),
        seen(DRAINED, FREE, busy=("web",)),
        "on",
        "stays on: it wasn't empty after 300 s, web still there",
    ),
    "the grid only observes now": (DRAINING, seen(DRAINED, FREE, acting=False), "on", "stays on: the grid only observes"),
    "whatever must go": (DRAINING, seen(DRAINED, LEAVES, acting=False), "on", "stays on: the grid only observes"),
    "it goes away by itself": (DRAINING, seen(DOWN, FREE), "sleeping", "nothing runs on it"),
    "it is cut off without work": (DRAINING, seen(CUT_OFF, FREE), "sleeping", "nothing runs on it"),
    "it is switched off with its work": (
        DRAINING,
        seen(CUT_OFF, FREE, busy=("web",), servers=(server(state="stopped"),)),
        "sleeping",
        "nothing runs on it",
    ),
    "the money is at its end and it isn't empty": (
        replace(DRAINING, since_s=NOW - 301),
        seen(DRAINED, LEAVES, busy=("web",)),
        "sleeping",
        "nothing runs on it",
    ),
    "the same where it doesn't answer": (
        replace(DRAINING, since_s=NOW - 301),
        seen(CUT_OFF, LEAVES, busy=("web",)),
        "sleeping",
        "nothing runs on it",
    ),
    "what a person gives back isn't kept for work": (
        replace(DRAINING, by=A_PERSON),
        seen(DRAINED, NEEDED),
        "sleeping",
        "nothing runs on it",
    ),
    # sleeping
    "it is gone": (SLEEPING, seen(DOWN, servers=()), "asleep", "nothing runs on it"),
    "somebody else's node": (
        replace(SLEEPING, since_s=NOW - SOMEBODY_ELSES_AFTER_S - 1),
        seen(DRAINED, servers=()),
        "on",
        "stays on: its cloud has no server of it",
    ),
    # failed
    "another try": (replace(FAILED, out_until_s=NOW), seen(None, servers=()), "asleep", "may be tried again; the quota is used up"),
    "it came, and nobody lists it": (FAILED, seen(servers=()), "on", "came late"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_transition(case: str) -> None:
    record, it, power, reason = CASES[case]
    made = advanced(record, it)
    assert (made.record.power, made.record.reason) == (power, reason)
    assert made.record.since_s == NOW
    (entry,) = made.entries
    assert (entry.machine, entry.before, entry.after, entry.reason) == (SLOT, record.power, power, reason)


STAYS: dict[str, tuple[Record, Seen]] = {
    "asleep without a server": (ASLEEP, seen(None, servers=())),
    "a server found while the grid only observes": (ASLEEP, seen(None, acting=False)),
    "its server boots": (WAKING, seen(None)),
    "it is asked for again later": (replace(WAKING, next_try_s=NOW + 1), seen(None, servers=())),
    "nothing is created while the grid only observes": (WAKING, seen(None, servers=(), acting=False)),
    "the found one may still be listed": (replace(WAKING, by="itself", since_s=NOW), seen(None, servers=(), listed_s=NOW)),
    "it is given back later in a grid that only observes": (ON, seen(judged=LEAVES, acting=False)),
    "its node is joining": (ON, seen(replace(READY, status="initializing"))),
    "its node is cut off with its work": (ON, seen(CUT_OFF, busy=("web",))),
    "its zone is": (ON, seen(DOWN, cut_off=True)),
    "its node is down for a moment": (ON, seen(replace(DOWN, changed_s=NOW - WITHIN_S))),
    "no listing yet says that it is gone": (ON, seen(DOWN, servers=(), listed_s=ON.since_s)),
    "Nomad empties it": (DRAINING, seen(replace(DRAINED, draining=True), FREE, busy=("web",))),
    "it must go, and is being emptied": (DRAINING, seen(replace(DRAINED, draining=True), LEAVES, busy=("web",))),
    "it doesn't answer while it is emptied": (DRAINING, seen(CUT_OFF, FREE, busy=("web",))),
    "destroyed a moment ago": (replace(SLEEPING, next_try_s=NOW + 1), seen(DRAINED)),
    "not while the grid only observes": (SLEEPING, seen(DRAINED, acting=False)),
    "its node still answers": (SLEEPING, seen(DRAINED, servers=())),
    "no listing yet": (SLEEPING, seen(DOWN, servers=(), listed_s=SLEEPING.since_s)),
    "left out": (FAILED, seen(None, servers=())),
    "no listing since it failed": (replace(FAILED, out_until_s=NOW), seen(None, servers=(), listed_s=FAILED.failed_s)),
}


@pytest.mark.parametrize("case", STAYS)
def test_nothing_is_done(case: str) -> None:
    assert stays(*STAYS[case])


def test_a_creation_has_its_name_from_when_it_was_asked_for() -> None:
    made = advanced(WAKING, seen(None, servers=()))
    assert made.effects == (Create(SLOT, f"{SLOT}-1700049580000"),)
    then = NOW + CREATED_AGAIN_S + backoff(1)
    assert (made.record.attempts, made.record.next_try_s) == (1, then)
    patient = replace(MACHINE, boot_time_s=300.0)
    unlisted, listed = (seen(None, servers=(), now_s=then, listed_s=then - late_s) for late_s in (1, 0))
    assert advance_rented(patient, made.record, unlisted, POLICY, backoff).effects == ()  # it may have been made after that listing
    again = advance_rented(patient, made.record, listed, POLICY, backoff)
    assert again.effects == made.effects
    assert (again.record.attempts, again.record.next_try_s) == (2, then + CREATED_AGAIN_S + backoff(2))
    assert creation_of(replace(WAKING, since_s=NOW - 19.999)) != creation_of(WAKING)


def test_a_server_is_emptied_before_it_is_destroyed() -> None:
    made = advanced(DRAINING, seen(READY, FREE))
    assert (made.record, made.effects) == (DRAINING, (Drain("id-1"),))
    busy = advanced(DRAINING, seen(DRAINED, FREE, busy=("web",)))
    assert busy.effects == (Drain("id-1"),)
    empty = advanced(DRAINING, seen(DRAINED, FREE))
    assert empty.effects == (Destroy(SLOT, ("i-1",)),)


def test_its_destruction_is_asked_for_again_until_it_is_gone() -> None:
    first = advanced(DRAINING, seen(DRAINED, FREE))
    assert (first.record.attempts, first.record.next_try_s) == (1, NOW + DESTROYED_AGAIN_S)
    again = advanced(first.record, seen(DRAINED, NEEDED, now_s=NOW + DESTROYED_AGAIN_S, listed_s=NOW + 29))
    assert (again.record.power, again.effects) == ("sleeping", (Destroy(SLOT, ("i-1",)),))


def test_both_servers_of_a_slot_are_destroyed() -> None:
    made = advanced(DRAINING, seen(DRAINED, replace(LEAVES, leave="two servers of its slot run"), servers=(server(1), server(2))))
    assert made.effects == (Destroy(SLOT, ("i-1", "i-2")),)


def test_what_joins_after_it_has_failed_takes_no_work_and_goes() -> None:
    """Once its destruction was asked for: before that it is as good as any."""
    asked = replace(FAILED, attempts=1, next_try_s=NOW - 1)
    made = advanced(asked, seen())
    assert (made.record.power, made.record.drained, made.effects) == ("failed", True, (Drain("id-1"), Destroy(SLOT, ("i-1",))))
    assert advanced(asked, seen(DRAINED)).effects == (Destroy(SLOT, ("i-1",)),)
    assert advanced(asked, seen(acting=False)).effects == ()
    assert (advanced(FAILED, seen()).record.power, advanced(FAILED, seen()).effects) == ("on", ())


def test_what_joins_while_it_is_being_destroyed_takes_no_work() -> None:
    waits = replace(SLEEPING, drained=False, attempts=1, next_try_s=NOW + 10)
    made = advanced(waits, seen())
    assert (made.record.power, made.record.drained, made.effects) == ("sleeping", True, (Drain("id-1"),))
    assert stays(made.record, seen(DRAINED))


def test_the_next_server_of_a_slot_is_another_node_which_nobody_has_drained() -> None:
    made = advanced(SLEEPING, seen(DOWN, servers=()))
    assert (made.record.drained, made.record.attempts, made.record.next_try_s) == (False, 0, 0.0)


def test_it_takes_work_again_when_it_stays_after_all() -> None:
    made = advanced(DRAINING, seen(replace(DRAINED, draining=True), NEEDED))
    assert made.effects == (Release("id-1", eligible=True),)
    lost = advanced(made.record, seen(replace(DRAINED, draining=True), NEEDED))
    assert lost.effects == (Release("id-1", eligible=True),)
    assert not advanced(lost.record, seen(READY, NEEDED)).record.drained


def test_what_somebody_else_has_made_ineligible_stays_so() -> None:
    record = intend_sleep(ON, DRAINED, "nothing runs on it", "plan", NOW - 20).record
    assert advanced(record, seen(DRAINED, NEEDED)).effects == ()


def test_failures_are_left_out_for_longer_each_time_and_forgiven_when_one_comes() -> None:
    record, pauses = ASLEEP, []
    for _ in range(3):
        record = intend_wake(record, "for web", "plan", NOW).record
        record = advanced(record, seen(None, servers=(), refused="no")).record
        pauses.append(record.out_until_s - record.failed_s)
    assert pauses == [300.0, 600.0, 1200.0]
    came = advanced(intend_wake(record, "for web", "plan", NOW).record, seen()).record
    assert (came.failures, came.out_until_s) == (0, 0.0)


@pytest.mark.parametrize(("node", "power"), [(READY, "on"), (DOWN, "asleep"), (None, "asleep")])
def test_the_first_record_is_as_it_is_found(node: Node | None, power: str) -> None:
    assert first_record(MACHINE, seen(node)).power == power


def test_what_a_person_began_with_is_carried_on_where_the_grid_only_observes() -> None:
    """Whoever looks says that it may be acted then."""
    made = advanced(replace(WAKING, by=A_PERSON), seen(None, servers=(), acting=True))
    assert isinstance(made.effects[0], Create)


def test_since_when_the_grid_could_do_without_it_is_written_down() -> None:
    marked = advanced(ON, seen(judged=FREE)).record
    assert marked.superfluous_since_s == NOW
    assert advanced(marked, seen(judged=NEEDED)).record.superfluous_since_s == 0.0
    assert marked.remembered is not None
    assert marked.remembered.id == "id-1"


# ways through it


def woken(world: World) -> Record:
    return intend_wake(ASLEEP, "a job waits", "plan", world.now_s).record


def powers(world: World, record: Record, steps: int, plans: bool = True) -> list[str]:
    """The states that it goes through, one after the other."""
    found = [record.power]
    for _ in range(steps):
        record = run(world, record, 1, plans=plans)
        found.append(record.power)
    return [power for power, _ in itertools.groupby(found)]


def test_the_way_to_a_server_and_back() -> None:
    world = World()
    assert powers(world, woken(world), 10) == ["waking", "on"]
    world.needed = False
    assert powers(world, run(world, ON, 1), 40) == ["on", "draining", "sleeping", "asleep"]
    assert (world.there(), world.made) == ([], 1)


def test_one_that_never_joins_is_destroyed_and_tried_again_later() -> None:
    world = World(joins_after_s=(None, BOOT_S))
    assert powers(world, woken(world), 100) == ["waking", "failed", "asleep", "waking", "on"]
    assert world.made == 2
    assert len(world.there()) == 1


def test_one_that_is_refused_costs_nothing() -> None:
    world = World(refuses=True)
    assert powers(world, woken(world), 40) == ["waking", "failed"]
    assert (world.made, world.paid()) == (0, 0)


def test_one_that_somebody_destroys_is_replaced_where_it_is_needed() -> None:
    world = World()
    record = run(world, woken(world), 10)
    world.by_hand()
    assert powers(world, record, 40) == ["on", "asleep", "waking", "on"]
    assert len(world.there()) == 1


def test_one_whose_node_dies_is_destroyed() -> None:
    world = World(dies_after_s=100.0, joins_after_s=(BOOT_S,))
    assert powers(world, woken(world), 60, plans=False) == ["waking", "on", "failed"]
    assert world.there() == []


def test_an_answer_that_was_lost_makes_no_second_server() -> None:
    world = World(answers=False, lags_s=20.0)
    record = run(world, woken(world), 30)
    assert (record.power, world.made, len(world.there())) == ("on", 1, 1)


def test_where_there_are_two_both_go() -> None:
    """Two who steered have each created one, of which neither knew."""
    world = World(lags_s=40.0, tokens=False, answers=False, needed=False)
    world.create("one")
    world.create("two")
    record = run(world, replace(ASLEEP, since_s=world.now_s), 100)
    assert (world.made, record.power, world.there()) == (2, "asleep", [])
    assert record.reason == "it is given back: two servers of its slot run"


def test_the_budget_ends_it_in_time_with_all_its_work() -> None:
    """A cent a minute; 0.30 pay for half an hour."""
    world = World(budget=0.30)
    record = run(world, woken(world), 10)
    for _ in range(400):
        world.jobs, world.draining = ("web",), world.draining and False
        record = step(world, record).record
    assert record.power == "asleep"
    assert world.paid() <= Decimal("0.30")
    assert world.destroyed_busy == [f"sleeping: {record.reason}"]
    assert record.reason.startswith("it is given back: the month's budget of cloud burst doesn't pay for it any longer")


def test_a_slot_that_is_not_defined_any_more_is_emptied_and_goes() -> None:
    world = World()
    record = run(world, woken(world), 10)
    world.jobs, world.retired = ("web",), True
    assert powers(world, record, 40, plans=False)[:3] == ["on", "draining", "sleeping"]
    assert (world.there(), world.destroyed_busy) == ([], [])


def test_what_nobody_wrote_down_is_found_and_given_back_where_nothing_needs_it() -> None:
    """The record was lost, not the server."""
    world = World(needed=False)
    world.create("by-another")
    record = run(world, replace(ASLEEP, since_s=world.now_s), 60, plans=True)
    assert (record.power, world.there()) == ("asleep", [])
