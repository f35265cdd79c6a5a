"""Network coordinates: where Consul's gossip puts a machine, so that the round trip between any two can be told without measuring it.

Source: https://developer.hashicorp.com/consul/docs/architecture/coordinates (Vivaldi, with height and adjustment), and hashicorp/serf's
``coordinate`` package.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

LEAST_RTT_S = 1e-6


@dataclass(frozen=True, slots=True)
class Coordinate:
    """``machine`` is the node's name. ``vec`` has seconds on each axis, ``height`` and ``adjustment`` are seconds, ``error`` has no unit:
    how sure Consul is of it, 1.5 to begin with, less is surer.
    """

    machine: str
    vec: tuple[float, ...]
    height: float = 0.0
    adjustment: float = 0.0
    error: float = 0.0


def rtt_ms(one: Coordinate, other: Coordinate) -> float:
    """The round trip between two machines in milliseconds, as Consul estimates it."""
    apart = sqrt(sum((a - b) ** 2 for a, b in zip(one.vec, other.vec, strict=True))) + one.height + other.height
    adjusted = apart + one.adjustment + other.adjustment
    return 1000.0 * max(LEAST_RTT_S, adjusted if adjusted > 0.0 else apart)
