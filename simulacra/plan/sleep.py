"""Which machines that are on the grid could do without, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from simulacra.plan.against_sleeping import against_leaving, against_sleeping, asked, followers_of
from simulacra.plan.board import Board
from simulacra.plan.columns import Mask
from simulacra.plan.known import Known, dearest
from simulacra.plan.scene import Scene
from simulacra.plan.work import Bound, Load, bound_of

TRIED_AT_MOST = 200
"""So many machines with work are looked at in one plan; the others have their turn when these don't run any more."""


@dataclass(frozen=True, slots=True)
class Spared:
    """``names`` are the machines that the grid could do without, the first to sleep first, with where their work would go. ``kept`` has
    for the others why not.
    """

    names: tuple[str, ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)


def spared(scene: Scene, board: Board, wanted: Set[str], open_names: Sequence[str]) -> Spared:
    """The machines that may sleep as far as the grid needs them: what is on them fits on those that stay, all of it at once.

    ``board``: with all that waits placed; ``wanted`` are the machines that some of it went to; ``open_names`` take work now.
    """
    kept: dict[str, str] = {}
    candidates = []
    for known in scene.that_are("on"):
        bound, reason = _first_look(scene, known, wanted)
        if reason:
            kept[known.name] = reason
        else:
            candidates.append((known, bound))
    return _taken(scene, board, _in_order(scene, candidates), open_names, kept)


def _first_look(scene: Scene, known: Known, wanted: Set[str]) -> tuple[Bound, str]:
    reason = against_sleeping(scene, known)
    if reason:
        return Bound(), reason
    if known.name in wanted:
        return Bound(), "work that waits will go to it"
    bound = bound_of(scene, known)
    return bound, bound.reason


def _in_order(scene: Scene, candidates: Iterable[tuple[Known, Bound]]) -> list[tuple[Known, Bound]]:
    """Those that people want asleep first, then the dearest, rented ones before all; on a large grid the empty ones before."""
    ordered = sorted(candidates, key=lambda it: (not asked(scene, it[0]), dearest(it[0].cost), len(it[1].loads), it[0].name))
    if sum(bool(bound.loads) for _, bound in ordered) > TRIED_AT_MOST:
        ordered.sort(key=lambda it: (not asked(scene, it[0]), bool(it[1].loads)))
    return ordered


def _taken(
    scene: Scene, board: Board, candidates: Sequence[tuple[Known, Bound]], open_names: Sequence[str], kept: dict[str, str]
) -> Spared:
    followers = followers_of(scene)
    staying, leaving = board.nodes_of(open_names), set[str]()
    firm = staying & ~board.nodes_of([known.name for known, _ in candidates])
    taking: dict[str, str] = {}
    names, reasons, tried = [], {}, 0
    for known, bound in candidates:
        reason = _second_look(scene, known, leaving, followers, taking)
        if not reason and bound.loads and tried >= TRIED_AT_MOST:
            reason = "whether its work fits elsewhere is looked at later"
        if not reason and bound.loads:
            tried += 1
            moved = move(board, bound.loads, firm, staying & ~board.nodes_of((known.name,)))
            board, reason = moved.board, moved.reason
            reasons[known.name] = moved.told
            taking |= {name: known.name for name in moved.onto if name not in taking}
        if reason:
            kept[known.name] = reason
            firm = firm | (staying & board.nodes_of((known.name,)))
            continue
        names.append(known.name)
        leaving.add(known.name)
        staying = staying & ~board.nodes_of((known.name,))
        reasons.setdefault(known.name, "nothing runs on it, and nothing waits for it")
    return Spared(tuple(names), reasons, kept)


def _second_look(scene: Scene, known: Known, leaving: Set[str], followers: dict[str, tuple[str, ...]], taking: dict[str, str]) -> str:
    if known.name in taking:
        return f"it takes the work of {taking[known.name]}, so that that can sleep"
    own_leaving = len(leaving) - len(leaving & scene.rented)
    if known.rent is None and scene.own_on - own_leaving <= scene.grid.power.machines_min:
        return f"at least {scene.grid.power.machines_min} machines stay on (machines_min)"
    return against_leaving(scene, known, leaving, followers)


@dataclass(frozen=True, slots=True)
class Moved:
    """``board`` with the loads placed elsewhere, ``onto`` which machines, ``told`` in words; or as it was, and ``reason`` why they
    can't be.
    """

    board: Board
    onto: tuple[str, ...] = ()
    told: str = ""
    reason: str = ""


def move(board: Board, loads: Sequence[Load], first: Mask, then: Mask) -> Moved:
    """Take all the loads off their machine and find places for them: on the machines ``first``, else on those ``then`` (`Board.nodes_of`).

    It is Nomad that will place them, without our preference and in its own order: where they wouldn't fit so, they would move for nothing.
    """
    moved = _moved(board, loads, first, then)
    if not moved.reason and len(loads) > 1 and not _nomad_fits(board, loads, first | then):
        return Moved(board, reason="its work fits elsewhere only if it is placed there in the right order, which Nomad doesn't know")
    return moved


def _moved(board: Board, loads: Sequence[Load], first: Mask, then: Mask) -> Moved:
    trial = _without(board, loads)
    went: set[tuple[str, str]] = set()
    for nodes in (first, then):
        trial.open_only(nodes)
        left = []
        for load in loads:
            place = trial.place(load.job, load.group, 1)
            went |= {(load.job.id, name) for name in place}
            left += [] if place else [load]
        loads = left
        if not loads and len(trial.preempted) == len(board.preempted):
            return Moved(trial, tuple(sorted({name for _, name in went})), f"its work fits elsewhere: {_told(went)}")
    if not loads:
        return Moved(board, reason="its work fits elsewhere only if that pushes out others")
    return Moved(board, reason=f"{loads[0].job.id} needs it: it fits on no other machine that is on")


def _nomad_fits(board: Board, loads: Sequence[Load], nodes: Mask) -> bool:
    """Whether they all find a place as Nomad's servers take them: by priority. Of the same one in any order; the smaller ones first leave
    the least room in one piece.
    """
    trial = _without(board, loads)
    trial.open_only(nodes)
    ordered = sorted(loads, key=lambda it: (-it.job.priority, it.allocation.memory_mb, it.allocation.cpu_mhz, it.allocation.id))
    return all(trial.place(load.job, load.group, 1) for load in ordered) and len(trial.preempted) == len(board.preempted)


def _without(board: Board, loads: Sequence[Load]) -> Board:
    trial = board.fork()
    trial.take_off([load.allocation.id for load in loads])
    return trial


def _told(went: Set[tuple[str, str]]) -> str:
    told = [f"{job} on {machine}" for job, machine in sorted(went)]
    return ", ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")
