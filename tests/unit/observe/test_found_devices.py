"""Found devices as the peripherals that they could be, and the definitions that are proposed for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.cli.device_proposals import devices_plain, devices_text
from simulacra.definitions import load
from simulacra.hcl.format import format_text
from simulacra.model.found import FoundService, LookAround, Neighbour
from simulacra.model.grid import Grid
from simulacra.model.journal import Card, Report
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.place import Zone
from simulacra.model.service import Service
from simulacra.observe.answers import Answers
from simulacra.observe.found_devices import FoundDevices, Known, found_devices, known_machines
from simulacra.observe.machines import see_machines

GRID = Grid("trial", zones=(Zone("attic"), Zone("office")), machines=(Machine("nas", "attic"), Machine("mini", "office")))
MAC = "52:54:00:00:00:50"


def service(
    type_: str = "_http._tcp", port: int = 80, host: str = "printer.local", address: str = "192.168.1.50", **more: str
) -> FoundService:
    return FoundService(more.get("instance", "Laser"), type_, host, port, (address,), more.get("model", ""))


def found(*services: FoundService, grid: Grid = GRID, known: Known | None = None, **more: object) -> FoundDevices:
    look = LookAround("nas", ("192.168.1.10",), (), services, **more)  # type: ignore[arg-type]
    return found_devices(grid, {"attic": look}, known or Known())


def test_the_services_of_a_host_are_one_device() -> None:
    services = service(), service("_ipp._tcp", 631, host="Printer.local", model="Laser 5000")
    (device,) = found(*services, neighbours=(Neighbour("192.168.1.50", MAC),)).devices
    ports = PeripheralPort("http", 80, "http"), PeripheralPort("ipp", 631)
    assert device.peripheral == Peripheral("printer", "printer.local", "attic", ports=ports)
    assert (device.addresses, device.mac, device.called) == (("192.168.1.50",), MAC, "Laser 5000")


@pytest.mark.parametrize(
    ("services", "ports"),
    [
        ([service("_https._tcp", 443)], [("https", 443, "https")]),
        ([service("_pdl-datastream._tcp", 9100)], [("pdl_datastream", 9100, "tcp")]),
        ([service("_coap._udp", 5683)], [("coap", 5683, "udp")]),
        ([service("_ipp._tcp", 80), service("_http._tcp", 80)], [("http", 80, "http")]),
        ([service("_http._tcp", 80), service("_http._tcp", 8080)], [("http", 80, "http"), ("http_8080", 8080, "http")]),
        ([service("_x._udp", 53), service("_x._tcp", 53)], [("x", 53, "tcp"), ("x_53", 53, "udp")]),
        ([service("_3d._tcp", 3)], [("port_3d", 3, "tcp")]),
    ],
)
def test_ports_by_their_services(services: list[FoundService], ports: list[tuple[str, int, str]]) -> None:
    (device,) = found(*services).devices
    assert [(it.name, it.number, it.protocol) for it in device.peripheral.ports] == ports


@pytest.mark.parametrize(
    ("one", "address"),
    [
        (service(host="printer.local"), "printer.local"),
        (service(host="Laser (2).local"), "192.168.1.50"),
        (service("_coap._udp", 5683), "192.168.1.50"),
        (service(host="printer.lan"), "192.168.1.50"),
    ],
    ids=["its name", "a name that a definition can't have", "datagrams", "not of multicast DNS"],
)
def test_the_address_that_stays(one: FoundService, address: str) -> None:
    assert [it.peripheral.address for it in found(one).devices] == [address]


@pytest.mark.parametrize(
    ("known", "more"),
    [
        (Known(names=frozenset({"printer"})), {}),
        (Known(macs=frozenset({MAC})), {"neighbours": (Neighbour("192.168.1.50", MAC),)}),
        (Known(addresses=frozenset({("attic", "192.168.1.50")})), {}),
    ],
    ids=["name", "card", "address"],
)
def test_the_grids_own_machines_are_no_devices(known: Known, more: dict[str, object]) -> None:
    seen = found(service(), known=known, **more)
    assert (seen.devices, seen.strangers) == ((), ())


def test_an_address_in_another_zone_is_another_device() -> None:
    known = Known(addresses=frozenset({("office", "192.168.1.50")}))
    elsewhere = Grid("trial", machines=GRID.machines, peripherals=(Peripheral("theirs", "192.168.1.50", machines=("mini",)),))
    assert len(found(service(), grid=elsewhere, known=known).devices) == 1


@pytest.mark.parametrize("address", ["192.168.1.50", "Printer.local.", MAC.upper()])
def test_what_is_defined_is_only_told(address: str) -> None:
    grid = Grid("trial", machines=GRID.machines, peripherals=(Peripheral("laser", address, machines=("nas",)),))
    seen = found(service(), grid=grid, neighbours=(Neighbour("192.168.1.50", MAC),))
    assert (seen.devices, seen.strangers, seen.defined) == ((), (), ("laser",))


def test_names_that_others_have() -> None:
    grid = Grid("trial", services=(Service("printer"),), peripherals=(Peripheral("laser", "x", "attic"),))
    hosts = ("printer.local", "Printer!.local", "laser.local", "?.local")
    services = [service(host=host, address=f"192.168.1.{number}") for number, host in enumerate(hosts, 50)]
    assert [it.peripheral.name for it in found(*services, grid=grid).devices] == [
        "device",
        "laser-attic",
        "printer-attic",
        "printer-attic-2",
    ]


def test_what_nobody_could_connect_to() -> None:
    assert found(service("_workstation._tcp", 9)).devices == ()


def test_machines_by_all_that_is_known_of_them() -> None:
    grid = Grid("trial", zones=(Zone("attic"),), machines=(Machine("Tower", "attic", wake=WakeLan("52:54:00:00:00:01")),))
    machines = see_machines(grid, Answers((), frozenset(), (), (), (), ()))
    report = Report("Tower", 1.0, "b", cards=(Card("eth0", "52:54:00:00:00:02"),), addresses=("192.168.1.11/24",))
    known = known_machines(grid, machines, ("52:54:00:00:00:03",), (report,))
    assert known.names == {"tower"}
    assert known.macs == {f"52:54:00:00:00:0{number}" for number in (1, 2, 3)}
    assert known.addresses == {("attic", "192.168.1.11")}


def test_the_definitions_that_are_proposed_hold(tmp_path: Path) -> None:
    strangers = Neighbour("192.168.1.50", MAC), Neighbour("192.168.1.77", "52:54:00:00:00:77")
    services = (
        service(model='Laser "5000" ${x}'),
        service("_ipp._tcp", 631),
        service("_coap._udp", 5683, host="s.local", address="192.168.1.51"),
    )
    seen = found(*services, neighbours=strangers)
    text = devices_text(seen, ["zone office is left out: no machine takes work there"])
    assert text == format_text(text)
    assert "# zone office is left out" in text
    assert text.endswith("#   192.168.1.77  52:54:00:00:00:77\n")
    (tmp_path / "grid.hcl").write_text('grid "trial" {}\n\nzone "attic" {}\n\nmachine "nas" {\n  zone = "attic"\n}\n')
    (tmp_path / "found.hcl").write_text(text)
    loaded = load(tmp_path)
    assert [(it.name, it.address, it.zone, [p.name for p in it.ports]) for it in loaded.peripherals] == [
        ("printer", "printer.local", "attic", ["http", "ipp"]),
        ("s", "192.168.1.51", "attic", ["coap"]),
    ]


def test_for_programs() -> None:
    plain = devices_plain(found(service(), neighbours=(Neighbour("192.168.1.77", MAC),)), ["a note"])
    assert plain == {
        "devices": [
            {
                "name": "printer", "zone": "attic", "address": "printer.local", "addresses": ["192.168.1.50"], "mac": None,
                "called": "Laser",
                "ports": [{"name": "http", "number": 80, "protocol": "http"}],
            }
        ],
        "strangers": [{"zone": "attic", "address": "192.168.1.77", "mac": MAC}],
        "defined": [],
        "notes": ["a note"],
    }  # fmt: skip
