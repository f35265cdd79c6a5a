"""A number of several ways of measuring over time, in steps, and the least it is within a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulacra.simulate.bounding.sizes import Measure
from simulacra.simulate.bounding.values import Jobs, Numbers, Places


@dataclass(frozen=True, slots=True)
class Surely:
    """What runs whatever is decided: from ``times[k]`` to ``times[k + 1]`` (s) it is ``loads[way, k]``; 0 before and after.

    ``lows[q][way, k]`` is the least of the 2^q steps from the k-th on.
    """

    times: Numbers
    loads: Numbers
    lows: tuple[Numbers, ...]

    def least(self, way: int, begins: Numbers, ends: Numbers) -> Numbers:
        """Between two seconds each, of which the second isn't earlier."""
        first = np.searchsorted(self.times, begins, side="right") - 1
        last = np.maximum(np.searchsorted(self.times, ends, side="left") - 1, first)
        height = np.floor(np.log2(last - first + 1)).astype(np.intp)
        found = np.zeros(len(begins))
        for level, lows in enumerate(self.lows):
            here = height == level
            found[here] = np.minimum(lows[way, first[here]], lows[way, last[here] - 2**level + 1])
        return found

    def until(self, way: int, seconds: Numbers) -> Numbers:
        """The load times seconds up to each second."""
        lasting = np.diff(self.times[1:], append=self.times[-1])
        sums = np.concatenate([[0.0], (self.loads[way, 1:] * lasting)[:-1].cumsum()])
        return np.asarray(np.interp(seconds, self.times[1:], sums))


def surely(jobs: Jobs, ways: tuple[Measure, ...]) -> Surely:
    kept = jobs.long
    begins, ends = jobs.submit[kept] + jobs.wait_s, (jobs.submit + jobs.run)[kept]
    times, at = np.unique(np.concatenate([begins, ends, [0.0]]), return_inverse=True)
    changes = np.zeros((len(ways), len(times)))
    for way, measure in enumerate(ways):
        changed = np.concatenate([measure.loads[kept], -measure.loads[kept], [0.0]])
        changes[way] = np.bincount(at, weights=changed, minlength=len(times))
    loads = np.maximum(changes.cumsum(axis=1), 0.0)
    loads = np.concatenate([np.zeros((len(ways), 1)), loads], axis=1)
    loads[:, -1] = 0.0
    return Surely(np.concatenate([[-np.inf], times]), loads, _lows(loads))


def _lows(loads: Numbers) -> tuple[Numbers, ...]:
    made, width = [loads], 1
    while 2 * width <= loads.shape[1]:
        low = made[-1].copy()
        low[:, :-width] = np.minimum(low[:, :-width], made[-1][:, width:])
        made.append(low)
        width *= 2
    return tuple(made)


def count(ways: tuple[Measure, ...], loads: list[Numbers]) -> Places:
    """The most machines that any way of measuring asks for."""
    return np.asarray(np.max([measure.machines_for(load) for measure, load in zip(ways, loads, strict=True)], axis=0))
