"""Servers that are rented: when and which, what keeps them from it, and when they are given back. One scenario for each rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from cloud_scenes import CLOUD, HOUR_S, LARGE, OFFERS, SMALL, CloudWorld, burst_world, fresh_ledger, grid_with, server_node
from scenes import NOON, always, job, machine

from simulacra.model.cloud import Offer
from simulacra.model.machine import QuietHours, Tier
from simulacra.model.months import month_ends_s
from simulacra.model.plan import Judged, Plan
from simulacra.model.rented import with_slots
from simulacra.model.service import Service
from simulacra.model.settings import Power
from simulacra.model.workload import Constraint

TINY = job("tiny", memory=1500)
SMALLS = tuple(job(f"s{number}", memory=1500) for number in range(1, 4))
WIDE = job("wide", memory=7000)
FULL = job("full", memory=15500)
"""Fills the tower."""
OLD_S = NOON - 3 * HOUR_S
IN_CLOUD = Constraint("${meta.simulacra_zone}", "set_contains_any", "cloud")


def woken(made: Plan) -> list[str]:
    return sorted(it.machine for it in made.wakes)


def slept(made: Plan) -> list[str]:
    return [it.machine for it in made.sleeps]


def waiting(made: Plan, name: str) -> str:
    return "; ".join(it.reason for it in made.waiting if it.job == name)


def judged(made: Plan, name: str) -> Judged:
    found = made.judged(name)
    assert found is not None
    return found


def reasons(made: Plan, name: str) -> str:
    return "; ".join(judged(made, name).reasons)


def alone(**cloud: object) -> CloudWorld:
    """A cloud, and one's own nas, which is full."""
    world = CloudWorld(grid_with(always(memory=1000)), ledgers=(fresh_ledger(),)).awake("nas")
    return world.cloud("burst", **cloud)


class TestWhatIsRented:
    def test_nothing_while_ones_own_machines_do(self) -> None:
        made = burst_world().waits(FULL).plan()
        assert woken(made) == ["tower"]
        assert reasons(made, "burst-large-1") == "nothing needs it"

    def test_what_is_left_when_all_ones_own_are_full_goes_to_the_cheapest_size(self) -> None:
        made = burst_world().waits(FULL).waits(job("nas-full", memory=3900)).waits(TINY).plan()
        assert woken(made) == ["burst-small-1", "tower"]
        assert waiting(made, "tiny") == "waits for burst-small-1, which is being woken"
        assert (made.on, made.desired) == (1, 3)

    def test_only_a_size_that_holds_it(self) -> None:
        made = alone().waits(WIDE).plan()
        assert woken(made) == ["burst-large-1"]
        assert made.wakes[0].reason == "for wide"

    def test_one_large_server_where_that_is_cheaper_than_many_small_ones(self) -> None:
        world = alone(max=9).ledger(offers=(SMALL, replace(LARGE, price=Decimal("0.05"))))
        for it in SMALLS:
            world = world.waits(it)
        assert woken(world.plan()) == ["burst-large-1"]
        dear = world.ledger(offers=OFFERS)
        assert woken(dear.plan()) == ["burst-small-1", "burst-small-2", "burst-small-3"]

    def test_the_cheapest_able_cloud(self) -> None:
        other = replace(CLOUD, name="other", currency="USD")
        cheap = fresh_ledger("other", offers=(replace(SMALL, price=Decimal("0.01")), LARGE))
        world = CloudWorld(grid_with(always(memory=1000), clouds=(CLOUD, other)), ledgers=(fresh_ledger(), cheap)).awake("nas")
        assert woken(world.waits(TINY).plan()) == ["other-small-1"]

    def test_of_equal_price_the_one_that_booted_quicker(self) -> None:
        slow, quick = replace(CLOUD, boot_time_s=300.0), replace(CLOUD, name="quick", boot_time_s=60.0)
        grid = grid_with(always(memory=1000), clouds=(slow, quick))
        world = CloudWorld(grid, ledgers=(fresh_ledger(), fresh_ledger("quick"))).awake("nas").waits(TINY)
        assert woken(world.plan()) == ["quick-small-1"]
        measured = world.record("quick-small-1", power="asleep", boot_took_s=900.0).record(
            "quick-small-2", power="asleep", boot_took_s=900.0
        )
        assert woken(measured.plan()) == ["burst-small-1"]

    def test_what_asks_for_a_zone_gets_a_server_there(self) -> None:
        far = replace(CLOUD, name="far", zone="far")
        cheap = fresh_ledger("far", offers=(replace(SMALL, price=Decimal("0.001")),))
        world = CloudWorld(grid_with(always(), machine("tower"), clouds=(CLOUD, far)), ledgers=(fresh_ledger(), cheap)).awake("nas")
        assert woken(world.waits(job("here", memory=1500, constraints=(IN_CLOUD,))).plan()) == ["burst-small-1"]
        nowhere = job("nowhere", memory=1500, constraints=(replace(IN_CLOUD, right="moon"),))
        assert woken(world.waits(nowhere).plan()) == []

    def test_a_server_counts_to_its_clouds_tier(self) -> None:
        ranks = (Tier("phone", 10), Tier("server", 20), Tier("hypervisor", 40))
        world = CloudWorld(grid_with(always(memory=1000), tiers=ranks), ledgers=(fresh_ledger(),)).awake("nas")
        needs = {rank: job("it", memory=1500, constraints=(Constraint("${meta.simulacra_rank}", ">=", rank),)) for rank in ("20", "40")}
        assert woken(world.waits(needs["20"]).plan()) == ["burst-small-1"]
        assert woken(world.waits(needs["40"]).plan()) == []

    def test_its_drivers_are_those_of_the_image_until_one_was_seen(self) -> None:
        boxed = job("boxed", memory=1500, drivers=("docker",))
        assert woken(alone().waits(boxed).plan()) == []
        assert woken(alone(drivers=("docker",)).waits(boxed).plan()) == ["burst-small-1"]
        seen = alone(drivers=("docker",)).rents("burst-small-2")
        node = seen.scene().machines["burst-small-2"].node
        assert node is not None
        remembered = replace(node, drivers=("exec",), attributes=())
        gone = alone(drivers=("docker",)).record("burst-small-2", power="asleep", remembered=remembered)
        assert woken(gone.waits(boxed).plan()) == ["burst-large-1"]

    def test_what_one_from_another_image_had_says_nothing(self) -> None:
        boxed = job("boxed", memory=1500, drivers=("docker",))
        without = server_node(alone().whole, with_slots(alone().grid, ()).machines[2], OFFERS)
        world = alone(drivers=("docker",)).record("burst-small-1", power="asleep", remembered=without, on_since_s=NOON - 3600).waits(boxed)
        assert woken(world.plan()) == ["burst-large-1"]
        assert woken(world.ledger(image="ami docker", image_since_s=NOON - 60).plan()) == ["burst-small-1"]
        tried = world.ledger(image="ami docker", image_since_s=NOON - 60).record("burst-small-1", on_since_s=NOON - 30)
        assert woken(tried.plan()) == ["burst-large-1"]

    def test_a_price_that_is_not_known_counts_as_the_dearest(self) -> None:
        unknown = Offer("small", 2048, 8192, 2, 4000)
        assert woken(alone().ledger(offers=(unknown, LARGE)).waits(TINY).plan()) == ["burst-large-1"]
        assert woken(alone().ledger(offers=(unknown,)).waits(TINY).plan()) == ["burst-small-1"]

    def test_even_a_free_server_comes_after_ones_own_machines(self) -> None:
        free = burst_world(machine("tower", 500)).ledger(offers=(replace(SMALL, price=Decimal(0)), LARGE))
        assert woken(free.waits(job("nas-full", memory=3900)).waits(TINY).plan()) == ["tower"]

    def test_what_is_on_and_has_room_comes_before_another_one(self) -> None:
        made = alone().rents("burst-large-1").waits(TINY).plan()
        assert (woken(made), waiting(made, "tiny")) == ([], "fits on burst-large-1; Nomad will place it")

    def test_a_server_that_is_being_created_is_coming_capacity(self) -> None:
        made = alone().record("burst-small-1", power="waking", since_s=NOON - 60).waits(TINY).plan()
        assert (woken(made), waiting(made, "tiny")) == ([], "waits for burst-small-1, which is being woken")

    def test_nothing_for_what_takes_what_is_on(self) -> None:
        modest = replace(alone().grid, services=(Service("tiny", on_demand=False),))
        made = replace(alone(), grid=modest).waits(replace(TINY, definition="tiny")).plan()
        assert woken(made) == []
        assert waiting(made, "tiny") == "on_demand = false: it takes what is on, large of burst and small of burst are not woken for it"

    def test_an_observing_grid_plans_the_same(self) -> None:
        world = alone()
        assert woken(replace(world, grid=replace(world.grid, mode="observe")).waits(TINY).plan()) == ["burst-small-1"]


class TestTheCeiling:
    def test_it_is_over_all_sizes(self) -> None:
        made = alone().rents("burst-small-1").runs(TINY, "burst-small-1").waits(WIDE, 2).plan()
        assert woken(made) == ["burst-large-1"]
        assert waiting(made, "wide") == (
            "nothing is woken for it: large of burst: cloud burst has 2 of 2 servers (max); waits for burst-large-1, which is being woken"
        )

    def test_servers_that_come_or_go_count(self) -> None:
        world = alone().listed("burst-small-1", state="stopping").record("burst-small-2", power="waking", since_s=NOON - 5)
        made = world.waits(WIDE).plan()
        assert woken(made) == []
        assert waiting(made, "wide") == "nothing is woken for it: large of burst: cloud burst has 2 of 2 servers (max)"

    def test_a_second_server_of_a_slot_counts(self) -> None:
        made = alone().rents("burst-small-1").listed("burst-small-1", NOON - 60).waits(WIDE).plan()
        assert woken(made) == []

    def test_a_server_that_is_on_but_not_listed_yet_counts(self) -> None:
        world = alone().rents("burst-small-1", NOON - 20, listed=False).runs(TINY, "burst-small-1")
        assert woken(world.waits(WIDE, 2).plan()) == ["burst-large-1"]
        assert world.scene().rentals["burst"].taken == 1

    def test_none_at_all(self) -> None:
        made = alone(max=0).waits(WIDE).plan()
        assert woken(made) == []
        assert made.judged("burst-large-1") is None

    def test_machines_max_binds_servers_too(self) -> None:
        world = alone()
        made = replace(world, grid=replace(world.grid, power=Power(machines_max=1))).waits(TINY).plan()
        assert woken(made) == []
        assert waiting(made, "tiny") == "waits for burst-small-1, no more than 1 machines may be on (machines_max)"

    def test_many_small_things_fill_what_may_be_had(self) -> None:
        """Two servers, and four things of which the large one holds five, the small one only one."""
        world = alone()
        for number in range(6):
            world = world.waits(job(f"j{number}", memory=1500))
        made = world.plan()
        assert woken(made) == ["burst-large-1", "burst-small-1"]

    def test_few_large_ones_where_many_small_ones_would_not_do(self) -> None:
        world = alone()
        for number in range(9):
            world = world.waits(job(f"j{number}", memory=1500))
        assert woken(world.plan()) == ["burst-large-1", "burst-large-2"]


class TestTheFloor:
    def test_so_many_servers_run_in_any_case_of_the_cheapest_size(self) -> None:
        made = burst_world(min=2).plan()
        assert woken(made) == ["burst-small-1", "burst-small-2"]
        assert made.wakes[0].reason == "cloud burst has at least 2 servers (min)"

    def test_those_that_come_count(self) -> None:
        assert woken(burst_world(min=2).record("burst-small-1", power="waking", since_s=NOON - 5).plan()) == ["burst-small-2"]
        assert woken(burst_world(min=1).rents("burst-large-1").plan()) == []

    def test_it_stays_though_nothing_needs_it(self) -> None:
        made = burst_world(min=1).rents("burst-large-1", OLD_S).spare("burst-large-1").plan()
        assert made.actions == ()
        assert reasons(made, "burst-large-1") == "cloud burst has at least 1 server (min)"

    def test_of_more_the_dearest_goes(self) -> None:
        world = burst_world(min=1).rents("burst-large-1", OLD_S).rents("burst-small-1", OLD_S).spare("burst-large-1", "burst-small-1")
        made = world.plan()
        assert slept(made) == ["burst-large-1"]
        assert reasons(made, "burst-small-1") == "cloud burst has at least 1 server (min)"

    def test_no_bound_is_broken_for_it(self) -> None:
        assert woken(burst_world(min=2, monthly_budget=0.01).spent("0.01").plan()) == []
        assert woken(burst_world(min=2, max=2).ledger(problem="no route", problem_since_s=NOON).plan()) == []


class TestTheBudget:
    def test_it_stops_renting_and_says_so(self) -> None:
        """By the minute: 180 s until it is on, 820 to leave; 17 minutes of 0.02 an hour."""
        made = alone(monthly_budget=1.0).spent("0.9945").waits(TINY).plan()
        assert woken(made) == []
        assert waiting(made, "tiny").startswith(
            "nothing is woken for it: large of burst: the budget of cloud burst doesn't pay for it: 0.99 of 1.00 USD are spent this month, "
            "and it needs 0.0198; small of burst: the budget of cloud burst doesn't pay for it: "
        )
        assert "and it needs 0.0057" in waiting(made, "tiny")
        assert woken(alone(monthly_budget=1.0).spent("0.9943").waits(TINY).plan()) == ["burst-small-1"]

    def test_what_is_kept_for_those_that_run_is_told(self) -> None:
        world = alone(monthly_budget=1.0, max=3, billed_by_s=HOUR_S).rents("burst-large-1", NOON - HOUR_S + 300).runs(WIDE, "burst-large-1")
        made = world.spent("0.85").waits(job("more", memory=6000)).plan()
        assert woken(made) == []
        assert "0.92 of 1.00 USD are spent this month, 0.0700 are kept for those that run, and it needs 0.0700" in waiting(made, "more")

    def test_it_is_kept_by_all_that_are_rented_at_once(self) -> None:
        """One of 0.02 and one of 0.07 an hour are too much for 0.08, and so are two large ones."""
        world = alone(monthly_budget=0.08, max=5, billed_by_s=HOUR_S)
        for it in SMALLS:
            world = world.waits(it)
        assert woken(world.plan()) == ["burst-small-1", "burst-small-2", "burst-small-3"]
        assert woken(world.waits(replace(WIDE, priority=60)).plan()) == ["burst-large-1"]

    def test_a_size_without_a_price_is_not_rented_on_a_budget(self) -> None:
        made = alone(monthly_budget=5.0).ledger(offers=(Offer("small", 2048, 8192, 2, 4000),)).waits(TINY).plan()
        assert woken(made) == []
        assert waiting(made, "tiny") == (
            "nothing is woken for it: small of burst: what size small costs isn't known, so cloud burst's budget couldn't be kept"
        )

    def test_who_cannot_be_paid_for_any_longer_goes_with_all_its_work(self) -> None:
        world = alone(monthly_budget=1.0, billed_by_s=HOUR_S).rents("burst-small-1", NOON - HOUR_S + 300).runs(TINY, "burst-small-1")
        assert judged(world.spent("0.96").plan(), "burst-small-1").leave == ""
        found = judged(world.spent("0.97").plan(), "burst-small-1")
        assert found.leave == "the month's budget of cloud burst doesn't pay for it any longer: 0.99 of 1.00 USD are spent"
        assert (found.standing, found.counted) == ("going", False)
        assert found.reasons == (f"it is given back: {found.leave}", "still runs tiny")

    def test_one_that_has_not_joined_goes_too(self) -> None:
        world = alone(monthly_budget=0.01).listed("burst-small-1", NOON - 1500).record("burst-small-1", power="waking", since_s=NOON - 1500)
        assert judged(world.plan(), "burst-small-1").leave.startswith("the month's budget of cloud burst")

    def test_it_goes_on_going_while_it_is_emptied(self) -> None:
        world = alone(monthly_budget=1.0, billed_by_s=HOUR_S).spent("0.97").rents("burst-small-1", NOON - HOUR_S + 300)
        leaving = world.record("burst-small-1", power="draining", since_s=NOON - 100, by="plan", drained=True)
        assert judged(leaving.plan(), "burst-small-1").leave != ""

    def test_the_next_month_has_a_budget_of_its_own(self) -> None:
        world = alone(monthly_budget=1.0).spent("1.00").waits(TINY)
        assert woken(world.plan()) == []
        turn = month_ends_s("UTC", NOON)
        later = world.at(turn + 1).ledger(listed_s=turn, offered_s=turn)
        assert woken(later.plan()) == ["burst-small-1"]

    def test_free_servers_need_no_money(self) -> None:
        world = alone(monthly_budget=0.0).ledger(offers=(replace(SMALL, price=Decimal(0)),))
        assert woken(world.waits(TINY).plan()) == ["burst-small-1"]


class TestWhatIsNotKnown:
    def test_of_a_provider_that_is_down(self) -> None:
        world = alone().ledger(problem="connection refused", problem_since_s=NOON - 600)
        made = world.waits(TINY).plan()
        assert woken(made) == []
        assert "small of burst: cloud burst can't be asked since 11:50:00: connection refused" in waiting(made, "tiny")
        assert reasons(made, "burst-small-1") == "needed by tiny, but cloud burst can't be asked since 11:50:00: connection refused"

    def test_ones_own_machines_are_woken_all_the_same(self) -> None:
        made = burst_world().ledger(problem="connection refused", problem_since_s=NOON).waits(FULL).plan()
        assert woken(made) == ["tower"]

    def test_of_a_cloud_that_was_never_asked(self) -> None:
        made = replace(alone(), ledgers=()).waits(TINY).plan()
        assert woken(made) == []
        assert waiting(made, "tiny").endswith("; what cloud burst offers isn't known: nobody has asked it yet")
        assert judged(made, "burst-small-1").against == "which servers cloud burst runs isn't known yet"

    def test_it_is_told_also_where_one_of_ones_own_could_hold_it(self) -> None:
        world = replace(burst_world(), ledgers=()).awake("tower").runs(FULL, "tower")
        assert waiting(world.waits(WIDE).plan(), "wide").endswith("; what cloud burst offers isn't known: nobody has asked it yet")

    def test_of_a_cloud_that_was_not_listed_for_long(self) -> None:
        made = alone().ledger(listed_s=NOON - 301).waits(TINY).plan()
        assert woken(made) == []
        assert "which servers cloud burst runs isn't known any more" in waiting(made, "tiny")
        assert woken(alone().ledger(listed_s=NOON - 299).waits(TINY).plan()) == ["burst-small-1"]

    def test_of_a_size_that_is_not_offered(self) -> None:
        made = alone().ledger(offers=(SMALL,)).plan()
        assert reasons(made, "burst-large-1") == "nothing needs it; EC2 has no size large in eu-west-1"

    def test_a_slot_whose_last_server_is_still_there(self) -> None:
        made = alone().listed("burst-small-1", state="stopping").waits(TINY).plan()
        assert woken(made) == ["burst-small-2"]
        assert reasons(made, "burst-small-1") == "nothing needs it; its last server is still there"


class TestACreationWithoutAnAnswer:
    """Its provider has fallen silent; whether there is a server nobody knows."""

    def asked(self, silent_s: float, **own: object) -> CloudWorld:
        other = replace(CLOUD, name="other")
        grid = grid_with(always(memory=1000), *own.values(), clouds=(CLOUD, other))  # type: ignore[arg-type]
        world = CloudWorld(grid, ledgers=(fresh_ledger(), fresh_ledger("other"))).awake("nas").waits(TINY)
        silent = world.ledger(problem="no route", problem_since_s=NOON - silent_s)
        return silent.record("burst-small-1", power="waking", since_s=NOON - 200, reason="for tiny")

    def test_it_is_waited_for_a_moment(self) -> None:
        made = self.asked(60).plan()
        assert (woken(made), waiting(made, "tiny")) == ([], "waits for burst-small-1, which is being woken")

    def test_and_then_the_next_cloud_steps_in(self) -> None:
        made = self.asked(61).plan()
        assert woken(made) == ["other-small-1"]
        assert reasons(made, "burst-small-1") == "whether it is being created isn't known, its cloud can't be asked: no route"

    def test_or_one_of_ones_own(self) -> None:
        assert woken(self.asked(61, tower=machine("tower", 500)).plan()) == ["tower"]

    def test_a_server_that_is_known_to_boot_is_waited_for(self) -> None:
        assert woken(self.asked(600).listed("burst-small-1", NOON - 200, state="booting").plan()) == []


class TestASizeThatFailed:
    FAILED = alone(max=3).record(
        "burst-small-1", power="failed", failures=1, failed_s=NOON - 60, out_until_s=NOON + 240, reason="didn't join within 370 s"
    )

    def test_it_is_left_out_for_a_while(self) -> None:
        made = self.FAILED.waits(TINY).plan()
        assert woken(made) == ["burst-large-1"]
        why = judged(made, "burst-small-2").against
        assert why == "size small is left out until 12:04:00: burst-small-1: didn't join within 370 s"

    def test_and_tried_again_then(self) -> None:
        later = self.FAILED.record("burst-small-1", power="asleep").at(NOON + 240).ledger(listed_s=NOON + 240)
        assert woken(later.waits(TINY).plan()) == ["burst-small-1"]

    def test_a_person_is_told_what_speaks_against_it(self) -> None:
        assert judged(self.FAILED.plan(), "burst-small-1").against == "it is left out until 12:04:00: didn't join within 370 s"

    def test_other_clouds_are_not_concerned(self) -> None:
        other = replace(CLOUD, name="other")
        grid = replace(self.FAILED.grid, clouds=(self.FAILED.grid.clouds[0], other))
        world = replace(self.FAILED, grid=grid, ledgers=(*self.FAILED.ledgers, fresh_ledger("other")))
        assert woken(world.waits(TINY).plan()) == ["other-small-1"]

    def test_ones_own_circuit_is_not_broken_by_servers(self) -> None:
        world = burst_world(max=5)
        for number in range(1, 6):
            world = world.record(f"burst-small-{number}", power="failed", failures=1, failed_s=NOON - 5, out_until_s=NOON + 300)
        assert woken(world.waits(FULL).plan()) == ["tower"]


class TestOnesOwnFailing:
    """Three of one's own didn't come: none is woken, and the cloud steps in."""

    def world(self) -> CloudWorld:
        world = burst_world(machine("a"), machine("b"), machine("c"), machine("tower"))
        for name in "abc":
            world = world.record(name, power="failed", failures=1, failed_s=NOON - 5, out_until_s=NOON + 300)
        return world.waits(job("nas-full", memory=3900))

    def test_the_cloud_steps_in(self) -> None:
        assert woken(self.world().waits(TINY).plan()) == ["burst-small-1"]

    def test_what_neither_takes_is_told_for_both(self) -> None:
        made = self.world().ledger(problem="no route", problem_since_s=NOON).waits(WIDE).plan()
        assert woken(made) == []
        assert waiting(made, "wide") == (
            "3 machines were woken and none came within 15 min: nothing more is woken until 12:09:55; "
            "nothing is woken for it: large of burst: cloud burst can't be asked since 12:00:00: no route"
        )
        assert "nothing more is woken" not in reasons(made, "burst-large-1")


class TestQuietHours:
    NIGHT = (QuietHours(11 * 60, 13 * 60),)

    def test_a_slot_has_none(self) -> None:
        world = burst_world(machine("tower", quiet_hours=self.NIGHT)).waits(job("nas-full", memory=3900)).waits(TINY)
        assert woken(world.plan()) == ["burst-small-1"]

    def test_what_is_urgent_wakes_ones_own_all_the_same(self) -> None:
        world = burst_world(machine("tower", quiet_hours=self.NIGHT))
        world = replace(world, grid=replace(world.grid, services=(Service("tiny", urgent=True),)))
        assert woken(world.waits(job("nas-full", memory=3900)).waits(replace(TINY, definition="tiny")).plan()) == ["tower"]

    def test_also_where_the_clouds_bounds_are_reached(self) -> None:
        """It needs what only the tower has; everything else fills the cloud."""
        tower = machine("tower", quiet_hours=self.NIGHT, drivers=("exec", "raw_exec", "qemu"))
        world = burst_world(tower, max=1)
        world = replace(world, grid=replace(world.grid, services=(Service("vm", urgent=True),)))
        world = world.waits(job("vm", memory=1000, drivers=("qemu",), definition="vm")).waits(job("nas-full", memory=3900)).waits(WIDE, 3)
        assert woken(world.plan()) == ["burst-large-1", "tower"]


class TestGivingBack:
    def idle(self, **cloud: object) -> CloudWorld:
        return burst_world(**cloud).rents("burst-small-1", OLD_S).spare("burst-small-1")

    def test_what_nothing_needs_is_given_back(self) -> None:
        made = self.idle().plan()
        assert slept(made) == ["burst-small-1"]
        assert made.sleeps[0].reason == "nothing runs on it, and nothing waits for it"

    def test_no_report_is_needed(self) -> None:
        assert slept(self.idle().no_report("burst-small-1").plan()) == ["burst-small-1"]

    @pytest.mark.parametrize(
        ("world", "why"),
        [
            (lambda it: it.report("burst-small-1", keep_awake=("ssh from 10.0.0.1",)), "ssh from 10.0.0.1"),
            (lambda it: it.report("burst-small-1", stay_until_s=NOON + 60), "a person wants it to stay on until 12:01:00"),
            (lambda it: it.record("burst-small-1", held_until_s=NOON + 60), "a person holds it until 12:01:00"),
        ],
    )
    def test_a_person_keeps_it(self, world: object, why: str) -> None:
        made = world(self.idle()).plan()  # type: ignore[operator]
        assert slept(made) == []
        assert reasons(made, "burst-small-1") == why

    def test_it_goes_before_any_of_ones_own(self) -> None:
        world = self.idle().awake("tower").spare("tower")
        assert slept(world.plan()) == ["burst-small-1"]

    def test_its_work_moves_to_ones_own(self) -> None:
        spread = job("tiny", memory=1500, count=2, definition="tiny")
        world = self.idle().awake("tower").runs(spread, "burst-small-1", "nas")
        world = replace(world, grid=replace(world.grid, services=(Service("tiny", moves="any"),)))
        made = world.plan()
        assert slept(made) == ["burst-small-1"]
        assert made.sleeps[0].reason == "its work fits elsewhere: tiny on nas"

    def test_batch_work_is_waited_for(self) -> None:
        made = self.idle().runs(replace(TINY, type="batch"), "burst-small-1").plan()
        assert reasons(made, "burst-small-1").startswith("it waits for the end of tiny")

    def test_by_the_minute_it_has_the_cooldowns_of_all_machines(self) -> None:
        young = burst_world().rents("burst-small-1", NOON - 200).spare("burst-small-1")
        assert reasons(young.plan(), "burst-small-1").startswith("it stays on for 5 min at least, until 12:01:40")
        fresh = burst_world().rents("burst-small-1", OLD_S).spare("burst-small-1", for_s=60)
        assert reasons(fresh.plan(), "burst-small-1").startswith("the grid could do without it since 11:59:00; it sleeps at 12:01:30")


class TestAPaidHour:
    """Billed by the hour: it is used up, and the server gone before the next one."""

    def at(self, left_s: float, **more: object) -> CloudWorld:
        return burst_world(billed_by_s=HOUR_S, **more).rents("burst-small-1", NOON - HOUR_S + left_s)

    @pytest.mark.parametrize(("left_s", "goes"), [(3599, False), (900, False), (211, False), (210, True), (60, True), (1, True)])
    def test_it_goes_just_before_its_end(self, left_s: float, goes: bool) -> None:
        made = self.at(left_s).plan()
        assert slept(made) == (["burst-small-1"] if goes else [])
        if not goes:
            assert reasons(made, "burst-small-1").startswith("the grid could do without it; it is paid for until ")
            assert "and stays until just before" in reasons(made, "burst-small-1")

    @pytest.mark.parametrize(("left_s", "goes"), [(331, False), (330, True)])
    def test_sooner_where_work_has_to_be_moved(self, left_s: float, goes: bool) -> None:
        spread = job("tiny", memory=1500, count=2, definition="tiny")
        world = self.at(left_s).awake("tower").runs(spread, "burst-small-1", "nas")
        world = replace(world, grid=replace(world.grid, services=(Service("tiny", moves="any"),)))
        assert slept(world.plan()) == (["burst-small-1"] if goes else [])

    def test_what_runs_everywhere_is_not_moved(self) -> None:
        logs = job("logs", memory=100, type="system")
        assert slept(self.at(300).runs(logs, "burst-small-1", "nas").plan()) == []
        assert slept(self.at(200).runs(logs, "burst-small-1", "nas").plan()) == ["burst-small-1"]

    def test_the_second_hour_is_used_up_too(self) -> None:
        world = burst_world(billed_by_s=HOUR_S).rents("burst-small-1", NOON - HOUR_S - 60)
        assert slept(world.plan()) == []
        assert "it is paid for until 12:59:00" in reasons(world.plan(), "burst-small-1")

    def test_one_that_is_not_listed_yet_is_not_given_back(self) -> None:
        made = burst_world(billed_by_s=HOUR_S).rents("burst-small-1", NOON - 200, listed=False).plan()
        assert slept(made) == []
        assert reasons(made, "burst-small-1").startswith("the grid could do without it; until when it is paid for isn't known yet")

    def test_a_person_may_have_it_go_at_once(self) -> None:
        assert slept(self.at(1800).report("burst-small-1", sleep_asked_s=NOON - 5).plan()) == ["burst-small-1"]

    def test_it_takes_work_meanwhile(self) -> None:
        made = self.at(1800).waits(job("nas-full", memory=3900)).waits(TINY).plan()
        assert woken(made) == []
        assert waiting(made, "tiny") == "fits on burst-small-1; Nomad will place it"


class TestWhatMustGo:
    def test_a_server_that_has_no_place_in_the_definitions_any_more(self) -> None:
        world = burst_world().rents("burst-small-2", OLD_S).runs(TINY, "burst-small-2").cloud(max=1)
        made = world.plan()
        assert judged(made, "burst-small-2").leave == "the definitions have no place for it any more"
        assert made.sleeps == ()  # nothing is to be decided about it

    def test_none_is_created_in_its_place(self) -> None:
        gone = burst_world().listed("burst-small-2", state="stopping").cloud(max=1)
        assert judged(gone.plan(), "burst-small-2").against == "the definitions have no place for it any more"

    def test_one_of_a_size_that_was_taken_out(self) -> None:
        world = burst_world().rents("burst-large-1", OLD_S).cloud(sizes=("small",))
        assert judged(world.plan(), "burst-large-1").leave == "the definitions have no place for it any more"

    def test_two_servers_of_one_slot(self) -> None:
        made = burst_world().rents("burst-small-1", OLD_S).listed("burst-small-1", NOON - 60).plan()
        assert judged(made, "burst-small-1").leave == "two servers of its slot run"
        one_goes = burst_world().rents("burst-small-1", OLD_S).listed("burst-small-1", NOON - 60, state="stopping").plan()
        assert judged(one_goes, "burst-small-1").leave == ""

    def test_its_work_is_looked_after(self) -> None:
        """It waits for no machine before it is stopped there, and then as other work does."""
        made = burst_world().rents("burst-small-2", OLD_S).runs(TINY, "burst-small-2").cloud(max=1).plan()
        assert (made.actions, made.waiting) == ((), ())


class TestReplacement:
    def busy(self, *own: object, **more: object) -> CloudWorld:
        machines = own or (machine("tower"),)
        world = burst_world(*machines, **more).rents("burst-small-1", OLD_S).runs(replace(TINY, definition="tiny"), "burst-small-1")  # type: ignore[arg-type]
        world = world.runs(job("nas-full", memory=3900), "nas")
        return replace(world, grid=replace(world.grid, services=(Service("tiny", moves="any"),)))

    def test_ones_own_sleeper_takes_a_servers_place(self) -> None:
        made = self.busy().plan()
        assert [(it.machine, it.reason) for it in made.wakes] == [("tower", "so that burst-small-1 can be given back, its rent saved")]
        assert made.sleeps == ()

    def test_then_it_is_given_back(self) -> None:
        assert slept(self.busy().awake("tower").spare("burst-small-1").plan()) == ["burst-small-1"]

    def test_never_the_other_way_round(self) -> None:
        world = burst_world(machine("tower", 500)).awake("tower").runs(replace(TINY, definition="tiny"), "tower")
        world = replace(world, grid=replace(world.grid, services=(Service("tiny", moves="any"),)))
        assert world.runs(job("nas-full", memory=3900), "nas").plan().wakes == ()

    def test_not_for_work_that_is_never_moved(self) -> None:
        world = self.busy()
        world = replace(world, grid=replace(world.grid, services=(Service("tiny", moves="never"),)))
        assert world.plan().wakes == ()

    def test_a_cheaper_server_takes_a_dear_ones_place(self) -> None:
        world = alone(max=3).rents("burst-large-1", OLD_S).runs(replace(TINY, definition="tiny"), "burst-large-1")
        world = replace(world, grid=replace(world.grid, services=(Service("tiny", moves="any"),)))
        assert woken(world.plan()) == ["burst-small-1"]


class TestMachinesMin:
    """It is about one's own machines: it costs no rent."""

    def world(self, least: int, **more: object) -> CloudWorld:
        world = burst_world(**more)
        return replace(world, grid=replace(world.grid, power=Power(machines_min=least)))

    def test_it_never_rents(self) -> None:
        assert woken(self.world(5).plan()) == ["tower"]
        assert woken(self.world(5).awake("tower").plan()) == []

    @pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
    def test_whatever_count_is_asked_for_up_to_it(self, count: int) -> None:
        assert woken(self.world(5).plan_for(count)) == ["tower"]

    def test_more_than_that_is_rented_where_it_is_asked_for(self) -> None:
        assert woken(self.world(2).plan_for(3)) == ["burst-small-1", "tower"]
        assert woken(self.world(0).plan_for(9)) == ["burst-small-1", "burst-small-2", "tower"]

    def test_a_server_is_not_kept_for_it(self) -> None:
        world = self.world(3).awake("tower").rents("burst-small-1", OLD_S).spare("burst-small-1", "tower")
        made = world.plan()
        assert slept(made) == ["burst-small-1"]
        assert reasons(made, "tower") == "at least 3 machines stay on (machines_min)"
        assert slept(world.plan_for(made.desired)) == ["burst-small-1"]

    def test_nor_counted_to_it(self) -> None:
        assert woken(self.world(2).rents("burst-small-1", OLD_S).plan()) == ["tower"]


def test_a_slot_says_what_keeps_it_from_being_rented() -> None:
    world = alone(monthly_budget=1.0).spent("1.00")
    assert reasons(world.plan(), "burst-small-1") == (
        "nothing needs it; the budget of cloud burst doesn't pay for it: 1.00 of 1.00 USD are spent this month, and it needs 0.0057"
    )


def test_the_same_in_any_order() -> None:
    world = alone(max=3).rents("burst-small-2", OLD_S).listed("burst-large-1", state="booting").waits(WIDE, 2).waits(TINY)
    ledger = world.ledgers[0]
    turned = replace(world, ledgers=(replace(ledger, servers=ledger.servers[::-1], offers=ledger.offers[::-1]),))
    assert turned.plan() == world.plan()
