"""The offline bound: what no schedule can go below that lets no job wait longer than ``boot_s``, even if it knows the whole trace.

1. A job starts between its submission and ``boot_s`` later. One that runs longer than that surely runs between submit + ``boot_s`` and
   submit + run. What surely runs at a time needs so many machines, by cores, by memory and by what doesn't fit beside each other.
2. Each job needs, on top of what surely runs in all of its window, so many machines for as long as it runs without a break, beginning
   somewhere in the window; and jobs that come together need, at some time in their common window, as many as they need on average.
3. The times at which at least l machines are on are level l. Each level apart is on when 1 and 2 ask for at least l machines; from one time
   to the next it stays on (idle watts) or goes off and comes on again (a shutdown and a boot at idle watts), whichever is less.
   Watts and changes of the levels add up to those of the machines. Where machines differ, the fewest (the largest ones) count, the m-th
   level costs what the m-th cheapest draws, and a change what the cheapest change draws.
4. All work must be done: machines times seconds on are no less than the jobs' cores times seconds. 3 and 4 hold together, so both are
   used, weighed against each other in each part of time (`bounding.dual`).
5. To that come the watts asleep, those of machines that can't sleep, and what cores at work draw beyond idle (each job on the machine where
   that is least).
6. Where machines differ, the same is asked again of the jobs that only some machines can carry, of those machines; of each set of machines
   that could be on, as long as these are few (`bounding.subsets`); and with other shares of the energy counted as work's. The highest wins.

Left out, so that the bound may be lower than the best schedule but never above it: which job is on which machine, and that a job which
waits makes others wait. At second 0 a machine may be in any state. Energy counts from second 0 to the later of ``horizon_s`` and the last
job's end. It is no bound for a schedule in which a job waits longer. Where the machines are too few for every job to start in time there is
no other, and the figures tell nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulacra.simulate.bounding.least import carried, least
from simulacra.simulate.bounding.values import NEAR, Drawing, Flags, Jobs, Numbers, Timed, prices
from simulacra.simulate.meter import J_PER_KWH
from simulacra.simulate.outcome import Bound

__all__ = ["Drawing", "Timed", "bound"]

SECONDS_PER_HOUR = 3600.0
DEGREES = 3
"""So many prices of a core at work are tried where machines differ."""


def bound(jobs: Sequence[Timed], machines: Sequence[Drawing], horizon_s: float, boot_s: float) -> Bound:
    """``jobs`` in any order, those of more than a machine split already; one that fits no machine is left out. No job waits longer than
    ``boot_s`` seconds. Energy and hours are bounded each for itself: one schedule needn't reach both.
    """
    machines = sorted(machines, key=lambda it: it.name)
    columns = Jobs.of(jobs, boot_s)
    fits = _fits(columns, machines)
    runs = np.asarray(fits.any(axis=1))
    columns, fits = columns.only(runs), fits[runs]
    always = horizon_s * sum(not it.can_sleep for it in machines)
    asleep = horizon_s * sum(min(it.asleep_w, it.idle_w) if it.can_sleep else it.idle_w for it in machines)
    if not machines or not len(columns.submit):
        return Bound(asleep / J_PER_KWH, always / SECONDS_PER_HOUR)
    costs = prices(machines, np.ones(len(machines)), np.zeros(len(machines)))
    seconds = least(carried(columns, machines, fits, costs.free), costs, horizon_s, _differ(machines))
    joules = asleep + _drawn(columns, machines, fits, (horizon_s, seconds))
    return Bound(joules / J_PER_KWH, (always + seconds) / SECONDS_PER_HOUR)


def _fits(jobs: Jobs, machines: Sequence[Drawing]) -> Flags:
    """Which machines (columns) could carry a piece of each job."""
    cores, memory = (np.array([getattr(it, name) for it in machines], dtype=np.float64) for name in ("cores", "memory_mb"))
    enough = (jobs.cores[:, None] <= cores + NEAR) & (jobs.memory[:, None] <= memory + NEAR)
    return np.asarray(enough & (cores > 0), dtype=np.bool_)


def _differ(machines: Sequence[Drawing]) -> bool:
    return len({replace(it, name="") for it in machines}) > 1


def _drawn(jobs: Jobs, machines: Sequence[Drawing], fits: Flags, known: tuple[float, float]) -> float:
    """Joules above sleeping. ``known``: the horizon, and the least seconds on."""
    horizon, seconds = known
    above = np.array([max(it.idle_w - it.asleep_w, 0.0) if it.can_sleep else 0.0 for it in machines])
    cores = np.array([it.cores for it in machines], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_core = np.where(cores > 0, (np.array([it.busy_w - it.idle_w for it in machines])) / cores, np.inf)
        dearest = float(np.where(cores > 0, per_core + above / cores, np.inf).min())
    if not _differ(machines) and above[0] > 0:  # the same question as that of the seconds
        return float(above[0]) * seconds + _busy(jobs, fits, per_core, float(per_core[0]))
    best = -np.inf
    classes = carried(jobs, machines, fits, prices(machines, above, np.zeros(len(machines))).free)
    for price in _degrees(per_core, dearest):
        costs = prices(machines, above, np.maximum(price - per_core, 0.0) * cores)
        best = max(best, _busy(jobs, fits, per_core, price) + least(classes, costs, horizon, _differ(machines)))
    return best


def _degrees(per_core: Numbers, dearest: float) -> list[float]:
    """Prices of a second of a core at work (W). If it is paid at one that is above what a machine asks for it, being on there costs less
    by as much; no machine's may come to less than nothing, which limits it.
    """
    tried = sorted({float(it) for it in per_core if it < dearest} | {dearest})
    return [tried[at] for at in sorted({round(step * (len(tried) - 1) / (DEGREES - 1)) for step in range(DEGREES)})]


def _busy(jobs: Jobs, fits: Flags, per_core: Numbers, price: float) -> float:
    """Joules that work takes beyond idle, each job on the machine where a core at work draws least, but none below the price."""
    cheapest = np.maximum(np.where(fits, per_core[None, :], np.inf).min(axis=1), price)
    return float((jobs.pieces * jobs.cores * jobs.run * cheapest).sum())
