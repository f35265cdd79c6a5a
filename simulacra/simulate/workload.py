"""A trace's jobs as Nomad gets them: batch jobs of one group, whose instances run together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np

from simulacra.model.grid import Grid
from simulacra.model.labels import CHEAP_WATTS
from simulacra.model.marks import LABEL_RANK, LABEL_WATTS, LABEL_ZONE
from simulacra.model.workload import Affinity, Constraint, Group, Job
from simulacra.plan.columns import Mask, Scores
from simulacra.plan.feasible import possible
from simulacra.plan.fleet import Fleet
from simulacra.plan.score import affinity
from simulacra.simulate.trace import Trace, TraceJob

CHEAPEST = (
    Affinity(f"${{meta.{LABEL_WATTS}}}", "=", "0", 100),
    Affinity(f"${{meta.{LABEL_WATTS}}}", "<=", str(CHEAP_WATTS), 50),
)
"""As in every jobspec that is rendered: machines that never sleep, then those that draw little."""
CORE_MHZ = 2000
"""What a core counts for where no machine tells how many it has."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What one instance takes, and which of the machines could hold it at all; ``liking`` is what the affinities are worth there, None
    where they are worth the same everywhere. Positions are those of the `Fleet`.
    """

    group: Group
    hosts: Mask
    liking: Scores | None

    @property
    def cpu_mhz(self) -> int:
        return self.group.cpu_mhz

    @property
    def memory_mb(self) -> int:
        return self.group.memory_mb


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A job of the trace. Its ``pieces`` are the instances of its one group; it runs for ``run_s`` from when the last of them stands.

    ``never``: why it can't run on these machines at all; empty where it can.
    """

    number: int
    submit_s: float
    run_s: float
    pieces: int
    shape: Shape
    job: Job
    never: str = ""


def works_of(trace: Trace, grid: Grid, fleet: Fleet) -> tuple[Work, ...]:
    """The trace's jobs in their order. ``fleet`` has every machine as it is when it is on.

    Where the trace doesn't say what a core is, it is one of the slowest machine: a job of as many cores as a machine has fits on it. A job
    of more than any machine that may hold it has is split into equal instances, as few as do: no two of them fit beside each other.
    """
    core_mhz = trace.core_mhz or min((max(1, it.cpu_mhz // len(it.cores)) for it in fleet.nodes if it.cores), default=CORE_MHZ)
    shapes = _Shapes(grid, fleet, core_mhz)
    return tuple(_work(it, shapes) for it in trace.jobs)


def _work(it: TraceJob, shapes: _Shapes) -> Work:
    shape, why = shapes.of(it.cpu_cores, it.memory_mb, it.tier, it.zone)
    job = Job(f"job-{it.number:07}", type="batch", priority=it.priority, groups=(shape.group,))
    return Work(it.number, it.submit_s, it.run_s, shape.group.count, shape, job, why)


class _Shapes:
    """What jobs of the same size ask for is one value, so that it is worked out once."""

    def __init__(self, grid: Grid, fleet: Fleet, core_mhz: float) -> None:
        self._grid, self._fleet, self._core_mhz = grid, fleet, core_mhz
        self.of = lru_cache(maxsize=None)(self._of)

    def _of(self, cores: float, memory_mb: float, tier: str | None, zone: str | None) -> tuple[Shape, str]:
        constraints = tuple(self._constraints(tier, zone))
        wide = self._shape(Group("it", constraints=constraints))
        largest = max((int(it) for it in self._fleet.cpu_mhz[wide.hosts]), default=0)
        mhz = max(1, ceil(round(cores * self._core_mhz, 6)))  # 1.1 cores of 1000 MHz are no 1100.0000000000002
        pieces = max(1, ceil(mhz / largest)) if largest else 1
        shape = self._shape(
            Group(
                "it", pieces, ceil(mhz / pieces), memory_mb=ceil(memory_mb / pieces), constraints=constraints, affinities=self._affinities
            )
        )
        return shape, self._never(shape, tier, zone)

    def _constraints(self, tier: str | None, zone: str | None) -> Iterable[Constraint]:
        if zone is not None:
            yield Constraint(f"${{meta.{LABEL_ZONE}}}", "=", zone)
        if tier is not None:
            defined = self._grid.tier(tier)
            yield Constraint(f"${{meta.{LABEL_RANK}}}", ">=", str(defined.rank) if defined is not None else "999999")

    @property
    def _affinities(self) -> tuple[Affinity, ...]:
        return CHEAPEST if len(set(affinity(self._fleet, CHEAPEST).tolist())) > 1 else ()

    def _shape(self, group: Group) -> Shape:
        hosts = possible(self._fleet, Job("job", type="batch", groups=(group,)), group)
        return Shape(group, hosts, affinity(self._fleet, group.affinities) if group.affinities else None)

    def _never(self, shape: Shape, tier: str | None, zone: str | None) -> str:
        fleet = self._fleet
        where = "".join((f" of tier {tier} or above" if tier else "", f" in zone {zone}" if zone else ""))
        if not shape.hosts.any():
            return f"there is no machine{where}"
        fits = shape.hosts & (fleet.cpu_mhz >= shape.cpu_mhz) & (fleet.memory_mb >= shape.memory_mb)
        if not fits.any():
            enough = bool((fleet.memory_mb[shape.hosts] >= shape.memory_mb).any())
            return f"no machine{where} has {shape.memory_mb} MiB of memory{f' and {shape.cpu_mhz} MHz' if enough else ''}"
        slots = np.minimum(fleet.cpu_mhz[fits] // shape.cpu_mhz, fleet.memory_mb[fits] // max(1, shape.memory_mb))
        room = int(slots.sum())
        return f"all machines{where} together have room for {room} of its {shape.group.count} parts" if room < shape.group.count else ""
