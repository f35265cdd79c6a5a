"""What is told as hopeless against a slow answer of another kind: all ways to put a service's instances onto the machines, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from scenes import grid_of, machine

from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, Tier
from simulacra.model.service import Driver, Port, Resources, Service
from simulacra.model.spread import count_of, per_zone, zones_of
from simulacra.observe.workload import job_of
from simulacra.plan.hopeless import hopeless
from simulacra.render.expected_job import expected_job

TIERS = (Tier("phone", 10), Tier("server", 20))
RANKS = {tier.name: tier.rank for tier in TIERS}
MEMORY = (1000, 2000, 4000)


@dataclass(frozen=True)
class Placement:
    """For each instance of each service the machine it is put onto."""

    of: tuple[tuple[Machine, ...], ...]


@st.composite
def grids(draw: st.DrawFn, services: int) -> Grid:
    """Up to four machines in up to three zones, and so many services that may ask for a port."""
    drivers = st.sampled_from([("exec",), ("docker",), ("docker", "exec")])
    machines = [
        machine(
            f"m{number}",
            memory=draw(st.sampled_from(MEMORY)),
            zone=draw(st.sampled_from(["a", "b", "c"])),
            drivers=draw(drivers),
            tier=draw(st.sampled_from(["phone", "server"])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    own = sorted({it.zone for it in machines})
    return grid_of(*machines, services=tuple(draw(service(f"s{number}", own)) for number in range(services)), tiers=TIERS)


@st.composite
def service(draw: st.DrawFn, name: str, own: list[str]) -> Service:
    zones = draw(st.sampled_from([None, "each", len(own), (own[0],), tuple(own)]))
    share = draw(st.integers(1, 2))
    wide = len(own) if zones == "each" or isinstance(zones, int) else len(zones or ())
    return Service(
        name,
        tier=draw(st.sampled_from([None, "phone", "server"])),
        zones=zones,
        count=share * (wide or 1),
        driver=Driver(draw(st.sampled_from(["exec", "docker"]))),
        resources=Resources(cpu=10, memory=draw(st.sampled_from(MEMORY))),
        ports=(Port("http", static=80),) if draw(st.booleans()) else (),
    )


def may_run(asked: Service, it: Machine) -> bool:
    assert it.has is not None
    assert it.tier is not None
    assert asked.driver is not None
    assert asked.resources is not None
    ranked = asked.tier is None or RANKS[it.tier] >= RANKS[asked.tier]
    return ranked and asked.driver.name in it.has.drivers and it.has.memory_mb >= (asked.resources.memory or 0)


def holds(grid: Grid, asked: Sequence[Service], placed: Placement) -> bool:
    """Whether no machine is overfull, no port taken twice, and no zone has more than its share."""
    for one, on in zip(asked, placed.of, strict=True):
        zones = zones_of(grid, one)
        if zones and any(sum(it.zone == zone for it in on) > per_zone(grid, one) for zone in zones):
            return False
    for it in grid.machines:
        here = [one for one, on in zip(asked, placed.of, strict=True) for other in on if other.name == it.name]
        if it.has is None or sum(one.resources.memory or 0 for one in here if one.resources) > it.has.memory_mb:
            return False
        if sum(bool(one.ports) for one in here) > 1:
            return False
    return True


def placements(grid: Grid, asked: Sequence[Service]) -> Iterator[Placement]:
    """All of the services' instances on machines that may run them, in their zones."""
    able = [
        [it for it in grid.machines if may_run(one, it) and (not zones_of(grid, one) or it.zone in zones_of(grid, one))] for one in asked
    ]
    for on in product(*(product(its, repeat=count_of(grid, one)) for one, its in zip(asked, able, strict=True))):
        yield Placement(on)


def told(grid: Grid) -> set[str]:
    jobs = ((it, job_of(expected_job(grid, it), grid.name)) for it in grid.services)
    return {problem.rule for problem in hopeless(grid, jobs)}


@given(grids(services=1))
def test_one_service_is_hopeless_where_no_placement_holds_and_only_there(grid: Grid) -> None:
    (asked,) = grid.services
    empty = [
        zone for zone in zones_of(grid, asked) or ("",) if not any(may_run(asked, it) and zone in (it.zone, "") for it in grid.machines)
    ]
    possible = any(holds(grid, (asked,), it) for it in placements(grid, (asked,)))
    rules = told(grid)
    assert bool(rules & {"never-runs", "broken-promise"}) == bool(empty)
    assert bool(rules) != possible


@given(grids(services=2))
def test_two_services_are_told_to_be_rivals_only_where_no_placement_holds_both(grid: Grid) -> None:
    if "port-taken" in told(grid):
        assert not any(holds(grid, grid.services, it) for it in placements(grid, grid.services))
