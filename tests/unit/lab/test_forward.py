"""The door passes connections on to a server that has a leader."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from simulacra.lab.forward import Door, Target, dialer, forward_command, has_leader, parse_target

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Answers every request with its leader, and keeps the connection of any other first line open."""

    def __init__(self, name: str, leader: str) -> None:
        self.name, self.leader = name, leader

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line.startswith(b"GET"):
            while (await reader.readline()).strip():
                pass
            status = "200 OK" if self.leader else "500 No cluster leader"
            writer.write(f'HTTP/1.0 {status}\r\n\r\n"{self.leader}"'.encode())
            writer.close()
        else:
            writer.write(self.name.encode() + b" heard " + line)
            await reader.read()
            writer.close()


async def listening(handle: Handler) -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


def test_targets_are_read_back_from_the_command() -> None:
    target = Target("simlab.lab.m.nas", "200:1::1", 4646)
    assert parse_target(forward_command(3, (target,))[-1]) == target


def test_a_target_needs_a_leader() -> None:
    async def check() -> list[bool]:
        dial = dialer()
        with_leader, first = await listening(Server("a", "10.0.0.1:4647").handle)
        without, second = await listening(Server("b", "").handle)
        nobody = await asyncio.start_server(Server("c", "").handle, "127.0.0.1", 0)
        third = nobody.sockets[0].getsockname()[1]
        nobody.close()
        await nobody.wait_closed()
        try:
            return [await has_leader(dial, Target("", "127.0.0.1", port)) for port in (first, second, third)]
        finally:
            with_leader.close()
            without.close()

    assert asyncio.run(check()) == [True, False, False]


def test_a_connection_moves_to_another_server_when_the_first_loses_its_leader() -> None:
    async def check() -> tuple[bytes, bytes, bytes]:
        servers = Server("a", "leader"), Server("b", "leader")
        started = [await listening(server.handle) for server in servers]
        door = Door(tuple(Target("", "127.0.0.1", port) for _, port in started), dialer())
        gate, port = await listening(door.serve)
        await door.look()

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"one\n")
        first = await reader.readline()
        servers[0].leader = ""
        await door.look()
        ended = await asyncio.wait_for(reader.read(), 5)
        writer.close()

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"two\n")
        second = await reader.readline()
        writer.close()
        gate.close()
        for server, _ in started:
            server.close()
        return first, ended, second

    assert asyncio.run(check()) == (b"a heard one\n", b"", b"b heard two\n")


def test_without_any_leader_the_first_that_answers_is_asked() -> None:
    async def check() -> bytes:
        server, port = await listening(Server("a", "").handle)
        door = Door((Target("", "127.0.0.1", port),), dialer())
        gate, opened = await listening(door.serve)
        await door.look()
        reader, writer = await asyncio.open_connection("127.0.0.1", opened)
        writer.write(b"hello\n")
        answer = await reader.readline()
        writer.close()
        gate.close()
        server.close()
        return answer

    assert asyncio.run(check()) == b"a heard hello\n"
