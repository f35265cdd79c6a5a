"""A run of chaos: strikes when they are due, looks all the while, and in the end waits for rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from simulacra.lab.chaos.breach import Breach
from simulacra.lab.chaos.jobs import Desk, Round
from simulacra.lab.chaos.marks import Unit
from simulacra.lab.chaos.rest import rests, waited_until_s
from simulacra.lab.chaos.rules import breaches
from simulacra.lab.chaos.schedule import Schedule
from simulacra.lab.chaos.seen import Asked, Bounds, Seen, Server, with_heard
from simulacra.lab.chaos.site import Site
from simulacra.lab.chaos.striking import Striker, Tell
from simulacra.lab.chaos.watching import Lookout, who_answers
from simulacra.model.grid import Grid

TICK_S = 0.5

T = TypeVar("T")


class _Again(Generic[T]):
    """The same asked again and again in a thread of its own, since an answer may take long."""

    def __init__(self, ask: Callable[[], T], name: str) -> None:
        self._ask, self._thread = ask, ThreadPoolExecutor(1, name)
        self._under_way: Future[T] | None = None

    def answer(self) -> T | None:
        """The newest answer, once; None where there is none yet."""
        if self._under_way is not None and not self._under_way.done():
            return None
        found = self._under_way.result() if self._under_way is not None else None
        self._under_way = self._thread.submit(self._ask)
        return found

    def end(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


@dataclass
class Run:
    """``standing`` are jobs that were there before; ``servers`` tells the rented ones, in the end. ``broken`` is what was told of."""

    site: Site
    grid: Grid
    schedule: Schedule
    tell: Tell
    began_s: float
    standing: tuple[Asked, ...] = ()
    servers: Callable[[], tuple[Server, ...]] = lambda: ()
    broken: list[Breach] = field(default_factory=list)

    def __post_init__(self) -> None:
        power, each = self.grid.power, tuple(it.name for it in self.grid.services if it.zones == "each")
        bounds = Bounds(power.machines_min, power.machines_max, each)
        self.seen = Seen(self.site.ground, bounds, self.began_s, self.began_s, asked=self.standing)
        self._lookout = Lookout(self.site)
        self._striker = Striker(self.site, self._lookout, self.tell, list(self.schedule.strikes))
        self._desk = Desk(self.site, self.grid, self.schedule, self.began_s)
        self._trouble = ""

    def run(self) -> Seen:
        """Until it rests, or won't; what was seen."""
        rounds = _Again(lambda: self._desk.round(time.time()), "nomad")
        answers = _Again(lambda: who_answers(self.site, [it for it in self.seen.units if it.where and it.over_s is None]), "asking")
        try:
            while not self.seen.over:
                self._step(time.time(), rounds, answers)
                time.sleep(TICK_S)
        finally:
            for it in (rounds, answers):
                it.end()
        return self.seen

    def _step(self, now_s: float, rounds: _Again[Round], answers: _Again[tuple[Unit, ...]]) -> None:
        self.seen = self._striker.step(self.seen, now_s)
        self.seen = self._lookout.look(self.seen, time.time())
        if (said := rounds.answer()) is not None:
            self._hear(said)
        if (there := answers.answer()) is not None:
            self._note(there)
        if self._striker.at_rest and (rests(self.seen, self.schedule) or self.seen.now_s > waited_until_s(self.seen, self.schedule)):
            self.seen = replace(self.seen, over=True, servers=self.servers())
        for breach in breaches(self.seen):
            if breach not in self.broken:
                self.broken.append(breach)
                self.tell(breach.at_s, f"BROKEN: {breach.rule}: {breach.text}")

    def _hear(self, said: Round) -> None:
        known = set(self.seen.entries)
        self.seen = replace(self.seen, asked=(*self.standing, *said.asked))
        if said.heard is not None:
            self.seen = with_heard(self.seen, said.heard)
        if said.trouble != self._trouble:
            self._trouble = said.trouble
            self.tell(self.seen.now_s, f"Nomad: {said.trouble or 'it answers again'}")
        for entry in self.seen.entries:
            if entry not in known:
                self.tell(entry.at_s, f"  {entry.machine}: {entry.before} -> {entry.after}, by {entry.by}: {entry.reason}")

    def _note(self, there: tuple[Unit, ...]) -> None:
        """Where an instance in each zone answered."""
        zones = dict(self.seen.ground.zone_of)
        answered = {(job, zone): at_s for job, zone, at_s in self.seen.answered}
        answered |= {(it.job, zones[it.machine]): self.seen.now_s for it in there}
        self.seen = replace(self.seen, answered=tuple((job, zone, at_s) for (job, zone), at_s in sorted(answered.items())))
