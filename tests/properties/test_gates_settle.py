"""Gates over time, whatever the grid, and whatever machines come and go: they don't flap, they come to rest, the more important runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from gate_world import GateWorld
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import World, grid_of, job, machine

from simulacra.model.machine import Machine, Tier
from simulacra.model.service import Needs, NeedsTier, Service
from simulacra.model.settings import Gates
from simulacra.model.workload import Distinct, Job
from simulacra.plan.plan import plan

POLICY = Gates(open_after_s=10, close_after_s=60, calm_s=600)
MOVES_AT_MOST = 7
"""In the time to calm down: a gate that closes for the third time in it has waited for 40 s and for 160 s, and 60 s each time that it
was open; a fourth time doesn't fit."""
TIERS = (Tier("phone", 10), Tier("server", 30))
ONE_IN_EACH = (Distinct("${meta.simulacra_zone}"),)


def stays(name: str, memory: int, zone: str, tier: str) -> Machine:
    """One that nobody but its owner switches."""
    return machine(name, 10, memory, zone, tier=tier, wake=None, sleep=None)


@st.composite
def machines(draw: st.DrawFn) -> tuple[Machine, ...]:
    sizes = st.sampled_from([2000, 4000, 8000])
    made = [stays("m0", draw(sizes), "attic", "server")]
    for at in range(1, draw(st.integers(2, 4))):
        made.append(stays(f"m{at}", draw(sizes), draw(st.sampled_from(["attic", "office"])), draw(st.sampled_from(["phone", "server"]))))
    return tuple(made)


@st.composite
def services(draw: st.DrawFn) -> tuple[tuple[Service, ...], tuple[Job, ...]]:
    made, jobs = [], []
    for at in range(draw(st.integers(2, 4))):
        name, priority = f"s{at}", draw(st.sampled_from([20, 50, 80]))
        kind = draw(st.sampled_from(["", "", "machines", "tier", "service", "each", "two"]))
        needs = Needs(
            machines=2 if kind == "machines" else 0,
            tiers=(NeedsTier("server"),) if kind == "tier" else (),
            services=(made[-1].name,) if kind == "service" and made else (),
        )
        count = 2 if kind == "two" else None
        made.append(Service(name, needs=needs, count=count, priority=priority, zones="each" if kind == "each" else None))
        distincts = ONE_IN_EACH if kind == "each" else ()
        memory = draw(st.sampled_from([900, 1900, 3000]))
        jobs.append(job(name, memory, 100, count=0, definition=name, priority=priority, distincts=distincts))
    if draw(st.booleans()):
        jobs.append(job("plain", draw(st.sampled_from([900, 1900])), 100, priority=draw(st.sampled_from([30, 60]))))
    return tuple(made), tuple(jobs)


@st.composite
def lives(draw: st.DrawFn) -> tuple[GateWorld, tuple[tuple[str, int], ...]]:
    """A grid, and what happens: which machine comes or goes, and after how many seconds."""
    found, (defined, jobs) = draw(machines()), draw(services())
    grid = grid_of(*found, services=defined, tiers=TIERS, gates=POLICY)
    names = [it.name for it in found]
    begins = World(grid).awake(*draw(st.lists(st.sampled_from(names), min_size=1, unique=True))).knows(*jobs)
    events = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from([15, 45, 65, 90, 200])), max_size=8))
    return GateWorld(begins), tuple(events)


def lived(it: GateWorld, events: tuple[tuple[str, int], ...]) -> GateWorld:
    for name, seconds in events:
        it.live(seconds)
        (it.goes if name in it.world.on else it.comes)(name)
    return it


def often(it: GateWorld) -> int:
    """How often any gate moved at most within the time to calm down."""
    within = (Counter(name for other_s, name, _ in it.moves if 0 <= other_s - at_s < POLICY.calm_s)[name] for at_s, name, _ in it.moves)
    return max(within, default=0)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(lives())
def test_no_gate_moves_often_and_a_quiet_grid_comes_to_rest(life: tuple[GateWorld, tuple[tuple[str, int], ...]]) -> None:
    it = lived(*life)
    it.rest(6 * POLICY.calm_s)
    assert often(it) <= MOVES_AT_MOST
    since_s = it.world.now_s
    it.rest(4 * POLICY.calm_s)
    assert [move for move in it.moves if move[0] >= since_s] == []


@settings(max_examples=15, deadline=None, derandomize=True)
@given(lives())
def test_the_order_of_what_is_seen_means_nothing(life: tuple[GateWorld, tuple[tuple[str, int], ...]]) -> None:
    it = lived(*life)
    seen, grid = it.world.snapshot(), it.world.grid
    turned = replace(
        seen,
        nodes=seen.nodes[::-1], allocations=seen.allocations[::-1], jobs=seen.jobs[::-1], demands=seen.demands[::-1],
        reports=seen.reports[::-1], gates=seen.gates[::-1],
    )  # fmt: skip
    other = replace(grid, machines=grid.machines[::-1], services=grid.services[::-1], zones=grid.zones[::-1], tiers=grid.tiers[::-1])
    assert plan(grid, seen).gates == plan(other, turned).gates
    assert plan(grid, seen).evictions == plan(other, turned).evictions


@settings(max_examples=15, deadline=None, derandomize=True)
@given(lives())
def test_at_rest_nothing_less_important_is_where_something_more_important_could_run(
    life: tuple[GateWorld, tuple[tuple[str, int], ...]],
) -> None:
    """Of those whose needs are there, and that ask for one place anywhere: by memory alone, which is all that these grids are short of."""
    it = lived(*life)
    it.rest(8 * POLICY.calm_s)
    memory = {machine.name: machine.has.memory_mb for machine in it.world.grid.machines if machine.has and machine.name in it.world.on}
    for high in it.world.grid.services:
        if high.zones is not None or high.count is not None or high.needs is None or high.needs != Needs() or it.running(high.name):
            continue
        for name, size in memory.items():
            there = [its for its in it.world.allocations if its.node == f"id-{name}"]
            lower = {its.job for its in there if it.world.grid.service(its.job) and it.job(its.job).priority < it.job(high.name).priority}
            kept = sum(its.memory_mb for its in there if its.job not in lower)
            wanted = it.job(high.name).groups[0].memory_mb
            assert kept + wanted > size, f"{high.name} waits, {', '.join(sorted(lower)) or 'nobody'} is on {name}"
