"""What a lab consists of: namespaces, links and addresses, worked out from the grid alone.

Everything lies inside the lab's own namespaces, named ``simlab.LAB.m.MACHINE`` (machines), ``simlab.LAB.s.NUMBER`` (servers of its
cloud), ``simlab.LAB.z.ZONE`` (a zone's router) and ``simlab.LAB.wan`` (the cables outside): interfaces and subnets can't meet those of the
host or of another lab.

A zone's router holds the bridge that is the zone's LAN, and the zone's cable to the outside; it forwards nothing, it only runs an
overlay node that peers with the other zones' routers. So the overlay is the only way between zones, and taking the cable away
takes the zone away as a whole. Uplinks are switches among the cables: zones behind one uplink go on seeing each other when the
uplink's own cable is taken away.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from simulacra.faults import Usage
from simulacra.model.cloud import slots_of
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.place import Zone

PREFIX = "simlab"
LAN, WAN = "lan0", "wan0"
"""The machines' interface to their LAN; the routers' interface to the outside."""

_LAN_POOL = "10.77.{}.0/24"
_WAN_NETWORK = ipaddress.IPv4Network("172.31.240.0/20")
FIRST_MACHINE = 10
"""Where in its LAN the first machine is; the servers of clouds come after the last."""


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
    """A machine in the lab: its namespace, and its place in its zone's LAN."""

    machine: Machine
    namespace: str
    lan_address: str
    port: str
    mac: str | None
    server: bool


@dataclass(frozen=True, slots=True)
class Layout:
    lab: str
    grid: Grid
    wan_namespace: str
    switches: tuple[Switch, ...]
    lans: tuple[Lan, ...]
    seats: tuple[Seat, ...]

    def lan(self, zone: str) -> Lan | None:
        return next((lan for lan in self.lans if lan.zone == zone), None)

    def namespaces(self) -> tuple[str, ...]:
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
    lans = tuple(_lan(grid, zone, index, prefix, switches) for index, zone in enumerate(sorted(grid.zones, key=lambda zone: zone.name)))
    seats = tuple(_seat(machine, lans, grid, prefix, machine.name in servers) for machine in sorted(grid.machines, key=lambda m: m.name))
    return Layout(lab, grid, f"{prefix}wan", switches, lans, seats)


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


def _lan(grid: Grid, zone: Zone, index: int, prefix: str, switches: tuple[Switch, ...]) -> Lan:
    network = _network(grid, zone, index)
    switch = next((switch.bridge for switch in switches if switch.uplink == zone.uplink), "wan")
    return Lan(
        zone=zone.name,
        namespace=f"{prefix}z.{zone.name}",
        network=str(network),
        router=f"{network[1]}/{network.prefixlen}",
        wan=f"{_WAN_NETWORK[index + 1]}/{_WAN_NETWORK.prefixlen}",
        port=f"zone{index}",
        switch=switch,
    )


def _network(grid: Grid, zone: Zone, index: int) -> ipaddress.IPv4Network:
    """The zone's own subnet where it has one that all its machines fit in (nothing is routed, so two zones may have the same)."""
    rented = sum(len(slots_of(cloud)) for cloud in grid.clouds if cloud.zone == zone.name)
    needed = FIRST_MACHINE + sum(1 for machine in grid.machines if machine.zone == zone.name) + rented + 1
    for text in zone.subnets:
        network = ipaddress.ip_network(text, strict=False)
        if isinstance(network, ipaddress.IPv4Network) and network.num_addresses > needed and not network.overlaps(_WAN_NETWORK):
            return network
    return ipaddress.IPv4Network(_LAN_POOL.format(index))


def _seat(machine: Machine, lans: tuple[Lan, ...], grid: Grid, prefix: str, server: bool) -> Seat:
    lan = next(lan for lan in lans if lan.zone == machine.zone)
    index = sorted(other.name for other in grid.machines if other.zone == machine.zone).index(machine.name)
    network = ipaddress.IPv4Network(lan.network)
    return Seat(
        machine=machine,
        namespace=f"{prefix}m.{machine.name}",
        lan_address=f"{network[FIRST_MACHINE + index]}/{network.prefixlen}",
        port=f"port{index}",
        mac=_mac(machine),
        server=server,
    )


def _mac(machine: Machine) -> str | None:
    """The card's own address, so that the machine's magic packet is meant for it; None (any) where it is a group address."""
    if not isinstance(machine.wake, WakeLan) or int(machine.wake.mac[:2], 16) & 1:
        return None
    return machine.wake.mac
