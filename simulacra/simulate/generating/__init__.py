"""Workloads made up from documented distributions, with a seed: what a grid does when there is no log of one to be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from simulacra.faults import Usage
from simulacra.simulate.generating.ci import ci_weeks
from simulacra.simulate.generating.home import home_days
from simulacra.simulate.trace import Trace

Generator = Callable[[int, int, float], Trace]
"""Days, seed and scale to a trace: no clock, and no randomness but the seed's."""

GENERATORS: Mapping[str, Generator] = MappingProxyType({"ci": ci_weeks, "home": home_days})
MOST_DAYS, MOST_SCALE = 3660, 1000.0


def generate(kind: str, days: int, seed: int, scale: float = 1.0) -> Trace:
    """So many days of a kind of workload; ``scale`` is how much there is of it. The same arguments give the same trace.

    Raises `Usage` for a kind that there isn't, and for days and scales that can't be.
    """
    if kind not in GENERATORS:
        raise Usage(f"there is no workload {kind!r} to be generated: there are {', '.join(sorted(GENERATORS))}")
    if not 1 <= days <= MOST_DAYS:
        raise Usage(f"{days} days can't be generated: give 1 to {MOST_DAYS}")
    if not 0 < scale <= MOST_SCALE:
        raise Usage(f"a workload can't be {scale:g} times as large: give a number above 0, and at most {MOST_SCALE:g}")
    return GENERATORS[kind](days, seed, scale)
