"""Whoever steers may be killed between writing a step down and doing it, any number of times: the end is the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from simulacra.act.power import intend_sleep, intend_wake
from simulacra.model.journal import Record
from tests.power_world import World, run

ON = Record("tower", "on", 900.0, on_since_s=900.0)
killed = st.frozensets(st.integers(0, 40))


@settings(max_examples=300)
@given(killed)
def test_a_machine_falls_asleep_whatever_is_interrupted(lost: frozenset[int]) -> None:
    world = World(jobs=("web",))
    node = world.seen().node
    assert node is not None
    asked = intend_sleep(ON, node, "nothing needs it", "plan", world.now_s).record

    end = run(world, asked, lost=lost)

    assert (end.power, world.power, world.told_while_busy) in (("asleep", False, 0), ("on", True, 0))
    assert len(world.orders) <= 1
    if end.power == "on":  # three orders in a row were lost: it stays on, takes work again, and isn't asked for a while
        assert (world.eligible, world.draining) == (True, False)
        assert end.out_until_s > end.failed_s > 0


@settings(max_examples=300)
@given(killed)
def test_a_machine_is_woken_and_takes_work_again_whatever_is_interrupted(lost: frozenset[int]) -> None:
    world = World(power=False, eligible=False)
    asleep = Record("tower", "asleep", 900.0, drained=True)

    end = run(world, intend_wake(asleep, "work waits", "plan", world.now_s).record, lost=lost)

    if end.power == "on":
        assert (world.power, world.eligible, world.draining) == (True, True, False)
        assert (end.drained, end.failures) == (False, 0)
    else:  # every packet in its time was lost: given up, and left out until it may be tried again
        assert (end.power, end.failures) == ("asleep", 1)
        assert world.packets == 0


@settings(max_examples=300)
@given(killed, st.integers(0, 60))
def test_a_person_who_sits_down_keeps_the_machine_on_or_finds_it_asleep(lost: frozenset[int], when: int) -> None:
    world = World(jobs=("web",))
    node = world.seen().node
    assert node is not None
    record = intend_sleep(ON, node, "nothing needs it", "plan", world.now_s).record
    record = run(world, record, when, lost)
    was_off = not world.power
    world.keep_awake = ("a person sits at it",)

    end = run(world, record, 200, lost)

    assert world.power is not was_off
    assert end.power == ("asleep" if was_off else "on")
    if world.power:
        assert (world.eligible, world.draining) == (True, False)
