"""The lab worked out from the grid."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from simulacra.faults import Usage
from simulacra.lab.build import cables
from simulacra.lab.layout import choose_servers, lay_out
from simulacra.lab.network import build_commands, lab_namespaces, labs_seen
from simulacra.lab.places import cut_off, find_place
from simulacra.lab.state import Cable, LabState, Resident, Router
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, WakeLan, Watts
from simulacra.model.place import Uplink, Zone
from simulacra.model.source import Source

HAS = Has(1000, 512, drivers=("raw_exec",))


def machine(name: str, zone: str, idle: float | None = None, **more: object) -> Machine:
    return Machine(name, zone, has=HAS, watts=Watts(idle, idle) if idle is not None else None, **more)  # type: ignore[arg-type]


GRID = Grid(
    "home",
    uplinks=(Uplink("ring"), Uplink("street", via="ring")),
    zones=(Zone("attic", "street", ("192.168.1.0/24",)), Zone("office", "street", ("fd00::/64",)), Zone("shed", "ring"), Zone("sky")),
    machines=(
        machine("desk", "office", 35),
        machine("mini", "office", 9),
        machine("nas", "attic", 12, never_sleeps=True),
        machine("phone", "shed"),
        machine("tower", "attic", 5, wake=WakeLan("52:54:00:a7:1c:01")),
    ),
)


def test_servers_are_one_in_a_zone_that_never_sleeps_or_draws_little() -> None:
    assert choose_servers(GRID) == ("mini", "nas", "phone")


def test_servers_that_are_defined_are_the_servers() -> None:
    machines = tuple(replace(one, server=one.name == "desk") for one in GRID.machines)
    assert choose_servers(replace(GRID, machines=machines)) == ("desk",)


def test_two_zones_have_one_server() -> None:
    machines = tuple(one for one in GRID.machines if one.zone != "shed")
    assert choose_servers(replace(GRID, machines=machines)) == ("nas",)


def test_zones_have_the_subnet_that_is_theirs_in_life() -> None:
    layout = lay_out(GRID, "lab")
    assert [(lan.zone, lan.network, lan.switch) for lan in layout.lans] == [
        ("attic", "192.168.1.0/24", "up1"),
        ("office", "10.77.1.0/24", "up1"),
        ("shed", "10.77.2.0/24", "up0"),
        ("sky", "10.77.3.0/24", "wan"),
    ]
    assert [(seat.machine.name, seat.lan_address) for seat in layout.seats][2:] == [
        ("nas", "192.168.1.10/24"),
        ("phone", "10.77.2.10/24"),
        ("tower", "192.168.1.11/24"),
    ]


def test_a_card_has_the_address_that_its_magic_packet_is_for() -> None:
    assert {seat.machine.name: seat.mac for seat in lay_out(GRID, "lab").seats}["tower"] == "52:54:00:a7:1c:01"


@pytest.mark.parametrize("subnet", ["192.168.1.0/30", "172.31.240.0/24"], ids=["too small", "the cables' own"])
def test_a_subnet_that_will_not_do_gives_way(subnet: str) -> None:
    zones = (Zone("attic", subnets=(subnet,)), *GRID.zones[1:])
    assert lay_out(replace(GRID, zones=zones), "lab").lans[0].network == "10.77.0.0/24"


def test_names_of_interfaces_fit_the_kernel_and_everything_is_in_the_labs_namespaces() -> None:
    layout = lay_out(GRID, "lab")
    made = set(layout.namespaces())
    for command in build_commands(layout):
        assert command[0] == "-n" or command[:2] == ("netns", "add")
        assert command[1] in made or command[2] in made
        for before, name in itertools.pairwise(command):
            if before in ("add", "name", "dev") and "/" not in name and not name.startswith("simlab."):
                assert len(name) <= 15
    assert all(name.startswith("simlab.lab.") for name in made)


def test_a_machine_without_a_size_is_named() -> None:
    machines = (*GRID.machines, Machine("vps", "sky", source=Source("machines.hcl", 7)))
    with pytest.raises(Usage, match=r'^machines\.hcl:7: machine "vps": the lab must know what it has; add a block `has'):
        lay_out(replace(GRID, machines=machines), "lab")


def test_a_grid_without_machines_is_no_lab() -> None:
    with pytest.raises(Usage, match="no machine"):
        lay_out(replace(GRID, machines=()), "lab")


@pytest.mark.parametrize("name", ["", "a.b", "../etc", "Lab", "x" * 21, "-a"])
def test_a_name_that_could_be_anothers_is_refused(name: str) -> None:
    with pytest.raises(Usage, match="can't be a lab's name"):
        lay_out(GRID, name)


def test_a_cut_uplink_takes_all_zones_behind_it() -> None:
    layout = lay_out(GRID, "lab")
    behind = cables(layout)
    assert behind == (
        Cable("ring", "cable0", ("attic", "office", "shed"), "up0up"),
        Cable("street", "cable1", ("attic", "office"), "up1up"),
    )
    routers = tuple(Router(lan.zone, lan.namespace, lan.port, lan.wan) for lan in layout.lans)
    residents = tuple(Resident(it.machine.name, it.machine.zone, it.namespace, it.server, "200::1", it.port) for it in layout.seats)
    found = LabState("lab", "home", "up", layout.wan_namespace, "ygg0", residents, routers, behind)
    wan = layout.wan_namespace
    assert cut_off(found, frozenset()) == frozenset()
    assert cut_off(found, frozenset({(wan, "zone2")})) == {"phone"}
    assert cut_off(found, frozenset({(wan, "cable1"), (wan, "zone2")})) == {"desk", "mini", "nas", "phone", "tower"}
    assert cut_off(found, frozenset({("simlab.lab.z.attic", "port1")})) == {"tower"}


def test_a_place_is_a_zone_an_uplink_or_a_machine() -> None:
    grid = Grid(
        "g",
        uplinks=(Uplink("street"), Uplink("nas")),
        zones=(Zone("attic", "street"), Zone("street"), Zone("mini")),
        machines=(machine("attic", "attic"), machine("desk", "attic"), machine("nas", "street"), machine("mini", "mini")),
    )
    layout = lay_out(grid, "lab")
    residents = tuple(Resident(it.machine.name, it.machine.zone, it.namespace, it.server, "200::1", it.port) for it in layout.seats)
    routers = tuple(Router(lan.zone, lan.namespace, lan.port, lan.wan) for lan in layout.lans)
    found = LabState("lab", "g", "up", layout.wan_namespace, "ygg0", residents, routers, cables(layout))

    def told(name: str) -> tuple[str, str, str, tuple[str, ...]]:
        place = find_place(found, name)
        return place.kind, place.namespace, place.port, place.machines

    wan = "simlab.lab.wan"
    assert told("attic") == ("zone", wan, "zone0", ("attic", "desk"))
    assert told("machine:attic") == ("machine", "simlab.lab.z.attic", "port0", ("attic",))
    assert told("desk") == ("machine", "simlab.lab.z.attic", "port1", ("desk",))
    assert told("street") == ("zone", wan, "zone2", ("nas",))
    assert told("uplink:street") == ("uplink", wan, "cable1", ("attic", "desk"))
    assert told("nas") == ("uplink", wan, "cable0", ())
    assert told("machine:nas") == ("machine", "simlab.lab.z.street", "port0", ("nas",))
    with pytest.raises(Usage, match="no zone, uplink or machine cellar; there are attic, desk, mini, nas, street"):
        find_place(found, "cellar")


def test_namespaces_tell_which_labs_there_are(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    monkeypatch.setattr("simulacra.lab.network.NETNS", tmp_path)
    for name in ("simlab.a.wan", "simlab.a.m.nas", "simlab.ab.m.nas.home", "other", "other.a.b"):
        (tmp_path / name).touch()
    assert labs_seen() == ("a", "ab")
    assert lab_namespaces("a") == ("simlab.a.m.nas", "simlab.a.wan")
