"""The gateway to Wake-on-LAN: magic packets by the wakeonlan package."""

from __future__ import annotations

import socket

import wakeonlan

from simulacra.faults import Refusal
from simulacra.model.journal import Packet
from simulacra.model.machine import Machine, WakeLan


def packet(machine: Machine) -> Packet:
    """The machine's magic packet, with its SecureOn password behind it where it has one. Only for one that is woken so."""
    wake = machine.wake
    assert isinstance(wake, WakeLan), f"{machine.name} isn't woken by a magic packet"
    address = f"{wake.mac}/{wake.secureon}" if wake.secureon else wake.mac
    payload: bytes = wakeonlan.create_magic_packet(address)
    return Packet(machine.name, payload.hex(), wake.broadcast, wake.port, wake.interface)


def send(packet: Packet) -> None:
    """Send it from this very machine; raises `Refusal` where the system doesn't let it out.

    Through the packet's interface if it names one (older kernels want root for that), else whichever leads to its broadcast address.
    """
    try:
        with _towards(packet) as out:
            out.send(bytes.fromhex(packet.payload))
    except OSError as error:
        through = f" through {packet.interface}" if packet.interface is not None else ""
        raise Refusal(f"{packet.machine}'s magic packet can't be sent to {packet.broadcast}{through}: {error}") from error


def _towards(packet: Packet) -> socket.socket:
    if packet.interface is None:
        found: socket.socket = wakeonlan.create_socket(host=packet.broadcast, port=packet.port)
        return found
    # the package knows interfaces by their addresses only, and connects before it could be bound: with no route that fails
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        out.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        out.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, packet.interface.encode() + b"\0")
        out.connect((packet.broadcast, packet.port))
    except OSError:
        out.close()
        raise
    return out
