"""A cheaper machine in the place of a dearer one: up first, then down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import islice

from simulacra.plan.against_sleeping import against_leaving, against_sleeping, followers_of, uptime_s
from simulacra.plan.board import Board
from simulacra.plan.choice import Choice, Option
from simulacra.plan.demand import Ask, Put
from simulacra.plan.known import Cost, Known, dearest
from simulacra.plan.scene import Scene
from simulacra.plan.search import choose
from simulacra.plan.sleep import move
from simulacra.plan.wake import needs_of
from simulacra.plan.work import Bound, against_moving, bound_of

SAVES_AT_LEAST_W = 5.0
SAVES_AT_LEAST = 0.10
PLACED_WITHIN_S = 60.0
"""Nomad places what fits within moments. What has waited for so long beside a machine that could take it, it won't place there."""
TRIED_AT_MOST = 8
CHEAPEST = 12
"""A replacement saves so much at least, in watts and as a share of what the dearer one draws, or that share of its rent; so many of the
dearest machines are looked at in one plan, each with so many of the cheapest sleepers."""


def replacement(
    scene: Scene, board: Board, open_names: Sequence[str], coming: Sequence[str], options: Sequence[Option], wanted: Set[str]
) -> tuple[Choice, str] | None:
    """What to wake so that the machine that saves most can sleep, and that in words; None where nothing is saved.

    ``board``, ``wanted`` and ``open_names`` as for `simulacra.plan.sleep.spared`. What sleeps follows by itself: once the cheaper ones
    are on, the dearer one is one that the grid could do without. The reverse would cost watts, so it is never proposed.
    """
    priced = {it.name: it for it in options if not it.quiet and scene.machines[it.name].watts_known}
    if not priced or not any(_dear(scene, wanted, min(it.cost for it in priced.values()))):
        return None  # no machine is dear even beside the cheapest by itself: seldom one is
    cheap = _with_needs(priced)
    if not cheap:
        return None
    best: tuple[Cost, Choice, str] | None = None
    for known, bound in islice(_dear(scene, wanted, cheap[0].cost), TRIED_AT_MOST):
        free = [it for it in cheap if known.name not in needs_of(scene, scene.machines[it.name])]
        choice = _instead(board, known, bound, [*open_names, *coming], free)
        costs = [scene.machines[name].cost for name in choice.names] if choice is not None else []
        saved = round(known.price - sum(price for price, _ in costs), 6), known.watts - sum(watts for _, watts in costs)
        if choice is not None and _is_worth(known, saved) and (best is None or saved > best[0]):
            best = saved, choice, f"so that {known.name} can {_told(known, saved)}"
    return best[1:] if best is not None else None


def _told(known: Known, saved: Cost) -> str:
    return "be given back, its rent saved" if known.rent is not None else f"sleep, {saved[1]:.0f} W saved"


def filling(scene: Scene, puts: Sequence[Put]) -> tuple[Known, ...]:
    """The machines that work is about to go to, and that could sleep as soon as a cheaper one takes that and the rest of theirs; by name.

    Until it is there they aren't weighed against the others: which of them sleeps is decided then, by the watts. Work that Nomad leaves
    waiting beside a machine for long isn't about to go there.
    """
    asks: dict[str, dict[object, Ask]] = {}
    for ask, went in puts:
        for name in went:
            if min(scene.now_s - ask.since_s, uptime_s(scene, scene.machines[name])) > PLACED_WITHIN_S:
                continue
            asks.setdefault(name, {})[ask.key] = ask
    followers = followers_of(scene)
    return tuple(
        known
        for known in (scene.machines[name] for name in sorted(asks))
        if known.watts_known
        and not any(against_moving(scene, known, ask.job, ask.group) for ask in asks[known.name].values())
        and not (against_sleeping(scene, known) or bound_of(scene, known).reason or against_leaving(scene, known, frozenset(), followers))
    )


def against_now(known: Known, full_soon: Sequence[Known]) -> str:
    """Why a machine that the grid could do without isn't put to sleep before the others are `filling` no more; empty where it may."""
    saved = ((it, (it.price - known.price, it.watts - known.watts)) for it in full_soon if known.watts_known)
    dear = next((it for it, less in saved if _is_worth(it, less)), None)
    return f"{dear.name} draws more and is about to take work; which of the two sleeps is decided after that" if dear is not None else ""


def _with_needs(priced: Mapping[str, Option]) -> list[Option]:
    """Those of which all that must be on before them is priced too: the cheapest with these first."""
    whole = [it for it in priced.values() if it.needs <= priced.keys()]
    return sorted(whole, key=lambda it: (it.price, it.watts + sum(priced[name].watts for name in sorted(it.needs)), it.name))


def _is_worth(known: Known, saved: Cost) -> bool:
    """Rent before watts: what is rented may give way to a machine of one's own that draws something."""
    if known.rent is not None:
        return saved[0] > SAVES_AT_LEAST * known.price
    return saved[0] >= 0 and saved[1] >= max(SAVES_AT_LEAST_W, SAVES_AT_LEAST * known.watts)


def _dear(scene: Scene, wanted: Set[str], cheapest: Cost) -> Iterator[tuple[Known, Bound]]:
    """The machines that only their work keeps on, all of which may move, or that so many are to be on: the dearest first."""
    few = scene.on <= scene.grid.power.machines_min
    followers = followers_of(scene)
    on = [it for it in scene.that_are("on") if it.watts_known]
    dear = [it for it in on if _is_worth(it, (it.price - cheapest[0], it.watts - cheapest[1]))]
    for known in sorted(dear, key=lambda it: (dearest(it.cost), it.name)):
        if known.name in wanted or uptime_s(scene, known) < scene.grid.power.minimum_uptime_s or against_sleeping(scene, known):
            continue
        bound = bound_of(scene, known)
        if (bound.loads or few) and not bound.reason and not against_leaving(scene, known, frozenset(), followers):
            yield known, bound


def _instead(board: Board, known: Known, bound: Bound, names: Sequence[str], cheap: Sequence[Option]) -> Choice | None:
    """The cheapest sleepers that take what the others that are on don't; None where it wouldn't all move once they are on. ``cheap``: the
    first ones are tried, with what they need.
    """
    if not bound.loads:
        stand_in = next((it.name for it in cheap if not it.needs), None)
        return Choice(board, (stand_in,)) if stand_in is not None else None
    others = [name for name in names if name != known.name]
    nobody = board.nodes_of(())
    if not move(board, bound.loads, board.nodes_of(others), nobody).reason:
        return None
    trial = board.fork()
    trial.take_off([load.allocation.id for load in bound.loads])
    trial.set_open(others)
    left = [Ask(load.job, load.group, 1) for load in bound.loads if not trial.place(load.job, load.group, 1)]
    roomy = {name for ask in left for name in trial.roomy(ask.job, ask.group)}
    first = [it for it in cheap if it.name in roomy][:CHEAPEST]
    tried = {it.name for it in first}.union(*(it.needs for it in first))
    choice = choose(trial, left, [it for it in cheap if it.name in tried])
    if not left or choice.left or not choice.names:
        return None
    return choice if not move(board, bound.loads, board.nodes_of([*others, *choice.names]), nobody).reason else None
