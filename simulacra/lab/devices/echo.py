"""What devices say back: by connections and by datagrams."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import cast

_DATAGRAM = 65536
_AT_A_TIME = 64
_GONE = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """One that dies with its device's power. ``open`` has all that there are; ``transport`` is there once it is made."""

    transport: asyncio.Transport

    def __init__(self, connections: set[Connection]) -> None:
        self.open = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.open.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.open.discard(self)

    def die(self) -> None:
        """At once: nothing of it is left in the kernel, which else would go on sending what is on its way."""
        made = self.transport.get_extra_info("socket")
        if made is not None:
            with contextlib.suppress(OSError):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _GONE)
        self.transport.abort()


class Echo(Connection):
    """Every byte comes back; who sends faster than it takes them waits."""

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()


def echo_datagrams(made: socket.socket) -> None:
    """All that have come until now, up to some: others want their turn. What can't be sent is lost, as datagrams are."""
    with contextlib.suppress(OSError):  # an error is an empty queue, or one that is full
        for _ in range(_AT_A_TIME):
            data, sender = made.recvfrom(_DATAGRAM)
            made.sendto(data, sender)
