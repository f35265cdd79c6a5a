"""Round trips between many machines at once, from their network coordinates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from simulacra.model.coordinates import LEAST_RTT_S, Coordinate

Floats = NDArray[np.float64]
NOWHERE = 1.5
"""Consul's error of a coordinate of which it knows nothing; as long as it hasn't measured at all, it lies at the origin."""


def comparable(coordinates: Iterable[Coordinate]) -> tuple[Coordinate, ...]:
    """Those that can be measured against each other, one a machine, by name: known at all, and of the number of axes that most have."""
    known = {it.machine: it for it in coordinates if _measured(it)}
    axes = Counter(len(it.vec) for it in known.values())
    usual = max(axes, key=lambda number: (axes[number], number), default=0)
    return tuple(known[name] for name in sorted(known) if len(known[name].vec) == usual)


def _measured(it: Coordinate) -> bool:
    finite = bool(it.vec) and all(map(isfinite, (*it.vec, it.height, it.adjustment, it.error)))
    return finite and (it.error < NOWHERE or any(it.vec))


def round_trips_ms(rows: Sequence[Coordinate], columns: Sequence[Coordinate]) -> Floats:
    """The round trips in milliseconds from each of the rows to each of the columns, as `simulacra.model.coordinates.rtt_ms` has them.

    All must be `comparable`.
    """
    if not rows or not columns:
        return np.zeros((len(rows), len(columns)))
    one, other = np.array([it.vec for it in rows]), np.array([it.vec for it in columns])
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2.0 * (one @ other.T)
    apart = np.sqrt(np.maximum(squares, 0.0)) + _column(rows, "height") + _column(columns, "height").T
    adjusted = apart + _column(rows, "adjustment") + _column(columns, "adjustment").T
    found: Floats = 1000.0 * np.maximum(np.where(adjusted > 0.0, adjusted, apart), LEAST_RTT_S)
    return found


def _column(coordinates: Sequence[Coordinate], field: str) -> Floats:
    return np.array([getattr(it, field) for it in coordinates], dtype=np.float64)[:, None]
