"""Devices that were found on the zones' LANs, as the peripherals that they could be, without the grid's machines and what is defined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from simulacra.model.found import FoundService, LookAround, Neighbour
from simulacra.model.grid import Grid
from simulacra.model.journal import Report
from simulacra.model.machine import WakeLan
from simulacra.model.peripheral import Peripheral, PeripheralPort, Protocol
from simulacra.model.proxy import stands_in
from simulacra.observe.machines import SeenMachine

NAME_AT_MOST, PORT_NAME_AT_MOST = 48, 40
SPOKEN: Mapping[str, Protocol] = {"_http._tcp": "http", "_https._tcp": "https"}
"""Service types that are more than a connection."""
NO_PORTS = ("_workstation._tcp", "_device-info._tcp")
"""Types that announce somebody, but nothing that one could connect to."""
_ADDRESS = re.compile(r"[A-Za-z0-9_.:-]+\.local", re.IGNORECASE)
"""The names by multicast DNS that a definition takes (`simulacra.definitions.language.peripherals`)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a grid's own machines have, so that they aren't taken for devices: names and hardware addresses in lower case, addresses on LANs
    each with its zone.
    """

    names: frozenset[str] = frozenset()
    macs: frozenset[str] = frozenset()
    addresses: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """``peripheral`` is what it could be defined as; ``addresses`` and ``mac`` are its own now, ``called`` what it says that it is."""

    peripheral: Peripheral
    addresses: tuple[str, ...]
    mac: str | None
    called: str


@dataclass(frozen=True, slots=True)
class FoundDevices:
    """By zone and name; ``strangers`` are on the zone's LAN and tell nothing of themselves; ``defined`` are peripherals seen again."""

    devices: tuple[FoundDevice, ...]
    strangers: tuple[tuple[str, Neighbour], ...]
    defined: tuple[str, ...]


def known_machines(grid: Grid, machines: Sequence[SeenMachine], macs: Iterable[str], reports: Iterable[Report]) -> Known:
    """``macs`` are those that Nomad knows of its nodes."""
    woken = {it.wake.mac for it in grid.machines if isinstance(it.wake, WakeLan)}
    names = {it.name for it in grid.machines} | {it.name for it in machines}
    zones = {it.name: it.zone for it in machines if it.zone is not None}
    heard = tuple(reports)
    cards = {card.mac for report in heard for card in report.cards}
    own = {(zones.get(report.machine, ""), address.partition("/")[0]) for report in heard for address in report.addresses}
    return Known(frozenset(name.lower() for name in names), frozenset({*macs, *woken, *cards}), frozenset(own))


def found_devices(grid: Grid, looks: Mapping[str, LookAround], known: Known) -> FoundDevices:
    """``looks`` by zone."""
    devices: list[FoundDevice] = []
    strangers: list[tuple[str, Neighbour]] = []
    defined: set[str] = set()
    taken = {it.name for it in grid.services} | {it.name for it in grid.peripherals}
    for zone, look in sorted(looks.items()):
        there = _Zone(grid, zone, look, known)
        for host, services in there.hosts():
            device = there.device(host, services)
            if (again := there.defined(device.addresses, device.mac, host)) is not None:
                defined.add(again)
                continue
            name = _free(device.peripheral.name, zone, taken)
            taken.add(name)
            devices.append(replace(device, peripheral=replace(device.peripheral, name=name)))
        told = {address for it in look.services for address in it.addresses}
        for it in look.neighbours:
            if it.address in told or there.is_machine("", (it.address,)):
                continue
            if (again := there.defined((it.address,), it.mac, "")) is not None:
                defined.add(again)
            else:
                strangers.append((zone, it))
    return FoundDevices(tuple(devices), tuple(strangers), tuple(sorted(defined)))


class _Zone:
    """What was found in one zone; addresses mean something only there."""

    def __init__(self, grid: Grid, zone: str, look: LookAround, known: Known) -> None:
        self._zone, self._look, self._known = zone, look, known
        self._macs = {it.address: it.mac for it in look.neighbours}
        self._defined = {it.address.rstrip(".").lower(): it.name for it in grid.peripherals if stands_in(grid, it) == zone}

    def hosts(self) -> Iterator[tuple[str, list[FoundService]]]:
        """Who isn't a machine of the grid, each with all services, by name."""
        found: dict[str, list[FoundService]] = {}
        for it in self._look.services:
            if it.type not in NO_PORTS and it.host and not self.is_machine(it.host, it.addresses):
                found.setdefault(it.host.lower(), []).append(it)
        yield from sorted(found.items())

    def is_machine(self, host: str, addresses: Sequence[str]) -> bool:
        if host.lower().removesuffix(".local") in self._known.names:
            return True
        if any(it in self._look.addresses or (self._zone, it) in self._known.addresses for it in addresses):
            return True
        macs = {self._macs[it] for it in addresses if it in self._macs}
        return bool(macs & {*self._known.macs, *self._look.macs})

    def defined(self, addresses: Sequence[str], mac: str | None, host: str) -> str | None:
        """The peripheral that it is already."""
        return next((self._defined[it] for it in (*addresses, mac or "", host.lower()) if it in self._defined), None)

    def device(self, host: str, services: list[FoundService]) -> FoundDevice:
        addresses = tuple(sorted({address for it in services for address in it.addresses}))
        ports = _ports(services)
        by_name = _ADDRESS.fullmatch(host) is not None and all(port.protocol != "udp" for port in ports)  # datagrams need an address
        address = host if by_name or not addresses else addresses[0]
        called = next((it.model for it in services if it.model), services[0].instance)
        mac = next((self._macs[it] for it in addresses if it in self._macs), None)
        return FoundDevice(Peripheral(_plain(host.removesuffix(".local")), address, self._zone, ports=ports), addresses, mac, called)


def _ports(services: list[FoundService]) -> tuple[PeripheralPort, ...]:
    """One for each number: of several services on it, the one of which most is known."""
    best: dict[tuple[int, bool], PeripheralPort] = {}
    for it in sorted(services, key=lambda service: (service.type not in SPOKEN, service.type, service.port)):
        kind, _, transport = it.type.partition("._")
        protocol = SPOKEN.get(it.type, "udp" if transport == "udp" else "tcp")
        best.setdefault((it.port, protocol == "udp"), PeripheralPort(_port_name(kind), it.port, protocol))
    named: dict[str, PeripheralPort] = {}
    for _, port in sorted(best.items()):
        name = port.name if port.name not in named else f"{port.name}_{port.number}"
        named.setdefault(name, replace(port, name=name))
    return tuple(named.values())


def _port_name(kind: str) -> str:
    """Of a type as ``_pdl-datastream``: letters, digits and underscores."""
    plain = re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_")[: PORT_NAME_AT_MOST - 6].strip("_")
    return plain if plain[:1].isalpha() else f"port_{plain}".rstrip("_")


def _plain(host: str) -> str:
    """A host's name as the name of a definition."""
    return re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:NAME_AT_MOST].strip("-") or "device"


def _free(name: str, zone: str, taken: set[str]) -> str:
    """The name, with its zone or a number behind it where somebody else has it."""
    if name not in taken:
        return name
    placed = f"{name}-{_plain(zone)}"[: NAME_AT_MOST + 10].strip("-")
    numbered = (f"{placed}-{number}" for number in range(2, len(taken) + 3))
    return next(it for it in (placed, *numbered) if it not in taken)
