"""Time cut into parts, in each of which a second of work has its own worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulacra.simulate.bounding.needs import Windows
from simulacra.simulate.bounding.sizes import Measure
from simulacra.simulate.bounding.steps import Surely
from simulacra.simulate.bounding.values import Jobs, Numbers, Places


@dataclass(frozen=True, slots=True)
class Parts:
    """Part k ends where part k + 1 begins, at ``borders[k]`` (s)."""

    borders: Numbers

    def __len__(self) -> int:
        return len(self.borders) + 1

    def beginning(self, seconds: Numbers) -> Places:
        """In which part something is that begins then."""
        return np.searchsorted(self.borders, seconds, side="right")

    def ending(self, seconds: Numbers) -> Places:
        return np.searchsorted(self.borders, seconds, side="left")

    def whole(self, windows: Windows) -> Windows:
        """Those that lie within one part."""
        return windows.kept(self.beginning(windows.opens) == self.ending(windows.ends))


@dataclass(frozen=True, slots=True)
class Work:
    """``inside[way, part]``: machine-seconds that are done in that part whatever is decided, less what the free machines can do there.

    ``wing`` machine-seconds of a way (columns) and a job (rows) are done in part ``left``, part ``right``, or some in each.
    """

    inside: Numbers
    wing: Numbers
    left: Places
    right: Places


def coarse(jobs: Jobs) -> Parts:
    """No job can be in two parts."""
    return _apart(jobs.submit, jobs.last_end)


def fine(jobs: Jobs) -> Parts:
    """Nothing that is to be decided about a job is in a part with what it surely runs."""
    long = jobs.long
    begins = np.concatenate([jobs.submit, (jobs.submit + jobs.run)[long]])
    ends = np.concatenate([np.where(long, jobs.submit + jobs.wait_s, jobs.last_end), jobs.last_end[long]])
    return _apart(begins, ends)


def _apart(begins: Numbers, ends: Numbers) -> Parts:
    """A part for each stretch that the intervals cover without a break, and one for each gap."""
    order = np.argsort(begins, kind="stable")
    begins, reach = begins[order], np.maximum.accumulate(ends[order])
    broken = np.flatnonzero(begins[1:] > reach[:-1])
    borders = np.concatenate([begins[:1], begins[broken + 1], reach[broken], reach[-1:]])
    return Parts(np.unique(borders))


def work(jobs: Jobs, ways: tuple[Measure, ...], sure: Surely, parts: Parts) -> Work:
    long = jobs.long
    left = parts.beginning(jobs.submit)
    right = parts.ending(jobs.last_end)
    loose = np.minimum(jobs.run, jobs.wait_s)  # of a long job what isn't surely somewhere, of another all
    split = long & (left != right)
    lasting = np.diff(parts.borders)
    inside = np.zeros((len(ways), len(parts)))
    for way, measure in enumerate(ways):
        there = np.bincount(left[~split], weights=(measure.loads * loose)[~split], minlength=len(parts)).astype(np.float64)
        there[1:-1] += np.diff(sure.until(way, parts.borders)) - measure.free * lasting
        inside[way] = there
    wing = np.stack([(measure.loads * loose)[split] for measure in ways], axis=1)
    return Work(inside, wing, left[split], right[split])
