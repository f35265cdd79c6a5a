"""Peripherals as devices of the lab: where they are plugged in, at which addresses, and who reaches those."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from simulacra.faults import Usage
from simulacra.lab.addresses import beside
from simulacra.lab.cloud_books import Books, free_address
from simulacra.lab.cloud_sites import sites_of
from simulacra.lab.devices.device import Device, DevicePort
from simulacra.lab.devices.network import plug_in_devices, take_addresses
from simulacra.lab.devices.switching import to_sleep
from simulacra.lab.layout import DeviceSeat, lay_out
from simulacra.lab.magic import card_of
from simulacra.lab.network import build_commands, plug_in
from simulacra.lab.places import cut_off, find_place
from simulacra.lab.state import LabState, Resident, Router
from simulacra.model.cloud import Cloud
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, WakeLan
from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.place import Zone

HAS = Has(1000, 512, drivers=("raw_exec",))
HOME = "192.168.1.0/24"
MAC = "52:54:00:a7:1c:01"
WEB = (PeripheralPort("web", 80, "http"),)


def grid(*peripherals: Peripheral, machines: int = 1, subnet: str = HOME) -> Grid:
    attic = (Machine(f"m{number:03}", "attic", has=HAS) for number in range(machines))
    zones = (Zone("attic", subnets=(subnet,)), Zone("office", subnets=(subnet,)))
    return Grid("home", zones=zones, machines=(*attic, Machine("desk", "office", has=HAS)), peripherals=peripherals)


def at(address: str, name: str = "one", **more: object) -> Peripheral:
    return Peripheral(name, address, **({"zone": "attic"} | more))  # type: ignore[arg-type]


def seat(made: Peripheral) -> DeviceSeat:
    (found,) = lay_out(grid(made), "lab").devices
    return found


@pytest.mark.parametrize(
    ("made", "lan_address", "elsewhere", "mac"),
    [
        (at("192.168.1.50"), "192.168.1.50/24", None, None),
        (at("10.20.30.40"), "192.168.1.254/24", "10.20.30.40", None),
        (at("fd12::9"), "192.168.1.254/24", "fd12::9", None),
        (at("printer.lan"), "192.168.1.254/24", None, None),
        (at("printer.local"), "192.168.1.254/24", None, None),
        (at("52:54:00:A7:1C:01"), "192.168.1.254/24", None, MAC),
        (at("192.168.1.50", wake=WakeLan(MAC)), "192.168.1.50/24", None, MAC),
        (at("192.168.1.50", wake=WakeLan("53:54:00:a7:1c:01")), "192.168.1.50/24", None, None),
        (at("192.168.1.255"), "192.168.1.254/24", "192.168.1.255", None),
    ],
)
def test_a_device_is_where_its_definition_says(made: Peripheral, lan_address: str, elsewhere: str | None, mac: str | None) -> None:
    found = seat(made)
    assert (found.zone, found.namespace, found.port) == ("attic", "simlab.lab.d.one", "device0")
    assert (found.lan_address, found.elsewhere, found.mac) == (lan_address, elsewhere, mac)


def test_a_device_stands_in_the_zone_of_its_first_machine() -> None:
    assert seat(at("192.168.1.50", zone=None, machines=("desk", "m000"))).zone == "office"


def test_two_zones_of_one_subnet_each_have_a_device_at_one_address() -> None:
    layout = lay_out(grid(at("192.168.1.50", "printer"), at("192.168.1.50", "plotter", zone="office")), "lab")
    assert [(it.name, it.zone, it.lan_address) for it in layout.devices] == [
        ("printer", "attic", "192.168.1.50/24"),
        ("plotter", "office", "192.168.1.50/24"),
    ]


def test_peripherals_at_one_address_are_one_device() -> None:
    (found,) = lay_out(grid(at("hub.LAN", "b"), at("hub.lan", "a", wake=WakeLan(MAC))), "lab").devices
    assert ([it.name for it in found.peripherals], found.mac) == (["a", "b"], MAC)


def test_nobody_has_the_address_of_another() -> None:
    names = [f"d{number}" for number in range(20)]
    devices = [at(f"192.168.1.{number}", f"fixed{number}") for number in (1, 2, 10, 12, 13, 254)]
    layout = lay_out(grid(*devices, *(at(f"{name}.local", name) for name in names), machines=5), "lab")
    attic = [it.lan_address for it in layout.seats if it.machine.zone == "attic"]
    assert layout.lans[0].router == "192.168.1.3/24"
    assert attic == [f"192.168.1.{number}/24" for number in (11, 14, 15, 16, 17)]
    everyone = [layout.lans[0].router, *attic, *(it.lan_address for it in layout.devices)]
    assert len(set(everyone)) == len(everyone) == 1 + 5 + 26
    assert layout.lans[1].router == "192.168.1.1/24"


@pytest.mark.parametrize(("devices", "network"), [(200, HOME), (239, HOME), (245, "10.78.0.0/16"), (600, "10.78.0.0/16")])
def test_a_lan_is_as_big_as_it_must_be(devices: int, network: str) -> None:
    layout = lay_out(grid(*(at(f"d{number}.local", f"d{number}") for number in range(devices))), "lab")
    assert layout.lans[0].network == network
    assert len({it.lan_address for it in layout.devices}) == devices


def test_servers_of_clouds_take_what_is_left() -> None:
    sky = Cloud("burst", "EC2", zone="attic", tier="server", region="r", sizes=("s",), image="i", max=2)
    crowded = grid(at("192.168.1.11", "a"), at("192.168.1.12", "b"), at("10.0.0.7", "c"))
    (plain,) = sites_of(lay_out(replace(grid(), clouds=(sky,)), "lab"))
    (site,) = sites_of(lay_out(replace(crowded, clouds=(sky,)), "lab"))
    assert (plain.taken, plain.reaches, free_address(plain, Books())) == ((), (), "192.168.1.11/24")
    assert (site.reaches, free_address(site, Books())) == (("10.0.0.7",), "192.168.1.13/24")


def test_machines_of_the_zone_reach_addresses_elsewhere() -> None:
    layout = lay_out(grid(at("10.20.30.40", "a"), at("fd12::9", "b"), at("10.0.0.9", "c", zone="office")), "lab")
    first = layout.seats[1]
    assert first.machine.name == "m000"
    assert first.reaches == card_of(first).reaches == ("10.20.30.40", "fd12::9")
    commands = [" ".join(command[2:]) for command in plug_in(layout, first)]
    assert commands[-4:-1] == [
        f"addr replace {beside(first.lan_address)} dev lan0 nodad",
        "route replace 10.20.30.40 dev lan0",
        "route replace fd12::9 dev lan0",
    ]
    assert beside("192.168.1.10/24") == "fd77::c0a8:10a/64"


def test_a_lab_without_peripherals_is_as_it_was() -> None:
    layout = lay_out(grid(), "lab")
    assert (layout.devices, list(plug_in_devices(layout))) == ((), [])
    assert not any("route" in command and "255.255.255.255" not in command for command in build_commands(layout))


def test_devices_are_made_a_namespace_at_a_time_and_their_names_fit_the_kernel() -> None:
    layout = lay_out(grid(*(at(f"10.0.0.{number}", f"d{number}") for number in range(3))), "lab")
    commands = list(plug_in_devices(layout))
    rows = [where for where, _ in itertools.groupby(command[:2] if command[0] == "-n" else () for command in commands)]
    assert rows == [(), *(("-n", it.namespace) for it in layout.devices), ("-n", "simlab.lab.z.attic")]
    for command in commands:
        for before, name in itertools.pairwise(command):
            if before in ("name", "dev"):
                assert len(name) <= 15
    again = [" ".join(it[2:]) for it in take_addresses("ns", "192.168.1.9/24", "10.0.0.1")]
    assert again[1:] == [
        "addr replace 192.168.1.9/24 broadcast + dev lan0",
        "link set lan0 up",
        "route replace 255.255.255.255 dev lan0",
        "addr replace 10.0.0.1/32 dev lan0",
    ]


def test_those_that_a_packet_wakes_may_start_asleep() -> None:
    layout = lay_out(grid(at("a.lan", "a", wake=WakeLan(MAC)), at("b.lan", "b"), at("a.lan", "alias")), "lab")
    assert to_sleep(layout, ["all"]) == (("a",), ("all",))
    assert to_sleep(layout, ["m000", "alias"]) == (("a",), ("m000",))
    assert to_sleep(layout, []) == ((), ())
    with pytest.raises(Usage, match=r"b can't start asleep"):
        to_sleep(layout, ["b"])


def test_a_devices_cable_is_a_place() -> None:
    layout = lay_out(grid(at("192.168.1.50", "printer", ports=WEB)), "lab")
    residents = tuple(Resident(it.machine.name, it.machine.zone, it.namespace, it.server, "200::1", it.port) for it in layout.seats)
    routers = tuple(Router(lan.zone, lan.namespace, lan.port, lan.wan) for lan in layout.lans)
    ports = (DevicePort("printer", 80, "http"),)
    device = Device(("printer", "scanner"), "attic", "simlab.lab.d.printer", "192.168.1.50/24", None, "device0", ports)
    found = LabState("lab", "home", "up", layout.wan_namespace, "ygg0", residents, routers, (), devices=(device,))
    place = find_place(found, "printer")
    assert (place.title, place.ends) == ("device:printer", (("simlab.lab.z.attic", "device0"), ("simlab.lab.d.printer", "lan0")))
    assert cut_off(found, frozenset({("simlab.lab.z.attic", "device0")})) == frozenset()
    assert found.device("scanner") is device
    assert found.device("desk") is None
