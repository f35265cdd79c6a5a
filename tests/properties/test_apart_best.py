"""The zones chosen against a slow answer of another kind: cables taken out of a graph, and who still reaches whom."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from simulacra.model.apart import chosen
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine
from simulacra.model.place import Uplink, Zone
from simulacra.model.service import Service

WORLD = "the world"


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Up to six zones, some without a machine, behind up to four uplinks that hang on earlier ones or on nothing."""
    names = [f"up{number}" for number in range(draw(st.integers(0, 4)))]
    uplinks = [Uplink(name, draw(st.sampled_from([None, *names[:index]]))) for index, name in enumerate(names)]
    zones = [Zone(f"z{number}", draw(st.sampled_from([None, *names]))) for number in range(draw(st.integers(2, 6)))]
    machines = [Machine(f"{zone.name}-{n}", zone.name) for zone in zones for n in range(draw(st.integers(0, 3)))]
    return Grid("any", uplinks=tuple(uplinks), zones=tuple(zones), machines=tuple(machines or [Machine("z0-0", "z0")]))


def edges(grid: Grid) -> list[tuple[str, str]]:
    """The cables: from each zone and each uplink to what it hangs on."""
    return [(f"zone {it.name}", it.uplink or WORLD) for it in grid.zones] + [(it.name, it.via or WORLD) for it in grid.uplinks]


def reached(cables: list[tuple[str, str]], start: str) -> set[str]:
    seen, left = {start}, [start]
    while left:
        here = left.pop()
        for other in {b for a, b in cables if a == here} | {a for a, b in cables if b == here}:
            if other not in seen:
                seen.add(other)
                left.append(other)
    return seen


def badness(grid: Grid, zones: tuple[str, ...]) -> tuple[int, int]:
    """Over all cuts that part machines: halves that are left without, and the machines in them."""
    bare = weight = 0
    cables = edges(grid)
    for cut in cables:
        rest = [cable for cable in cables if cable is not cut]
        halves = [reached(rest, end) for end in cut]
        people = [[it for it in grid.machines if f"zone {it.zone}" in half] for half in halves]
        if not all(people):
            continue
        for half, there in zip(halves, people, strict=True):
            if not any(f"zone {name}" in half for name in zones):
                bare, weight = bare + 1, weight + len(there)
    return bare, weight


@given(grids(), st.integers(1, 5))
def test_no_other_set_leaves_fewer_halves_without(grid: Grid, number: int) -> None:
    own = sorted({it.zone for it in grid.machines})
    found = chosen(grid, Service("it"), number).zones
    assert list(found) == sorted(found)
    assert len(found) == min(number, len(own))
    assert set(found) <= set(own)
    assert badness(grid, found) == min(badness(grid, other) for other in combinations(own, len(found)))


@given(grids(), st.integers(1, 5))
def test_the_order_of_the_definitions_changes_nothing(grid: Grid, number: int) -> None:
    turned = Grid("any", uplinks=grid.uplinks[::-1], zones=grid.zones[::-1], machines=grid.machines[::-1])
    assert chosen(turned, Service("it"), number) == chosen(grid, Service("it"), number)
