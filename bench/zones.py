"""How well zones are found from network coordinates, and how long it takes to tell the zones of many machines."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter

from gossip import HOUSE_OFFICE_CLOUD, Place, adjusted_rand_index, gossiped, places, scattered
from timing import in_turns, table

from simulacra.model.coordinates import Coordinate
from simulacra.plan.clusters import clusters
from simulacra.plan.nearest import nearest, zone_distances
from simulacra.plan.round_trips import round_trips_ms

MACHINES, ZONES = 10_000, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    print("zones found from coordinates that have come about by gossip; jitter is a mean, as a share of the round trip\n")
    print(f"{'grid':24}{'jitter':>8}{'seed':>6}{'zones':>7}{'found':>7}{'agreement':>11}")
    for seed in range(chosen.seeds):
        _found("house, office, cloud", places((3, 3, 1), 0.15, seed), HOUSE_OFFICE_CLOUD, 0.05, 100, seed)
    for jitter in (0.02, 0.1):
        for seed in range(chosen.seeds):
            _found("500 in 20 zones", places([25] * 20, 0.5, seed), scattered(20, seed), jitter, 600, seed)
    there = places([MACHINES // ZONES] * ZONES, 0.5, 1)
    many = gossiped(there, scattered(ZONES, 1, 120.0), 0.05, 400, 1)
    members: dict[str, list[Coordinate]] = {}
    for place, it in zip(there, many, strict=True):
        members.setdefault(f"zone{place.zone:02}", []).append(it)
    told = nearest(members, many)
    right = sum(told[place.machine].zone == f"zone{place.zone:02}" for place in there)
    print(f"\n{MACHINES:,} machines in {ZONES} zones, each asked for: {right:,} rightly told\n")
    some = many[:: MACHINES // 2000]
    contestants: dict[str, Callable[[], object]] = {
        f"nearest, {MACHINES:,} asked": partial(nearest, members, many),
        f"distances of {ZONES} zones": partial(zone_distances, members),
        "clusters of 2,000": partial(_clusters, some),
    }
    print(table(in_turns({name: partial(_seconds, it) for name, it in contestants.items()}, chosen.runs)))


def _found(title: str, there: Sequence[Place], between_ms: Sequence[Sequence[float]], jitter: float, rounds: int, seed: int) -> None:
    cluster = {name: number for number, names in enumerate(_clusters(gossiped(there, between_ms, jitter, rounds, seed))) for name in names}
    agreement = adjusted_rand_index([it.zone for it in there], [cluster[it.machine] for it in there])
    print(f"{title:24}{jitter:8.0%}{seed:6}{len(between_ms):7}{len(set(cluster.values())):7}{agreement:11.3f}")


def _clusters(coordinates: Sequence[Coordinate]) -> list[tuple[str, ...]]:
    names = [it.machine for it in coordinates]
    return [it.machines for it in clusters(names, round_trips_ms(coordinates, coordinates))]


def _seconds(call: Callable[[], object]) -> float:
    begun = perf_counter()
    call()
    return perf_counter() - begun


if __name__ == "__main__":
    main()
