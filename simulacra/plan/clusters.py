"""Which machines stand together, told from the round trips between them: zones that nobody has defined.

Machines are joined from the nearest to the farthest (hierarchical clustering with average linkage). Two groups are different zones where
they are clearly farther from each other than the machines of either among themselves. How many zones there are comes out by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulacra.plan.round_trips import Floats

LAN_MS = 3.0
"""Machines nearer than that may be on one LAN: smaller differences tell nothing."""
CLEARLY = 2.0
"""So many times as far as the machines of a group are from each other, another one is another zone."""
STRAYS_FROM = 3
"""A group of so many machines shows how far astray a coordinate of its own may be."""

Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Cluster:
    """``machines`` by name; ``confidence`` is each one's, from 0 to 1: how much nearer its own are than the next cluster's."""

    machines: tuple[str, ...]
    confidence: tuple[float, ...]


def clusters(names: Sequence[str], rtt_ms: Floats) -> tuple[Cluster, ...]:
    """The clusters of the machines, each by its first name; ``rtt_ms`` holds the round trips between them, in the names' order.

    The time that it takes grows with the square of their number.
    """
    if not names:
        return ()
    apart = (rtt_ms + rtt_ms.T) / 2.0
    np.fill_diagonal(apart, 0.0)
    groups = _without_strays(apart, _groups(apart))
    sure = _confidence(apart, groups)
    found = []
    for group in range(int(groups.max()) + 1):
        inside = sorted((names[int(it)], round(float(sure[it]), 3)) for it in np.flatnonzero(groups == group))
        found.append(Cluster(tuple(name for name, _ in inside), tuple(share for _, share in inside)))
    return tuple(sorted(found, key=lambda it: it.machines))


def _groups(apart: Floats) -> Ints:
    """The number of each machine's group, counted from 0."""
    # it takes a tenth of a second to import
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    count = len(apart)
    if count == 1:
        return np.zeros(1, dtype=np.intp)
    merges = linkage(squareform(apart, checks=False), "average")
    # for every node of the tree: its machines' number, the sum of the round trips within it, and whether it has to be taken apart
    size, within, broken = np.ones(2 * count - 1), np.zeros(2 * count - 1), np.zeros(2 * count - 1, dtype=bool)
    for row, (first, second, height, _) in enumerate(merges):
        one, other, node = int(first), int(second), count + row
        spread = max(LAN_MS, _mean(within[one], size[one]), _mean(within[other], size[other]))
        size[node] = size[one] + size[other]
        within[node] = within[one] + within[other] + size[one] * size[other] * height
        broken[node] = broken[one] or broken[other] or height >= CLEARLY * spread
    # from the top: whoever belongs to a whole node is of its group
    group = np.full(2 * count - 1, -1, dtype=np.intp)
    for row in range(count - 2, -1, -1):
        node = count + row
        if not broken[node] and group[node] < 0:
            group[node] = node
        for child in merges[row, :2].astype(np.intp):
            group[child] = group[node]
    alone = group[:count] < 0
    group[:count][alone] = np.flatnonzero(alone)
    return np.unique(group[:count], return_inverse=True)[1].astype(np.intp)


def _mean(total: float, size: float) -> float:
    return total / (size * (size - 1) / 2) if size > 1 else 0.0


def _without_strays(apart: Floats, groups: Ints) -> Ints:
    """A machine alone joins the nearest group where that has some nearly as far apart: its coordinate is astray, as theirs are."""
    sizes = np.bincount(groups)
    large = np.flatnonzero(sizes >= STRAYS_FROM)
    if not len(large) or not (sizes == 1).any():
        return groups
    members = {int(group): np.flatnonzero(groups == group) for group in large}
    reach = {group: max(LAN_MS, float(np.quantile(apart[np.ix_(inside, inside)], 0.95))) for group, inside in members.items()}
    joined = groups.copy()
    for alone in np.flatnonzero(sizes[groups] == 1):
        far, nearest = min((float(np.median(apart[alone, inside])), group) for group, inside in members.items())
        if far < CLEARLY * reach[nearest]:
            joined[alone] = nearest
    return np.unique(joined, return_inverse=True)[1].astype(np.intp)


def _confidence(apart: Floats, groups: Ints) -> Floats:
    """1 where its own are next to a machine and all others far away; 0 where another group is as near.

    It is the silhouette by mean distances (P. Rousseeuw, 1987), where what may be one LAN counts as equally near. With one group only its
    own distances tell.
    """
    member = np.eye(int(groups.max()) + 1)[groups]
    sizes = member.sum(axis=0)
    total = apart @ member
    machines = np.arange(len(groups))
    own = np.maximum(total[machines, groups] / np.maximum(sizes[groups] - 1, 1), LAN_MS)
    if len(sizes) == 1:
        alone: Floats = LAN_MS / own
        return alone
    means = total / sizes
    means[machines, groups] = np.inf
    found: Floats = np.clip(1.0 - own / np.maximum(means.min(axis=1), LAN_MS), 0.0, 1.0)
    return found
