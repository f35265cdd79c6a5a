"""As many machines as bring the share of them that is allocated to a target: what the Nomad Autoscaler does by itself.

Its nomad-apm tells the percentage of MHz and of memory that is allocated on nodes that are ready, its target-value strategy brings each to
70 %, and the larger count wins. A machine is taken away only if it is empty (``empty_ignore_system``): its other ways end running work.
Source: nomad-autoscaler's ``plugins/builtin/strategy/target-value`` and ``plugins/builtin/apm/nomad``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from simulacra.plan.columns import Numbers
from simulacra.simulate.policies.lacking import cheapest
from simulacra.simulate.world import World

TARGET_PERCENT = 70.0
THRESHOLD = 0.01
COOLDOWN_S, SCALING_S = 300.0, 1.0
"""It rests for so long once it has switched machines, which itself takes a moment."""


@dataclass(slots=True)
class TargetValue:
    """Its least count is one: of no machine there is no percentage."""

    _rests_until_s: float = field(default=0.0, init=False)

    def begin(self, world: World) -> None:
        world.load_is_news = True  # the shares change with work that comes beside other work, too
        for machine in world.machines:
            if not machine.can_sleep:
                world.starts_on(machine)
        if not any(machine.doing == "on" for machine in world.machines):
            for machine in cheapest(world, 1):
                world.starts_on(machine)

    def look(self, world: World) -> float | None:
        if world.now_s < self._rests_until_s:
            return self._rests_until_s
        on = sum(machine.doing in ("on", "booting") for machine in world.machines)
        placing, fleet = world.placing, world.fleet
        counts = (_count(world, on, placing.cpu_mhz, fleet.cpu_mhz), _count(world, on, placing.memory_mb, fleet.memory_mb))
        wanted = max(1, *counts)
        more = cheapest(world, wanted - on)
        empty = [it for it in world.machines if it.doing == "on" and it.can_sleep and world.is_empty(it)]
        less = sorted(empty, key=lambda it: it.cost, reverse=True)[: max(0, on - wanted)]
        for machine in more:
            world.wake(machine)
        for machine in less:
            world.stop(machine)
        if more or less:
            self._rests_until_s = world.now_s + SCALING_S + COOLDOWN_S
            return self._rests_until_s
        return None


def _count(world: World, on: int, free: Numbers, has: Numbers) -> int:
    """How many machines bring the share that is allocated of those that are ready to the target."""
    ready = np.array([it.doing == "on" for it in world.machines], dtype=np.bool_)
    whole = int(has[ready].sum())
    if not whole:
        return on
    factor = (whole - int(free[ready].sum())) * 100 / whole / TARGET_PERCENT  # in its order: 5 is no 5.000000000000001
    return on if abs(1 - factor) <= THRESHOLD else math.ceil(on * factor)
