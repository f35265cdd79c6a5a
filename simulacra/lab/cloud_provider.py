"""The lab's cloud: one process that creates and destroys servers for whoever asks, and behaves as badly as it is told to.

``python -m simulacra.lab.cloud_provider LAB`` lives in the namespace of the cables, and goes away with it. It writes down what it is going
to do before it does it: another one goes on from there. What its servers run on is somebody else's: without any, it needs no root.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from simulacra.faults import Fault
from simulacra.lab import state
from simulacra.lab.ask import address
from simulacra.lab.cloud_books import Books, Rented, Site, free_address, load_books, save_books, sizes_of
from simulacra.lab.cloud_servers import Namespaces
from simulacra.lab.cloud_wire import LONGEST_LINE, SOCKET, NotDone
from simulacra.lab.process_start import lab_of, say
from simulacra.lab.programs import find_programs
from simulacra.model.cloud import TAG_CLOUD

_TICK_S, _AGAIN_S = 0.1, 2.0


class Machinery(Protocol):
    """What servers run on; see `simulacra.lab.cloud_servers.Namespaces`."""

    async def boot(self, server: Rented) -> str: ...
    async def remove(self, server: Rented) -> None: ...


@dataclass
class Provider:
    """``books`` is what is written; ``work`` what is under way, by the number of its server. A boot takes ``boot_time_s`` at least."""

    folder: Path
    sites: tuple[Site, ...]
    machinery: Machinery
    boot_time_s: float
    say: Callable[[str], None]
    now: Callable[[], float]
    books: Books = field(init=False)
    work: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self) -> None:
        """Take over all servers as they were left: what was under way goes on."""
        self.books = load_books(self.folder)
        for one in self.books.servers:
            if one.stage == "booting":
                self.work[one.number] = asyncio.create_task(self._boot(one.number))
            elif one.stage == "stopping":
                self.work[one.number] = asyncio.create_task(self._end(one, None))

    def answer(self, asked: Mapping[str, Any]) -> Any:
        """Do what is asked for, or begin with it. Raises `NotDone`."""
        match asked["do"]:
            case "list":
                return [_told(it) for it in self.books.servers if it.account == asked["account"]]
            case "sizes":
                return [asdict(it) for it in sizes_of(self.sites, asked["account"])]
            case "create":
                return _told(self._create(asked))
            case "destroy":
                return self._destroy(asked)
            case "show":
                return asdict(self.books.mood)
            case "behave":
                self._write(replace(self.books, mood=replace(self.books.mood, **asked["mood"])))
                return asdict(self.books.mood)
            case what:
                raise NotDone(400, f"the lab's cloud doesn't know: {what}")

    def _create(self, asked: Mapping[str, Any]) -> Rented:
        account, wanted, mood = asked["account"], asked["size"], self.books.mood
        again = next((it for it in self.books.servers if it.account == account and it.token == asked["token"]), None)
        if again is not None:
            return again
        sites = [it for it in self.sites if it.account == account and any(size.name == wanted for size in it.sizes)]
        if not sites:
            raise NotDone(400, f"InvalidParameterValue: there is no size {wanted}")
        site = next((it for it in sites if it.cloud == asked["tags"].get(TAG_CLOUD)), sites[0])
        where = free_address(site, self.books)
        if mood.quota is not None and len(self.books.servers) >= mood.quota:
            raise NotDone(403, f"InstanceLimitExceeded: the quota of {mood.quota} servers is used up")
        if where is None:
            raise NotDone(400, f"InsufficientFreeAddresses: no address is left in {site.network}")
        number = self.books.last + 1
        made = Rented(
            number, asked["name"], account, site.cloud, wanted, site.zone, where, asked["tags"], asked["token"], asked["user_data"],
            self.now(), dud=mood.duds,
        )  # fmt: skip
        self._write(replace(self.books, servers=(*self.books.servers, made), last=number))
        self.say(f"{made.name} ({made.id}) is created: {wanted} of {site.cloud}")
        self.work[number] = asyncio.create_task(self._boot(number))
        return made

    def _destroy(self, asked: Mapping[str, Any]) -> bool:
        own = (it for it in self.books.servers if it.account == asked["account"])
        found = next((it for it in own if it.id == asked["id"]), None)
        if found is None:
            raise NotDone(404, f"InvalidInstanceID.NotFound: there is no server {asked['id']}")
        if found.stage != "stopping":
            self._write(self.books.changed(replace(found, stage="stopping")))
            self.say(f"{found.name} ({found.id}) is being destroyed")
            self.work[found.number] = asyncio.create_task(self._end(found, self.work.get(found.number)))
        return True

    async def _boot(self, number: int) -> None:
        while (one := self._booting(number)) is not None and self.now() < one.created_s + self.boot_time_s:
            await asyncio.sleep(_TICK_S)
        if one is None:
            return
        try:
            done = replace(one, stage="running", overlay=await self.machinery.boot(one))
        except (Fault, OSError) as fault:
            self.say(f"{one.name} ({one.id}) did not come up: {fault}")
            done = replace(one, stage="failed")
        if self._booting(number) is not None:
            self._write(self.books.changed(done))
            self.say(f"{one.name} ({one.id}) is {done.stage}")

    async def _end(self, one: Rented, before: asyncio.Task[None] | None) -> None:
        """Once its boot isn't under way any more; tried again until nothing of it is left."""
        if before is not None:
            await asyncio.wait({before})
        while True:
            try:
                await self.machinery.remove(one)
                break
            except Fault as fault:
                self.say(f"{one.name} ({one.id}) would not go: {fault}")
                await asyncio.sleep(_AGAIN_S)
        self._write(self.books.without(one.number))
        del self.work[one.number]
        self.say(f"{one.name} ({one.id}) is gone")

    def _booting(self, number: int) -> Rented | None:
        one = self.books.server(number)
        return one if one is not None and one.stage == "booting" else None

    def _write(self, books: Books) -> None:
        """Before it counts."""
        save_books(self.folder, books)
        self.books = books

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question and its answer, or what comes instead of one. People who tell it how to behave always get theirs."""
        with contextlib.suppress(OSError):
            asked = json.loads(await reader.readline() or "{}")
            if asked.get("do") in ("show", "behave"):
                await _write_line(writer, {"done": self.answer(asked)})
            elif self.books.mood.answers == "hangs":
                await reader.read()
            elif self.books.mood.answers == "well" and asked:
                await self._do(asked, writer)
        writer.close()

    async def _do(self, asked: Mapping[str, Any], writer: asyncio.StreamWriter) -> None:
        try:
            said = {"done": self.answer(asked)}
        except NotDone as error:
            said = {"refused": [error.code, error.words]}
        mood = self.books.mood
        if "done" in said and asked["do"] == "create" and mood.lose:
            self._write(replace(self.books, mood=replace(mood, lose=mood.lose - 1)))
            self.say(f"the answer to the creation of {asked['name']} is lost")
            return
        await asyncio.sleep(mood.slow_s)
        await _write_line(writer, said)


async def _write_line(writer: asyncio.StreamWriter, said: Any) -> None:
    writer.write(json.dumps(said).encode() + b"\n")
    await writer.drain()


def _told(one: Rented) -> dict[str, Any]:
    """What the API tells of a server."""
    where = [one.address.partition("/")[0]]
    return {"id": one.id, "name": one.name, "state": one.stage, "tags": one.tags, "created_s": one.created_s, "addresses": where}


async def provide(provider: Provider) -> None:
    """Serve the provider's folder until the process ends. Anybody here may ask: whoever reaches the lab's Nomad may do more."""
    provider.begin()
    (provider.folder / SOCKET).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with address(provider.folder, SOCKET) as where:
        listening.bind(where)
    (provider.folder / SOCKET).chmod(0o666)
    async with await asyncio.start_unix_server(provider.serve, sock=listening, limit=LONGEST_LINE) as server:
        await server.serve_forever()


def main() -> None:
    """The process itself."""
    os.environ.pop("PYTHONPATH", None)  # that by which it was found itself isn't for the servers it boots
    lab = lab_of(sys.argv[1])
    machinery = Namespaces(find_programs(), lab, say)
    asyncio.run(provide(Provider(state.lab_folder(lab.name), lab.sites, machinery, lab.boot_time_s, say, time.time)))


if __name__ == "__main__":
    main()
