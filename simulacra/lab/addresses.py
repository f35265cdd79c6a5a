"""Who has which address on a zone's LAN: its router, its machines, and its peripherals' devices, worked out from the grid alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from simulacra.model.cloud import slots_of
from simulacra.model.grid import Grid
from simulacra.model.peripheral import Peripheral
from simulacra.model.place import Zone
from simulacra.model.proxy import stands_in

WAN_NETWORK = ipaddress.IPv4Network("172.31.240.0/20")
"""That of the cables between the zones."""
FIRST_MACHINE = 10
"""Where in its LAN the first machine is; the servers of clouds come after the last."""
_LAN_POOL, _BIG_LAN_POOL, _BIG = "10.77.{}.0/24", "10.{}.0.0/16", 78

_BESIDE = int(ipaddress.IPv6Address("fd77::"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class LanAddresses:
    """All with a prefix length. ``machines`` are by name, ``devices`` by the name of their first peripheral."""

    network: ipaddress.IPv4Network
    router: str
    machines: Mapping[str, str]
    devices: Mapping[str, str]


def devices_in(grid: Grid, zone: str) -> tuple[tuple[Peripheral, ...], ...]:
    """The zone's devices, each as its peripherals: those with one address are one device. All by name."""
    theirs = sorted((it for it in grid.peripherals if stands_in(grid, it) == zone), key=lambda it: (it.address.lower(), it.name))
    return tuple(sorted((tuple(its) for _, its in groupby(theirs, key=lambda it: it.address.lower())), key=lambda its: its[0].name))


def elsewhere(network: ipaddress.IPv4Network, peripheral: Peripheral) -> str | None:
    """The peripheral's address, if that is an IP address which no host in the LAN has."""
    address = _ip(peripheral)
    return None if address is None or _host_in(network, address) else str(address)


def share_out(grid: Grid, zone: Zone, index: int) -> LanAddresses:
    """The addresses of the zone, which is the grid's ``index``th.

    Devices whose address fits have that. Of what is left the router has the first, machines the next ones from `FIRST_MACHINE` on, and
    the other devices the last ones.
    """
    names = sorted(machine.name for machine in grid.machines if machine.zone == zone.name)
    peripherals = [its[0] for its in devices_in(grid, zone.name)]
    rented = sum(len(slots_of(cloud)) for cloud in grid.clouds if cloud.zone == zone.name)
    network = _network(zone, index, FIRST_MACHINE + len(names) + len(peripherals) + rented + 1)
    end = network.num_addresses - 1
    devices = {it.name: address for it in peripherals if (address := _ip(it)) is not None and _host_in(network, address)}
    taken: set[Address] = set(devices.values())

    def take(numbers: Iterator[int]) -> Address:
        found = next(network[number] for number in numbers if network[number] not in taken)
        taken.add(found)
        return found

    router, up, down = take(iter(range(1, end))), iter(range(FIRST_MACHINE, end)), iter(range(end - 1, 0, -1))
    machines = {name: take(up) for name in names}
    devices |= {it.name: take(down) for it in peripherals if it.name not in devices}
    length = network.prefixlen
    return LanAddresses(
        network,
        f"{router}/{length}",
        {name: f"{address}/{length}" for name, address in machines.items()},
        {name: f"{address}/{length}" for name, address in devices.items()},
    )


def beside(address: str) -> str:
    """The IPv6 address, with a prefix length, that whoever has this IPv4 address on a LAN has beside it, to speak with IPv6 devices."""
    return f"{ipaddress.IPv6Address(_BESIDE + int(ipaddress.ip_interface(address).ip))}/64"


def _network(zone: Zone, index: int, needed: int) -> ipaddress.IPv4Network:
    """The zone's own subnet where it has one that all fit in (nothing is routed, so two zones may have the same)."""
    for text in zone.subnets:
        network = ipaddress.ip_network(text, strict=False)
        if isinstance(network, ipaddress.IPv4Network) and network.num_addresses > needed and not network.overlaps(WAN_NETWORK):
            return network
    small = ipaddress.IPv4Network(_LAN_POOL.format(index))
    return small if small.num_addresses > needed else ipaddress.IPv4Network(_BIG_LAN_POOL.format(_BIG + index))


def _ip(peripheral: Peripheral) -> Address | None:
    return ipaddress.ip_address(peripheral.address) if peripheral.address_kind == "ip" else None


def _host_in(network: ipaddress.IPv4Network, address: Address) -> bool:
    return address in network and address not in (network.network_address, network.broadcast_address)
