"""Which of the nodes with room Nomad prefers: the mean of several scores, the highest wins.

Source: nomad's ``structs.ScoreFitBinPack`` and ``ScoreFitSpread``, ``scheduler/feasible`` (JobAntiAffinityIterator, NodeAffinityIterator,
SpreadIterator, ScoreNormalizationIterator). Nomad looks at some nodes in random order; here all are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulacra.model.workload import Affinity, Group, Job, Spread
from simulacra.plan.columns import Numbers, Places, Scores
from simulacra.plan.crowd import Crowd, used
from simulacra.plan.fleet import Fleet
from simulacra.plan.room import Room

MOST_FIT = 18.0
"""What a full node scores (and an empty one, where load is to be spread out)."""

EMPTY = 2.0
"""What the two powers of ten add up to on a node that is full: 10⁰ for each of MHz and memory."""

_DIGITS = 9
"""Scores that differ by less are equal, and the name decides."""

_IMPLICIT = "*"
_MOST_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Ranking:
    """``extra`` is one more score of each node (what preemption costs there), or None."""

    fleet: Fleet
    room: Room
    crowd: Crowd
    spread_out: bool

    def scores(self, job: Job, group: Group, among: Places, spare: Numbers, extra: Scores | None = None) -> Scores:
        """How well one more instance would sit on each of these nodes, on which it fits; ``spare`` is what it would leave there."""
        total = self._fit(among, spare)
        count: Scores | Numbers | int = 1
        counts = self.crowd.on(job, group, self.fleet.size)
        if counts is not None:
            own = counts[among]
            total -= np.where(own > 0, (own + 1) / max(1, group.count), 0.0)
            count = count + (own > 0)
        if group.affinities:
            total += affinity(self.fleet, group.affinities)[among]
            count = count + 1
        if group.spreads:
            boosts = self._spread(job, group, among)
            total += boosts
            count = count + (boosts != 0)
        if extra is not None:
            total += extra
            count = count + 1
        total /= count
        return total.round(_DIGITS)

    def _fit(self, among: Places, spare: Numbers) -> Scores:
        left = spare[:2] * self.fleet.per_size.take(among, axis=1)
        np.exp(left, out=left)
        fit: Scores = left[0] + left[1]
        fit = fit - EMPTY if self.spread_out else MOST_FIT + EMPTY - fit
        np.maximum(fit, 0.0, out=fit)
        np.minimum(fit, MOST_FIT, out=fit)
        fit /= MOST_FIT
        return fit

    def _spread(self, job: Job, group: Group, among: Places) -> Scores:
        there = self.crowd.where(job, group, staying=True)
        weights = sum(it.weight for it in group.spreads)
        total = np.zeros(len(among))
        for spread in group.spreads:
            column = self.fleet.columns.column(spread.attribute)
            of_value = used(column, there)
            boosts = _targeted(spread, column.values, of_value, group.count, weights) if spread.targets else _even(of_value)
            total += np.append(boosts, -1.0)[column.codes[among]]
        return total


def affinity(fleet: Fleet, affinities: tuple[Affinity, ...]) -> Scores:
    """The weights of those that hold, as a share of all, for every node."""
    found = fleet.scores.get(affinities)
    if found is None:
        if len(fleet.scores) >= _MOST_REMEMBERED:
            fleet.scores.clear()
        found = np.zeros(fleet.size)
        for it in affinities:
            found += it.weight * fleet.columns.mask(it.left, it.operator, it.right)
        found /= max(1, sum(abs(it.weight) for it in affinities))
        fleet.scores[affinities] = found
    return found


def _even(of_value: Numbers) -> Scores:
    """Each value as often as the others: the score of each value; values not in use yet don't count as least."""
    in_use = of_value[of_value > 0]
    if not in_use.size:
        return np.zeros(len(of_value))
    least, most = int(in_use.min()), int(in_use.max())
    scores = (least - of_value) / least
    scores[of_value == least] = -1.0 if least == most else (most - least) / least
    return scores


def _targeted(spread: Spread, values: tuple[str, ...], of_value: Numbers, count: int, weights: int) -> Scores:
    """Each value by its percentage; what the percentages leave over is for all other values together."""
    wanted = {it.value: it.percent / 100 * count for it in spread.targets}
    left = count - sum(wanted.values())
    if 0 < left < count:
        wanted[_IMPLICIT] = left
    named = {it.value for it in spread.targets}
    others = sum(int(many) for value, many in zip(values, of_value, strict=True) if value not in named)
    share = spread.weight / max(1, weights)
    boosts: list[float | None] = []
    for value, many in zip(values, of_value.tolist(), strict=True):
        desired = wanted.get(value, wanted.get(_IMPLICIT)) if value in named else wanted.get(_IMPLICIT)
        if desired is None:
            boosts.append(-1.0)
        elif desired == 0:
            boosts.append(None)
        else:
            boosts.append((desired - ((many if value in named else others) + 1)) / desired * share)
    lowest = min(-1.0, *(it for it in boosts if it is not None), 0.0)
    return np.array([lowest if it is None else it for it in boosts])
