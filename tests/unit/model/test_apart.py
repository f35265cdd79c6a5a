"""Which of the zones are chosen when a service asks for fewer than there are, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.definitions import load
from simulacra.model.apart import chosen
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Tier
from simulacra.model.place import Uplink, Zone
from simulacra.model.service import Driver, Service
from simulacra.model.spread import count_of, per_zone, zones_of

EXAMPLE = Path(__file__).resolve().parents[3] / "grid"
TIERS = (Tier("phone", 10), Tier("server", 30))


def grid_of(
    zones: dict[str, str | None], uplinks: dict[str, str | None] | None = None, machines: dict[str, int] | None = None, **more: Machine
) -> Grid:
    """Zones by name with the uplink of each, uplinks with what they are via, so many machines in each zone (else one), and some more."""
    made = [Machine(f"{zone}-{n}", zone, tier="server") for zone in zones for n in range((machines or {}).get(zone, 1))]
    return Grid(
        "test",
        uplinks=tuple(Uplink(name, via) for name, via in sorted((uplinks or {}).items())),
        zones=tuple(Zone(name, uplink) for name, uplink in sorted(zones.items())),
        tiers=TIERS,
        machines=tuple(sorted([*made, *more.values()], key=lambda it: it.name)),
    )


def near(grid: Grid, **rtt_ms: dict[str, float]) -> Grid:
    zones = tuple(Zone(it.name, it.uplink, rtt_ms=tuple(sorted(rtt_ms.get(it.name, {}).items()))) for it in grid.zones)
    return Grid(grid.name, uplinks=grid.uplinks, zones=zones, tiers=grid.tiers, machines=grid.machines)


STREET = grid_of({"a": "street", "b": "street", "c": None, "d": None}, {"street": None})
FLAT = grid_of(dict.fromkeys("abcd"))
STEADY = grid_of(dict.fromkeys("abc"), x=Machine("x", "a"), y=Machine("y", "b"), z=Machine("z", "c", never_sleeps=True))
TREE = grid_of({"a": "left", "b": "left", "c": "right", "d": "right"}, {"city": None, "left": "city", "right": "city"})


@pytest.mark.parametrize(
    ("grid", "number", "expected"),
    [
        pytest.param(STREET, 2, "ac", id="not both behind one uplink"),
        pytest.param(STREET, 3, "abc", id="three of four: each half has one whoever is left out"),
        pytest.param(TREE, 2, "ac", id="one behind each of two uplinks, at the same distance"),
        pytest.param(FLAT, 2, "ab", id="nothing to choose by but names"),
        pytest.param(FLAT, 1, "a", id="one zone"),
        pytest.param(FLAT, 4, "abcd", id="all there are"),
        pytest.param(FLAT, 9, "abcd", id="more than there are"),
        pytest.param(grid_of(dict.fromkeys("abc"), machines={"b": 2, "c": 3}), 2, "bc", id="the fewest machines left without"),
        pytest.param(grid_of({"a": "x", "b": "y", "c": "z"}, {"x": None, "y": "w", "z": "w", "w": None}), 2, "ab", id="across the top"),
        pytest.param(near(FLAT, a={"b": 2, "c": 9, "d": 7}, b={"c": 30, "d": 5}, c={"d": 6}), 2, "bc", id="the longest round trip"),
        pytest.param(near(FLAT, c={"d": 3}, d={"c": 99}, a={"b": 4}), 2, "ab", id="of two words on a distance the first by name counts"),
        pytest.param(near(FLAT, d={"c": 3}), 2, "cd", id="a distance that only the other end tells"),
        pytest.param(STEADY, 2, "ac", id="a zone where somebody is always on"),
    ],
)
def test_choice(grid: Grid, number: int, expected: str) -> None:
    assert "".join(chosen(grid, Service("it"), number).zones) == expected


PHONES = grid_of(
    {"a": None, "b": None, "c": None},
    machines={"a": 0, "b": 0},
    a=Machine("phone", "a", tier="phone"),
    b=Machine("box", "b", has=Has(cpu_mhz=1, memory_mb=1, drivers=("exec",))),
)


@pytest.mark.parametrize(
    ("service", "number", "expected"),
    [
        pytest.param(Service("it"), 2, "ab", id="any machine does"),
        pytest.param(Service("it", tier="server"), 1, "c", id="the tier is in one zone only"),
        pytest.param(Service("it", tier="phone"), 2, "ac", id="of no tier is of too low a one"),
        pytest.param(Service("it", driver=Driver("docker")), 2, "ac", id="a driver that is known to be missing"),
        pytest.param(Service("it", tier="server"), 2, "ac", id="too few are fit: those, and others"),
    ],
)
def test_a_zone_without_a_machine_for_it_is_left_out(service: Service, number: int, expected: str) -> None:
    assert "".join(chosen(PHONES, service, number).zones) == expected


def test_a_machine_of_which_nothing_is_known_may_carry_it() -> None:
    grid = grid_of({"a": None, "b": None}, machines={"a": 0, "b": 0}, x=Machine("x", "a", tier="phone"), y=Machine("y", "b"))
    assert chosen(grid, Service("it", tier="server", driver=Driver("docker")), 1).zones == ("b",)


@pytest.mark.parametrize(
    ("grid", "service", "number", "lines"),
    [
        (STREET, Service("it"), 2,
         ("in 2 of 4 zones, a and c: a cut of street, a or c leaves one on each side;", "a cut of b or d leaves one side without")),
        (FLAT, Service("it"), 1, ("in 1 of 4 zones, a: a cut of a, b, c or d leaves one side without",)),
        (PHONES, Service("it", tier="server"), 1,
         ("in 1 of 3 zones, c: a cut of a, b or c leaves one side without;", "no machine for it in a or b")),
        (grid_of(dict.fromkeys("abcdefgh")), Service("it"), 2,
         ("in 2 of 8 zones, a and b: a cut of a or b leaves one on each side;", "a cut of c, d, e or 3 more leaves one side without")),
    ],
)  # fmt: skip
def test_the_reason_names_the_cuts(grid: Grid, service: Service, number: int, lines: tuple[str, ...]) -> None:
    assert chosen(grid, service, number).reason() == lines


def test_in_the_example_grid_a_cut_of_the_ring_leaves_one_on_each_side() -> None:
    grid = load(EXAMPLE)
    time = grid.service("time")
    assert time is not None
    assert (zones_of(grid, time), count_of(grid, time), per_zone(grid, time)) == (("attic", "hosting"), 2, 1)


def test_a_grid_is_its_own_though_another_looks_like_it() -> None:
    """What is remembered of one grid is not taken for another's, also where the first is gone."""
    for _ in range(50):
        assert chosen(grid_of(dict.fromkeys("ab"), machines={"b": 2}), Service("it"), 1).zones == ("b",)
        assert chosen(grid_of(dict.fromkeys("ab"), machines={"a": 2}), Service("it"), 1).zones == ("a",)


def test_many_zones_are_chosen_one_by_one() -> None:
    """Forty zones on ten streets: too many sets to compare; still never two on one street."""
    zones: dict[str, str | None] = {f"z{number:02d}": f"street{number % 10}" for number in range(40)}
    found = chosen(grid_of(zones, {f"street{number}": None for number in range(10)}), Service("it"), 10).zones
    assert len({zones[name] for name in found}) == 10
