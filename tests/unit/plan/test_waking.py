"""What is woken for work that waits: one scenario for each rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import NODE_PROGRAM, NOON, World, always, by_command, grid_of, job, machine, on_machine

from simulacra.model.machine import QuietHours
from simulacra.model.plan import Plan
from simulacra.model.service import Service
from simulacra.model.settings import Power
from simulacra.model.workload import Constraint, Distinct, PortAsk, Spread
from simulacra.plan.plan import plan

BIG = job("big", memory=8000)
NIGHT = NOON + 11.5 * 3600
QUIET = (QuietHours(23 * 60, 7 * 60),)


def woken(made: Plan) -> list[str]:
    return [it.machine for it in made.wakes]


def home(*machines: object, **more: object) -> World:
    """An always-on nas, a tower of 60 W and a desk of 35 W that sleep; others as given."""
    given = machines or (machine("tower"), machine("desk", 35))
    return World(grid_of(always(), *given, **more)).awake("nas")  # type: ignore[arg-type]


def waiting(made: Plan, name: str) -> str:
    return "; ".join(it.reason for it in made.waiting if it.job == name)


def reasons(made: Plan, name: str) -> str:
    found = made.judged(name)
    assert found is not None
    return "; ".join(found.reasons)


def test_nothing_waits_and_nothing_is_woken() -> None:
    made = home().plan()
    assert (made.actions, made.desired, made.on) == ((), 1, 1)
    assert reasons(made, "tower") == "nothing needs it"


def test_the_cheapest_sleeper_that_fits_is_woken() -> None:
    made = home().waits(BIG).plan()
    assert woken(made) == ["desk"]
    assert (made.desired, made.on) == (2, 1)
    assert made.wakes[0].reason == "for big"
    assert waiting(made, "big") == "waits for desk, which is being woken"
    assert [(it.job, it.machine) for it in made.placed] == [("big", "desk")]


def test_what_no_machine_could_ever_take_is_told_why_though_none_is_asked() -> None:
    """Nothing was placed before, so that no machine was looked at for it."""
    for world in (home(), World(grid_of(always(), machine("tower"))).awake("nas", "tower")):
        made = world.waits(job("boxed", drivers=("docker",))).plan()
        assert woken(made) == []
        assert waiting(made, "boxed") == "no machine has driver docker"


def test_what_fits_on_what_is_on_wakes_nothing() -> None:
    made = home().waits(job("small")).plan()
    assert woken(made) == []
    assert waiting(made, "small") == "fits on nas; Nomad will place it"
    assert "waits for it: small" in reasons(made, "nas")


def test_a_machine_that_is_being_woken_is_capacity() -> None:
    made = home().record("tower", power="waking", since_s=NOON - 60).waits(BIG).plan()
    assert woken(made) == []
    assert (made.on, made.desired) == (2, 2)
    assert waiting(made, "big") == "waits for tower, which is being woken"


def test_what_a_coming_machine_has_no_room_for_wakes_another() -> None:
    world = home().record("tower", power="waking", since_s=NOON - 60).waits(BIG).waits(job("other", memory=12000))
    assert woken(world.plan()) == ["desk"]


def test_two_jobs_that_fit_on_one_sleeper_wake_one() -> None:
    assert woken(home().waits(job("a", memory=7000)).waits(job("b", memory=7000)).plan()) == ["desk"]


def test_two_jobs_that_fit_on_none_together_wake_two() -> None:
    made = home().waits(job("a", memory=9000)).waits(job("b", memory=9000)).plan()
    assert sorted(woken(made)) == ["desk", "tower"]
    assert made.desired == 3


def test_a_job_with_a_constraint_only_one_sleeper_meets_wakes_that_one_and_no_other() -> None:
    assert woken(home().waits(job("picky", memory=100, constraints=(on_machine("tower"),))).plan()) == ["tower"]


def test_another_job_goes_where_a_constraint_wakes_a_machine_anyway() -> None:
    made = home().waits(job("picky", memory=100, constraints=(on_machine("tower"),))).waits(BIG).plan()
    assert woken(made) == ["tower"]
    assert {it.machine for it in made.placed if it.job == "big"} == {"tower"}


def test_the_watts_of_the_set_count_not_those_of_each_machine() -> None:
    """A stick of 20 W is the cheapest machine for each part, but for three parts the tower of 50 W is."""
    world = home(machine("tower", 50, 32000), machine("stick1", 20, 8000), machine("stick2", 20, 8000), machine("stick3", 20, 8000))
    assert woken(world.waits(job("part", memory=7000, count=1)).plan()) == ["stick1"]
    assert woken(world.waits(job("part", memory=7000, count=2)).plan()) == ["stick1", "stick2"]
    assert woken(world.waits(job("part", memory=7000, count=3)).plan()) == ["tower"]


def test_unknown_watts_count_as_a_hundred() -> None:
    assert woken(home(machine("a", None), machine("b", 99)).waits(BIG).plan()) == ["b"]
    assert woken(home(machine("a", None), machine("b", 101)).waits(BIG).plan()) == ["a"]


def test_equal_watts_the_quicker_one_then_by_name() -> None:
    assert woken(home(machine("a", boot_time_s=90), machine("b", boot_time_s=30)).waits(BIG).plan()) == ["b"]
    assert woken(home(machine("b"), machine("a")).waits(BIG).plan()) == ["a"]
    assert woken(home(machine("a"), machine("b")).record("b", boot_took_s=12.0).waits(BIG).plan()) == ["b"]


def test_more_is_placed_before_fewer_watts_and_the_important_first() -> None:
    """Only one of two can be had, since no more than two machines may be on."""
    world = home(machine("tower", attributes=(("gpu", "1"),)), machine("desk", 35), power=Power(machines_max=2))
    gpu = (Constraint("${attr.gpu}", "=", "1"),)
    both = world.waits(job("low", memory=5000, constraints=(on_machine("desk"),), priority=20)).waits(
        job("high", constraints=gpu, priority=80)
    )
    made = both.plan()
    assert woken(made) == ["tower"]
    assert "machines_max" in waiting(made, "low")
    assert made.desired == 2


def test_what_is_going_to_sleep_is_still_on() -> None:
    """A person has sent desk to sleep: until it does, there would be three."""
    world = home(power=Power(machines_max=2)).awake("desk").waits(BIG)
    going = world.record("desk", power="draining", by="a person").node("desk", eligible=False, draining=True)
    assert woken(going.plan()) == []
    assert "machines_max" in waiting(going.plan(), "big")
    assert woken(going.node("desk", status="down").plan()) == ["tower"]


def test_many_sleepers_are_chosen_well_without_trying_all_sets() -> None:
    """Thirty sleepers, among them one that holds all for less than the many small ones."""
    small = [machine(f"s{at:02d}", 20, 4000) for at in range(29)]
    world = home(machine("tower", 90, 64000), *small).waits(job("part", memory=3500, count=10))
    assert woken(world.plan()) == ["tower"]


def test_distinct_hosts_wake_as_many_as_there_are_instances() -> None:
    apart = job("apart", count=2, distincts=(Distinct(""),), memory=5000)
    assert sorted(woken(home().waits(apart).plan())) == ["desk", "tower"]


def test_one_in_each_zone_wakes_one_in_each_zone_that_has_none() -> None:
    grid = grid_of(always(), machine("tower"), always("mini", zone="office"), machine("desk", 35, zone="office"))
    apart = job("apart", count=2, distincts=(Distinct("${meta.simulacra_zone}"),), memory=5000, cpu=10)
    made = World(grid).awake("nas", "mini").waits(apart).plan()
    assert sorted(woken(made)) == ["desk", "tower"]


def test_spread_work_is_placed_too() -> None:
    spread = job("wide", count=2, memory=9000, spreads=(Spread("${node.unique.name}", 100),))
    assert sorted(woken(home().waits(spread).plan())) == ["desk", "tower"]


@pytest.mark.parametrize("kind", ["system", "sysbatch"])
def test_system_jobs_wake_nothing_and_take_room_all_the_same(kind: str) -> None:
    made = home().waits(job("everywhere", memory=8000, type=kind)).plan()
    assert woken(made) == []
    assert "nothing is woken for it" in waiting(made, "everywhere")
    little = home().waits(job("everywhere", memory=2500, type=kind, priority=80))
    assert woken(little.waits(job("half", memory=2000)).plan()) == ["desk"]


@pytest.mark.parametrize(
    ("priorities", "wakes"),
    [
        pytest.param((50, 50), [], id="equal ones come in any order"),
        pytest.param((50, 45), [], id="one that is a little more important pushes nobody out"),
        pytest.param((50, 40), ["tower"], id="the more important one pushes the other out"),
    ],
)
def test_where_not_all_system_jobs_fit_no_room_is_counted_on(priorities: tuple[int, int], wakes: list[str]) -> None:
    """Both fit on the tower, of 4000 MiB, one by one; beside the smaller one there would be room for the work."""
    world = World(grid_of(always(memory=1000), machine("tower", memory=4000))).awake("nas")
    small, large = (job(f"agent{memory}", memory, type="system", priority=it) for memory, it in zip((1900, 3000), priorities, strict=True))
    world = world.knows(small, large).waits(job("work", memory=1900))
    made = world.plan()
    assert woken(made) == wakes
    assert wakes or waiting(made, "work") == "not enough memory: asks 1900 MiB, most free is 0 MiB on tower"


def test_a_service_without_on_demand_wakes_nothing_and_says_so() -> None:
    made = home(services=(Service("big", on_demand=False),)).waits(job("big", memory=8000, definition="big")).plan()
    assert woken(made) == []
    assert waiting(made, "big") == "on_demand = false: it takes what is on, desk and tower are not woken for it"


def test_a_job_of_somebody_else_may_wake() -> None:
    assert woken(home().waits(job("foreign", memory=8000, definition=None)).plan()) == ["desk"]


def test_a_demand_of_an_unknown_job_wakes_nothing() -> None:
    world = home().waits(BIG)
    made = replace(world, jobs=(NODE_PROGRAM,)).plan()
    assert (woken(made), waiting(made, "big")) == ([], "its job isn't known yet")


def test_a_port_conflict_that_no_machine_cures_wakes_nothing_and_says_why() -> None:
    holder = job("holder", ports=(PortAsk("web", 8080),))
    wants = job("wants", memory=10, constraints=(on_machine("nas"),), ports=(PortAsk("web", 8080),))
    world = home().runs(holder, "nas", ports=(("10.0.0.nas", 8080),)).waits(wants)
    made = world.plan()
    assert woken(made) == []
    assert "8080" in waiting(made, "wants")


@pytest.mark.parametrize(
    "impossible",
    [
        job("no", memory=10**6),
        job("no", constraints=(Constraint("${attr.gpu}", "is_set", ""),)),
        job("no", drivers=("qemu",)),
        job("no", node_pool="other"),
    ],
    ids=["too big", "a constraint nobody meets", "a driver nobody has", "a node pool nobody is in"],
)
def test_what_no_machine_could_ever_run_wakes_nothing_and_says_why(impossible: object) -> None:
    made = home().waits(impossible).plan()  # type: ignore[arg-type]
    assert woken(made) == []
    assert waiting(made, "no")


def test_what_can_never_run_does_not_keep_others_from_waking() -> None:
    assert woken(home().waits(job("no", memory=10**6, priority=90)).waits(BIG).plan()) == ["desk"]


def test_a_sleeper_that_may_not_be_woken_says_what_it_would_take() -> None:
    """And only that: what it could never take doesn't need it."""
    held = home(machine("tower")).record("tower", held_until_s=NOON + 60)
    made = held.waits(BIG).waits(job("giant", memory=10**6)).plan()
    assert woken(made) == []
    assert waiting(made, "big") == "nothing is woken for it: tower: a person holds it until 12:01:00"
    assert reasons(made, "tower") == "needed by big, but a person holds it until 12:01:00"
    assert reasons(held.waits(job("giant", memory=10**6)).plan(), "tower") == "nothing needs it; a person holds it until 12:01:00"


class TestBootOrder:
    GRID = (machine("tower", after=("store",)), machine("store", 20, 2000), machine("desk", 35, 4000))

    def test_what_must_be_on_before_is_woken_first(self) -> None:
        made = home(*self.GRID).waits(BIG).plan()
        assert [(it.machine, it.reason) for it in made.wakes] == [("store", "tower needs store first")]
        assert waiting(made, "big") == "waits for tower, it is woken when store is on"
        assert made.desired == 2

    def test_then_the_machine_itself(self) -> None:
        coming = home(*self.GRID).record("store", power="waking", since_s=NOON - 100).waits(BIG)
        assert woken(coming.plan()) == []
        assert woken(home(*self.GRID).awake("store").waits(BIG).plan()) == ["tower"]

    def test_its_watts_count_too(self) -> None:
        """The tower of 60 W with the store of 20 W draws more than another of 75 W."""
        assert woken(home(*self.GRID, machine("other", 75)).waits(BIG).plan()) == ["other"]
        assert woken(home(*self.GRID, machine("other", 85)).waits(BIG).plan()) == ["store"]

    def test_where_it_cannot_be_woken_the_machine_is_no_candidate(self) -> None:
        made = home(*self.GRID).record("store", held_until_s=NOON + 60).waits(BIG).plan()
        assert woken(made) == []
        assert "tower: it needs store first: a person holds it until 12:01:00" in waiting(made, "big")


class TestQuietHours:
    WORLD = home(machine("tower", quiet_hours=QUIET)).at(NIGHT)

    def test_it_is_not_woken_then(self) -> None:
        made = self.WORLD.waits(BIG).plan()
        assert woken(made) == []
        assert waiting(made, "big") == "nothing is woken for it: tower: not before 07:00 (quiet hours)"
        assert reasons(made, "tower") == "needed by big, but not before 07:00 (quiet hours)"
        assert reasons(self.WORLD.plan(), "tower") == "nothing needs it; not before 07:00 (quiet hours)"

    def test_it_is_woken_before_and_after(self) -> None:
        assert woken(self.WORLD.at(NOON).waits(BIG).plan()) == ["tower"]
        assert woken(self.WORLD.at(NIGHT + 8 * 3600).waits(BIG).plan()) == ["tower"]

    def test_local_time_counts(self) -> None:
        grid = replace(self.WORLD.grid, timezone="Asia/Tokyo")
        assert woken(replace(self.WORLD, grid=grid).waits(BIG).plan()) == ["tower"]

    def test_another_is_woken_instead(self) -> None:
        world = home(machine("tower", 20, quiet_hours=QUIET), machine("desk", 35)).at(NIGHT)
        assert woken(world.waits(BIG).plan()) == ["desk"]

    def test_urgent_work_wakes_it_all_the_same_and_others_go_along(self) -> None:
        services = (Service("alarm", urgent=True), Service("calm"))
        world = home(machine("tower", quiet_hours=QUIET), services=services).at(NIGHT)
        alarm, calm = job("alarm", memory=5000, definition="alarm"), job("calm", memory=5000, definition="calm")
        made = world.waits(alarm).waits(calm).plan()
        assert woken(made) == ["tower"]
        assert {it.job for it in made.placed} == {"alarm", "calm"}
        assert woken(world.waits(calm).plan()) == []


class TestFailing:
    def test_a_machine_that_is_left_out_is_given_up_for_the_next(self) -> None:
        world = home().record("desk", power="failed", failures=1, failed_s=NOON - 5, out_until_s=NOON + 295, reason="didn't come")
        made = world.waits(BIG).plan()
        assert woken(made) == ["tower"]
        found = made.judged("desk")
        assert found is not None
        assert (found.standing, found.reasons[0]) == ("out", "it is left out until 12:04:55: didn't come")

    def test_it_is_tried_again_after_its_pause(self) -> None:
        world = home().record("desk", power="failed", failures=1, failed_s=NOON - 400, out_until_s=NOON - 100)
        assert woken(world.waits(BIG).plan()) == ["desk"]

    def failing(self, ago_s: float, **more: object) -> World:
        world = home(*(machine(name) for name in ("a", "b", "c", "d")))
        for name in ("a", "b", "c"):
            world = world.record(name, power="failed", failures=1, failed_s=NOON - ago_s, out_until_s=NOON + 1)
        return world.record("nas", **more).waits(BIG)

    def test_the_circuit_breaks_when_waking_brings_nothing(self) -> None:
        made = self.failing(100.0).plan()
        assert woken(made) == []
        assert waiting(made, "big") == "3 machines were woken and none came within 15 min: nothing more is woken until 12:08:20"

    def test_a_sleeper_that_nothing_needs_says_so_too(self) -> None:
        found = self.failing(100.0).plan().judged("d")
        assert found is not None
        assert found.reasons[0].endswith("3 machines were woken and none came within 15 min: nothing more is woken until 12:08:20")
        idle = replace(self.failing(100.0), demands=()).plan().judged("d")
        assert idle is not None
        assert idle.reasons == (
            "nothing needs it; 3 machines were woken and none came within 15 min: nothing more is woken until 12:08:20",
        )

    def test_it_closes_after_ten_minutes(self) -> None:
        assert woken(self.failing(601.0).plan()) == ["d"]

    def test_it_closes_when_a_machine_has_come_since(self) -> None:
        assert woken(self.failing(100.0, on_since_s=NOON - 50).plan()) == ["d"]

    def test_two_failures_do_not_break_it(self) -> None:
        assert woken(self.failing(100.0).record("c", failures=0, failed_s=0.0).plan()) == ["d"]


class TestRelays:
    def test_without_a_machine_that_is_on_in_its_zone_a_sleeper_is_no_candidate(self) -> None:
        world = World(grid_of(always(), machine("desk", 35, zone="office"))).awake("nas")
        made = world.waits(BIG).plan()
        assert woken(made) == []
        assert waiting(made, "big") == "nothing is woken for it: desk: no machine that could send its magic packet is on in zone office"

    def test_a_command_needs_none(self) -> None:
        world = World(grid_of(always(), by_command("desk", zone="office"))).awake("nas")
        assert woken(world.waits(BIG).plan()) == ["desk"]

    def test_a_machine_that_is_not_defined_relays_by_its_label(self) -> None:
        world = World(grid_of(always(), machine("desk", zone="office"), always("guest", zone="office"))).awake("nas", "guest")
        grid = replace(world.grid, machines=tuple(it for it in world.grid.machines if it.name != "guest"))
        made = plan(grid, world.waits(BIG).snapshot())
        assert woken(made) == ["desk"]
        assert {it.machine for it in made.machines} == {"desk", "guest", "nas"}


class TestBounds:
    def test_a_person_holds_it(self) -> None:
        made = home().record("desk", held_until_s=NOON + 3600).waits(BIG).plan()
        assert woken(made) == ["tower"]
        assert "a person holds it until 13:00:00" in reasons(made, "desk")

    def test_what_was_moved_often_is_woken_once_more_and_then_no_more(self) -> None:
        def moved(times: int) -> Plan:
            world = home(machine("tower"), power=Power(moves_per_day=2))
            return world.record("tower", moved_s=(NOON - 90000, *(NOON - 100.0 * at for at in range(times)))).waits(BIG).plan()

        assert woken(moved(2)) == ["tower"]
        assert woken(moved(3)) == []
        assert "3 times in 24 h" in waiting(moved(3), "big")

    def test_no_more_than_the_maximum(self) -> None:
        made = home(machine("tower"), power=Power(machines_max=1)).waits(BIG).plan()
        assert (woken(made), made.desired) == ([], 1)
        assert waiting(made, "big") == "waits for tower, no more than 1 machines may be on (machines_max)"

    def test_no_fewer_than_the_minimum(self) -> None:
        made = home(power=Power(machines_min=2)).plan()
        assert (woken(made), made.desired) == (["desk"], 2)


class TestCooldown:
    def test_what_a_machine_that_was_just_woken_may_still_take_wakes_no_other(self) -> None:
        """Nomad says that more waits than fits, a moment after the first machine was woken."""
        world = home().awake("desk").record("desk", on_since_s=NOON - 5).waits(job("a", memory=9000)).waits(job("b", memory=9000))
        made = world.plan()
        assert woken(made) == []
        assert "it may still go to desk, which was just woken" in waiting(made, "b")

    def test_after_the_cooldown_it_does(self) -> None:
        world = home().awake("desk").record("desk", on_since_s=NOON - 16).waits(job("a", memory=9000)).waits(job("b", memory=9000))
        assert woken(world.plan()) == ["tower"]

    def test_what_goes_to_one_that_still_boots_is_counted_and_the_rest_wakes_another_at_once(self) -> None:
        world = home().record("desk", power="waking", since_s=NOON - 5).waits(job("a", memory=9000)).waits(job("b", memory=9000))
        assert woken(world.plan()) == ["tower"]

    def test_what_it_can_not_take_wakes_another_at_once(self) -> None:
        world = home(machine("tower"), machine("desk", 35, 8000)).record("desk", power="waking", since_s=NOON - 5)
        assert woken(world.waits(job("a", memory=9000)).plan()) == ["tower"]


class TestRemembering:
    def test_a_sleeper_that_nomad_has_forgotten_is_woken_for_work_that_fits_it(self) -> None:
        world = replace(home(machine("tower", has=None)), forgotten=frozenset({"tower"}))
        grid = home(machine("tower")).grid
        remembered = World(grid).snapshot().nodes[1]
        assert remembered.name == "tower"
        assert woken(replace(world, grid=grid).record("tower", remembered=remembered).waits(BIG).plan()) == ["tower"]

    def test_one_never_seen_is_what_its_definition_says(self) -> None:
        world = replace(home(machine("tower")), forgotten=frozenset({"tower"})).no_record("tower")
        assert woken(world.waits(BIG).plan()) == ["tower"]
        assert woken(world.waits(job("huge", memory=20000)).plan()) == []
        assert woken(world.waits(job("zoned", memory=5000, constraints=(Constraint("${meta.simulacra_zone}", "=", "attic"),))).plan()) == [
            "tower"
        ]

    def test_system_jobs_take_room_on_a_sleeper_too(self) -> None:
        """16000 MiB less what runs on every machine isn't enough for 15900: it would wake and never be used."""
        agent = job("agent", memory=200, type="system", priority=100)
        world = home(machine("tower")).runs(agent, "nas")
        assert woken(world.waits(job("snug", memory=15900)).plan()) == []
        assert woken(world.waits(job("snug", memory=15700)).plan()) == ["tower"]


def test_scale_from_zero_in_the_whole_grid() -> None:
    """All but the always-on ones asleep, one for each zone's packets."""
    grid = grid_of(always(memory=500), machine("tower"), always("mini", memory=500, zone="office"), machine("desk", 35, zone="office"))
    made = World(grid).awake("nas", "mini").waits(job("many", memory=12000, count=2)).plan()
    assert sorted(woken(made)) == ["desk", "tower"]
    assert (made.on, made.desired) == (2, 4)


def test_what_others_need_first_is_not_woken_where_they_may_not_come_on_themselves() -> None:
    """Of three that are wanted one more may be on: it would be on for nothing, sleep, and be woken again."""
    world = home(machine("tower", after=("store",)), machine("store", 20, 2000), power=Power(machines_max=2))
    made = world.waits(BIG).plan()
    assert woken(made) == []
    assert "machines_max" in waiting(made, "big")


def test_many_that_fill_in_part_are_pruned() -> None:
    """More sleepers than can be tried in all sets: what the first choice has too much is left asleep."""
    many = [machine(f"s{at:02d}", 30 + at, 8000) for at in range(20)]
    world = home(*many).waits(job("part", memory=3900, count=5)).waits(job("picky", memory=3900, constraints=(on_machine("s19"),)))
    assert sorted(woken(world.plan())) == ["s00", "s01", "s19"]


def test_a_machine_that_did_not_go_to_sleep_is_no_failure_to_wake() -> None:
    world = home(*(machine(name) for name in ("a", "b", "c", "d"))).awake("a", "b", "c")
    for name in ("a", "b", "c"):
        world = world.record(name, failures=1, failed_s=NOON - 60, on_since_s=NOON - 3600)
    assert woken(world.waits(job("picky", constraints=(on_machine("d"),))).plan()) == ["d"]


def test_one_of_many_is_enough_where_the_first_choice_takes_two() -> None:
    """The cheapest for its room is taken first; a dearer one that a constraint asks for makes it needless."""
    many = [machine(f"s{at:02d}", 30 + at, 8000) for at in range(20)]
    world = home(*many).waits(job("part", memory=6000)).waits(job("picky", memory=1000, cpu=15000, constraints=(on_machine("s19"),)))
    assert woken(world.plan()) == ["s19"]


def test_what_has_one_place_to_go_to_is_not_kept_from_it() -> None:
    """The urgent one fits on either, the other on the tower only."""
    services = (Service("alarm", urgent=True),)
    world = home(machine("tower", None, 8000), machine("desk", 20, 8000, quiet_hours=QUIET), services=services).at(NIGHT)
    world = world.waits(job("alarm", memory=7000, definition="alarm")).waits(job("picky", memory=7000, constraints=(on_machine("tower"),)))
    assert sorted(woken(world.plan())) == ["desk", "tower"]
