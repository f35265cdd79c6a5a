"""The lab's doors: Nomad's API and UI, and Consul's where there is one, on the host's loopback, passed on to a server that has a leader.

``python -m simulacra.lab.forward FD CERTIFICATES NAMESPACE=ADDRESS…`` serves the listening socket FD, which was opened on the host, while
the process itself lives in one of the lab's namespaces (and so goes away with them). A socket belongs to the namespace it was made in:
those to the servers are made by a thread that steps into the server's namespace.

What is passed on isn't looked into: TLS is between whoever knocks and the server. CERTIFICATES is a secure lab's folder of them, by which
the door itself asks for the leader; empty in an open one.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from simulacra.lab.certificates import NAME, tls_context
from simulacra.lab.network import enter_namespace

_CHECK_EVERY_S = 1.0
_CHECK_PATIENCE_S = 2.0
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Target:
    """A server's HTTP address: an address and a port, in a namespace (empty: the current one)."""

    namespace: str
    address: str
    port: int


def parse_target(text: str) -> Target:
    """``NAMESPACE=[ADDRESS]:PORT``."""
    namespace, _, where = text.partition("=")
    address, _, port = where.rpartition(":")
    return Target(namespace, address.strip("[]"), int(port))


def open_socket(target: Target) -> socket.socket:
    """A TCP socket in the target's namespace. To be called from a thread of its own: the thread stays in the namespace."""
    if target.namespace:
        enter_namespace(target.namespace)
    made = socket.socket(socket.AF_INET6 if ":" in target.address else socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    return made


Dial = Callable[[Target], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


def dialer() -> Dial:
    """Connects to a target from inside its namespace."""
    surveyor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="namespaces")

    async def dial(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(surveyor, open_socket, target)
        try:
            await loop.sock_connect(made, (target.address, target.port))
        except BaseException:
            made.close()
            raise
        return await asyncio.open_connection(sock=made)

    return dial


async def has_leader(dial: Dial, target: Target, tls: ssl.SSLContext | None = None) -> bool:
    """Whether the server answers and knows a leader."""
    try:
        async with asyncio.timeout(_CHECK_PATIENCE_S):
            reader, writer = await dial(target)
            try:
                if tls is not None:
                    await writer.start_tls(tls, server_hostname=NAME)
                writer.write(b"GET /v1/status/leader HTTP/1.0\r\nHost: lab\r\n\r\n")
                answer = await reader.read(_CHUNK)
                while more := await reader.read(_CHUNK):
                    answer += more
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split(b" ", 2)[1:2] == [b"200"] and body.strip() not in (b"", b'""')


@dataclass
class Door:
    """Passes connections on to the first target that has a leader; one that loses it has its connections closed."""

    targets: tuple[Target, ...]
    dial: Dial
    tls: ssl.SSLContext | None = None
    fit: frozenset[Target] = frozenset()
    open: dict[Target, set[asyncio.StreamWriter]] = field(default_factory=dict)

    async def look(self) -> None:
        """Look at all targets once."""
        answers = await asyncio.gather(*(has_leader(self.dial, target, self.tls) for target in self.targets))
        self.fit = frozenset(target for target, good in zip(self.targets, answers, strict=True) if good)
        for target in self.open.keys() - self.fit if self.fit else ():
            for writer in self.open.pop(target):
                writer.transport.abort()

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            await self.look()
            await asyncio.sleep(_CHECK_EVERY_S)

    def order(self) -> list[Target]:
        """The targets to try, those with a leader first."""
        return sorted(self.targets, key=lambda target: (target not in self.fit, self.targets.index(target)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on; it is closed when no target takes it."""
        for target in self.order():
            try:
                async with asyncio.timeout(_CHECK_PATIENCE_S):
                    far_reader, far_writer = await self.dial(target)
            except (OSError, TimeoutError):
                continue
            self.open.setdefault(target, set()).update((writer, far_writer))
            try:
                await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
            finally:
                self.open.get(target, set()).difference_update((writer, far_writer))
                for one in (writer, far_writer):
                    one.close()
            return
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def serve_forever(listening: socket.socket, certificates: str, targets: tuple[Target, ...]) -> None:
    """Serve the listening socket, and the same address in this process's own namespace, until the process ends."""
    door = Door(targets, dialer(), tls_context(Path(certificates)) if certificates else None)
    async with AsyncExitStack() as stack:
        for one in (listening, *_same_address_here(listening)):
            await stack.enter_async_context(await asyncio.start_server(door.serve, sock=one))
        await door.watch()


def _same_address_here(listening: socket.socket) -> tuple[socket.socket, ...]:
    """For those of the lab's processes that live among the cables; none where that is the host's namespace itself."""
    try:
        return (socket.create_server(listening.getsockname()),)
    except OSError:
        return ()


def listen(first_port: int = 4646, tries: int = 1000) -> socket.socket:
    """A listening socket on the host's loopback, at the first free port from that one on."""
    for port in range(first_port, first_port + tries):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind(("127.0.0.1", port))
            made.listen(128)
        except OSError:
            made.close()
            continue
        return made
    raise OSError(f"no free port on 127.0.0.1 from {first_port} on")


def forward_command(descriptor: int, targets: tuple[Target, ...], certificates: Path | None = None) -> list[str]:
    """The command that serves the listening socket with that file descriptor; ``certificates``: where a secure lab has them."""
    where = [f"{target.namespace}=[{target.address}]:{target.port}" for target in targets]
    return [sys.executable, "-m", "simulacra.lab.forward", str(descriptor), str(certificates or ""), *where]


if __name__ == "__main__":
    asyncio.run(serve_forever(socket.socket(fileno=int(sys.argv[1])), sys.argv[2], tuple(parse_target(text) for text in sys.argv[3:])))
