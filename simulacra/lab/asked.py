"""The keepers' side of `simulacra.lab.ask`: a socket in a folder, at which one line is asked and one answered."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from simulacra.lab.ask import SOCKET, address

Answer = Callable[[list[str]], Awaitable[tuple[bool, str]]]
"""Does what the words ask for; whether that went, and what is to be said of it."""


async def answer_at(folder: Path, answer: Answer) -> None:
    """Answer whoever asks at the folder's socket, until the process ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            done, said = await answer((await reader.readline()).decode().split())
            writer.write(f"{'yes' if done else 'no'} {said}\n".encode())
            await writer.drain()
        writer.close()

    (folder / SOCKET).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with address(folder) as where:
        listening.bind(where)
    async with await asyncio.start_unix_server(serve, sock=listening) as server:
        await server.serve_forever()
