"""Step curves over long times as few enough points to be looked at: means of equal spans, and the week that is busiest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulacra.simulate.outcome import Steps

DAY_S, WEEK_S = 86400.0, 7 * 86400.0
_WIDTHS_S = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0)
_MOST = 700
"""So many points of a curve can be told apart."""


@dataclass(frozen=True, slots=True)
class Window:
    """Seconds of the trace that are drawn, in spans of ``width_s``; the last span may go beyond what was simulated."""

    from_s: float
    until_s: float
    width_s: float

    @property
    def edges(self) -> NDArray[np.float64]:
        count = max(1, math.ceil((self.until_s - self.from_s) / self.width_s))
        return self.from_s + self.width_s * np.arange(count + 1, dtype=np.float64)


def by_day(ends_s: float) -> Window:
    """All of it, day by day."""
    return Window(0.0, ends_s, DAY_S)


def in_detail(from_s: float, until_s: float) -> Window:
    """That part of it, as finely as can be seen."""
    return Window(from_s, until_s, next((it for it in _WIDTHS_S if (until_s - from_s) / it <= _MOST), DAY_S))


def busiest_week(demand: Steps, ends_s: float) -> Window:
    """The seven days in a row, from a midnight of the trace's own days on, with the most work in them; the first of such weeks."""
    until_s = max(ends_s, 1.0)
    if until_s <= WEEK_S:
        return in_detail(0.0, until_s)
    begins = np.arange(0.0, until_s - WEEK_S + DAY_S, DAY_S)
    work = _until(demand, begins + WEEK_S) - _until(demand, begins)
    begin_s = float(begins[int(np.argmax(np.round(work, 3)))])
    return in_detail(begin_s, min(begin_s + WEEK_S, until_s))


def means(steps: Steps, window: Window) -> NDArray[np.float64]:
    """The curve's mean over each span of the window."""
    edges = window.edges
    return np.diff(_until(steps, edges)) / window.width_s


def _until(steps: Steps, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curve's integral from second 0 until each moment; before its first step it is 0, after the last it stays."""
    if not steps:
        return np.zeros_like(at_s)
    times, values = (np.array([it[at] for it in steps], dtype=np.float64) for at in (0, 1))
    times = np.append(times, max(float(times[-1]), float(at_s.max())) + 1.0)
    area = np.concatenate(([0.0], np.cumsum(values * np.diff(times))))
    return np.interp(at_s, times, area)
