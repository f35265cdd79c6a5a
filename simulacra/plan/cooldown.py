"""The cooldown after waking: what a machine that was just woken may still take wakes no other."""

from __future__ import annotations

from collections.abc import Sequence

from simulacra.plan.board import Board
from simulacra.plan.demand import Ask
from simulacra.plan.hours import clock
from simulacra.plan.known import Known
from simulacra.plan.scene import Scene


def held_back(scene: Scene, board: Board, asks: Sequence[Ask]) -> tuple[tuple[tuple[Ask, str], ...], tuple[Ask, ...]]:
    """The asks that a fresh machine has room for, each with the reason, and the others. ``board``: with nothing of what waits placed.

    Nomad may be about to place them there, or may just have done so: what it says to wait is behind what it has placed.
    """
    there = (*scene.that_are("on"), *scene.that_are("coming"))
    fresh = {it.name: until for it in there if (until := _fresh_until(scene, it)) > scene.now_s}
    if not fresh or not asks:
        return (), tuple(asks)
    look = board.fork()
    look.set_open(sorted(fresh))
    once = {ask.key: ask for ask in asks}.values()
    found = {ask.key: sorted(fresh.keys() & set(look.roomy(ask.job, ask.group))) for ask in once}
    held = []
    for ask in asks:
        if found[ask.key]:
            name = found[ask.key][0]
            then = clock(scene.grid, fresh[name])
            held.append((ask, f"it may still go to {name}, which was just woken; nothing more is woken for it before {then}"))
    return tuple(held), tuple(ask for ask in asks if not found[ask.key])


def _fresh_until(scene: Scene, known: Known) -> float:
    record = known.record
    if record is None or known.expected is None:
        return 0.0
    return record.on_since_s + scene.grid.power.wake_cooldown_s if record.power == "on" else 0.0
