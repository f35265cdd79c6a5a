"""Machines that boot, run work and go off, and Nomad's queue before them: what every policy acts upon."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from random import Random
from types import MappingProxyType

from simulacra.plan.fleet import Fleet
from simulacra.simulate.machine import DOWN_S, Doing, Simulated
from simulacra.simulate.meter import Meter
from simulacra.simulate.placing import Placing, Run
from simulacra.simulate.workload import Work

NO_CLOUDS: Mapping[str, int] = MappingProxyType({})


class World:
    """Time in seconds of the trace. ``boot_failures`` is the share of boots that come to nothing, drawn by ``random``.

    ``news`` counts what could change a policy's mind: a job that waits, or doesn't any more; a machine that comes, goes, has become
    empty or isn't any more; where ``load_is_news`` also all work that begins or ends, and all that machines begin to do. ``clouds``: how
    many servers of each there may be. ``changed`` hears of a machine that has come on, or is off.
    """

    def __init__(
        self,
        fleet: Fleet,
        machines: Sequence[Simulated],
        works: Sequence[Work],
        random: Random,
        boot_failures: float,
        clouds: Mapping[str, int] = NO_CLOUDS,
    ) -> None:
        self.now_s = 0.0
        self.clouds = clouds
        self.machines = tuple(machines)
        self.meter = Meter()
        self.placing = Placing(fleet, self._filled, self._emptied)
        self.news, self.load_is_news = 0, False
        self.waited_s: dict[int, float] = {}
        """By the job's place in the trace: how long it waited until all of it ran, the last time that it began."""
        self.finished, self.worked_s = 0, 0.0
        """``worked_s``: when a job last came, began or ended."""
        self.changed: Callable[[Simulated], None] = lambda _: None
        self.fleet, self._random, self._boot_failures = fleet, random, boot_failures
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._to_finish = self._to_come = sum(not work.never for work in works)
        for at, work in enumerate(works):
            if not work.never:
                self.at(work.submit_s, partial(self._arrives, at, work))

    # time

    def at(self, when_s: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when_s, next(self._numbers), happens))

    @property
    def next_s(self) -> float | None:
        """When the next thing happens; None: nothing more does."""
        return self._events[0][0] if self._events else None

    @property
    def done(self) -> bool:
        """Whether every job that can run has run."""
        return self.finished == self._to_finish

    @property
    def only_waits(self) -> bool:
        """Whether all jobs have come, and those that haven't run wait."""
        return not self._to_come and len(self.placing.waiting) == self._to_finish - self.finished

    def pass_to(self, when_s: float) -> None:
        """Let all happen that happens until then."""
        while self._events and self._events[0][0] <= when_s:
            self.now_s, _, happens = heapq.heappop(self._events)
            happens()
        self.now_s = when_s

    # machines

    def starts_on(self, machine: Simulated) -> None:
        """It is on from the trace's first second."""
        machine.doing, machine.boots = "on", 1
        self.meter.counted(1, self.now_s)
        self.open(machine)

    def wake(self, machine: Simulated) -> None:
        """Nothing where it isn't off."""
        if machine.doing != "off":
            return
        self._becomes(machine, "booting")
        machine.switched += 1
        machine.boots += 1
        machine.on_since_s = self.now_s
        self.meter.counted(1, self.now_s)
        comes = self._random.random() >= self._boot_failures
        self.at(self.now_s + machine.machine.boot_time_s, partial(self._booted, machine, machine.boots, comes))

    def stop(self, machine: Simulated) -> None:
        """Switch it off. What runs there is lost, and waits again."""
        if machine.doing not in ("on", "booting"):
            return
        self.close(machine)
        for run in list(dict.fromkeys(self.placing.standing[machine.at])):
            self._lose(run)
        if machine.doing == "on":
            self.meter.was_idle(machine, self.now_s)
        self._becomes(machine, "stopping")
        machine.switched += 1
        self.at(self.now_s + DOWN_S, partial(self._off, machine))

    def open(self, machine: Simulated) -> None:
        """It takes work from now on, if it is on."""
        if machine.doing == "on" and not self.placing.opened[machine.at]:
            self.placing.opened[machine.at] = True
            self._retry()

    def close(self, machine: Simulated) -> None:
        """It takes no more work from now on."""
        self.placing.opened[machine.at] = False

    def is_empty(self, machine: Simulated) -> bool:
        return not self.placing.standing[machine.at]

    def settle(self) -> None:
        """Book what is drawn up to now, at the end."""
        for machine in self.machines:
            if machine.doing == "on" and self.is_empty(machine):
                self.meter.was_idle(machine, self.now_s)
                machine.empty_since_s = self.now_s
            if machine.doing != "off":
                self.meter.rented(machine, self.now_s)
            self.meter.spent(machine, self.now_s)
            machine.since_s = self.now_s

    def _becomes(self, machine: Simulated, doing: Doing) -> None:
        self.meter.spent(machine, self.now_s)
        machine.doing, machine.since_s = doing, self.now_s
        if doing == "on" or self.placing.waiting or self.load_is_news:
            self.news += 1

    def _booted(self, machine: Simulated, boots: int, comes: bool) -> None:
        if machine.doing != "booting" or machine.boots != boots:
            return
        if not comes:
            self._off(machine)
            return
        self._becomes(machine, "on")
        machine.empty_since_s = self.now_s
        self.changed(machine)
        self.open(machine)

    def _off(self, machine: Simulated) -> None:
        self.meter.rented(machine, self.now_s)
        self._becomes(machine, "off")
        self.meter.counted(-1, self.now_s)
        self.changed(machine)

    def _filled(self, at: int) -> None:
        self.meter.was_idle(self.machines[at], self.now_s)
        self.news += 1

    def _emptied(self, at: int) -> None:
        self.machines[at].empty_since_s = self.now_s
        self.news += 1

    # work

    def _arrives(self, at: int, work: Work) -> None:
        self._to_come -= 1
        self.worked_s = self.now_s
        self._submit(Run(at, work, self.now_s))

    def _submit(self, run: Run) -> None:
        if self.placing.submit(run):
            self._begin(run)
        else:
            self.news += 1

    def _retry(self) -> None:
        if not self.placing.waiting:
            return
        for run in self.placing.retry():
            self.news += 1
            self._begin(run)

    def _begin(self, run: Run) -> None:
        self.news += self.load_is_news
        run.began_s = self.worked_s = self.now_s
        self.waited_s[run.at] = self.now_s - run.work.submit_s
        self._works_for(run, run.work.run_s)
        self.at(self.now_s + run.work.run_s, partial(self._end, run, self.now_s))

    def _end(self, run: Run, began_s: float) -> None:
        if run.began_s != began_s:
            return  # it was lost on its way, and began anew
        run.began_s = None
        self.placing.leave(run)
        self.news += self.load_is_news
        self.finished += 1
        self.worked_s = self.now_s
        self._retry()

    def _lose(self, run: Run) -> None:
        if run.began_s is not None:
            self._works_for(run, self.now_s - run.began_s - run.work.run_s)  # what was booked ahead, and isn't done after all
            run.began_s = None
        self.placing.leave(run)
        self.placing.waiting = [it for it in self.placing.waiting if it is not run]
        run.waits_since_s = self.now_s
        self._submit(run)

    def _works_for(self, run: Run, for_s: float) -> None:
        for at in run.places:
            self.meter.works(self.machines[at], run.work.shape.cpu_mhz / max(1, int(self.fleet.cpu_mhz[at])), for_s)
