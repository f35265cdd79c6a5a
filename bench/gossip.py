"""Simulated grids whose machines gossip as Consul's do: the network coordinates that come of it, and how well zones are told from them.

Source: serf's ``coordinate`` package (``client.go``, ``config.go``): Vivaldi with height and adjustment, a median of the last three round
trips to a peer, and a little gravity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from simulacra.model.coordinates import Coordinate

Floats = NDArray[np.float64]

AXES, WORST_ERROR, PULL, SLOWNESS, LEAST_HEIGHT_S, GRAVITY_S, WINDOW = 8, 1.5, 0.25, 0.25, 10e-6, 150.0, 20
LAN_MS = 0.3
HOUSE_OFFICE_CLOUD = ((0.0, 12.0, 25.0), (12.0, 0.0, 22.0), (25.0, 22.0, 0.0))
"""Round trips in milliseconds between a house, an office and a cloud's region."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a machine's round trips are made of: the zone that it is in and its own way into that zone's LAN."""

    machine: str
    zone: int
    access_ms: float


def places(counts: Sequence[int], access_ms: float, seed: int) -> tuple[Place, ...]:
    """So many machines in each zone; their own ways are up to ``access_ms`` long."""
    random = np.random.default_rng(seed)
    zones = [zone for zone, count in enumerate(counts) for _ in range(count)]
    return tuple(Place(f"m{number:04}", zone, float(random.uniform(0.05, access_ms))) for number, zone in enumerate(zones))


def scattered(zones: int, seed: int, side_ms: float = 80.0, apart_ms: float = 8.0) -> tuple[tuple[float, ...], ...]:
    """Round trips between zones that lie at random on a square, each at least so far from any other."""
    random = np.random.default_rng(seed)
    points: list[Floats] = []
    while len(points) < zones:
        point = random.uniform(0, side_ms, 2)
        if all(np.hypot(*(point - other)) >= apart_ms for other in points):
            points.append(point)
    return tuple(tuple(float(np.hypot(*(one - other))) for other in points) for one in points)


def gossiped(
    there: Sequence[Place], between_ms: Sequence[Sequence[float]], jitter: float, rounds: int, seed: int
) -> tuple[Coordinate, ...]:
    """The coordinates after so many rounds, in each of which every machine probes another one. ``jitter`` is the mean of what is added to
    a round trip, as a share of it; now and then (2 %) one takes four times as long.
    """
    random, count = np.random.default_rng(seed), len(there)
    zone, access = np.array([it.zone for it in there]), np.array([it.access_ms for it in there])
    base_s = (np.asarray(between_ms)[np.ix_(zone, zone)] + access[:, None] + access[None, :] + LAN_MS / 2) / 1000.0
    vec, height, adjustment = np.zeros((count, AXES)), np.full(count, LEAST_HEIGHT_S), np.zeros(count)
    error, samples = np.full(count, WORST_ERROR), np.zeros((count, WINDOW))
    me = np.arange(count)
    for turn in range(rounds):
        peer = (me + random.integers(1, count, count)) % count
        probes = base_s[me, peer] * (1.0 + random.exponential(jitter, (3, count)) + 3.0 * (random.uniform(size=(3, count)) < 0.02))
        rtt = np.median(probes, axis=0)
        raw = np.linalg.norm(vec - vec[peer], axis=1) + height + height[peer]
        apart = raw + adjustment + adjustment[peer]
        apart = np.where(apart > 0.0, apart, raw)
        weight = error / np.maximum(error + error[peer], 1e-6)
        wrong = np.abs(apart - rtt) / rtt
        force = PULL * weight * (rtt - apart)
        moved, taller = _pushed(vec, height, force, vec[peer], height[peer], random)
        error = np.minimum(SLOWNESS * weight * wrong + error * (1.0 - SLOWNESS * weight), WORST_ERROR)
        raw = np.linalg.norm(moved - vec[peer], axis=1) + taller + height[peer]
        samples[:, turn % WINDOW] = rtt - raw
        adjustment = samples.sum(axis=1) / (2.0 * WINDOW)
        far = np.linalg.norm(moved, axis=1) + taller + LEAST_HEIGHT_S + adjustment
        origin, low = np.zeros_like(moved), np.full(count, LEAST_HEIGHT_S)
        vec, height = _pushed(moved, taller, -((far / GRAVITY_S) ** 2), origin, low, random)
    return tuple(
        Coordinate(it.machine, tuple(map(float, vec[n])), float(height[n]), float(adjustment[n]), float(error[n]))
        for n, it in enumerate(there)
    )


def _pushed(
    vec: Floats, height: Floats, force: Floats, other: Floats, others_height: Floats, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Each position after a force from another one; those at the same spot go into any direction."""
    away = vec - other
    length = np.linalg.norm(away, axis=1)
    apart = length > 1e-6
    anywhere = random.uniform(-0.5, 0.5, away.shape)
    anywhere /= np.linalg.norm(anywhere, axis=1, keepdims=True)
    unit = np.where(apart[:, None], away / np.where(apart, length, 1.0)[:, None], anywhere)
    taller = np.maximum((height + others_height) * force / np.where(apart, length, 1.0) + height, LEAST_HEIGHT_S)
    return vec + unit * force[:, None], np.where(apart, taller, height)


def adjusted_rand_index(one: Sequence[object], other: Sequence[object]) -> float:
    """How far two groupings of the same things agree: 1.0 where they are the same, about 0.0 where they agree by chance.

    Source: L. Hubert and P. Arabie, Comparing partitions, Journal of Classification 2 (1985).
    """
    both = sum(comb(count, 2) for count in Counter(zip(one, other, strict=True)).values())
    first, second = (sum(comb(count, 2) for count in Counter(it).values()) for it in (one, other))
    expected = first * second / comb(len(one), 2) if len(one) > 1 else 0.0
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)
