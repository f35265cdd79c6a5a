"""What a bound is made from: jobs with their times and machines with what they draw, and the same as columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]
NEAR = 1e-6
"""Sums of shares of a machine are compared with this much grace, so that rounding never asks for a machine more."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A job of ``pieces`` equal ones that run together for ``run_s``; ``cores`` and ``memory_mb`` (MiB) are those of one piece."""

    submit_s: float
    run_s: float
    pieces: int
    cores: float
    memory_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """A machine and its watts: on it draws ``idle_w`` and, in proportion to its cores at work, up to ``busy_w``; for ``boot_s`` and
    ``down_s`` it draws ``idle_w`` and carries nothing. One that can't sleep is always on.
    """

    name: str
    cores: float
    memory_mb: float
    idle_w: float
    busy_w: float
    asleep_w: float
    boot_s: float
    down_s: float
    can_sleep: bool = True


@dataclass(frozen=True, slots=True)
class Jobs:
    """Jobs as columns, ordered by when they came. ``wait_s`` is the longest any may wait."""

    submit: Numbers
    run: Numbers
    pieces: Numbers
    cores: Numbers
    memory: Numbers
    wait_s: float

    @classmethod
    def of(cls, jobs: Sequence[Timed], wait_s: float) -> Jobs:
        rows = sorted((it.submit_s, it.run_s, float(it.pieces), it.cores, it.memory_mb) for it in jobs)
        table = np.array(rows, dtype=np.float64).reshape(len(rows), 5)
        submit, run, pieces, cores, memory = table.T.copy()
        return cls(submit, run, pieces, cores, memory, wait_s)

    def only(self, kept: Flags) -> Jobs:
        return Jobs(self.submit[kept], self.run[kept], self.pieces[kept], self.cores[kept], self.memory[kept], self.wait_s)

    @property
    def last_end(self) -> Numbers:
        """When each has ended at the latest."""
        return self.submit + self.wait_s + self.run

    @property
    def long(self) -> Flags:
        """Those that run longer than they may wait: from ``submit + wait_s`` to ``submit + run`` they run whatever is decided."""
        return self.run > self.wait_s


@dataclass(frozen=True, slots=True)
class Prices:
    """What being on costs, an entry per machine that may be off, asleep costing nothing: ``hold`` per second on, and ``change`` per second
    of booting and shutting down, which is no less.

    ``free`` marks, over all machines, those that cost nothing to have on: they can't sleep or draw no more than asleep.
    """

    hold: Numbers
    change: Numbers
    boot_s: Numbers
    down_s: Numbers
    free: Flags

    @property
    def wake(self) -> float:
        """The least that a change from off to on costs, whichever machine it is."""
        return float((self.change * self.boot_s).min(initial=np.inf))

    @property
    def halt(self) -> float:
        return float((self.change * self.down_s).min(initial=np.inf))

    def first_wake(self, at_s: float) -> float:
        """To be on at a second for the first time: a boot may have begun before the trace did."""
        return float((self.change * np.minimum(self.boot_s, max(at_s, 0.0))).min(initial=np.inf))

    def last_halt(self, left_s: Numbers) -> Numbers:
        """To be off so many seconds before the end: what of the shutdown is later isn't counted."""
        lasting = np.minimum(self.down_s[:, None], np.maximum(left_s, 0.0)[None, :])
        return np.asarray((self.change[:, None] * lasting).min(axis=0))

    def of(self, members: Flags) -> Prices:
        """Those of some of the machines."""
        paying = members[~self.free]
        return Prices(self.hold[paying], self.change[paying], self.boot_s[paying], self.down_s[paying], self.free[members])


def prices(machines: Sequence[Drawing], rates: Numbers, less: Numbers) -> Prices:
    """``rates``: what a second on costs on each machine above a second asleep; ``less``: what of it is paid for elsewhere already."""
    free = np.array([not it.can_sleep for it in machines], dtype=np.bool_) | (rates <= 0)
    boots, downs = (np.array([getattr(it, name) for it in machines], dtype=np.float64) for name in ("boot_s", "down_s"))
    return Prices(np.maximum(rates - less, 0.0)[~free], rates[~free], boots[~free], downs[~free], free)
