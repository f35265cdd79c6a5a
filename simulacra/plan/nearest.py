"""Which zone a machine is nearest to, by network coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulacra.model.coordinates import Coordinate
from simulacra.plan.clusters import CLEARLY, LAN_MS
from simulacra.plan.round_trips import NOWHERE, Floats, comparable, round_trips_ms

SURE_ENOUGH = 0.5
"""Up to that error of a coordinate it takes nothing from the confidence; at `NOWHERE` it takes all of it."""
ELSEWHERE_MS = 8.0
WITNESSES = 15
"""So many of a zone's machines, those that Consul is surest of, say how far the zone is."""
AT_ONCE = 2000
"""So many machines are measured in one go, for the memory's sake."""


@dataclass(frozen=True, slots=True)
class Near:
    """``zone`` has the smallest median round trip to its members; None: even that one is clearly another place.

    ``confidence`` is from 0 to 1: how much farther the second nearest zone is, less where the machine's coordinate is unsure.
    """

    zone: str | None
    confidence: float


def nearest(members: Mapping[str, Sequence[Coordinate]], asked: Sequence[Coordinate]) -> dict[str, Near]:
    """The nearest zone of each machine that is asked for; ``members`` are the machines known to be of a zone, by zone.

    A machine's own membership doesn't count. It is clearly elsewhere when the nearest zone is farther than `ELSEWHERE_MS` and than
    `CLEARLY` times what that zone's own machines are from each other. Empty where no zone has members with coordinates.
    """
    witnesses, those = _witnesses(members, asked)
    if not witnesses or not those:
        return {}
    zones = sorted(witnesses)
    far = np.concatenate([_medians(those[at : at + AT_ONCE], [witnesses[zone] for zone in zones]) for at in range(0, len(those), AT_ONCE)])
    reach = np.array([max(ELSEWHERE_MS, CLEARLY * _spread(witnesses[zone])) for zone in zones])
    best = far.argmin(axis=1)
    rows = np.arange(len(those))
    near = far[rows, best]
    sure = _separation(far, near, best) * np.clip(NOWHERE - np.array([it.error for it in those]), 0.0, NOWHERE - SURE_ENOUGH)
    away = near > reach[best]
    return {
        it.machine: Near(None if away[row] else zones[best[row]], round(float(sure[row]), 3))
        for row, it in enumerate(those)
        if np.isfinite(near[row])
    }


def zone_distances(members: Mapping[str, Sequence[Coordinate]]) -> dict[tuple[str, str], float]:
    """The median round trip in milliseconds between the members of every two zones, in both orders."""
    witnesses, _ = _witnesses(members, ())
    found: dict[tuple[str, str], float] = {}
    for one in sorted(witnesses):
        for other in sorted(witnesses):
            if one < other:
                far = round(float(np.median(round_trips_ms(witnesses[one], witnesses[other]))), 3)
                found[one, other] = found[other, one] = far
    return found


def _witnesses(
    members: Mapping[str, Sequence[Coordinate]], asked: Sequence[Coordinate]
) -> tuple[dict[str, tuple[Coordinate, ...]], tuple[Coordinate, ...]]:
    """The surest members of each zone that has any, and those who are asked for: all of them comparable."""
    together = {it.machine: it for it in comparable([*(it for inside in members.values() for it in inside), *asked])}
    found = {}
    for zone, inside in members.items():
        able = sorted((together[it.machine] for it in inside if it.machine in together), key=lambda it: (it.error, it.machine))
        if able:
            found[zone] = tuple(able[:WITNESSES])
    return found, tuple(together[it.machine] for it in sorted(asked, key=lambda it: it.machine) if it.machine in together)


def _apart(those: Sequence[Coordinate], witnesses: Sequence[Coordinate]) -> Floats:
    """The round trips; infinite from a machine to itself."""
    found = round_trips_ms(those, witnesses)
    columns = {it.machine: column for column, it in enumerate(witnesses)}
    for row, it in enumerate(those):
        if it.machine in columns:
            found[row, columns[it.machine]] = np.inf
    return found


def _medians(those: Sequence[Coordinate], witnesses: Sequence[Sequence[Coordinate]]) -> Floats:
    """How far each machine is from each zone."""
    apart = _apart(those, [it for inside in witnesses for it in inside])
    ends = np.cumsum([len(inside) for inside in witnesses])[:-1]
    return np.stack([_median(part) for part in np.split(apart, ends, axis=1)], axis=1)


def _median(apart: Floats) -> Floats:
    """Each row's median over what is finite; infinite where nothing is."""
    ordered = np.sort(apart, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    rows = np.arange(len(ordered))
    low, high = ordered[rows, np.maximum(count - 1, 0) // 2], ordered[rows, np.minimum(count // 2, ordered.shape[1] - 1)]
    found: Floats = np.where(count > 0, (low + np.where(np.isfinite(high), high, low)) / 2.0, np.inf)
    return found


def _spread(witnesses: Sequence[Coordinate]) -> float:
    if len(witnesses) < 2:
        return 0.0
    return float(np.median(_apart(witnesses, witnesses)[~np.eye(len(witnesses), dtype=bool)]))


def _separation(far: Floats, near: Floats, best: NDArray[np.intp]) -> Floats:
    """From 0 to 1: how much farther than the nearest zone the second is; what may be one LAN counts as equally near."""
    others = far.copy()
    others[np.arange(len(far)), best] = np.inf
    second = others.min(axis=1)
    floor = np.maximum(np.where(np.isfinite(near), near, LAN_MS), LAN_MS)
    found: Floats = np.where(np.isfinite(second), np.clip(1.0 - floor / np.maximum(second, floor), 0.0, 1.0), LAN_MS / floor)
    return found
