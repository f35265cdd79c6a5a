"""What each machine draws, and for whom: exact values at single moments."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from simulacra.model.cloud import Cloud
from simulacra.model.cluster import Node
from simulacra.model.costs import NOBODYS, Draw, Fee, Sample, Stay
from simulacra.model.ledger import Ledger, Tenancy
from simulacra.model.machine import Watts
from simulacra.model.rented import with_slots
from simulacra.model.settings import Electricity
from simulacra.plan.draws import sample_of
from simulacra.plan.plan import plan
from tests.scenes import NOON, World, always, grid_of, job, machine

TOWER = replace(machine("tower"), watts=Watts(60, 180, 1.5))
GRID = grid_of(always("nas", 10), TOWER, machine("desk", None), timezone="Europe/Amsterdam", electricity=Electricity(0.3, "EUR"))
WEB = job("web", cpu=4000, definition="web")
SCRIPT = job("script", cpu=2000, type="batch")
CLOUD = Cloud("burst", "EC2", "attic", "server", ("small",), "ami-1", currency="USD", billed_by_s=60.0)
SERVER = Tenancy("i-1", "burst-small-1", "small", NOON - 90, "running", Decimal("0.36"))


def sampled(world: World, *ledgers: Ledger) -> Sample:
    grid = with_slots(world.grid, ledgers)
    snapshot = replace(world.snapshot(), clouds=ledgers)
    return sample_of(grid, snapshot, plan(grid, snapshot))


def drawn(sample: Sample) -> dict[str, Draw]:
    return {it.machine: it for it in sample.draws}


def test_a_machine_draws_from_idle_to_busy_as_its_processor_is_given_away() -> None:
    world = World(GRID).awake("nas", "tower").runs(WEB, "tower").runs(SCRIPT, "tower")
    draws = drawn(sampled(world))
    assert draws["tower"] == Draw("tower", 1, 60 + 120 * 6000 / 16000, 0.0, ((NOBODYS, 0.125), ("web", 0.25)))
    assert draws["nas"] == Draw("nas", 1, 10.0)


def test_a_sleeper_draws_what_it_draws_asleep_and_spares_the_rest() -> None:
    assert drawn(sampled(World(GRID).awake("nas")))["tower"] == Draw("tower", 0, 1.5, 58.5)


def test_one_that_is_coming_draws_already_and_isnt_on() -> None:
    world = World(GRID).awake("nas").record("tower", power="waking", since_s=NOON - 5)
    assert drawn(sampled(world))["tower"] == Draw("tower", 0, 60.0)


def test_what_is_away_isnt_counted() -> None:
    world = World(replace(GRID, machines=tuple(replace(it, wake=None) for it in GRID.machines))).awake("nas")
    assert drawn(sampled(world))["tower"] == Draw("tower", 0, 0.0)


def test_what_nobody_knows_is_told_apart_from_nothing() -> None:
    draws = drawn(sampled(World(GRID).awake("nas", "desk")))
    assert (draws["desk"].watts, draws["desk"].on) == (None, 1)


def test_a_machine_with_more_work_than_processor_is_shared_as_a_whole() -> None:
    world = World(GRID).awake("tower").runs(job("a", cpu=24000, definition="a"), "tower").runs(job("b", cpu=8000, definition="b"), "tower")
    draw = drawn(sampled(world))["tower"]
    assert (draw.watts, draw.parts) == (180.0, (("a", 0.75), ("b", 0.25)))


def test_machines_without_a_definition_are_one_row() -> None:
    strangers = tuple(Node(f"id-{name}", name, cpu_mhz=1000) for name in ("x", "y"))
    assert drawn(sampled(replace(World(GRID).awake("nas"), strangers=strangers)))[NOBODYS] == Draw(NOBODYS, 2, None)


def test_a_rented_machine_draws_nothing_of_ones_own_and_has_a_price() -> None:
    grid = replace(GRID, clouds=(CLOUD,))
    node = Node("id-burst-small-1", "burst-small-1", cpu_mhz=4000)
    world = replace(World(grid).awake("nas"), strangers=(node,))
    world = world.runs(job("web", cpu=1000, definition="web"), "burst-small-1")
    sample = sampled(world, Ledger("burst", servers=(SERVER,)))
    assert drawn(sample)["burst-small-1"] == Draw("burst-small-1", 1, 0.0, 0.0, (("web", 0.25),), Fee(0.36, "USD"))
    assert sample.stays == (Stay(SERVER, "burst", "USD", 60.0, NOON),)
    assert (sample.timezone, sample.tariff) == ("Europe/Amsterdam", Electricity(0.3, "EUR"))


@pytest.mark.parametrize("server", [replace(SERVER, price=None), replace(SERVER, state="stopping")])
def test_a_server_that_goes_or_has_no_price_is_still_a_stay(server: Tenancy) -> None:
    sample = sampled(World(replace(GRID, clouds=(CLOUD,))).awake("nas"), Ledger("burst", servers=(server,)))
    assert drawn(sample)["burst-small-1"].fee is None
    assert [it.server for it in sample.stays] == [server]


def test_the_watts_of_the_plans_totals_are_those_of_all_draws() -> None:
    world = World(GRID).awake("nas", "tower").runs(WEB, "tower")
    assert world.plan().totals.watts == round(sum(it.watts or 0.0 for it in sampled(world).draws), 1)
