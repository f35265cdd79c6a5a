"""What the plugins need of the rest: one look at the grid, one plan, one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from simulacra.model.plan import Action, Plan
    from simulacra.model.settings import Mode


class Steering(Protocol):
    """A grid that is steered. Its methods are called from several threads; each raises `simulacra.faults.Fault` where it fails."""

    def mode(self) -> Mode:
        """Whether the grid may be touched."""
        ...

    def plan(self) -> Plan:
        """The plan for a snapshot that is at most a second or so old."""
        ...

    def gate(self, service: str) -> int:
        """How many instances of a service may run: all of its count where what it ``needs`` is there, else 0.

        Raises `simulacra.faults.Usage` for what is no service of the grid.
        """
        ...

    def nudge(self) -> None:
        """Let the machines' power states go on, on a thread of their own; returns at once."""
        ...

    def scale(self, count: int, reason: str, dry: bool) -> tuple[Action, ...]:
        """Plan afresh, towards so many machines: what was begun; empty where there is nothing to do.

        ``dry``, and a grid in observe mode: nothing is begun, what would be is told.
        """
        ...

    def close(self) -> None:
        """Let somebody else steer."""
        ...


Tell = Callable[[str], None]
Opener = Callable[[Path, Mapping[str, str], Tell], Steering]
"""Opens the grid of a folder of definitions with the plugin's configuration (``nomad_address`` and the like)."""


def open_real(grid: Path, config: Mapping[str, str], tell: Tell) -> Steering:
    """The real one; what it needs is imported now, not before."""
    from simulacra.steering import open_steering

    return open_steering(grid, config, tell)
