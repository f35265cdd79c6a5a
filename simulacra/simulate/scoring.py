"""One policy over a trace, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from math import inf

import numpy as np

from simulacra.act.transitions import Backoff
from simulacra.model.costs import money_sum
from simulacra.simulate.meter import J_PER_KWH
from simulacra.simulate.outcome import Outcome, Waiting
from simulacra.simulate.policies.always_on import AlwaysOn
from simulacra.simulate.policies.idle_timeout import IdleTimeout
from simulacra.simulate.policies.providers import Provided
from simulacra.simulate.policies.seen import Scenery
from simulacra.simulate.policies.steered import Steered
from simulacra.simulate.policies.target_value import TargetValue
from simulacra.simulate.policy import Policy, run
from simulacra.simulate.stage import Settings, Stage, offers_of, world_of
from simulacra.simulate.world import World

POLICIES = ("simulacra", "always-on", "idle-timeout", "target-value")
NEVER_IN_TIME = "it waited for room that never came"


def scored(stage: Stage, policy: str, settings: Settings, backoff: Backoff, passed: Callable[[float], None] = lambda _: None) -> Outcome:
    """``backoff``: when a wake is tried again. ``passed`` hears of the share of the trace that is simulated."""
    ends_s = max(stage.trace.ends_s, 1.0)

    def played(no_longer_than_s: float = inf) -> World:
        world, every_s = world_of(stage, settings), stage.grid.power.evaluate_every_s
        steers = policy_of(stage, world, policy, settings, backoff)
        run(world, steers, every_s, ends_s, lambda now_s: passed(min(1.0, now_s / ends_s)), no_longer_than_s)
        return world

    world = played()
    if not world.done:  # it took days to see that what waits does so for ever, and what these take is nobody's energy
        world = played(max(ends_s, world.worked_s))
    return _outcome(stage, policy, world)


def policy_of(stage: Stage, world: World, policy: str, settings: Settings, backoff: Backoff) -> Policy:
    """The policy of that name, of `POLICIES`."""
    match policy:
        case "always-on":
            return AlwaysOn(settings.idle_timeout_s)
        case "idle-timeout":
            return IdleTimeout(settings.idle_timeout_s)
        case "target-value":
            return TargetValue()
        case "simulacra":
            scenery = Scenery(stage.fleet, stage.begins_s)
            if not stage.grid.clouds:
                return Steered(stage.grid, scenery, backoff)
            provided = Provided(world, {cloud.name: offers_of(cloud) for cloud in stage.grid.clouds}, stage.begins_s)
            return Steered(stage.grid, scenery, backoff, provided)
        case _:
            raise AssertionError(policy)


def _outcome(stage: Stage, policy: str, world: World) -> Outcome:
    meter, electricity = world.meter, stage.grid.electricity
    rent = tuple(sorted((currency, float(due)) for currency, due in meter.rents.items()))
    drawn = ((electricity.currency, meter.kwh * electricity.price_per_kwh),) if electricity is not None else ()
    refused = Counter(work.never for work in stage.works if work.never)
    refused[NEVER_IN_TIME] += len(stage.works) - sum(refused.values()) - world.finished
    return Outcome(
        policy,
        meter.kwh,
        meter.on_s / 3600,
        money_sum(drawn, rent),
        _waiting(world.waited_s.values()),
        sum(it.switched for it in world.machines),
        world.finished,
        meter.idle_j / J_PER_KWH,
        rent,
        tuple((it.name, it.switched) for it in world.machines),
        tuple(sorted((reason, count) for reason, count in refused.items() if count)),
        tuple(meter.steps),
    )


def _waiting(waited_s: Iterable[float]) -> Waiting:
    found = np.array(list(waited_s), dtype=np.float64)
    if not found.size:
        return Waiting()
    p50, p95, p99 = (float(it) for it in np.percentile(found, (50, 95, 99)))
    return Waiting(float(found.mean()), p50, p95, p99)
