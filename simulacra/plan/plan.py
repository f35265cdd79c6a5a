"""The planner: grid and snapshot to what should be done and why. Deterministic: the same values give the same plan in any order."""

from __future__ import annotations

from dataclasses import replace

from simulacra.model.grid import Grid
from simulacra.model.plan import Action, Plan
from simulacra.model.snapshot import Snapshot
from simulacra.plan.decision import Decision, decide, more
from simulacra.plan.evictions import evictions_of
from simulacra.plan.gates import gates_of
from simulacra.plan.judge import judged
from simulacra.plan.labelling import labelled
from simulacra.plan.numbers import totals_of
from simulacra.plan.scene import Scene, look
from simulacra.plan.waits import placed_of, waiting_of

SLEEP_AT_ONCE = 0.25
"""The share of the machines that are on that is put to sleep in one plan (one at least); the others follow."""


def plan(grid: Grid, snapshot: Snapshot) -> Plan:
    """What to wake and what to put to sleep now, by our own count; how nodes are to be labelled, which services the grid can carry, and
    which instances are to be stopped where they are.

    A plan either wakes or puts to sleep: wherever something is woken, the rest follows once that is on.
    """
    seen = labelled(grid, snapshot)
    scene = look(grid, seen.snapshot)
    decided = decide(scene)
    wakes = _wakes(decided)
    return replace(
        _planned(scene, decided, wakes or _sleeps(scene, decided)),
        belongings=seen.belongings,
        relabels=seen.relabels,
        gates=gates_of(scene, decided),
        evictions=evictions_of(scene, snapshot.nodes, decided.settled.board),
    )


def plan_for(grid: Grid, snapshot: Snapshot, count: int) -> Plan:
    """What to wake or put to sleep so that ``count`` machines are on, within the grid's bounds: the count is somebody else's, the
    choice of machines is ours. Fewer actions where fewer may be done. It is about machines alone: no labels, gates or evictions.

    The lower bound is one's own machines' alone: nothing is rented for it, and what is rented isn't kept for it.
    """
    scene = look(grid, labelled(grid, snapshot).snapshot)
    decided = decide(scene)
    least, most = grid.power.machines_min, grid.power.machines_max
    count = count if most is None else min(count, most)
    if max(count, least) > scene.on:
        return _planned(scene, decided, _up_to(scene, decided, max(count, least) - scene.on, rents=count > least))
    return _planned(scene, decided, _sleeps(scene, decided)[: scene.on - count])


def _up_to(scene: Scene, decided: Decision, missing: int, rents: bool) -> tuple[Action, ...]:
    """What the plan wakes by itself, then the cheapest others, rented ones only where ``rents``."""
    own = _wakes(decided)[:missing]
    if len(own) == missing:
        return own
    but = (*(action.machine for action in own), *decided.choice.names)
    options = [it for it in decided.wakeable.options.values() if (rents if it.limit is not None else not decided.circuit)]
    others = more(scene, decided.choice.board, options, missing - len(own), "for more machines, as asked for", but)
    return (*own, *(Action("wake", name, reason) for name, reason in others.now))[:missing]


def _wakes(decided: Decision) -> tuple[Action, ...]:
    return tuple(Action("wake", name, reason) for name, reason in decided.waking.now)


def _sleeps(scene: Scene, decided: Decision) -> tuple[Action, ...]:
    """Those that may sleep now; not too many at once."""
    some = decided.sleeping[: max(1, int(len(scene.that_are("on")) * SLEEP_AT_ONCE))]
    return tuple(Action("sleep", name, decided.spared.reasons[name]) for name in some)


def _planned(scene: Scene, decided: Decision, actions: tuple[Action, ...]) -> Plan:
    wakes = sum(action.action == "wake" for action in actions)
    return Plan(
        desired=scene.on + wakes - (len(actions) - wakes),
        on=scene.on,
        actions=actions,
        waiting=waiting_of(scene, decided),
        machines=judged(scene, decided),
        placed=placed_of(decided),
        totals=totals_of(scene),
    )
