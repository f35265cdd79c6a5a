"""All levels together, and the work that all machines must do: the best bound that both give.

What must be on when (needs.py) says little about jobs that may be done now or a little later, and the work to be done little about when.
Both hold, so the one is priced into the other (Lagrangian relaxation): a second of work in a part of time is worth ``share`` of what the
cheapest machine costs; being on costs so much less there, and all the work is paid apart. Each share from 0 to 1 in each part gives a
bound; the search raises it where the levels are on for less than the work needs, and lowers it where for more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulacra.simulate.bounding.level import Course, Level, cheapest, level
from simulacra.simulate.bounding.needs import Windows
from simulacra.simulate.bounding.parts import Parts, Work
from simulacra.simulate.bounding.sizes import Measure
from simulacra.simulate.bounding.values import NEAR, Numbers, Places, Prices

ROUNDS = 5
WORTHWHILE = 0.003
"""A search that can't gain more than this share of the bound goes no further."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``fixed``: the number of machines that must be on in each step of time from ``times`` on."""

    windows: Windows
    times: Numbers
    fixed: Places


@dataclass(frozen=True, slots=True)
class Worth:
    """Of work: in which way it is measured in each part, the most it can be worth there, and how much there is."""

    way: Places
    most: Numbers
    inside: Numbers
    wing_left: Numbers
    wing_right: Numbers
    left: Places
    right: Places
    caps: Numbers

    def paid(self, share: Numbers) -> tuple[float, Numbers]:
        """What all work costs, and in which part how much of it is."""
        worth = share * self.most
        left, right = worth[self.left] * self.wing_left, worth[self.right] * self.wing_right
        lefts = left <= right
        there = self.inside.copy()
        np.add.at(there, self.left[lefts], self.wing_left[lefts])
        np.add.at(there, self.right[~lefts], self.wing_right[~lefts])
        return float((worth * self.inside).sum() + np.minimum(left, right).sum()), there


def levels(asked: Asked, parts: Parts) -> tuple[Level, ...]:
    """From the first on, as far as anything asks for one."""
    windows, made = parts.whole(asked.windows), []
    highest = max(int(asked.fixed.max(initial=0)), int(windows.level.max(initial=0)))
    for number in range(1, highest + 1):
        windows = windows.kept(windows.level >= number)
        on = np.concatenate([[False], asked.fixed >= number, [False]]).astype(np.int8)
        begins, ends = np.flatnonzero(np.diff(on) == 1), np.flatnonzero(np.diff(on) == -1)
        found = level(_sifted(windows), (asked.times[begins], asked.times[ends]))
        if found is None:
            break
        made.append(found)
    return tuple(made)


def _sifted(windows: Windows) -> Windows:
    """Without those that ask for no stretch and hold the window of another such one."""
    points = windows.lasts == 0
    rows = np.flatnonzero(points)
    rows = rows[np.lexsort((-windows.closes[rows], windows.opens[rows]))]
    closes = windows.closes[rows]
    later = np.append(np.minimum.accumulate(closes[::-1])[::-1][1:], np.inf) if len(rows) else closes
    keep = ~points
    keep[rows[closes < later]] = True
    return windows.kept(keep)


def worth(done: Work, ways: tuple[Measure, ...], costs: Prices) -> Worth:
    caps = np.stack([measure.caps[~costs.free] for measure in ways])
    with np.errstate(divide="ignore"):
        most = (costs.hold / caps).min(axis=1)
    most = np.where(np.isfinite(most), most, 0.0)
    way = np.argmax(most[:, None] * done.inside, axis=0)
    rows = np.arange(len(done.left))
    wing_left, wing_right = (done.wing[rows, way[side]] for side in (done.left, done.right))
    inside = done.inside[way, np.arange(len(way))]
    return Worth(way, most[way], inside, wing_left, wing_right, done.left, done.right, caps)


@dataclass(frozen=True, slots=True)
class Search:
    """What a search for the best shares needs to know."""

    parts: Parts
    levels: tuple[Level, ...]
    worth: Worth
    costs: Prices
    horizon_s: float

    def best(self, known: float = 0.0) -> float:
        """``known``: a bound that is known already; where it can't be raised by much, nothing is searched."""
        low, high = np.zeros(len(self.parts)), np.ones(len(self.parts))
        share, best = low, known
        for turn in range(ROUNDS):
            total, short = self._at(share)
            best = max(best, total)
            low, high = np.where(short > 0, share, low), np.where(short > 0, high, share)
            # the bound is concave in the shares: it gains no more than its slope tells
            gain = np.where(short > 0, high - share, low - share) * short * self.worth.most
            if total + float(gain.sum()) <= best * (1 + WORTHWHILE):
                break
            share = high if turn == 0 else np.where(low >= 1.0, 1.0, (low + high) / 2)
        return best

    def _at(self, share: Numbers) -> tuple[float, Numbers]:
        """The bound, and by how much the levels are on for less than the work needs in each part."""
        total, needed = self.worth.paid(share)
        rates = self._rates(share)
        done = np.zeros(len(self.parts))
        for number, it in enumerate(self.levels):
            course = cheapest(it, self._spent(rates[:, min(number, rates.shape[1] - 1)]), self.costs, self.horizon_s)
            total += course.cost
            done += self._on(course)
        typical = self.worth.caps.mean(axis=1)[self.worth.way]
        return total, needed - typical * done * (1 + NEAR)

    def _rates(self, share: Numbers) -> Numbers:
        """What a second on costs in each part (rows), for the cheapest machine, the second cheapest and so on."""
        prices, caps = self.costs.hold, self.worth.caps
        if np.ptp(prices) == 0 and np.ptp(caps) == 0:
            prices, caps = prices[:1], caps[:, :1]
        less = (share * self.worth.most)[:, None] * caps[self.worth.way]
        return np.sort(np.maximum(prices[None, :] - less, 0.0), axis=1)

    def _spent(self, rates: Numbers) -> Callable[[Numbers], Numbers]:
        """What being on from second 0 until a second costs."""
        borders = self.parts.borders
        knots = np.concatenate([[min(0.0, borders[0])], borders, [max(self.horizon_s, borders[-1]) + 1.0]])
        sums = np.concatenate([[0.0], (np.diff(knots) * rates).cumsum()])
        return lambda until: np.asarray(np.interp(until, knots, sums))

    def _on(self, course: Course) -> Numbers:
        """Seconds on in each part."""
        at = self.parts.borders
        lasted = np.concatenate([[0.0], (course.ends - course.begins).cumsum()])
        begun = np.searchsorted(course.begins, at, side="right")
        over = np.where(begun > 0, np.maximum(course.ends[begun - 1] - at, 0.0), 0.0)
        return np.diff(lasted[begun] - over, prepend=0.0, append=lasted[-1])
