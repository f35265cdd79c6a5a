"""What was worked out before of the very same values, so that a plan costs what has changed since the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")
FOR_EACH, AT_LEAST = 4, 256
"""So many answers about single nodes are held for each machine of the grid that was planned last, and so many in any case."""


class Kept(Generic[V]):
    """Answers by the identity of the values that they were made of, which are held, so that no other value can have the same. Only for what
    nobody changes, and answers that follow from those values alone: then nothing tells whether one was made anew.

    At most ``most`` are held, None: as many as there is `room_for`; then it begins afresh.
    """

    machines = 0

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._known: dict[tuple[int, ...], tuple[tuple[object, ...], V]] = {}

    def of(self, values: tuple[object, ...], make: Callable[[], V]) -> V:
        """The answer for these values, made where it isn't known."""
        key = tuple(map(id, values))
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= (FOR_EACH * Kept.machines + AT_LEAST if self._most is None else self._most):
                self._known.clear()
            found = self._known[key] = (values, make())
        return found[1]


def room_for(machines: int) -> None:
    """The grid that is planned now has so many: what is held of nodes as they were grows with it, not with time."""
    Kept.machines = machines
