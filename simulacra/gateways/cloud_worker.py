"""Asks clouds in the background, a thread for each: a provider that is slow or down keeps nobody waiting.

What is asked for is begun at once, and what came of it stands in the news; asked for again while it is under way it is the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from simulacra.faults import Fault, Unreachable
from simulacra.model.cloud import Cloud, Listing, Server, Slot
from simulacra.model.ledger import SHOWS_WITHIN_S, News

if TYPE_CHECKING:
    from simulacra.gateways.cloud import CloudPort

Change = Callable[[News], News]

LISTS_EVERY_S, LISTS_SOON_S = 30.0, 4.0
"""How often servers are listed; the latter while one of them is being created or destroyed."""
ASKS_AGAIN_S = 15.0
"""So long after it didn't answer a provider is asked again."""
OFFERS_HOLD_S = 6 * 3600.0
REFUSALS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Opening:
    """How clouds are asked: ``connect`` opens one, ``user_data`` makes what a new server is told; both raise `Fault`."""

    connect: Callable[[Cloud], CloudPort]
    user_data: Callable[[Cloud, Slot], str]
    tell: Callable[[str], None]
    clock: Callable[[], float] = time.time


class Worker(Protocol):
    """Who asks one cloud's provider what is on its `Desk`. No method waits."""

    @property
    def cloud(self) -> Cloud: ...
    def news(self) -> News: ...
    def look(self, soon: bool) -> None: ...
    def begin(self, name: str, task: Task) -> None: ...
    def end(self) -> None: ...


class CloudWorkers:
    """The clouds of a grid. Nothing is asked before the first question; no method waits for a provider. ``works`` makes who asks one of
    them.
    """

    def __init__(self, opening: Opening, works: Callable[[Cloud, Opening], Worker] | None = None) -> None:
        self._opening, self._works = opening, works or _Thread
        self._workers: dict[str, Worker] = {}

    def news(self, cloud: Cloud, soon: bool) -> News:
        """The newest that the provider has said; it is asked from now on, more often where ``soon``."""
        worker = self._worker(cloud)
        worker.look(soon)
        return worker.news()

    def create(self, cloud: Cloud, slot: Slot, creation: str) -> None:
        """Begin to create a server for the slot; asked for again under the same name it is the same one."""
        self._worker(cloud).begin(f"create {creation}", lambda it: it.create(slot, creation))

    def destroy(self, cloud: Cloud, server_ids: Sequence[str]) -> None:
        """Begin to destroy the servers."""
        worker = self._worker(cloud)
        for server_id in server_ids:
            worker.begin(f"destroy {server_id}", lambda it, server_id=server_id: it.destroy(server_id))  # type: ignore[misc]

    def close(self) -> None:
        """Ask no more; what is under way ends by itself."""
        for worker in self._workers.values():
            worker.end()

    def _worker(self, cloud: Cloud) -> Worker:
        """The cloud's; a new one where its definition has changed."""
        known = self._workers.get(cloud.name)
        if known is None or known.cloud != cloud:
            if known is not None:
                known.end()
            known = self._workers[cloud.name] = self._works(cloud, self._opening)
        return known


class Asking:
    """The provider's questions, asked one after the other by whoever has the desk. Every method raises `Fault`."""

    def __init__(self, cloud: Cloud, opening: Opening, change: Callable[[Change], None]) -> None:
        self._cloud, self._opening, self._change = cloud, opening, change
        self._port: CloudPort | None = None
        self._offered_s = 0.0
        self._made: dict[str, tuple[Server, float]] = {}
        self._kept: dict[str, str] = {}
        """Servers that the provider refuses to destroy, each with what it says."""

    def list(self) -> None:
        """Which servers there are; and now and then what is offered."""
        port, now_s = self._connected(), self._opening.clock()
        if not self._offered_s or now_s - self._offered_s > OFFERS_HOLD_S:
            offers = port.offers()
            self._offered_s = now_s
            self._change(lambda news: replace(news, offers=offers, offered_s=now_s))
        listing = self._whole(port.servers())
        self._kept = {it.id: self._kept[it.id] for it in listing.servers if it.id in self._kept}
        problem = next(iter(self._kept.values()), "")  # nothing is rented where nothing can be given back
        self._change(lambda news: replace(news, listing=listing, problem=problem))

    def _whole(self, listing: Listing) -> Listing:
        """With what was just created: a provider's listing may lag behind its own answers."""
        listed, now_s = {it.id for it in listing.servers}, self._opening.clock()
        self._made = {id_: it for id_, it in self._made.items() if id_ not in listed and 0 <= now_s - it[1] < SHOWS_WITHIN_S}
        return replace(listing, servers=(*listing.servers, *(server for server, _ in self._made.values())))

    def create(self, slot: Slot, creation: str) -> None:
        port = self._connected()
        try:
            server = port.create(slot, self._opening.user_data(self._cloud, slot), creation)
        except Unreachable:
            raise
        except Fault as refusal:
            said = creation, str(refusal)
            self._opening.tell(f"{slot.name}: no server is created: {refusal}")
            self._change(lambda news: replace(news, refused=(*news.refused, said)[-REFUSALS_KEPT:]))
            return
        self._opening.tell(f"{slot.name}: {self._cloud.provider} creates the server {server.id}")
        now_s = self._opening.clock()
        self._made[server.id] = server, now_s
        self._change(lambda news: replace(news, listing=_with(news.listing, Listing((server,), now_s))))

    def destroy(self, server_id: str) -> None:
        port = self._connected()
        try:
            there = port.destroy(server_id)
        except Fault as fault:
            if not isinstance(fault, Unreachable):
                self._kept[server_id] = str(fault)
            raise
        self._made.pop(server_id, None)
        self._kept.pop(server_id, None)
        self._opening.tell(f"cloud {self._cloud.name}: {'destroying' if there else 'no longer there:'} the server {server_id}")

    def _connected(self) -> CloudPort:
        if self._port is None:
            self._port = self._opening.connect(self._cloud)
        return self._port


def _with(listing: Listing | None, more: Listing) -> Listing | None:
    """A listing with what was just created; None where nothing was listed yet: what else there is isn't known then."""
    if listing is None:
        return None
    ids = {it.id for it in more.servers}
    return Listing((*(it for it in listing.servers if it.id not in ids), *more.servers), more.at_s)


Task = Callable[[Asking], None]


@dataclass(slots=True)
class Desk:
    """What one provider is to be asked, one task after the other, and what it has said. It knows no threads and waits for nothing:
    whoever asks takes a task, carries it out, and says that it is done.
    """

    cloud: Cloud
    opening: Opening
    news: News = field(default_factory=News)
    _tasks: dict[str, Task] = field(default_factory=dict)
    _under_way: str = ""
    _due_s: float = 0.0
    _soon: bool = False

    def look(self, soon: bool) -> None:
        """From now on servers are listed often where ``soon``."""
        if soon and not self._soon:
            self._due_s = min(self._due_s, self.opening.clock() + LISTS_SOON_S)
        self._soon = soon

    def put(self, name: str, task: Task) -> None:
        """To be done once; put there again while it waits or is under way it is the same."""
        if name != self._under_way:
            self._tasks.setdefault(name, task)

    def wait_s(self) -> float:
        """So long there is nothing to be done; 0 or less: there is."""
        return 0.0 if self._tasks or self._lists_now() else self._due_s - self.opening.clock()

    def _lists_now(self) -> bool:
        """Whether the listing's time has come; further away than it can be it is where the clock was put back."""
        return not 0 < self._due_s - self.opening.clock() <= LISTS_EVERY_S

    def take(self) -> Task:
        """What is to be done now: the listing where its time has come, else what was put there, in its order."""
        if not self._tasks or self._lists_now():
            return Asking.list
        self._under_way = next(iter(self._tasks))
        return self._tasks.pop(self._under_way)

    def done(self) -> None:
        """What was taken is done, or has failed."""
        soon = self._soon or bool(self._under_way)
        due_s = self.opening.clock() + (ASKS_AGAIN_S if self.news.problem else LISTS_SOON_S if soon else LISTS_EVERY_S)
        # many creations one after the other don't put the listing off
        self._due_s = min(self._due_s, due_s) if self._under_way else due_s
        self._under_way = ""

    def change(self, change: Change) -> None:
        self.news = change(self.news)

    def fail(self, problem: str) -> None:
        """The provider can't be asked now; it is told once why."""
        before, self.news = self.news, replace(self.news, problem=problem)
        if problem != before.problem:
            self.opening.tell(f"cloud {self.cloud.name} can't be asked now: {problem}")


class _Thread:
    """One cloud's thread."""

    def __init__(self, cloud: Cloud, opening: Opening) -> None:
        self._cloud, self._opening = cloud, opening
        self._desk, self._changed = Desk(cloud, opening), threading.Condition()
        self._thread: threading.Thread | None = None
        self._ended = False

    @property
    def cloud(self) -> Cloud:
        return self._cloud

    def news(self) -> News:
        with self._changed:
            return self._desk.news

    def look(self, soon: bool) -> None:
        with self._changed:
            self._desk.look(soon)
            self._goes_on()

    def begin(self, name: str, task: Task) -> None:
        with self._changed:
            self._desk.put(name, task)
            self._goes_on()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _goes_on(self) -> None:
        self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"cloud {self._cloud.name}", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        asking = Asking(self._cloud, self._opening, self._change)
        while (task := self._next()) is not None:
            try:
                task(asking)
            except Fault as fault:
                self._fail(str(fault))
            except Exception as error:  # noqa: BLE001 - a defect there must not end the thread: servers would be forgotten
                self._fail(f"{type(error).__name__}: {error}")
            with self._changed:
                self._desk.done()

    def _next(self) -> Task | None:
        """What is to be done now; waits for it. None: no more is asked."""
        with self._changed:
            while not self._ended:
                wait_s = self._desk.wait_s()
                if wait_s <= 0:
                    return self._desk.take()
                self._changed.wait(wait_s)
            return None

    def _change(self, change: Change) -> None:
        with self._changed:
            self._desk.change(change)

    def _fail(self, problem: str) -> None:
        with self._changed:
            self._desk.fail(problem)
