"""Which cuts a grid has, and who keeps the leader."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scenes import World, always, grid_of

from simulacra.model.place import Uplink, Zone
from simulacra.plan.cuts import cut_of_zones, leads, partings, single_cuts, zones_of_machines

MACHINES = (always("nas"), always("mini", zone="office"), always("vps", zone="hosting"))


def test_uplinks_zones_and_machines_by_name() -> None:
    grid = replace(
        grid_of(*MACHINES),
        uplinks=(Uplink("city"), Uplink("fiber", via="city"), Uplink("nothing")),
        zones=(Zone("attic", "fiber"), Zone("hosting"), Zone("office", "city")),
    )
    cuts = {cut.label: set(cut.behind) for cut in single_cuts(grid, zones_of_machines(grid))}
    assert cuts == {
        "uplink city": {"nas", "mini"},
        "uplink fiber": {"nas"},
        "zone attic": {"nas"},
        "zone hosting": {"vps"},
        "zone office": {"mini"},
        "machine mini": {"mini"},
        "machine nas": {"nas"},
        "machine vps": {"vps"},
    }
    assert list(cuts) == sorted(cuts, key=lambda label: (("uplink", "zone", "machine").index(label.split()[0]), label))


def test_what_leaves_one_side_without_a_machine_parts_nothing() -> None:
    alone = grid_of(always("nas"), always("desk"))
    assert [cut.label for cut in single_cuts(alone, zones_of_machines(alone))] == ["machine desk", "machine nas"]
    single = grid_of(always("nas"))
    assert single_cuts(single, zones_of_machines(single)) == ()


def test_a_label_tells_the_zone_of_an_undefined_machine() -> None:
    world = World(grid_of(*MACHINES)).awake("nas", "mini", "vps").node("mini", meta=(("simulacra_zone", "shed"),))
    grid = replace(world.grid, machines=tuple(it for it in world.grid.machines if it.name != "mini"))
    zones = zones_of_machines(grid, world.snapshot())
    assert zones == {"mini": "shed", "nas": "attic", "vps": "hosting"}
    assert "zone shed" in {cut.label for cut in single_cuts(grid, zones)}
    assert cut_of_zones(["shed", "attic", "shed"], zones).behind == {"mini", "nas"}


@pytest.mark.parametrize(
    ("servers", "voters", "expected"),
    [
        (("nas",), 1, (True, False)),
        (("mini",), 1, (False, True)),
        (("mini", "nas"), 2, (False, False)),
        (("mini", "nas", "vps"), 3, (False, True)),
        (("mini", "nas"), 3, (False, False)),
        (("elsewhere", "nas", "vps"), 3, (False, True)),
        ((), 0, (False, False)),
    ],
)
def test_more_than_half_of_all_voters_lead(servers: tuple[str, ...], voters: int, expected: tuple[bool, bool]) -> None:
    assert leads(servers, voters, frozenset({"nas"})) == expected


def test_partings_tell_whether_the_bigger_half_leads() -> None:
    grid = grid_of(*MACHINES)
    cuts = single_cuts(grid, zones_of_machines(grid))
    found = {it.cut.label: (it.led, it.bigger) for it in partings(cuts, 3, ("nas",), 1)}
    assert found["zone attic"] == (1, 2)
    assert found["zone office"] == (2, 2)
    assert {it.led for it in partings(cuts, 3, ("mini", "nas"), 2) if it.cut.label == "zone attic"} == {None}
