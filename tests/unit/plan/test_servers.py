"""Where servers should stand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import always, grid_of, machine

from simulacra.model.grid import Grid
from simulacra.model.machine import Machine
from simulacra.model.place import Uplink, Zone
from simulacra.model.split import Seats
from simulacra.plan.cuts import single_cuts, zones_of_machines
from simulacra.plan.servers import seats


def advice(grid: Grid, *servers: str, voters: int | None = None) -> Seats:
    zones = zones_of_machines(grid)
    return seats(grid, single_cuts(grid, zones), zones, servers, len(servers) if voters is None else voters)


def three_zones(*more: Machine) -> Grid:
    return grid_of(always("nas"), always("mini", zone="office"), always("vps", zone="hosting"), *more)


def test_one_in_each_of_three_zones() -> None:
    found = advice(three_zones(machine("tower", zone="office"), always("rack")))
    assert found.advised in (("mini", "nas", "vps"), ("mini", "rack", "vps"))
    assert found.left_smaller == ()
    assert any("bigger half keeps it, whatever is cut" in words for words in found.reasons)


def test_those_that_stand_well_stay() -> None:
    for rack_or_nas in ("nas", "rack"):
        found = advice(three_zones(always("rack")), "mini", rack_or_nas, "vps")
        assert (found.stand_well, found.headless, found.smaller) == (True, (), ())


def test_sleepers_phones_that_come_and_go_and_far_zones_arent_chosen() -> None:
    guest = replace(always("guest"), never_sleeps=False)
    found = advice(grid_of(always("nas"), machine("tower", zone="office"), guest))
    assert found.advised == ("nas",)
    assert any("while the only one is away" in words for words in found.reasons)


def test_none_can_be_advised_where_nothing_stays_on() -> None:
    found = advice(grid_of(machine("tower"), machine("desk", zone="office")))
    assert found.advised == ()
    assert "never sleeps" in found.reasons[0]


@pytest.mark.parametrize(
    ("servers", "headless", "smaller"),
    [
        (("mini", "nas", "vps"), set(), set()),
        (("mini", "nas"), {"zone attic", "zone office", "machine mini", "machine nas"}, set()),
        (("nas",), set(), {"zone attic", "machine nas"}),
    ],
)
def test_what_there_is_now_is_judged(servers: tuple[str, ...], headless: set[str], smaller: set[str]) -> None:
    found = advice(three_zones(), *servers)
    assert (set(found.headless), set(found.smaller)) == (headless, smaller)


def test_an_uplink_counts_as_a_cut() -> None:
    """Five zones, three of them behind one ring: the ring's half is the bigger one, and must have two of three."""
    grid = grid_of(*(always(f"m{at}", zone=f"z{at}") for at in range(5)))
    grid = replace(grid, uplinks=(Uplink("ring"),), zones=tuple(Zone(f"z{at}", "ring" if at < 3 else None) for at in range(5)))
    found = advice(grid)
    assert found.left_smaller == ()
    assert sum(name in ("m0", "m1", "m2") for name in found.advised) >= 2


def test_a_big_zone_keeps_the_majority_where_it_has_most_machines() -> None:
    """Ten machines in the attic, one elsewhere: cut off, the attic should go on by itself."""
    grid = grid_of(*(always(f"a{at}") for at in range(10)), always("vps", zone="hosting"))
    found = advice(grid)
    assert [name.startswith("a") for name in found.advised].count(True) * 2 > len(found.advised)
    assert found.left_smaller == ()
    assert len(found.advised) == 3


def test_the_same_whatever_the_order() -> None:
    grid = three_zones(always("rack"), always("cube", zone="office"))
    turned = replace(grid, machines=tuple(reversed(grid.machines)))
    assert advice(grid, "vps", "nas") == advice(turned, "nas", "vps")
