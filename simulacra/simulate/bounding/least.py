"""The least that machines cost above sleeping, whichever way it is found best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulacra.simulate.bounding.dual import Asked, Search, levels, worth
from simulacra.simulate.bounding.needs import crowds, joined, stretches
from simulacra.simulate.bounding.parts import coarse, fine, work
from simulacra.simulate.bounding.sizes import Measure, measures
from simulacra.simulate.bounding.steps import Surely, count, surely
from simulacra.simulate.bounding.subsets import Carried, cheapest_sets
from simulacra.simulate.bounding.values import NEAR, Drawing, Flags, Jobs, Prices

CLASSES = 6
"""So many classes of jobs, by the machines that can carry them, are looked at, beginning with the widest."""


def carried(jobs: Jobs, machines: Sequence[Drawing], fits: Flags, free: Flags) -> tuple[Carried, ...]:
    """All jobs, then those of each class. ``fits``: which machines (columns) can carry a piece of each job."""
    rows = sorted({row.tobytes() for row in fits} | {fits.any(axis=0).tobytes()}, key=lambda row: (-row.count(1), row))
    made = []
    for row in rows[:CLASSES]:
        members = np.frombuffer(row, dtype=np.bool_)
        narrow = jobs.only(np.asarray(~(fits & ~members).any(axis=1)))
        ways = measures(narrow, [machine for machine, member in zip(machines, members, strict=True) if member], free[members])
        if ways:
            made.append(Carried(narrow, members, ways, surely(narrow, ways)))
    return tuple(made)


def least(classes: tuple[Carried, ...], costs: Prices, horizon_s: float, differ: bool) -> float:
    """What no schedule can go below: the most that any class asks of the machines that can carry it. ``differ``: not all are equal."""
    best = 0.0
    for it in classes:
        best = max(best, _by_levels(it, costs.of(it.members), horizon_s))
    return max(best, cheapest_sets(classes, costs, horizon_s)) if differ else best


def _by_levels(it: Carried, costs: Prices, horizon_s: float) -> float:
    if not len(costs.hold):
        return 0.0
    jobs, ways, sure = it.jobs, it.ways, it.sure
    windows = joined(stretches(jobs, ways, sure), crowds(jobs, ways, sure))
    asked = Asked(windows, sure.times[1:], count(ways, list(sure.loads[:, 1:])))
    best = _cover(ways, sure, costs)
    for parts in (coarse(jobs), fine(jobs)):
        found = Search(parts, levels(asked, parts), worth(work(jobs, ways, sure, parts), ways, costs), costs, horizon_s)
        best = found.best(best)
    return best


def _cover(ways: tuple[Measure, ...], sure: Surely, costs: Prices) -> float:
    """What carries all that surely runs at the least cost if parts of a machine could be on, without changes."""
    lasting = np.diff(sure.times[1:], append=sure.times[-1])
    best = 0.0
    for measure, loads in zip(ways, sure.loads[:, 1:], strict=True):
        caps = measure.caps[~costs.free]
        order = np.argsort(costs.hold / np.maximum(caps, NEAR * NEAR), kind="stable")
        held = np.concatenate([[0.0, measure.free], measure.free + caps[order].cumsum()])
        price = np.concatenate([[0.0, 0.0], costs.hold[order].cumsum()])
        best = max(best, float((np.interp(loads, held, price) * lasting).sum()))
    return best
