"""A device that is on: what listens at its ports, in its namespace."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from simulacra.lab.devices.certificate import shown_by_device
from simulacra.lab.devices.device import Device, DevicePort
from simulacra.lab.devices.echo import Connection, Echo, echo_datagrams
from simulacra.lab.devices.http import Http
from simulacra.lab.devices.mdns import answer_queries, open_mdns
from simulacra.lab.network import enter_namespace

_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A device's sockets. ``mdns`` is None where it has no name on its LAN."""

    ports: tuple[tuple[DevicePort, socket.socket], ...]
    mdns: socket.socket | None


@dataclass(slots=True)
class Running:
    """What a device that is on has open."""

    servers: list[asyncio.Server] = field(default_factory=list)
    datagrams: list[socket.socket] = field(default_factory=list)
    connections: set[Connection] = field(default_factory=set)

    def stop(self) -> None:
        """As power goes: at once."""
        for server in self.servers:
            server.close()
        for made in self.datagrams:
            asyncio.get_running_loop().remove_reader(made)
            made.close()
        for connection in tuple(self.connections):
            connection.die()


async def open_all(devices: Iterable[Device], surveyor: ThreadPoolExecutor) -> dict[str, Opened]:
    """The sockets of each device, which has its addresses. ``surveyor`` has one thread, and goes from namespace to namespace."""
    return await asyncio.get_running_loop().run_in_executor(surveyor, lambda: {it.name: _open(it) for it in devices})


def _open(device: Device) -> Opened:
    """At each address apart, so that what answers a datagram comes from where that went. A port that is several peripherals' is the
    first one's.
    """
    enter_namespace(device.namespace)
    wanted = {(port.number, port.protocol == "udp"): port for port in reversed(device.ports)}
    ports = tuple((port, _socket(address, port)) for port in wanted.values() for address in device.addresses)
    return Opened(ports, open_mdns(device.lan_ip) if device.mdns is not None else None)


def _socket(address: str, port: DevicePort) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM if port.protocol == "udp" else socket.SOCK_STREAM)
    if port.protocol != "udp":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setblocking(False)
    made.bind((address, port.number))
    return made


async def serve(device: Device, opened: Opened, folder: Path) -> Running:
    """Serve the sockets until the power goes. ``folder`` is the device's."""
    loop = asyncio.get_running_loop()
    running = Running()
    tls = shown_by_device(folder) if device.speaks_tls else None
    if opened.mdns is not None and device.mdns is not None:
        loop.add_reader(opened.mdns, answer_queries, opened.mdns, device.mdns, device.lan_ip)
        running.datagrams.append(opened.mdns)
    for port, made in opened.ports:
        if port.protocol == "udp":
            loop.add_reader(made, echo_datagrams, made)
            running.datagrams.append(made)
            continue

        def connection(name: str = port.peripheral, kind: str = port.protocol) -> Connection:
            return Echo(running.connections) if kind == "tcp" else Http(name, running.connections)

        shown = tls if port.protocol == "https" else None
        running.servers.append(await loop.create_server(connection, sock=made, backlog=_BACKLOG, ssl=shown))
    return running
