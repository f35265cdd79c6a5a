"""Asks a cloud's provider on the virtual clock: what a thread of `simulacra.gateways.cloud_worker` does, one thing after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simulacra.faults import Fault
from simulacra.gateways.cloud_worker import Asking, Change, Desk, Opening, Task
from simulacra.model.cloud import Cloud
from simulacra.model.ledger import News
from tests.simulation.model_provider import ModelProvider

Later = Callable[[float, Callable[[], None]], None]


@dataclass
class Clockwork:
    """A question is on its way for half of ``answers_s``, and so is the answer. What was asked takes effect also where whoever asked is no
    more. ``said`` is called when the provider has said something new.
    """

    cloud: Cloud
    opening: Opening
    provider: ModelProvider
    answers_s: float
    later: Later
    said: Callable[[], None] = lambda: None
    _asked_s: float = 0.0
    _desk: Desk = field(init=False)
    _asking: Asking = field(init=False)
    _heard: list[Change] = field(default_factory=list)
    _busy: bool = False
    _ended: bool = False
    _timers: int = 0
    _due_s: float | None = None

    def __post_init__(self) -> None:
        self._desk = Desk(self.cloud, self.opening)
        self._asking = Asking(self.cloud, self.opening, self._heard.append)

    def news(self) -> News:
        return self._desk.news

    def look(self, soon: bool) -> None:
        self._desk.look(soon)
        self._goes_on()

    def begin(self, name: str, task: Task) -> None:
        self._desk.put(name, task)
        self._goes_on()

    def end(self) -> None:
        self._ended = True

    def _goes_on(self) -> None:
        if self._busy or self._ended:
            return
        wait_s = self._desk.wait_s()
        due_s = self.opening.clock() + wait_s
        if self._due_s is not None and abs(self._due_s - due_s) < 0.001:
            return
        self._due_s, self._timers = due_s, self._timers + 1
        timer = self._timers
        self.later(max(0.0, wait_s), lambda: self._rings(timer))

    def _rings(self, timer: int) -> None:
        if timer != self._timers or self._busy or self._ended:
            return
        self._due_s = None
        if self._desk.wait_s() > 0:
            self._goes_on()
            return
        task = self._desk.take()
        self._busy, self._asked_s = True, self.opening.clock()
        self.later(self.answers_s / 2, lambda: self._arrives(task))

    def _arrives(self, task: Task) -> None:
        self.provider.asked_s, self.provider.took_s, problem = self._asked_s, 0.0, ""
        try:
            task(self._asking)
        except Fault as fault:
            problem = str(fault)
        self.later(self.answers_s / 2 + self.provider.took_s, lambda: self._answered(problem))

    def _answered(self, problem: str) -> None:
        if self._ended:
            return
        before = _told(self._desk.news)
        for change in self._heard:
            self._desk.change(change)
        self._heard.clear()
        if problem:
            self._desk.fail(problem)
        self._desk.done()
        self._busy = False
        if _told(self._desk.news) != before:
            self.said()
        self._goes_on()


def _told(news: News) -> object:
    """What the provider has said, whenever that was."""
    return news.offers, news.listing.servers if news.listing is not None else None, news.problem, news.refused
