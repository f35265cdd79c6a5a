"""The lab's cloud with nothing behind it: its own process's code in a thread, and servers that are there at once, and gone at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulacra.gateways.cloud import CloudGateway, Timing
from simulacra.gateways.cloud_providers import account_of
from simulacra.gateways.cloud_settings import NOBODY, stand_in_of
from simulacra.lab.cloud_books import Books, Rented, Site, Size, load_books
from simulacra.lab.cloud_provider import Provider, provide
from simulacra.lab.cloud_wire import SOCKET, ask_cloud, stand_in_environment
from simulacra.model.cloud import Cloud

SIZES = (Size("t3.small", 2, 4000, 2048, 20_000, 0.0228), Size("t3.medium", 2, 4000, 4096, 40_000, 0.0487))


def site(cloud: Cloud, network: str = "10.77.0.0/24") -> Site:
    return Site(cloud.name, account_of(cloud), cloud.zone, network, 10, "10.77.0.1", SIZES, cloud.drivers)


@dataclass
class Nothing:
    """What servers run on: nothing. ``done``: what was asked of it; ``slow_s``: how long each takes; ``fails``: faults to come."""

    done: list[str] = field(default_factory=list)
    slow_s: float = 0.0
    fails: list[Exception] = field(default_factory=list)

    async def boot(self, server: Rented) -> str:
        await self._do(f"boot {server.number}")
        return "" if server.dud else f"200::{server.number}"

    async def remove(self, server: Rented) -> None:
        await self._do(f"remove {server.number}")

    async def _do(self, what: str) -> None:
        self.done.append(what)
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        if self.fails:
            raise self.fails.pop(0)


@dataclass
class Running:
    """``folder`` is the lab's; ``machinery`` what its servers would run on, and ``said`` what its log holds."""

    folder: Path
    machinery: Nothing
    said: list[str] = field(default_factory=list)

    @property
    def books(self) -> Books:
        return load_books(self.folder)

    def behave(self, **changes: Any) -> None:
        ask_cloud(self.folder / SOCKET, {"do": "behave", "mood": changes}, 5.0)

    def gateway(self, cloud: Cloud, grid: str = "home", timing: Timing | None = None) -> CloudGateway:
        return CloudGateway(grid, cloud, NOBODY, timing, stand_in=stand_in_of(stand_in_environment(self.folder)))


@contextmanager
def rootless_cloud(folder: Path, *sites: Site, boot_time_s: float = 0.0, machinery: Nothing | None = None) -> Iterator[Running]:
    """It serves the folder meanwhile; started again there, it goes on from what is written."""
    running = Running(folder, machinery or Nothing())
    loop = asyncio.new_event_loop()
    provider = Provider(folder, sites, running.machinery, boot_time_s, running.said.append, time.time)

    async def serve() -> None:
        await provide(provider)

    serving = loop.create_task(serve())
    thread = threading.Thread(target=_until_cancelled, args=(loop, serving), daemon=True)
    thread.start()
    try:
        _wait_until_it_answers(folder)
        yield running
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _until_cancelled(loop: asyncio.AbstractEventLoop, serving: asyncio.Task[None]) -> None:
    """Ended as by a kill: what is under way stays so."""
    loop.run_forever()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.wait({serving}))
    loop.close()


def _wait_until_it_answers(folder: Path) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            ask_cloud(folder / SOCKET, {"do": "show"}, 5.0)
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
