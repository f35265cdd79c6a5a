"""Nomad's part of it: what is submitted is put onto the machines that are on, the rest waits and is tried again when room comes.

As its scheduler does for jobs with an affinity, which all rendered ones have, all machines are looked at and the best is taken: the mean
of how full it would be and of what the affinities are worth. What waits is tried by priority, then by age. Sources: nomad's
``structs.ScoreFitBinPack``, ``nomad/blocked_evals.go`` and ``eval_broker.go``.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simulacra.plan.columns import Mask, Numbers
from simulacra.plan.fleet import Fleet
from simulacra.plan.score import EMPTY, MOST_FIT
from simulacra.simulate.workload import Shape, Work


@dataclass(slots=True, eq=False)
class Run:
    """A job from its submission on. ``at`` is its place in the trace, ``places`` are the positions of the machines on which its instances
    stand. ``waits_since_s``: when Nomad found no room the last time; ``began_s``: since when all of it stands.
    """

    at: int
    work: Work
    waits_since_s: float
    places: list[int] = field(default_factory=list)
    began_s: float | None = None

    @property
    def left(self) -> int:
        """How many of its instances wait."""
        return self.work.pieces - len(self.places)

    @property
    def order(self) -> tuple[int, int]:
        return -self.work.job.priority, self.at


class Placing:
    """The room that is left on each machine, by position in the fleet. ``opened``: which take work now.

    ``filled`` hears of a machine on which something stands and nothing did, ``emptied`` of one on which nothing stands any more.
    """

    def __init__(self, fleet: Fleet, filled: Callable[[int], None], emptied: Callable[[int], None]) -> None:
        self.cpu_mhz, self.memory_mb = fleet.cpu_mhz.copy(), fleet.memory_mb.copy()
        self.opened = np.zeros(fleet.size, dtype=np.bool_)
        self.standing: list[list[Run]] = [[] for _ in range(fleet.size)]
        """What stands on each machine, a job once for each of its instances."""
        self.waiting: list[Run] = []
        self._per_cpu, self._per_memory = 1.0 / np.maximum(fleet.cpu_mhz, 1), 1.0 / np.maximum(fleet.memory_mb, 1)
        self._filled, self._emptied = filled, emptied

    def submit(self, run: Run) -> bool:
        """Whether all of it stands now; else it waits."""
        if self._put(run):
            return True
        insort(self.waiting, run, key=lambda it: it.order)
        return False

    def retry(self) -> list[Run]:
        """Try what waits; those all of which stands now.

        What stands of jobs that wait for more of themselves is taken up again first: two that each hold what the other waits for would wait
        for ever.
        """
        for run in self.waiting:
            if run.places:
                self.leave(run)
        full: list[Shape] = []
        done, kept = [], []
        for run in self.waiting:
            shape = run.work.shape
            if any(is_no_smaller(shape, it) for it in full):
                kept.append(run)
            elif self._put(run):
                done.append(run)
            else:
                full.append(shape)
                kept.append(run)
        self.waiting = kept
        return done

    def leave(self, run: Run) -> None:
        """Its instances leave, wherever they stand."""
        shape = run.work.shape
        for at in run.places:
            self.cpu_mhz[at] += shape.cpu_mhz
            self.memory_mb[at] += shape.memory_mb
            self.standing[at].remove(run)
            if not self.standing[at]:
                self._emptied(at)
        run.places = []

    def _put(self, run: Run) -> bool:
        shape = run.work.shape
        while run.left:
            at = self.best(shape, self.opened, self.cpu_mhz, self.memory_mb)
            if at is None:
                return False
            self.cpu_mhz[at] -= shape.cpu_mhz
            self.memory_mb[at] -= shape.memory_mb
            self.standing[at].append(run)
            run.places.append(at)
            if len(self.standing[at]) == 1:
                self._filled(at)
        return True

    def best(self, shape: Shape, opened: Mask, cpu_mhz: Numbers, memory_mb: Numbers) -> int | None:
        """Where one instance goes of machines with so much left; None where there is no room."""
        cpu, memory = cpu_mhz - shape.cpu_mhz, memory_mb - shape.memory_mb
        fits = opened & shape.hosts & (cpu >= 0) & (memory >= 0)
        places = fits.nonzero()[0]
        if not places.size:
            return None
        if places.size == 1:
            return int(places[0])
        score = (
            MOST_FIT
            + EMPTY
            - np.power(10.0, cpu[places] * self._per_cpu[places])
            - np.power(10.0, memory[places] * self._per_memory[places])
        )
        np.clip(score, 0.0, MOST_FIT, out=score)
        if shape.liking is not None:
            score = score / MOST_FIT + shape.liking[places]
        return int(places[score.round(9).argmax()])


def is_no_smaller(shape: Shape, other: Shape) -> bool:
    """Whether there is no room for the one where there is none for the other."""
    return (
        shape.cpu_mhz >= other.cpu_mhz
        and shape.memory_mb >= other.memory_mb
        and (shape.hosts is other.hosts or not (shape.hosts & ~other.hosts).any())
    )
