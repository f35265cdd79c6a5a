"""How much of a machine a piece takes, measured in several ways, each of which never lets more fit on a machine than really does.

Besides the share of cores and the share of memory these are the dual feasible functions u(k) of Fekete and Schepers (New classes of fast
lower bounds for bin packing problems, Mathematical Programming 91, 2001): pieces of more than half a machine count as one machine
each (k = 1), pieces of more than a third as half a machine (k = 2), and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulacra.simulate.bounding.values import NEAR, Drawing, Flags, Jobs, Numbers, Places

WAYS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Measure:
    """``loads``: what each job takes, all its pieces together; ``caps``: what each machine holds at most, in the same unit.

    ``steps[m]`` is what the free machines and the m largest others hold.
    """

    loads: Numbers
    caps: Numbers
    steps: Numbers

    def machines_for(self, load: Numbers) -> Places:
        """The fewest machines, besides the free ones, that hold a load; all of them where even they don't."""
        return np.minimum(np.searchsorted(self.steps, load - NEAR), len(self.steps) - 1)

    @property
    def free(self) -> float:
        return float(self.steps[0])


def measures(jobs: Jobs, machines: Sequence[Drawing], free: Flags) -> tuple[Measure, ...]:
    sizes = ((jobs.cores, [it.cores for it in machines]), (jobs.memory, [it.memory_mb for it in machines]))
    made: list[Measure] = []
    for asked, had in sizes:
        caps = np.array(had, dtype=np.float64)
        largest = float(caps.max(initial=0.0))
        if largest <= 0 or not asked.any():
            continue
        made += (_measure(jobs.pieces * share, held, free) for share, held in _shares(asked / largest, caps / largest))
    return tuple(made)


def _shares(share: Numbers, caps: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    yield share, caps
    seen = [share]
    for way in WAYS:
        scaled = (way + 1) * share
        whole = np.abs(scaled - np.round(scaled)) < NEAR
        stepped = np.where(whole, share, np.floor(scaled) / way)
        if not all((stepped <= other + NEAR).all() for other in seen):  # where it is never more it tells nothing new
            seen.append(stepped)
            yield stepped, np.ones_like(caps)


def _measure(loads: Numbers, caps: Numbers, free: Flags) -> Measure:
    steps = np.concatenate([[caps[free].sum()], np.sort(caps[~free])[::-1]]).cumsum()
    return Measure(loads, caps, steps)
