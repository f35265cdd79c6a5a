"""What a policy is to the simulation, and the simulation's course: things happen, and now and then the policy looks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from simulacra.simulate.world import World

STUCK_S = 3 * 86400.0
"""Where no job has begun for so long, none runs and none is to come, what waits waits for ever."""


class Policy(Protocol):
    """``look`` switches machines; it answers when it wants to look again though nothing happens, in the trace's seconds (None: never)."""

    def begin(self, world: World) -> None: ...
    def look(self, world: World) -> float | None: ...


def run(
    world: World, policy: Policy, every_s: float, until_s: float, passed: Callable[[float], None], no_longer_than_s: float = math.inf
) -> None:
    """Until all work is done that ever will be or ``no_longer_than_s`` is over, and ``until_s`` at least. All policies look at the same
    moments, multiples of ``every_s``, as the autoscaler does; where nothing has changed that could make it decide otherwise, it isn't
    asked.
    """
    policy.begin(world)
    look_s: float | None = 0.0
    soonest_s, seen = 0.0, -1
    while not world.done or world.now_s < until_s:
        next_s = world.next_s
        looks = look_s is not None and (next_s is None or next_s > look_s)
        to_s = look_s if looks else next_s
        if to_s is None or to_s > min(_ends_s(world, until_s), no_longer_than_s):
            break
        world.pass_to(to_s)
        if looks:
            due_s = policy.look(world)
            seen = world.news
            soonest_s = world.now_s + every_s
            look_s = None if due_s is None else max(_tick(due_s, every_s), soonest_s)
            passed(world.now_s)
        elif world.news != seen:
            at_s = max(_tick(to_s, every_s), soonest_s)  # a boot of no time ends at the look that began it
            look_s = at_s if look_s is None else min(look_s, at_s)
    world.pass_to(max(world.now_s, until_s))
    world.settle()


def _ends_s(world: World, until_s: float) -> float:
    """Until when there is something to be seen."""
    if world.done:
        return until_s
    return max(until_s, world.worked_s + STUCK_S) if world.only_waits else math.inf


def _tick(when_s: float, every_s: float) -> float:
    return math.ceil(when_s / every_s - 1e-9) * every_s
