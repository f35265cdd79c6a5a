"""Peripherals as they are on the overlay now: on which address, served by whom, and how their proxies find them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from simulacra.faults import Fault
from simulacra.gateways.nomad_values import Allocation
from simulacra.model.catalog import catalog_names
from simulacra.model.grid import Grid
from simulacra.model.peripheral import Peripheral
from simulacra.model.peripheral import Protocol as Spoken
from simulacra.model.proxy import proxies_of, proxy_name, stands_in
from simulacra.model.served import CheckResult, Registration
from simulacra.model.status import GridStatus, PeripheralStatus
from simulacra.observe.answers import Answers

HealthKind = Literal["well", "down", "unknown"]


@dataclass(frozen=True, slots=True)
class Health:
    """How a machine's proxy finds a device; ``why`` is empty while it is well."""

    kind: HealthKind
    why: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.why}" if self.why else self.kind


@dataclass(frozen=True, slots=True)
class ServedPort:
    """A port of a device on one machine's overlay address, by its ``name`` in Nomad's catalog. Without an address nobody serves it."""

    name: str
    protocol: Spoken
    address: str | None
    machine: str | None
    health: Health


@dataclass(frozen=True, slots=True)
class SeenPeripheral:
    """``device`` is its address as defined; ``waiting`` says why (more of) its proxy doesn't run, None where all of it does."""

    name: str
    zone: str | None
    device: str
    proxy: str | None
    ports: tuple[ServedPort, ...]
    waiting: str | None

    @property
    def served_by(self) -> tuple[str, ...]:
        return tuple(sorted({port.machine for port in self.ports if port.machine is not None}))

    @property
    def health(self) -> Health:
        """Down where it is down for every machine that tells; well where it is for one."""
        found = {port.health.kind: port.health for port in reversed(self.ports)}
        return found.get("well") or found.get("down") or found.get("unknown") or Health("unknown", NO_PORTS)


class Clients(Protocol):
    """What seeing peripherals needs of Nomad; `checks` raises a `Fault` where the machine can't be asked."""

    def registrations(self, job: str, namespace: str) -> tuple[Registration, ...]: ...
    def checks(self, allocation: str) -> tuple[CheckResult, ...]: ...


NO_PORTS = "it has no ports: nothing of it is on the overlay"
NOBODY = Health("unknown", "nobody serves it")


def served_by(grid: Grid, allocations: Sequence[Allocation]) -> tuple[PeripheralStatus, ...]:
    """By name: on which machines each one's proxy runs. Whether the device is well only its machines know, who aren't asked."""
    machines: dict[str, set[str]] = {}
    for it in allocations:
        if it.status == "running":
            machines.setdefault(it.job, set()).add(it.node_name)
    return tuple(
        PeripheralStatus(it.name, stands_in(grid, it), it.address, None, ", ".join(sorted(machines.get(_proxy(it) or "", ()))) or None)
        for it in sorted(grid.peripherals, key=lambda device: device.name)
    )


def only(grid: Grid, name: str) -> Grid:
    """The grid with no other peripheral than that one, or none."""
    return replace(grid, peripherals=tuple(it for it in grid.peripherals if it.name == name))


def see_peripherals(grid: Grid, answers: Answers, status: GridStatus, nomad: Clients) -> tuple[SeenPeripheral, ...]:
    """All peripherals by name: a call for each proxy that runs, and one for each of its instances."""
    proxies = {proxy.name for proxy in proxies_of(grid)}
    running = {it.id: it for it in answers.allocations if it.job in proxies and it.status == "running"}
    catalog: dict[str, list[Registration]] = {}
    for name, namespace in sorted({(it.job, it.namespace) for it in running.values()}):
        catalog.setdefault(name, []).extend(it for it in nomad.registrations(name, namespace) if it.allocation in running)
    found = {id_: _checks(nomad, it) for id_, it in running.items()}
    waiting = {it.name: it.waiting for it in status.services}
    return tuple(
        SeenPeripheral(it.name, stands_in(grid, it), it.address, _proxy(it), ports, waiting.get(_proxy(it) or ""))
        for it in sorted(grid.peripherals, key=lambda device: device.name)
        for ports in (_ports(it, catalog.get(_proxy(it) or "", ()), running, found),)
    )


def _proxy(peripheral: Peripheral) -> str | None:
    return proxy_name(peripheral) if peripheral.ports else None


def _checks(nomad: Clients, allocation: Allocation) -> tuple[CheckResult, ...] | Health:
    """Of all devices that it serves; or why they can't be told."""
    try:
        return nomad.checks(allocation.id)
    except Fault:
        return Health("unknown", f"{allocation.node_name} can't be asked")


def _ports(
    peripheral: Peripheral,
    catalog: Sequence[Registration],
    running: Mapping[str, Allocation],
    found: Mapping[str, tuple[CheckResult, ...] | Health],
) -> tuple[ServedPort, ...]:
    """One for each port and machine; of a port that nobody serves, one that says so."""
    names = catalog_names(peripheral)
    own = {name for _, name in names}
    ports = []
    for port, (_, name) in zip(peripheral.ports, names, strict=True):
        there = sorted((running[it.allocation].node_name, it.at, it.allocation) for it in catalog if it.name == name)
        ports += [ServedPort(name, port.protocol, at, machine, _health(own, found[allocation])) for machine, at, allocation in there]
        if not there:
            ports.append(ServedPort(name, port.protocol, None, None, NOBODY))
    return tuple(ports)


def _health(own: set[str], found: tuple[CheckResult, ...] | Health) -> Health:
    """Of a device on one machine, by the checks of all of its ports."""
    if isinstance(found, Health):
        return found
    checks = [it for it in found if it.service in own]
    failing = next((it for it in checks if it.status == "failure"), None)
    if failing is not None:
        return Health("down", _in_words(failing))
    if not checks:
        return Health("unknown", "nothing looks at it")
    return Health("well") if any(it.status == "success" for it in checks) else Health("unknown", "nobody has looked at it yet")


def _in_words(check: CheckResult) -> str:
    """What a failing check has said: its status where that isn't in its words already."""
    words = check.output or "its check fails"
    return words if not check.code or str(check.code) in words else f"{check.code} {words}"
