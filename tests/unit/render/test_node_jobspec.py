"""The job on every machine: when there is one, and what of its program can't be sent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulacra.faults import Usage
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, Sleep, WakeCommand, WakeLan
from simulacra.model.peripheral import DeviceCheck, Peripheral, PeripheralPort
from simulacra.model.place import Zone
from simulacra.render.extra_jobs import extra_jobs
from simulacra.render.node_job import PARTS, render_node_job
from simulacra.render.templates import shipped_templates

FILE = "simulacra-node.nomad.hcl"


def grid_of(**more: object) -> Grid:
    return Grid("test", machines=(Machine("nas", "attic"), Machine("tower", "attic", **more)))  # type: ignore[arg-type]


def settings(grid: Grid) -> Any:
    _, _, after = render_node_job(grid).partition("data = <<END_OF_FILE\n")
    return json.loads(after.partition("END_OF_FILE")[0])


@pytest.mark.parametrize(
    ("machine", "there"),
    [
        ({}, False),
        ({"wake": WakeCommand(("plug", "on"))}, False),
        ({"wake": WakeLan("52:54:00:a7:1c:01")}, True),
        ({"sleep": Sleep()}, True),
    ],
)
def test_there_is_one_where_a_machine_sleeps_or_needs_a_neighbours_packet(machine: dict[str, object], there: bool) -> None:
    assert list(extra_jobs(grid_of(**machine))) == ([FILE] if there else [])


@pytest.mark.parametrize(("zone", "there"), [(Zone("attic"), False), (Zone("attic", subnets=("192.168.1.0/24",)), True)])
def test_there_is_one_where_addresses_tell_zones(zone: Zone, there: bool) -> None:
    assert list(extra_jobs(replace(grid_of(), zones=(zone,)))) == ([FILE] if there else [])


def test_what_it_knows_of_the_machines() -> None:
    assert settings(grid_of(sleep=Sleep(idle_after_s=60, busy_ports=(22, 445), busy_load=0.25))) == {
        "overlay": "ygg0",
        "reports": "nomad/jobs/simulacra-node/reports",
        "machines": {"tower": {"idle_after_s": 60, "busy_ports": [22, 445], "busy_load": 0.25}},
    }


def test_it_knows_who_should_reach_which_device_and_how() -> None:
    web, dns, tls = PeripheralPort("web", 80, "http"), PeripheralPort("dns", 53, "udp"), PeripheralPort("tls", 443, "https")
    devices = (
        Peripheral("console", "52:54:00:00:00:01", "attic", ports=(web,), wake=WakeLan("52:54:00:00:00:01")),
        Peripheral("lamp", "lamp.local", "attic", ports=(dns, web, tls), check=DeviceCheck(port="tls")),
        Peripheral("meter", "10.0.0.9", machines=("tower",), ports=(dns,)),
        Peripheral("shy", "shy.example", "attic", ports=(web,), check=DeviceCheck("none")),
        Peripheral("silent", "10.0.0.10", "attic"),
        Peripheral("twice", "10.0.0.11", "attic", replicas=2, ports=(dns, web)),
    )
    grid = replace(grid_of(), machines=(*grid_of().machines, Machine("mini", "office")), peripherals=devices)
    assert settings(grid)["reach"] == [
        {
            "machines": ["nas", "tower"],
            "devices": [
                {"name": "console", "address": "52:54:00:00:00:01", "kind": "mac", "port": None, "sleeps": True},
                {"name": "lamp", "address": "lamp.local", "kind": "mdns", "port": 443, "sleeps": False},
                {"name": "shy", "address": "shy.example", "kind": "dns", "port": None, "sleeps": False},
            ],
        },
        {"machines": ["nas", "tower"], "devices": [{"name": "twice", "address": "10.0.0.11", "kind": "ip", "port": 80, "sleeps": False}]},
        {"machines": ["tower"], "devices": [{"name": "meter", "address": "10.0.0.9", "kind": "ip", "port": None, "sleeps": False}]},
    ]


@pytest.mark.parametrize(("ports", "there"), [((), False), ((PeripheralPort("web", 80),), True)])
def test_there_is_one_where_devices_are_to_be_reached(ports: tuple[PeripheralPort, ...], there: bool) -> None:
    grid = replace(grid_of(), peripherals=(Peripheral("lamp", "10.0.0.9", "attic", ports=ports),))
    assert (FILE in extra_jobs(grid)) is there


def test_every_file_of_the_program_is_sent() -> None:
    assert sorted(path.name for path in (shipped_templates() / "node").glob("*.py")) == sorted(PARTS)
    text = render_node_job(grid_of())
    assert [name for name in PARTS if f'"local/{name}"' not in text] == []


@pytest.mark.parametrize(
    ("text", "why"),
    [("x = [[[[1]]]]\n", r"node/place\.py contains \[\[\[\["), ("x = 1\n  END_OF_FILE\n", r"node/place\.py has a line END_OF_FILE")],
)
def test_what_nomad_would_read_otherwise_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "node/place.py").write_text(text)
    with pytest.raises(Usage, match=why):
        render_node_job(grid_of(), tmp_path)
