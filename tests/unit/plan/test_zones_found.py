"""Who is in which zone, and what zones a grid without any could have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gossip import HOUSE_OFFICE_CLOUD, gossiped, places

from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging, Report
from simulacra.model.machine import Machine
from simulacra.model.marks import LABEL_ZONE
from simulacra.model.place import Zone
from simulacra.model.snapshot import Snapshot
from simulacra.plan.zone_members import Member, zones_seen
from simulacra.plan.zone_names import zone_names
from simulacra.plan.zone_proposal import Proposal, Signs, propose

ATTIC, OFFICE = Zone("attic", subnets=("192.168.1.0/24",), rtt_ms=(("office", 12.0),)), Zone("office")
GRID = Grid("trial", zones=(ATTIC, OFFICE), machines=(Machine("desk", "office"), Machine("nas", "attic")))


def at(machine: str, *place_ms: float) -> Coordinate:
    return Coordinate(machine, tuple(it / 1000 for it in place_ms))


def node(name: str, number: int = 1, zone: str | None = None, **more: object) -> Node:
    meta = ((LABEL_ZONE, zone),) if zone else ()
    made = Node(f"id-{name}", name, networks=(HostNetwork("overlay", f"200::{number}"),), meta=meta)
    return replace(made, **more)  # type: ignore[arg-type]


def report(machine: str, *addresses: str, knows: tuple[int, ...] = ()) -> Report:
    return Report(machine, 0.0, "boot", addresses=addresses, neighbours=tuple(f"200::{number}" for number in knows))


def signs(*nodes: Node, reports: tuple[Report, ...] = (), coordinates: tuple[Coordinate, ...] = ()) -> Signs:
    return Signs({it.name: it.datacenter for it in nodes}, nodes, reports, coordinates)


def groups(found: Proposal) -> list[tuple[str, ...]]:
    return [zone.machines for zone in found.zones]


# members


def test_the_defined_are_where_they_are_defined_whether_they_are_on_or_not() -> None:
    seen = zones_seen(GRID, Snapshot(0.0, nodes=(node("nas", zone="office"),)))
    assert [(it.zone, [member.machine for member in it.members], it.confidence) for it in seen.zones] == [
        ("attic", ["nas"], 1.0),
        ("office", ["desk"], 1.0),
    ]


def test_the_others_are_where_they_count_to_and_by_what_is_said() -> None:
    near = (at("nas", 0.0), at("desk", 12.0), at("new", 0.2))
    seen = zones_seen(
        GRID,
        Snapshot(
            0.0,
            nodes=(node("new"), node("lan", 2), node("nas", 3), node("desk", 4)),
            coordinates=near,
            reports=(report("lan", "192.168.1.7/24"),),
        ),
    )
    attic = seen.zones[0]
    assert [(it.machine, it.by) for it in attic.members] == [("lan", "subnet"), ("nas", "definition"), ("new", "coordinates")]
    assert 0.7 < attic.members[2].confidence < attic.confidence < 1.0


def test_what_is_remembered_counts_while_a_node_is_away() -> None:
    remembered = (Belonging("gone", "office", "subnet", 0.9),)
    seen = zones_seen(GRID, Snapshot(0.0, nodes=(node("gone", status="down"),), belongings=remembered))
    assert seen.zones[1].members[1] == Member("gone", "subnet", 0.9)


def test_distances_are_measured_else_as_defined() -> None:
    assert dict(zones_seen(GRID, Snapshot(0.0)).zones[1].rtt_ms) == {"attic": 12.0}
    measured = zones_seen(GRID, Snapshot(0.0, coordinates=(at("nas", 0.0), at("desk", 20.0))))
    assert dict(measured.zones[0].rtt_ms) == {"office": 20.0}
    assert dict(zones_seen(replace(GRID, zones=(Zone("attic"), Zone("office"))), Snapshot(0.0)).zones[0].rtt_ms) == {}


def test_a_definition_that_the_coordinates_contradict_is_doubted() -> None:
    grid = replace(GRID, machines=(*GRID.machines, Machine("moved", "attic")))
    near = (at("nas", 0.0), at("desk", 12.0), at("moved", 12.1))
    attic, office = zones_seen(grid, Snapshot(0.0, coordinates=near)).zones
    assert [(it.machine, it.seems) for it in (*attic.members, *office.members)] == [("moved", "office"), ("nas", None), ("desk", None)]


@pytest.mark.parametrize(
    ("it", "coordinates", "why"),
    [
        (node("lost"), (), "none of its addresses is in a zone's subnets alone and there are no network coordinates"),
        (node("lost"), (at("nas", 0.0), at("desk", 12.0)), "Consul has no coordinate of it yet"),
        (node("lost"), (at("nas", 0.0), at("desk", 12.0), at("lost", 40.0)), "its network coordinate isn't near a zone"),
        (node("lost", status="down"), (), "its node is down, and nothing is remembered of it"),
    ],
)
def test_who_is_of_no_zone_is_told_with_what_is_missing(it: Node, coordinates: tuple[Coordinate, ...], why: str) -> None:
    seen = zones_seen(GRID, Snapshot(0.0, nodes=(it,), coordinates=coordinates))
    assert [name for name, _ in seen.unplaced] == ["lost"]
    assert why in seen.unplaced[0][1]


# proposals


def test_coordinates_find_the_zones_and_definitions_lend_their_names_only() -> None:
    there = places((3, 3, 1), 0.15, 1)
    coordinates = gossiped(there, HOUSE_OFFICE_CLOUD, 0.05, 200, 1)
    known = signs(*(node(it.machine, number) for number, it in enumerate(there)), coordinates=coordinates)
    assert [zone.name for zone in propose(None, known).zones] == ["zone1", "zone2", "zone3"]
    machines = tuple(Machine(it.machine, ("attic", "office", "hosting")[it.zone]) for it in there)
    wrong = replace(machines[0], zone="hosting")
    found = propose(Grid("trial", machines=(wrong, *machines[1:])), known)
    assert [(zone.name, zone.machines) for zone in found.zones] == [
        ("attic", ("m0000", "m0001", "m0002")),
        ("hosting", ("m0006",)),
        ("office", ("m0003", "m0004", "m0005")),
    ]
    assert (found.moved, found.compared) == ((("m0000", "hosting", "attic"),), 7)
    assert {name for name, _ in found.zones[0].rtt_ms} == {"hosting", "office"}


def test_without_coordinates_the_overlays_neighbours_tell() -> None:
    three = (node("a", 1), node("b", 2), node("c", 3), node("d", 4))
    found = propose(None, signs(*three, reports=(report("a", knows=(2,)), report("b", knows=(1, 9)), report("d", knows=(3,)))))
    assert groups(found) == [("a", "b"), ("c", "d")]
    assert {zone.by for zone in found.zones} == {"overlay"}


def test_without_neighbours_subnets_tell_and_without_anything_nobody_is_placed() -> None:
    nodes = tuple(node(name, number) for number, name in enumerate("abcd"))
    lans = (report("a", "192.168.1.2/24"), report("b", "192.168.1.3/24", "10.0.0.1/32"), report("c", "10.1.0.5/16"))
    found = propose(None, signs(*nodes, reports=lans))
    assert [(zone.name, zone.machines, zone.subnets) for zone in found.zones] == [
        ("lan-10.1.0.0-16", ("c",), ("10.1.0.0/16",)),
        ("lan-192.168.1.0-24", ("a", "b"), ("192.168.1.0/24",)),
    ]
    assert found.unplaced == ("d",)


def test_who_has_no_coordinate_joins_its_lans_others() -> None:
    near = (at("a", 0.0), at("b", 20.0))
    nodes = tuple(node(name, number) for number, name in enumerate("abcd"))
    found = propose(
        None, signs(*nodes, reports=(report("c", knows=(0,)), report("d", "10.1.0.1/16"), report("b", "10.1.0.2/16")), coordinates=near)
    )
    assert sorted(groups(found)) == [("a", "c"), ("b", "d")]


def test_a_subnet_that_two_homes_have_tells_nothing_and_isnt_written() -> None:
    near = (at("a", 0.0), at("b", 20.0))
    lans = (report("a", "192.168.1.2/24"), report("b", "192.168.1.2/24"), report("c", "192.168.1.3/24"))
    found = propose(None, signs(node("a", 1), node("b", 2), node("c", 3), reports=lans, coordinates=near))
    assert [(zone.machines, zone.subnets) for zone in found.zones] == [(("a",), ()), (("b",), ())]
    assert found.unplaced == ("c",)


def test_names_are_the_definitions_the_datacenters_the_subnets_or_numbers() -> None:
    some = [("a", "b"), ("c",), ("d",), ("e",), ("f",)]
    datacenters = {"c": "eu west/1", "d": "dc1", "e": "dc1", "a": "dc1", "b": "dc1", "f": "dc1"}
    subnets: list[tuple[str, ...]] = [(), (), ("10.0.0.0/24",), (), ()]
    assert zone_names(some, {"a": "attic", "x": "zone1"}, datacenters, subnets) == [
        "attic",
        "eu-west-1",
        "lan-10.0.0.0-24",
        "zone2",
        "zone3",
    ]


def test_each_defined_zone_names_one_group_only() -> None:
    assert zone_names([("a",), ("b", "c")], {"a": "attic", "b": "attic", "c": "attic"}, {}, [(), ()]) == ["zone1", "attic"]
