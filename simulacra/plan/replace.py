"""A cheaper machine in the place of a dearer one: up first, then down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import islice

from simulacra.plan.against_sleeping import against_leaving, against_sleeping, followers_of, uptime_s
from simulacra.plan.board import Board
from simulacra.plan.demand import Ask
from simulacra.plan.scene import Known, Scene
from simulacra.plan.search import Choice, Option, choose
from simulacra.plan.sleep import move
from simulacra.plan.wake import needs_of
from simulacra.plan.work import Bound, bound_of

SAVES_AT_LEAST_W = 5.0
SAVES_AT_LEAST = 0.10
TRIED_AT_MOST = 8
CHEAPEST = 12
"""A replacement saves so much at least, in watts and as a share of what the dearer one draws; so many of the dearest machines are
looked at in one plan, each with so many of the cheapest sleepers."""


def replacement(
    scene: Scene, board: Board, open_names: Sequence[str], coming: Sequence[str], options: Sequence[Option], wanted: Set[str]
) -> tuple[Choice, str] | None:
    """What to wake so that the machine that saves most can sleep, and that in words; None where nothing is saved.

    ``board``, ``wanted`` and ``open_names`` as for `simulacra.plan.sleep.spared`. What sleeps follows by itself: once the cheaper ones
    are on, the dearer one is one that the grid could do without. The reverse would cost watts, so it is never proposed.
    """
    cheap = sorted((it for it in options if not it.quiet and scene.machines[it.name].watts_known), key=lambda it: (it.watts, it.name))
    if not cheap:
        return None
    best: tuple[float, Choice, str] | None = None
    for known, bound in islice(_dear(scene, wanted, cheap[0].watts), TRIED_AT_MOST):
        free = [it for it in cheap if known.name not in needs_of(scene, scene.machines[it.name])]
        choice = _instead(board, known, bound, [*open_names, *coming], free[:CHEAPEST])
        saved = known.watts - sum(scene.machines[name].watts for name in choice.names) if choice is not None else 0.0
        if choice is not None and saved >= _worth(known) and (best is None or saved > best[0]):
            best = saved, choice, f"so that {known.name} can sleep, {saved:.0f} W saved"
    return best[1:] if best is not None else None


def _worth(known: Known) -> float:
    return max(SAVES_AT_LEAST_W, SAVES_AT_LEAST * known.watts)


def _dear(scene: Scene, wanted: Set[str], cheapest: float) -> Iterator[tuple[Known, Bound]]:
    """The machines that only their work keeps on, all of which may move: the dearest first."""
    followers = followers_of(scene)
    dear = [it for it in scene.machines.values() if it.standing == "on" and it.watts_known and it.watts - cheapest >= _worth(it)]
    for known in sorted(dear, key=lambda it: (-it.watts, it.name)):
        if known.name in wanted or uptime_s(scene, known) < scene.grid.power.minimum_uptime_s or against_sleeping(scene, known):
            continue
        bound = bound_of(scene, known)
        if bound.loads and not bound.reason and not against_leaving(scene, known, frozenset(), followers):
            yield known, bound


def _instead(board: Board, known: Known, bound: Bound, names: Sequence[str], cheap: Sequence[Option]) -> Choice | None:
    """The cheapest sleepers that take what the others that are on don't; None where they can't take it all."""
    others = [name for name in names if name != known.name]
    if not move(board, bound.loads, others, ()).reason:
        return None
    trial = board.fork()
    trial.take_off([load.allocation.id for load in bound.loads])
    trial.set_open(others)
    left = [Ask(load.job, load.group, 1) for load in bound.loads if not trial.place(load.job, load.group, 1)]
    choice = choose(trial, left, cheap)
    return choice if left and not choice.left and choice.names else None
