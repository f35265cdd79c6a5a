"""What must hold of every cut, whatever the grid and whatever runs on it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from scenes import World, always, grid_of, job

from simulacra.model.place import Uplink, Zone
from simulacra.model.split import Outcome
from simulacra.model.workload import Disconnect, Distinct
from simulacra.plan.cuts import single_cuts, zones_of_machines
from simulacra.plan.ground import ground_of
from simulacra.plan.servers import seats
from simulacra.plan.split import split

ZONES = ("attic", "office", "shed")
STAYS, STOPS = Disconnect(3600.0, replace=False), Disconnect(stop_after_s=60.0)
DISCONNECTS = (STAYS, Disconnect(3600.0), STOPS, Disconnect())


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to seven machines, some asleep, any of them a Nomad server; work placed as Nomad does it."""
    machines = [always(f"m{at}", zone=draw(st.sampled_from(ZONES)), memory=4000) for at in range(draw(st.integers(1, 7)))]
    names = [it.name for it in machines]
    grid = grid_of(*machines)
    uplinked = draw(st.sets(st.sampled_from(ZONES)))
    grid = replace(grid, uplinks=(Uplink("street"),), zones=tuple(Zone(name, "street" if name in uplinked else None) for name in ZONES))
    servers = tuple(sorted(draw(st.sets(st.sampled_from(names), min_size=1))))
    world = World(grid, servers=servers, voters=len(servers)).awake(*draw(st.sets(st.sampled_from(names), min_size=1)))
    for at in range(draw(st.integers(0, 5))):
        distincts = draw(st.sampled_from([(), (), (Distinct("${meta.simulacra_zone}", 1),), (Distinct(""),)]))
        kind = draw(st.sampled_from(["service", "service", "service", "batch", "system"]))
        count, memory = draw(st.integers(1, 4)), draw(st.sampled_from([100, 1500, 3000]))
        disconnect = draw(st.sampled_from(DISCONNECTS)) if kind != "system" else STAYS
        made = job(f"j{at}", memory, 100, count, type=kind, definition=f"j{at}", distincts=distincts, disconnect=disconnect)
        world = world.waits(made).settled()
    return replace(world, demands=())


def outcomes(world: World) -> tuple[Outcome, ...]:
    snapshot = world.snapshot()
    return split(ground_of(world.grid, snapshot), single_cuts(world.grid, zones_of_machines(world.grid, snapshot)))


@given(worlds())
def test_halves_are_the_whole_and_one_leads_at_most(world: World) -> None:
    for it in outcomes(world):
        one, other = it.halves
        assert one.machines + other.machines == len(world.on)
        assert not (one.leader and other.leader)
        assert one.leader or other.leader or len(world.servers) % 2 == 0
        assert set(one.zones) | set(other.zones) == {machine.zone for machine in world.grid.machines}
        assert it.cut.kind == "machine" or not set(one.zones) & set(other.zones)


@given(worlds())
def test_services_add_up(world: World) -> None:
    """Without a replacement and without a stop the halves together run what ran; nobody runs more than twice what was wanted."""
    ran = {it.id: sum(its.job == it.id and its.running for its in world.allocations) for it in world.jobs if it.definition}
    for it in outcomes(world):
        runs = {name: sum(dict(half.services).get(name, 0) for half in it.halves) for name in ran}
        told = {verdict.service: verdict.fate for verdict in it.verdicts}
        for found in (its for its in world.jobs if its.definition):
            rule, before, after = found.groups[0].disconnect, ran[found.id], runs[found.id]
            if rule == STAYS:
                assert after == before
            if rule == STOPS:
                assert after <= max(before, found.groups[0].count)
            assert after <= 2 * before
            assert (found.id in it.lost) == (before > 0 and after == 0)
            assert (told.get(found.id) == "fewer") == (0 < after < before)
            assert all(count > 0 for half in it.halves for _, count in half.services)


@given(worlds())
def test_the_order_of_things_changes_nothing(world: World) -> None:
    turned = replace(world, allocations=tuple(reversed(world.allocations)), jobs=tuple(reversed(world.jobs)))
    assert outcomes(turned) == outcomes(world)


@given(worlds())
def test_advised_servers_never_leave_the_grid_without_a_leader(world: World) -> None:
    zones = zones_of_machines(world.grid)
    cuts = single_cuts(world.grid, zones)
    advice = seats(world.grid, cuts, zones, world.servers, world.voters)
    again = seats(world.grid, cuts, zones, advice.advised, len(advice.advised))
    assert again.headless == ()
    assert again.smaller == advice.left_smaller
    assert again.stand_well
    assert len(advice.left_smaller) <= len(advice.smaller) + len(advice.headless)
