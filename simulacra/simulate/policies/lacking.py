"""Which machines that are off would have to be on so that all that waits has room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulacra.plan.columns import Mask
from simulacra.simulate.machine import Simulated
from simulacra.simulate.placing import is_no_smaller
from simulacra.simulate.workload import Shape
from simulacra.simulate.world import World


def cheapest(world: World, count: int) -> list[Simulated]:
    """So many of the machines that are off, or fewer; of each cloud no more than it may have."""
    chosen: list[Simulated] = []
    for it in _off_by_cost(world):
        if len(chosen) < count and _may_be_had(world, it, chosen):
            chosen.append(it)
    return chosen


def lacking(world: World) -> list[Simulated]:
    """The cheapest that do of those that are off, for what waits beside the machines that are on or booting."""
    placing = world.placing
    cpu, memory, opened = placing.cpu_mhz.copy(), placing.memory_mb.copy(), placing.opened | _booting(world)
    chosen: list[Simulated] = []
    left, full = _off_by_cost(world), list[Shape]()
    for run in placing.waiting:
        shape = run.work.shape
        for _ in range(run.left):
            if any(is_no_smaller(shape, it) for it in full):
                break
            at = placing.best(shape, opened, cpu, memory)
            if at is None:
                more = next((it for it in left if _could_hold(world, it, shape) and _may_be_had(world, it, chosen)), None)
                if more is None:
                    full.append(shape)
                    break
                left.remove(more)
                chosen.append(more)
                at = more.at
                opened[at] = True
            cpu[at] -= shape.cpu_mhz
            memory[at] -= shape.memory_mb
    return chosen


def _off_by_cost(world: World) -> list[Simulated]:
    return sorted((it for it in world.machines if it.doing == "off" and it.can_sleep), key=lambda it: it.cost)


def _may_be_had(world: World, it: Simulated, chosen: Sequence[Simulated]) -> bool:
    """Whether its cloud may have one more, beside those that were chosen."""
    if it.rented is None:
        return True
    cloud = it.rented.cloud
    there = sum(other.rented is not None and other.rented.cloud == cloud and other.doing != "off" for other in world.machines)
    return there + sum(other.rented is not None and other.rented.cloud == cloud for other in chosen) < world.clouds[cloud]


def _booting(world: World) -> Mask:
    return np.array([it.doing == "booting" for it in world.machines], dtype=np.bool_)


def _could_hold(world: World, it: Simulated, shape: Shape) -> bool:
    placing = world.placing
    return bool(shape.hosts[it.at]) and placing.cpu_mhz[it.at] >= shape.cpu_mhz and placing.memory_mb[it.at] >= shape.memory_mb
