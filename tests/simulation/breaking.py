"""Ways in which simulacra is broken on purpose: another planner, other power states, another function in the place of the real one.

These are the only tests that reach into the core: there is no other way to know that a rule can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import simulacra.act.steward as steward
import simulacra.steering as steering
from simulacra.act.steps import Seen, Step
from simulacra.model.grid import Grid
from simulacra.model.plan import Plan
from simulacra.model.snapshot import Snapshot
from tests.simulation.happenings import Schedule
from tests.simulation.watch import Rule


@dataclass(frozen=True)
class Alarm:
    """While it is ``broken`` so, ``rule`` is broken by one of a few seeds, of those with a schedule in which it may be (``where``),
    with a story that is ``made`` of it where chance would take too long.
    """

    rule: Rule
    broken: Callable[[], AbstractContextManager[None]]
    where: Callable[[Schedule], bool] = lambda _: True
    made: Callable[[Schedule], Schedule] = lambda schedule: schedule


@contextmanager
def instead(where: Any, name: str, made: Callable[[Any], Any]) -> Iterator[None]:
    """``made`` of the real one in its place."""
    real = getattr(where, name)
    setattr(where, name, made(real))
    try:
        yield
    finally:
        setattr(where, name, real)


def planner(misread: Callable[[Grid, Snapshot], tuple[Grid, Snapshot]]) -> Callable[[], AbstractContextManager[None]]:
    """A planner that is told something else than what is so."""

    @contextmanager
    def broken() -> Iterator[None]:
        def one(real: Callable[..., Plan]) -> Callable[..., Plan]:
            return lambda grid, snapshot, *more: real(*misread(grid, snapshot), *more)

        with instead(steering, "plan", one), instead(steering, "plan_for", one):
            yield

    return broken


def plans(changed: Callable[[Plan, Snapshot], Plan]) -> Callable[[], AbstractContextManager[None]]:
    """A planner whose answer comes out as something else."""

    @contextmanager
    def broken() -> Iterator[None]:
        def one(real: Callable[..., Plan]) -> Callable[..., Plan]:
            return lambda grid, snapshot, *more: changed(real(grid, snapshot, *more), snapshot)

        with instead(steering, "plan", one), instead(steering, "plan_for", one):
            yield

    return broken


def states(
    seen: Callable[[Seen], Seen] = lambda it: it, step: Callable[[Step], Step] = lambda it: it, whose: str = "advance"
) -> Callable[[], AbstractContextManager[None]]:
    """Power states that see something else, or do something else: those of one's own machines, or ``advance_rented``."""

    def broken() -> AbstractContextManager[None]:
        def one(real: Callable[..., Step]) -> Callable[..., Step]:
            return lambda machine, record, looked, *more: step(real(machine, record, seen(looked), *more))

        return instead(steward, whose, one)

    return broken
