"""What a trace asks of the number of machines that are on: so many at this time, so many for so long within that window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulacra.simulate.bounding.sizes import Measure
from simulacra.simulate.bounding.steps import Surely, count
from simulacra.simulate.bounding.values import Flags, Jobs, Numbers, Places

GROUPS = ((0.25, True), (1.0, True), (4.0, False))
"""Jobs looked at together: those that run up to so many times the longest wait; and whether none of them surely runs at any time."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Rows: at least ``level`` machines must be on without a break for ``lasts`` seconds that begin between ``opens`` and ``closes``."""

    opens: Numbers
    closes: Numbers
    lasts: Numbers
    level: Places

    def kept(self, rows: Flags) -> Windows:
        return Windows(self.opens[rows], self.closes[rows], self.lasts[rows], self.level[rows])

    @property
    def ends(self) -> Numbers:
        """When the window is over."""
        return self.closes + self.lasts


def joined(one: Windows, other: Windows) -> Windows:
    return Windows(
        np.concatenate([one.opens, other.opens]),
        np.concatenate([one.closes, other.closes]),
        np.concatenate([one.lasts, other.lasts]),
        np.concatenate([one.level, other.level]),
    )


def stretches(jobs: Jobs, ways: tuple[Measure, ...], sure: Surely) -> Windows:
    """Each job for itself, on top of what surely runs beside it wherever in its window it lies."""
    begins, long = jobs.submit, jobs.long
    starts_last, ends_first = begins + jobs.wait_s, begins + jobs.run
    loads = []
    for way, measure in enumerate(ways):
        early = sure.least(way, begins, np.where(long, starts_last, jobs.last_end)) + measure.loads
        late = sure.least(way, np.where(long, ends_first, begins), jobs.last_end) + measure.loads
        # in its sure part a job is in the sum already
        sure_part = np.where(long, sure.least(way, np.where(long, starts_last, begins), np.where(long, ends_first, begins)), np.inf)
        loads.append(np.minimum(np.minimum(early, late), sure_part))
    return Windows(begins, starts_last, jobs.run, count(ways, loads))


def crowds(jobs: Jobs, ways: tuple[Measure, ...], sure: Surely) -> Windows:
    """Jobs that came together: work that must be done within a window needs, at some time in it, at least what it needs on average."""
    found = Windows(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.intp))
    for times, never_sure in GROUPS:
        group = np.flatnonzero(jobs.run <= times * jobs.wait_s)
        if len(group) > 1:
            found = joined(found, _crowds(jobs, group, ways, sure if never_sure else None))
    return found


def _crowds(jobs: Jobs, group: Places, ways: tuple[Measure, ...], sure: Surely | None) -> Windows:
    begins, over, run = jobs.submit[group], jobs.last_end[group], jobs.run[group]
    work = [np.concatenate([[0.0], (measure.loads[group] * run).cumsum()]) for measure in ways]
    found = Windows(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.intp))
    width = 1
    while 2 * width <= len(group):
        over = np.maximum(over[:-width], over[width:])  # the latest end of 2 * width jobs in a row
        width *= 2
        opens = begins[: len(over)]
        loads = []
        for way, sums in enumerate(work):
            mean = (sums[width:] - sums[:-width]) / (over - opens)
            loads.append(mean if sure is None else mean + sure.least(way, opens, over))
        level = count(ways, loads)
        telling = level >= 2  # for one machine each job speaks for itself
        found = joined(found, Windows(opens, over, np.zeros(len(over)), level).kept(telling))
    return found
