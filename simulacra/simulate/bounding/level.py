"""One level of the number of machines that are on: when it must be on, and the cheapest way to have it on then.

The set of times at which at least l machines are on is what is chosen here, for each l apart. Times on cost their rate, each change its
price, and each window asks for a stretch without a break. How it is solved: a stretch of being on that isn't one with the one before may as
well begin when the first window that it serves closes, since beginning later costs no more; from then on each window that closes before
it ends keeps it on. So all that is to be decided is, each time all that had to be is served, whether to stay on until one more is or to
go off until the next window closes. A window counts as served where being on ends no earlier than its stretch could at the earliest, which
may be less than it asks for: the result is never more than the cheapest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulacra.simulate.bounding.needs import Windows
from simulacra.simulate.bounding.values import Flags, Numbers, Places, Prices

NEIGHBOURS = 8
"""So many windows that close next are looked at for one that must begin together with a stretch and lasts longer."""


@dataclass(frozen=True, slots=True)
class Level:
    """The moments at which being on may end (s, ordered), and from each: ``more``, where it ends if one more is served, and, if it goes
    off, when it comes on again (``again_s``) and which moment ends that (``then``). -1: nothing is left. Place 0 is being on from second 0;
    before all others it may be off until ``first_s``, then on until the moment ``first``.
    """

    moments: Numbers
    more: Places
    again_s: Numbers
    then: Places
    first_s: float
    first: int


@dataclass(frozen=True, slots=True)
class Course:
    """The cheapest: what it costs, and the stretches of being on."""

    cost: float
    begins: Numbers
    ends: Numbers


def level(windows: Windows, fixed: tuple[Numbers, Numbers]) -> Level | None:
    """From the windows of one level, and the stretches (begins, ends) at which it is on anyway. None: nothing asks for it."""
    left = windows.kept(~_met(windows, fixed))
    opens = np.concatenate([left.opens, fixed[0]])
    closes = np.concatenate([left.closes, fixed[0]])
    lasts = np.concatenate([left.lasts, fixed[1] - fixed[0]])
    if not len(opens):
        return None
    ranks = np.lexsort((-lasts, closes))
    return _level(opens[ranks], closes[ranks], lasts[ranks])


def _met(windows: Windows, fixed: tuple[Numbers, Numbers]) -> Flags:
    """Windows that a stretch which is on anyway serves."""
    begins, ends = (np.concatenate([[-np.inf], side, [np.inf]]) for side in fixed)
    ends[0] = -np.inf
    at = np.searchsorted(begins, windows.opens, side="right") - 1
    after = np.minimum(at + 1, len(begins) - 1)
    inside = ends[at] >= windows.opens + windows.lasts
    return inside | ((begins[after] <= windows.closes) & (begins[after] + windows.lasts <= ends[after]))


def _level(opens: Numbers, closes: Numbers, lasts: Numbers) -> Level:
    """The rows are ordered by when they close, so that a row's place is its rank."""
    by_end = np.argsort(opens + lasts, kind="stable")
    soonest = (opens + lasts)[by_end]  # when each could end at the earliest
    urgent = np.append(np.minimum.accumulate(by_end[::-1])[::-1], -1)  # which closes first of those that end later than the k-th
    forced = np.maximum.accumulate(opens + lasts)

    def kept_on(until: Numbers) -> Numbers:
        """Up to when what has closed by then keeps it on."""
        closed = np.searchsorted(closes, until, side="right") - 1
        return np.where(closed >= 0, np.maximum(until, forced[closed]), until)

    steps = np.searchsorted(soonest, kept_on(soonest), side="right") - 1
    while (steps != steps[steps]).any():
        steps = steps[steps]

    def settled(until: Numbers) -> Numbers:
        on = kept_on(until)
        return np.where(on > until, soonest[steps[np.maximum(np.searchsorted(soonest, on, side="right") - 1, 0)]], until)

    begun = np.full(len(opens), np.nan)
    asked = np.unique(urgent[:-1])  # only these ever end a time off
    begun[asked] = settled(_together(opens, closes, lasts)[asked])
    ends = soonest[steps]
    at_once = settled(np.zeros(1))
    moments = np.unique(np.concatenate([at_once, ends, begun[asked]]))
    moments = moments[moments >= at_once[0]]
    later = np.searchsorted(soonest, moments, side="right")
    more = np.where(later < len(soonest), np.searchsorted(moments, ends[np.minimum(later, len(ends) - 1)]), -1)
    who = urgent[later]
    then = np.where(who >= 0, np.searchsorted(moments, begun[who]), -1)
    return Level(moments, more, closes[who], then, float(closes[0]), int(np.searchsorted(moments, begun[0])))


def _together(opens: Numbers, closes: Numbers, lasts: Numbers) -> Numbers:
    """For each window, if being on begins when it closes: when it ends, by itself and by those that wait then and close before."""
    ends = closes + lasts
    longest = ends.copy()
    for further in range(1, min(NEIGHBOURS, len(closes) - 1) + 1):
        waits = (opens[further:] <= closes[:-further]) & (opens[further:] + lasts[further:] >= closes[:-further])
        forced = waits & (closes[further:] <= ends[:-further])
        together = closes[:-further] + lasts[further:]
        longest[:-further] = np.where(forced, np.maximum(longest[:-further], together), longest[:-further])
    return longest


def cheapest(it: Level, spent: Callable[[Numbers], Numbers], costs: Prices, horizon_s: float) -> Course:
    """``spent``: what being on from second 0 until a second costs."""
    until, again = spent(it.moments), spent(it.again_s)
    stay = until[it.more] - until
    away = costs.wake + costs.halt + until[it.then] - again
    done = np.flatnonzero(it.more < 0)
    held = spent(np.maximum(it.moments[done], horizon_s)) - until[done]
    last = np.minimum(held, costs.last_halt(horizon_s - it.moments[done]))
    values, leaves = _values(it, stay.tolist(), away.tolist(), last.tolist())
    on = float(until[0]) + values[0]
    off = costs.first_wake(it.first_s) + float(until[it.first] - spent(np.array([it.first_s]))[0]) + values[it.first]
    return Course(min(on, off), *_path(it, leaves, on <= off))


def _values(it: Level, stay: list[float], away: list[float], last: list[float]) -> tuple[list[float], list[int]]:
    """From each moment on, what the cheapest costs, and the moment at which it goes off next; the last ones have nothing left."""
    left = len(stay) - len(last)
    values = [0.0] * left + last
    leaves = list(range(len(values)))
    more, then = it.more.tolist(), it.then.tolist()
    for at in range(left - 1, -1, -1):
        on, off = stay[at] + values[more[at]], away[at] + values[then[at]]
        if on <= off:
            values[at] = on
            leaves[at] = leaves[more[at]]
        else:
            values[at] = off
    return values, leaves


def _path(it: Level, leaves: list[int], from_zero: bool) -> tuple[Numbers, Numbers]:
    begins, ends = [0.0 if from_zero else it.first_s], []
    at = leaves[0 if from_zero else it.first]
    then, again = it.then.tolist(), it.again_s.tolist()
    while then[at] >= 0:
        ends.append(at)
        begins.append(again[at])
        at = leaves[then[at]]
    ends.append(at)
    return np.array(begins), it.moments[ends]
