"""What should be done, and why: the planner's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ActionKind = Literal["wake", "sleep"]
Standing = Literal["on", "coming", "going", "asleep", "out", "away"]
"""on: it runs and takes work. coming: it is being woken. going: it is being emptied or put to sleep. asleep: it can be woken.
out: it is left out after failures. away: it neither runs nor can be woken."""


@dataclass(frozen=True, slots=True)
class Action:
    action: ActionKind
    machine: str
    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """``count`` instances of a group that wait. ``reason``: for which machine, or why none is woken for them."""

    job: str
    group: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Why a machine stays as it is, or doesn't. ``superfluous``: the grid could do without it now, cooldowns aside.

    ``counted``: it is one of those that `Plan.on` counts.
    """

    machine: str
    standing: Standing
    reasons: tuple[str, ...]
    superfluous: bool = False
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a waiting instance would go: on a machine that is on, is coming, or would be woken for it."""

    job: str
    group: str
    machine: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Over the machines that take work now: what is there, and what is free. ``watts`` is an estimate over all machines."""

    cpu_mhz: int = 0
    cpu_free_mhz: int = 0
    memory_mb: int = 0
    memory_free_mb: int = 0
    watts: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """``on`` counts the machines that are on or coming, ``desired`` how many should be: ``on`` + wakes − sleeps.

    ``actions``: what to wake, then what to put to sleep, each in the order in which it should be done. ``machines`` has every defined
    machine and every node, by name.
    """

    desired: int = 0
    on: int = 0
    actions: tuple[Action, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    machines: tuple[Judged, ...] = ()
    placed: tuple[Placed, ...] = ()
    totals: Totals = Totals()

    def judged(self, machine: str) -> Judged | None:
        return next((it for it in self.machines if it.machine == machine), None)

    @property
    def wakes(self) -> tuple[Action, ...]:
        return tuple(it for it in self.actions if it.action == "wake")

    @property
    def sleeps(self) -> tuple[Action, ...]:
        return tuple(it for it in self.actions if it.action == "sleep")
