"""What the seeded schedules found where servers are given back: each story in the least that it takes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from cloud_scenes import CLOUD, CloudWorld, burst_world, fresh_ledger, grid_with
from scenes import NOON, always

from simulacra.model.ledger import Ledger, Tenancy
from simulacra.model.relays import relays_of
from simulacra.model.settings import Power
from simulacra.plan.budget import purse_of, terms_of
from simulacra.plan.scene import look

SLOT = "burst-small-1"
BY_FIVE_MINUTES = replace(CLOUD, billed_by_s=300.0, monthly_budget=0.02)


def spent_world() -> CloudWorld:
    """A server runs, and its cloud's budget is spent."""
    return CloudWorld(grid_with(always()), ledgers=(fresh_ledger(),)).awake("nas").cloud(monthly_budget=0.01).rents(SLOT).spent("5")


def leave(world: CloudWorld) -> str:
    judged = world.plan().judged(SLOT)
    assert judged is not None
    return judged.leave


def test_what_has_to_go_has_to_go_while_it_is_being_emptied_too() -> None:
    """Else it would be called back by whatever runs on it, and be sent away again, while its time runs out."""
    world = spent_world()
    assert "doesn't pay for it" in leave(world)
    assert leave(world.record(SLOT, power="draining", since_s=NOON - 10, drained=True)) == leave(world)


def test_what_has_to_go_has_to_go_though_its_node_does_not_answer() -> None:
    """It costs money whether Nomad hears it or not."""
    world = spent_world()
    assert leave(world.node(SLOT, status="disconnected")) == leave(world)
    assert leave(world.node(SLOT, status="down")) == leave(world)


def test_none_is_called_back_in_anothers_place() -> None:
    """One unit is left, and both begin one in 250 s: the one that is going may need it, so that the other has to go as well. Were the first
    called back then, they would take turns until both have begun it.
    """
    terms = terms_of(BY_FIVE_MINUTES, "UTC", NOON, Power(drain_within_s=90.0))
    price = Decimal("0.06")
    both = tuple(Tenancy(f"i-{name}", name, "small", NOON - 50, "running", price) for name in ("goes", "stays"))
    ledger = Ledger("burst", servers=both, month_s=terms.month_s, gone=Decimal("0.005"))
    assert purse_of(BY_FIVE_MINUTES, ledger, terms, leaving={"goes": NOON + 290}).unpaid == {"goes", "stays"}
    assert purse_of(BY_FIVE_MINUTES, ledger, terms, leaving={"goes": NOON + 200}).unpaid == {"goes"}
    assert purse_of(BY_FIVE_MINUTES, replace(ledger, gone=Decimal(0)), terms, leaving={"goes": NOON + 200}).unpaid == frozenset()


def test_a_rented_machine_sends_no_magic_packets() -> None:
    """It is on no LAN of one's own, though its cloud's zone may be one with machines of one's own."""
    world = burst_world().cloud(zone="attic").rents(SLOT)
    seen = world.snapshot()
    assert SLOT in {node.name for node in seen.nodes if node.status == "ready"}
    assert relays_of(world.whole, seen, "attic") == ("nas",)
    assert look(world.whole, seen).relays == {"attic": frozenset({"nas"})}
