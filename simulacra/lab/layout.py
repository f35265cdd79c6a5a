"""What a lab consists of: namespaces, links and addresses, worked out from the grid alone.

Everything lies inside the lab's own namespaces, named ``simlab.LAB.m.MACHINE`` (machines), ``simlab.LAB.s.NUMBER`` (servers of its
cloud), ``simlab.LAB.d.PERIPHERAL`` (devices), ``simlab.LAB.z.ZONE`` (a zone's router) and ``simlab.LAB.wan`` (the cables outside):
interfaces and subnets can't meet those of the host or of another lab.

A zone's router holds the bridge that is the zone's LAN, and the zone's cable to the outside; it forwards nothing, it only runs an
overlay node that peers with the other zones' routers. So the overlay is the only way between zones, and taking the cable away
takes the zone away as a whole. Uplinks are switches among the cables: zones behind one uplink go on seeing each other when the
uplink's own cable is taken away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from simulacra.faults import Usage
from simulacra.lab.addresses import WAN_NETWORK, LanAddresses, devices_in, elsewhere, share_out
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.peripheral import Peripheral
from simulacra.model.place import Zone

PREFIX = "simlab"
LAN, WAN = "lan0", "wan0"
"""The machines' interface to their LAN; the routers' interface to the outside."""


@dataclass(frozen=True, slots=True)
class Lan:
    """A zone: its router and the bridge in it. ``router`` and ``wan`` are addresses with a prefix length."""

    zone: str
    namespace: str
    network: str
    router: str
    wan: str
    port: str
    switch: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A bridge among the cables; ``port`` is its own cable's end at the switch ``via``, None at the outermost one."""

    uplink: str | None
    bridge: str
    via: str | None = None
    port: str | None = None

    @property
    def near(self) -> str:
        """Its own cable's end at this switch."""
        return f"{self.bridge}up"


@dataclass(frozen=True, slots=True)
class Seat:
    """A machine in the lab: its namespace, and its place in its zone's LAN.

    ``reaches`` are addresses outside of the LAN that are on it all the same: those of devices.
    """

    machine: Machine
    namespace: str
    lan_address: str
    port: str
    mac: str | None
    server: bool
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceSeat:
    """A device in the lab, which stands for these peripherals, all at one address; it is named as the first.

    ``elsewhere`` is that address where it lies outside of the LAN.
    """

    peripherals: tuple[Peripheral, ...]
    zone: str
    namespace: str
    lan_address: str
    elsewhere: str | None
    port: str
    mac: str | None

    @property
    def name(self) -> str:
        return self.peripherals[0].name

    @property
    def wake(self) -> WakeLan | None:
        return next((it.wake for it in self.peripherals if it.wake is not None), None)


@dataclass(frozen=True, slots=True)
class Layout:
    lab: str
    grid: Grid
    wan_namespace: str
    switches: tuple[Switch, ...]
    lans: tuple[Lan, ...]
    seats: tuple[Seat, ...]
    devices: tuple[DeviceSeat, ...] = ()

    def lan(self, zone: str) -> Lan | None:
        return next((lan for lan in self.lans if lan.zone == zone), None)

    def namespaces(self) -> tuple[str, ...]:
        """All but those of devices."""
        return (self.wan_namespace, *(lan.namespace for lan in self.lans), *(seat.namespace for seat in self.seats))


def namespace_prefix(lab: str) -> str:
    """What the names of all of the lab's namespaces begin with; a lab's name has no dot, so no other lab's do."""
    return f"{PREFIX}.{lab}."


def server_namespace(lab: str, number: int) -> str:
    return f"{namespace_prefix(lab)}s.{number}"


def server_port(number: int) -> str:
    """The far end of the server's cable, at its zone's router."""
    return f"server{number}"


def check_name(lab: str) -> str:
    """The name, if it can be a lab's; raises `Usage`."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,19}", lab):
        raise Usage(f"lab: {lab!r} can't be a lab's name; use up to 20 lower-case letters, digits and hyphens")
    return lab


def lay_out(grid: Grid, lab: str) -> Layout:
    """The lab of the grid; raises `Usage` where the grid doesn't say what a machine has, or has no machine."""
    check_name(lab)
    without = [machine for machine in grid.machines if machine.has is None]
    if not grid.machines or without:
        raise Usage("\n".join(_no_has(machine) for machine in without) or f"lab: the grid {grid.name} has no machine; define one")
    servers = choose_servers(grid)
    switches = _switches(grid)
    prefix = namespace_prefix(lab)
    zones = sorted(grid.zones, key=lambda zone: zone.name)
    addresses = {zone.name: share_out(grid, zone, index) for index, zone in enumerate(zones)}
    lans = tuple(_lan(zone, index, addresses[zone.name], prefix, switches) for index, zone in enumerate(zones))
    devices = tuple(seat for zone, its in addresses.items() for seat in _devices(grid, zone, its, prefix))
    reaches = {zone: tuple(it.elsewhere for it in devices if it.zone == zone and it.elsewhere is not None) for zone in addresses}
    seats = tuple(
        _seat(machine, addresses[machine.zone], prefix, machine.name in servers, reaches[machine.zone])
        for machine in sorted(grid.machines, key=lambda m: m.name)
    )
    return Layout(lab, grid, f"{prefix}wan", switches, lans, seats, devices)


def _no_has(machine: Machine) -> str:
    where = f"{machine.source}: " if machine.source.line else ""
    return f'{where}machine "{machine.name}": the lab must know what it has; add a block `has {{ cpu_mhz = …, memory_mb = … }}`'


def choose_servers(grid: Grid) -> tuple[str, ...]:
    """The machines that run a Nomad server, by name.

    Those defined with ``server = true``; else one in each of three zones (of one zone where there are fewer): the one that never
    sleeps, then with the fewest watts idle.
    """
    defined = tuple(sorted(machine.name for machine in grid.machines if machine.server))
    if defined:
        return defined
    ranked = sorted(grid.machines, key=_server_rank)
    best_of_zone: dict[str, Machine] = {}
    for machine in ranked:
        best_of_zone.setdefault(machine.zone, machine)
    best = sorted(best_of_zone.values(), key=_server_rank)
    return tuple(sorted(machine.name for machine in best[: 3 if len(best) >= 3 else 1]))


def _server_rank(machine: Machine) -> tuple[bool, float, str]:
    return (not machine.never_sleeps, machine.watts.idle if machine.watts else float("inf"), machine.name)


def _switches(grid: Grid) -> tuple[Switch, ...]:
    uplinks = sorted(grid.uplinks, key=lambda uplink: uplink.name)
    bridges = {uplink.name: f"up{index}" for index, uplink in enumerate(uplinks)}
    own = (Switch(up.name, bridges[up.name], bridges.get(up.via or "", "wan"), f"cable{index}") for index, up in enumerate(uplinks))
    return (Switch(None, "wan"), *own)


def _lan(zone: Zone, index: int, addresses: LanAddresses, prefix: str, switches: tuple[Switch, ...]) -> Lan:
    switch = next((switch.bridge for switch in switches if switch.uplink == zone.uplink), "wan")
    return Lan(
        zone=zone.name,
        namespace=f"{prefix}z.{zone.name}",
        network=str(addresses.network),
        router=addresses.router,
        wan=f"{WAN_NETWORK[index + 1]}/{WAN_NETWORK.prefixlen}",
        port=f"zone{index}",
        switch=switch,
    )


def _seat(machine: Machine, addresses: LanAddresses, prefix: str, server: bool, reaches: tuple[str, ...]) -> Seat:
    return Seat(
        machine=machine,
        namespace=f"{prefix}m.{machine.name}",
        lan_address=addresses.machines[machine.name],
        port=f"port{list(addresses.machines).index(machine.name)}",
        mac=_of_a_card(machine.wake.mac) if isinstance(machine.wake, WakeLan) else None,
        server=server,
        reaches=reaches,
    )


def _devices(grid: Grid, zone: str, addresses: LanAddresses, prefix: str) -> Iterator[DeviceSeat]:
    for index, its in enumerate(devices_in(grid, zone)):
        macs = (*(it.address for it in its if it.address_kind == "mac"), *(it.wake.mac for it in its if it.wake is not None))
        yield DeviceSeat(
            peripherals=its,
            zone=zone,
            namespace=f"{prefix}d.{its[0].name}",
            lan_address=addresses.devices[its[0].name],
            elsewhere=elsewhere(addresses.network, its[0]),
            port=f"device{index}",
            mac=_of_a_card(macs[0].lower()) if macs else None,
        )


def _of_a_card(mac: str) -> str | None:
    """A card's own address, so that a magic packet is meant for it; None (any) where it is a group address."""
    return None if int(mac[:2], 16) & 1 else mac
