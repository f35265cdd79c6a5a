"""Peripherals as they are on the overlay: served by whom, on which address, how; and what people and programs see of that."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from fake_clients import FakeClients
from rich.console import Console

from simulacra.cli.reasons import explained
from simulacra.cli.show_peripherals import peripherals_plain, show_peripherals
from simulacra.faults import Usage
from simulacra.gateways.nomad_values import Allocation, JobStub
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine
from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.place import Zone
from simulacra.model.plan import Plan
from simulacra.model.proxy import proxies_of, proxy_service
from simulacra.model.served import CheckResult, Registration
from simulacra.model.snapshot import Snapshot
from simulacra.model.status import MachineStatus
from simulacra.observe.answers import Answers
from simulacra.observe.explained import Scene
from simulacra.observe.explained_peripheral import explain_peripheral
from simulacra.observe.peripherals import SeenPeripheral, only, see_peripherals
from simulacra.observe.services import grid_status

PRINTER = Peripheral("printer", "192.168.1.50", "attic", ports=(PeripheralPort("ipp", 631), PeripheralPort("web", 80, "http")))
CAMERA = Peripheral("camera", "camera.local", machines=("nas",), ports=(PeripheralPort("rtsp", 554),))
BULB = Peripheral("bulb", "192.168.1.52", "attic")
PLAIN = Grid("trial", zones=(Zone("attic"),), machines=(Machine("nas", "attic"),), peripherals=(BULB, CAMERA, PRINTER))
GRID = replace(PLAIN, services=tuple(proxy_service(it) for it in proxies_of(PLAIN)))
PROXY = "proxy-attic"
WELL = CheckResult("printer", "success", 200, "nomad: http ok")
DOWN = CheckResult("printer", "failure", 503, "503 Service Unavailable")
PENDING = CheckResult("printer-web", "pending", 0, "")
OTHERS = CheckResult("camera", "failure", 503, "camera is down")


def runs(id_: str = "a", machine: str = "nas", job: str = PROXY, status: str = "running") -> Allocation:
    return Allocation(id_, job, "default", f"id-{machine}", machine, "run", status, None, 20, 32, 0, 1, ())


def at(name: str, port: int, allocation: str = "a", address: str = "200::1") -> Registration:
    return Registration(name, address, port, "n", allocation)


BOTH = (at("printer", 10631), at("printer-web", 10080))


def answers(*allocations: Allocation) -> Answers:
    stubs = tuple(
        JobStub(it.name, "default", "service", "running", False, False, False, None, 7, (("simulacra_grid", "trial"),), 0, 0, 1)
        for it in GRID.services
        if any(allocation.job == it.name for allocation in allocations)
    )
    return Answers((), frozenset(), (), allocations, stubs, ())


def see(clients: FakeClients, *allocations: Allocation, grid: Grid = GRID) -> dict[str, SeenPeripheral]:
    told = answers(*allocations)
    return {it.name: it for it in see_peripherals(grid, told, grid_status(grid, told), clients)}


def test_the_catalog_is_asked_where_the_proxy_runs() -> None:
    """NOMAD_NAMESPACE wins over the definitions when jobs are submitted; a proxy that runs nowhere isn't asked for."""

    class Asked(FakeClients):
        def registrations(self, job: str, namespace: str) -> tuple[Registration, ...]:
            asked.append((job, namespace))
            return super().registrations(job, namespace)

    asked: list[tuple[str, str]] = []
    see(Asked({PROXY: BOTH}, {"a": (WELL,)}), replace(runs(), namespace="family"))
    assert asked == [(PROXY, "family")]


def test_where_it_is_and_who_serves_it() -> None:
    seen = see(FakeClients({PROXY: BOTH}, {"a": (WELL, PENDING, OTHERS)}), runs())["printer"]
    assert [(it.name, it.protocol, it.address, it.machine, str(it.health)) for it in seen.ports] == [
        ("printer", "tcp", "[200::1]:10631", "nas", "well"),
        ("printer-web", "http", "[200::1]:10080", "nas", "well"),
    ]
    assert (seen.proxy, seen.zone, seen.device, seen.served_by, seen.waiting) == (PROXY, "attic", "192.168.1.50", ("nas",), None)


@pytest.mark.parametrize(
    ("told", "health"),
    [
        ((WELL,), "well"),
        ((DOWN, WELL), "down: 503 Service Unavailable"),
        ((replace(DOWN, output="no route to host"),), "down: 503 no route to host"),
        ((replace(DOWN, output="connection refused", code=0),), "down: connection refused"),
        ((replace(DOWN, output="", code=0),), "down: its check fails"),
        ((PENDING,), "unknown: nobody has looked at it yet"),
        ((OTHERS,), "unknown: nothing looks at it"),
        (None, "unknown: nas can't be asked"),
    ],
)
def test_how_it_is(told: tuple[CheckResult, ...] | None, health: str) -> None:
    seen = see(FakeClients({PROXY: BOTH}, {} if told is None else {"a": told}), runs())["printer"]
    assert {str(it.health) for it in seen.ports} == {health}
    assert str(seen.health) == health


def test_several_machines_may_serve_it_and_differ() -> None:
    catalog = {PROXY: (*BOTH, at("printer", 10631, "b", "10.0.0.2"), at("printer", 10631, "old", "200::9"))}
    seen = see(FakeClients(catalog, {"a": (DOWN,), "b": (WELL,)}), runs(), runs("b", "tower"))["printer"]
    assert [(it.name, it.address, it.machine, it.health.kind) for it in seen.ports] == [
        ("printer", "[200::1]:10631", "nas", "down"),
        ("printer", "10.0.0.2:10631", "tower", "well"),
        ("printer-web", "[200::1]:10080", "nas", "down"),
    ]
    assert (seen.served_by, seen.health.kind) == (("nas", "tower"), "well")


def test_nobody_serves_it() -> None:
    seen = see(FakeClients({PROXY: BOTH}), runs(status="unknown"))
    printer = seen["printer"]
    assert [(it.name, it.address, it.machine, str(it.health)) for it in printer.ports] == [
        ("printer", None, None, "unknown: nobody serves it"),
        ("printer-web", None, None, "unknown: nobody serves it"),
    ]
    assert (printer.served_by, printer.waiting) == ((), "cut off, perhaps still running, on nas")
    assert seen["camera"].waiting == "not submitted: `simulacra run proxy-on-nas`"
    assert seen["camera"].zone == "attic"
    assert (seen["bulb"].proxy, seen["bulb"].ports) == (None, ())


def test_status_tells_who_serves_what_without_asking_machines() -> None:
    told = grid_status(GRID, answers(runs(), runs("b", "tower"), runs("c", "old", status="failed")))
    assert [(it.name, it.zone, it.served_by, it.healthy) for it in told.peripherals] == [
        ("bulb", "attic", None, None),
        ("camera", "attic", None, None),
        ("printer", "attic", "nas, tower", None),
    ]


def shown(seen: dict[str, SeenPeripheral]) -> list[str]:
    out = io.StringIO()
    show_peripherals(Console(file=out, width=250), tuple(seen.values()))
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_a_row_a_port() -> None:
    assert shown(see(FakeClients({PROXY: BOTH}, {"a": (DOWN,)}), runs())) == [
        "NAME ADDRESS PROTOCOL HEALTH SERVED BY ZONE DEVICE WHY",
        "bulb - - unknown - attic 192.168.1.52 it has no ports: nothing of it is on the overlay",
        "camera - tcp unknown - attic camera.local nobody serves it; not submitted: `simulacra run proxy-on-nas`",
        "printer [200::1]:10631 tcp down nas attic 192.168.1.50 503 Service Unavailable",
        "printer-web [200::1]:10080 http down nas attic 192.168.1.50 503 Service Unavailable",
    ]
    assert shown({}) == ["no peripheral is defined; `simulacra peripherals discover` proposes some"]


def test_for_programs() -> None:
    plain = peripherals_plain(tuple(see(FakeClients({PROXY: BOTH}, {"a": (WELL,)}), runs(), grid=only(GRID, "printer")).values()))
    port = {"name": "printer", "protocol": "tcp", "address": "[200::1]:10631", "machine": "nas", "health": "well", "why": ""}
    assert plain == [
        {
            "name": "printer",
            "zone": "attic",
            "device": "192.168.1.50",
            "proxy": PROXY,
            "health": "well",
            "served_by": ["nas"],
            "waiting": None,
            "ports": [port, {**port, "name": "printer-web", "protocol": "http", "address": "[200::1]:10080"}],
        }
    ]


def scene(*allocations: Allocation, **more: object) -> Scene:
    status = replace(grid_status(GRID, answers(*allocations)), **more)  # type: ignore[arg-type]
    return Scene(GRID, status, Snapshot(1.0), Plan())


def test_a_peripheral_is_explained_by_its_ports_and_its_proxy() -> None:
    seen = see(FakeClients({PROXY: BOTH}, {"a": (DOWN,)}), runs())["printer"]
    found = explain_peripheral(scene(runs()), seen)
    assert (found.name, found.state) == ("printer", "down")
    assert found.reasons == (
        "the device is 192.168.1.50 in zone attic",
        "printer (tcp) is at [200::1]:10631, on nas",
        "printer-web (http) is at [200::1]:10080, on nas",
        "from nas it is down: 503 Service Unavailable",
    )


def test_why_nobody_serves_it() -> None:
    seen = see(FakeClients())
    found = explain_peripheral(scene(), seen["printer"])
    assert (found.state, found.reasons) == (
        "waiting",
        (
            "the device is 192.168.1.50 in zone attic",
            "nobody serves it",
            f"its proxy {PROXY}: not submitted: `simulacra run {PROXY}`",
        ),
    )
    assert explain_peripheral(scene(), seen["bulb"]).state == "missing"


def test_one_that_is_called_as_a_machine_is() -> None:
    seen = see(FakeClients())["printer"]
    machine = MachineStatus("printer", "attic", None, "on", "ready", None, 0)
    with pytest.raises(Usage, match="printer is a machine and a peripheral: ask for machine:printer or peripheral:printer"):
        explained(scene(machines=(machine,)), "printer", seen)
    assert explained(scene(machines=(machine,)), "peripheral:printer", seen).state == "waiting"
    assert explained(scene(machines=(machine,)), "machine:printer", seen).state == "on"
    with pytest.raises(Usage, match=r"has no machine, service or peripheral printr\. Did you mean"):
        explained(scene(), "printr")
    with pytest.raises(Usage, match="has no peripheral nothing"):
        explained(scene(), "peripheral:nothing")
