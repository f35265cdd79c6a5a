"""Machines that are being emptied or put to sleep: does the grid still do without them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulacra.plan.against_sleeping import against_leaving, against_sleeping, followers_of
from simulacra.plan.board import Board
from simulacra.plan.known import Known
from simulacra.plan.scene import Scene
from simulacra.plan.sleep import move
from simulacra.plan.work import bound_of


@dataclass(frozen=True, slots=True)
class Going:
    """``board`` has the work of those that still go moved to those that stay; ``kept`` says of the others why they stay on after all.
    ``back`` are those that would stay on if work that waits needed them.
    """

    board: Board
    kept: dict[str, str] = field(default_factory=dict)
    back: tuple[str, ...] = ()


def judged_again(scene: Scene, board: Board, open_names: Sequence[str]) -> Going:
    """Those that the plan has sent to sleep and that still answer, as if they were on with what is left on them.

    Where people or others wanted it, it is theirs: it goes on.
    """
    kept: dict[str, str] = {}
    back: list[str] = []
    followers = followers_of(scene)
    for known in scene.that_are("going"):
        if not known.ready:
            continue
        ours = known.record is not None and known.record.by == "plan"
        reason = against_sleeping(scene, known) or against_leaving(scene, known, frozenset(), followers) if ours and not known.leave else ""
        if not reason:
            reason, board = _emptied(scene, board, known, open_names)
        if not ours or known.leave or _is_final(known):
            continue
        back.append(known.name)
        if reason:
            kept[known.name] = reason
    return Going(board, kept, tuple(back))


def _is_final(known: Known) -> bool:
    """Whether its server is being destroyed: nothing calls that off."""
    return known.rent is not None and known.record is not None and known.record.power == "sleeping"


def _emptied(scene: Scene, board: Board, known: Known, open_names: Sequence[str]) -> tuple[str, Board]:
    """The board with what is left on it moved. What is being stopped there needs a place whether it liked to be moved or not."""
    bound = bound_of(scene, known)
    if bound.reason or not bound.loads:
        return bound.reason, board
    moved = move(board, bound.loads, board.nodes_of(open_names), board.nodes_of(()))
    return moved.reason, moved.board
