"""A person's wishes: machines woken, put to sleep, held and tried out, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from steered_world import GRID, SteeredWorld

from simulacra.cli.show_power import on_already, verdict
from simulacra.cli.wake_trial import Trial, candidates, try_out
from simulacra.faults import Refusal, Usage
from simulacra.model.journal import Record
from simulacra.model.machine import Machine, Rent, Sleep, WakeLan
from simulacra.model.plan import Judged, Plan

OBSERVED = replace(GRID, mode="observe")


def grid_with(name: str, **more: object) -> object:
    machines = tuple(replace(it, **more) if it.name == name else it for it in GRID.machines)  # type: ignore[arg-type]
    return replace(GRID, machines=machines)


# waking


def test_a_sleeper_is_woken_and_kept_on_for_a_while() -> None:
    world = SteeredWorld().off("tower")
    switching = world.switching()
    assert switching.wake(["tower"], 3600.0) == ("tower",)
    assert world.records["tower"].held_until_s == world.now_s + 3600
    (outcome,) = switching.woken(["tower"])
    assert outcome.reached
    assert world.told == ["tower waking", "tower on"]
    assert [(it.before, it.after, it.by) for it in world.entries] == [("asleep", "waking", "a person"), ("waking", "on", "a person")]
    assert verdict(outcome).startswith("tower is on, after ")
    assert world.worlds["tower"].eligible
    assert not world.records["tower"].drained


def test_one_that_is_on_already_is_only_held() -> None:
    world = SteeredWorld()
    assert world.switching().wake(["tower"], 3600.0) == ()
    record = world.records["tower"]
    assert record.held_until_s == world.now_s + 3600
    assert world.entries == []
    said = on_already(GRID, "tower", record, world.now_s)
    assert re.match(r"tower is on already, and is kept so until \d\d:\d\d; `simulacra sleep tower` or ", said)
    assert on_already(GRID, "tower", record, world.now_s + 3600) == on_already(GRID, "tower", None, 0.0) == "tower is on already"


@pytest.mark.parametrize("by", ["plan", "itself", ""])
def test_one_that_was_on_when_it_was_to_be_woken_may_be_put_to_sleep_by_who_wanted_it(by: str) -> None:
    world = SteeredWorld()
    world.records["tower"] = Record("tower", by=by)
    switching = world.switching()
    switching.wake(["tower"], 3600.0)
    assert switching.sleep(["tower"]) == ("tower",)
    assert switching.put_to_sleep(["tower"])[0].reached
    assert world.records["tower"].held_until_s == 0.0


def test_a_hold_that_lasts_longer_is_not_cut_short_by_waking_and_stays_that_ones() -> None:
    world = SteeredWorld()
    switching = world.switching()
    until_s = switching.hold("tower", world.now_s + 7200).held_until_s
    switching.wake(["tower"], 3600.0)
    assert world.records["tower"].held_until_s == until_s
    assert "a person holds it; `simulacra hold tower --release` ends that" in against(world)


def test_for_no_time_at_all_nothing_is_held() -> None:
    world = SteeredWorld().off("tower")
    world.switching().wake(["tower"], 0.0)
    assert world.records["tower"].held_until_s == 0.0


def test_one_that_does_not_answer_is_told_to_have_failed() -> None:
    world = SteeredWorld().off("tower")
    world.worlds["tower"].answers = False
    switching = world.switching()
    switching.wake(["tower"], 3600.0)
    (outcome,) = switching.woken(["tower"])
    assert not outcome.reached
    assert world.records["tower"].held_until_s == 0.0
    assert "tower is failed after" in verdict(outcome)
    assert "didn't come within 70 s" in verdict(outcome)


def test_one_that_is_being_emptied_is_called_back() -> None:
    world = SteeredWorld()
    world.worlds["tower"].jobs = ("web",)
    switching = world.switching(force=True)
    switching.sleep(["tower"])
    assert world.powers("tower") == ["draining"]
    assert switching.wake(["tower"], 3600.0) == ("tower",)
    (outcome,) = switching.woken(["tower"])
    assert outcome.reached
    assert world.records["tower"].reason == "stays on: a person holds it"


def test_one_that_has_just_fallen_asleep_is_woken_after_that() -> None:
    world = SteeredWorld()
    switching = world.switching()
    switching.sleep(["tower"])
    while world.worlds["tower"].power:
        world.step()
        world.pause(1)
    switching.wake(["tower"], 3600.0)
    (outcome,) = switching.woken(["tower"])
    assert outcome.reached
    assert [it.after for it in world.entries] == ["draining", "sleeping", "asleep", "waking", "on"]


def test_where_nobody_steps_it_is_said_to_be_under_way() -> None:
    world = SteeredWorld(leads=False).off("tower")
    world.worlds["tower"].answers = False
    switching = world.switching()
    switching.wake(["tower"], 0.0)
    (outcome,) = switching.woken(["tower"])
    assert (outcome.reached, outcome.at_rest) == (False, False)
    assert "is still waking after" in verdict(outcome)


def test_a_packet_that_nobody_can_send_is_refused_but_may_be_forced() -> None:
    world = SteeredWorld().off("desk")
    with pytest.raises(Refusal, match=r"no machine that could send its magic packet is on in zone office; .*doctor(.|\n)*--force"):
        world.switching().wake(["desk"], 0.0)
    assert world.powers("desk") == ["asleep"]
    world.switching(force=True).wake(["desk"], 0.0)
    assert world.powers("desk") == ["waking"]


def test_a_command_needs_nobody_in_the_zone() -> None:
    world = SteeredWorld().off("plug", "tower", "desk")
    world.worlds["nas"].power = False
    switching = world.switching()
    switching.wake(["plug"], 0.0)
    assert switching.woken(["plug"])[0].reached


@pytest.mark.parametrize(
    ("name", "action", "words"),
    [
        ("nas", "wake", r'nas can\'t be woken: its definition in grid trial has no wake block; add wake "lan" \{ mac = '),
        ("towr", "wake", "grid trial has no machine towr. Did you mean 'tower'?"),
        ("bare", "sleep", r"bare can't be put to sleep: .* has no sleep block; add sleep \{\}"),
    ],
)
def test_what_is_not_defined_is_said_with_what_to_define(name: str, action: str, words: str) -> None:
    world = SteeredWorld(replace(GRID, machines=(*GRID.machines, Machine("bare", "attic", wake=WakeLan("52:54:00:00:00:09")))))
    switching = world.switching()
    with pytest.raises(Usage, match=words):
        switching.wake([name], 0.0) if action == "wake" else switching.sleep([name])


# a grid that only observes


def test_a_grid_that_only_observes_is_not_touched_unless_insisted_on() -> None:
    world = SteeredWorld(OBSERVED).off("tower")
    for act in (lambda: world.switching().wake(["tower"], 0.0), lambda: world.switching().sleep(["plug"])):
        with pytest.raises(Refusal, match=r'grid trial only observes: set mode = "act" .*--anyway'):
            act()
    assert world.entries == []


def test_whoever_insists_has_it_carried_out_also_by_one_who_only_observes() -> None:
    world = SteeredWorld(OBSERVED).off("tower")
    switching = world.switching(anyway=True)
    switching.wake(["tower"], 0.0)
    assert switching.woken(["tower"])[0].reached
    switching.sleep(["tower"])
    assert switching.put_to_sleep(["tower"])[0].reached


# putting to sleep


def test_an_idle_machine_is_put_to_sleep() -> None:
    world = SteeredWorld()
    switching = world.switching()
    assert switching.sleep(["tower"]) == ("tower",)
    (outcome,) = switching.put_to_sleep(["tower"])
    assert outcome.reached
    assert [it.after for it in world.entries] == ["draining", "sleeping", "asleep"]
    assert world.switching().sleep(["tower"]) == ()


def against(world: SteeredWorld, name: str = "tower", *, force: bool = False) -> str:
    with pytest.raises(Refusal) as refused:
        world.switching(force=force).sleep([name])
    assert world.entries == []
    return str(refused.value)


def test_a_person_at_it_has_the_last_word() -> None:
    world = SteeredWorld()
    world.worlds["tower"].keep_awake = ("ada is at it",)
    assert against(world) == "tower isn't put to sleep:\n  ada is at it; the machine itself has the last word on that"
    assert "ada" in against(world, force=True)


def test_batch_work_is_waited_for_unless_forced() -> None:
    world = SteeredWorld(batch={"tower": ("sums",)})
    world.worlds["tower"].jobs = ("sums",)
    assert "it runs batch work: sums" in against(world)
    assert world.switching(force=True).sleep(["tower"]) == ("tower",)


def test_what_never_sleeps_does_not_even_if_forced() -> None:
    assert "never_sleeps" in against(SteeredWorld(servers=()), "nas", force=True)


def test_the_servers_keep_their_quorum_and_say_who_they_are() -> None:
    world = SteeredWorld(servers=("desk", "nas", "tower"))
    assert world.switching().sleep(["desk"]) == ("desk",)
    world.entries.clear()
    said = against(world, force=True)
    assert "would lose their quorum: 3 of 3 servers are alive (desk, nas, tower)" in said


def test_what_the_plan_needs_it_for_may_be_overridden() -> None:
    judged = Judged("tower", "on", ("web has no other place",), superfluous=False)
    world = SteeredWorld(plan=Plan(machines=(judged,)))
    assert against(world) == "tower isn't put to sleep:\n  web has no other place\n  --force overrides that"
    assert world.switching(force=True).sleep(["tower"]) == ("tower",)


def test_a_hold_is_heeded_unless_forced_and_whoever_woke_it_may_put_it_back() -> None:
    world = SteeredWorld()
    world.switching().hold("tower", world.now_s + 3600)
    assert "a person holds it; `simulacra hold tower --release` ends that" in against(world)
    assert world.switching(force=True).sleep(["tower"]) == ("tower",)
    assert world.records["tower"].held_until_s == 0.0
    world = SteeredWorld().off("tower")
    switching = world.switching()
    switching.wake(["tower"], 3600.0)
    assert switching.woken(["tower"])[0].reached
    switching.sleep(["tower"])
    assert switching.put_to_sleep(["tower"])[0].reached


def test_a_hold_that_came_with_waking_is_kept_where_it_may_not_sleep() -> None:
    world = SteeredWorld().off("tower")
    switching = world.switching()
    switching.wake(["tower"], 3600.0)
    switching.woken(["tower"])
    held = world.records["tower"].held_until_s
    world.worlds["tower"].keep_awake = ("ada is at it",)
    with pytest.raises(Refusal, match="ada"):
        switching.sleep(["tower"])
    assert world.records["tower"].held_until_s == held


def test_one_that_is_being_woken_is_not_put_to_sleep() -> None:
    world = SteeredWorld().off("tower")
    switching = world.switching()
    switching.wake(["tower"], 0.0)
    with pytest.raises(Refusal, match="being woken"):
        switching.sleep(["tower"])


# holding


def test_a_hold_survives_others_who_write() -> None:
    world = SteeredWorld(conflicts=3)
    assert world.switching().hold("tower", 20_000.0).held_until_s == 20_000.0
    assert world.switching().hold("tower", 0.0).held_until_s == 0.0
    world.conflicts = 99
    with pytest.raises(Refusal, match="somebody else"):
        world.switching().hold("tower", 20_000.0)


def test_what_is_never_switched_is_not_held() -> None:
    world = SteeredWorld(replace(GRID, machines=(Machine("phone", "attic"),)), servers=())
    with pytest.raises(Usage, match="never switched"):
        world.switching().hold("phone", 20_000.0)


# the self-test


def test_each_is_tried_out_and_put_back_as_it_was() -> None:
    world = SteeredWorld().off("plug")
    trials = list(try_out(world.switching(), ["plug", "tower"]))
    assert [(it.machine, it.relay, it.tries, it.failed) for it in trials] == [
        ("plug", "its command", 4, None),
        ("tower", "nas", 4, None),
    ]
    assert [it.seconds for it in trials] == [30.0, 30.0]
    world.step()
    assert world.powers("plug", "tower") == ["asleep", "on"]


def test_one_that_does_not_wake_has_failed_and_the_others_are_tried() -> None:
    world = SteeredWorld().off("plug", "tower")
    world.worlds["plug"].answers = False
    plug, tower = try_out(world.switching(), ["plug", "tower"])
    assert plug.failed is not None
    assert plug.failed.startswith("didn't wake: didn't come within 70 s")
    assert (plug.seconds, tower.failed) == (None, None)


def test_who_may_not_sleep_now_is_left_out_with_the_reason() -> None:
    world = SteeredWorld(grid_with("plug", sleep=None)).off("desk")  # type: ignore[arg-type]
    world.worlds["tower"].keep_awake = ("ada is at it",)
    tried, left = candidates(world.look())
    assert tried == ()
    assert left == (
        ("desk", "no machine that could send its magic packet is on in zone office"),
        ("plug", "no sleep block says how to put it to sleep again"),
        ("tower", "ada is at it"),
    )
    (trial,) = try_out(world.switching(), ["tower"])
    assert trial == Trial("tower", failed="not tried: ada is at it")


def test_no_server_is_rented_to_try_it_out() -> None:
    seen = SteeredWorld().off("plug").look()
    slot = Machine("burst-small-1", "office", wake=Rent("burst", "small"), sleep=Sleep("destroy"))
    rented = replace(seen, grid=replace(seen.grid, machines=(*seen.grid.machines, slot)))
    assert candidates(rented) == candidates(seen)


def test_only_what_can_be_woken_and_put_to_sleep_is_tried() -> None:
    with pytest.raises(Usage, match="no wake block"):
        SteeredWorld(grid_with("nas", sleep=Sleep())).switching().checked("nas")  # type: ignore[arg-type]
