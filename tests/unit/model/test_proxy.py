"""Which proxies there are, what they are called and made of, and on which ports they listen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.model.catalog import catalog_names
from simulacra.model.grid import Grid
from simulacra.model.machine import WakeLan
from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.proxy import (
    FIRST_PORT,
    PORTS,
    Proxy,
    grant_key,
    grants_path,
    health_port,
    listens_on,
    misses_label,
    of_label,
    proxies_of,
    proxy_name,
    proxy_service,
)

WEB = PeripheralPort("web", 80)
LAMP = Peripheral("lamp", "192.168.1.60", zone="attic", ports=(WEB,))


def grid_of(*devices: Peripheral) -> Grid:
    return Grid("test", peripherals=devices)


def named(**changes: object) -> str:
    return proxy_name(replace(LAMP, **changes))  # type: ignore[arg-type]


def test_devices_of_one_place_share_a_proxy() -> None:
    bell, camera = replace(LAMP, name="bell"), replace(LAMP, name="camera", machines=("nas",))
    scale = replace(LAMP, name="scale", zone=None, machines=("nas",))
    clock, unserved = replace(LAMP, name="clock", replicas=2), replace(LAMP, name="unserved", ports=())
    its = proxies_of(grid_of(LAMP, bell, camera, scale, clock, unserved))
    assert [(it.name, it.zone, it.machines, it.replicas, [device.name for device in it.peripherals]) for it in its] == [
        ("proxy-attic", "attic", (), 1, ["bell", "lamp"]),
        ("proxy-attic-2", "attic", (), 2, ["clock"]),
        ("proxy-on-nas", None, ("nas",), 1, ["camera", "scale"]),
    ]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "proxy-attic"),
        ({"replicas": 3}, "proxy-attic-3"),
        ({"machines": ("nas",)}, "proxy-on-nas"),
        ({"machines": ("tower", "nas")}, "proxy-on-nas-tower"),
        ({"machines": ("tower", "nas"), "replicas": 2}, "proxy-on-nas-tower-2"),
        ({"machines": ("Big.Box_1",)}, "proxy-on-big-box-1-74a900"),
    ],
)
def test_its_name_is_that_of_its_place(changes: dict[str, object], name: str) -> None:
    assert named(**changes) == name


def test_names_of_machines_that_nomad_would_not_take_are_told_apart() -> None:
    names = [named(machines=it) for it in (("Nas",), ("nas.",), ("n" * 60,), ("n" * 59 + "m",), tuple(f"machine-{n}" for n in range(9)))]
    assert len(set(names)) == len(names)
    assert all(len(it) <= 63 and it == it.lower() and "." not in it for it in names)


@pytest.mark.parametrize(
    ("changes", "programs"),
    [
        ({}, ("haproxy",)),
        ({"ports": (WEB, PeripheralPort("time", 123, "udp"))}, ("haproxy", "nginx")),
        ({"ports": (PeripheralPort("web", 443, "https", fingerprint="0" * 64),)}, ("haproxy", "python3")),
        ({"address": "lamp.local"}, ("haproxy", "python3")),
        ({"address": "52:54:00:a7:1c:01"}, ("haproxy", "python3")),
        ({"address": "lamp.lan"}, ("haproxy",)),
        ({"wake": WakeLan("52:54:00:a7:1c:01")}, ("haproxy", "python3")),
    ],
)
def test_what_a_machine_must_have(changes: dict[str, object], programs: tuple[str, ...]) -> None:
    (it,) = proxies_of(grid_of(replace(LAMP, **changes)))  # type: ignore[arg-type]
    assert it.programs == programs


@pytest.mark.parametrize(
    ("machines", "machine", "zone", "may"),
    [
        ((), "nas", "attic", True),
        ((), "nas", "cellar", False),
        ((), "nas", None, False),
        (("nas",), "nas", "cellar", True),
        (("nas",), "tower", "attic", False),
    ],
)
def test_where_it_may_run(machines: tuple[str, ...], machine: str, zone: str | None, may: bool) -> None:
    assert Proxy("it", None if machines else "attic", machines, 1, (LAMP,)).may_run_on(machine, zone) is may


def test_it_is_a_service_of_the_grid() -> None:
    (it,) = proxies_of(grid_of(replace(LAMP, replicas=2)))
    service = proxy_service(it)
    assert (service.name, service.count, service.zones, service.moves, service.run_twice) == ("proxy-attic-2", 2, ("attic",), "any", True)
    assert (service.proxies, service.description) == (("lamp",), "Brings what can't join the grid onto the overlay: lamp.")
    many = proxy_service(replace(it, peripherals=tuple(replace(LAMP, name=f"lamp-{n}") for n in range(7))))
    assert many.description.endswith("lamp-0, lamp-1, lamp-2, lamp-3, lamp-4 and more.")


def test_ports_depend_on_names_alone() -> None:
    assert listens_on(LAMP, WEB) == listens_on(replace(LAMP, zone="cellar"), replace(WEB, number=8080)) == 19005
    assert listens_on(LAMP, replace(WEB, listen=8080)) == 8080
    found = {listens_on(replace(LAMP, name=f"lamp-{n}"), WEB) for n in range(500)} | {health_port(f"proxy-{n}") for n in range(500)}
    assert len(found) > 900
    assert all(FIRST_PORT <= it < FIRST_PORT + PORTS for it in found)


def test_its_labels_and_variables() -> None:
    assert misses_label("proxy-on-nas-2") == "simulacra_misses_proxy_on_nas_2"
    assert of_label("simulacra_misses_proxy_on_nas_2") == of_label("${meta.simulacra_misses_proxy_on_nas_2}") == "proxy-on-nas-2"
    assert (grants_path("proxy-attic"), grant_key("3d-printer")) == ("nomad/jobs/proxy-attic", "for_3d_printer")


def test_names_in_nomads_catalog() -> None:
    assert catalog_names(replace(LAMP, ports=(WEB, PeripheralPort("raw_data", 9100)))) == (("web", "lamp"), ("raw_data", "lamp-raw-data"))
