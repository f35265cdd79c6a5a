"""What should be done, and why: the planner's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulacra.model.journal import Belonging

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

    ``counted``: it is one of those that `Plan.on` counts. ``leave``: why it is rented no longer, whatever runs on it; empty where it is.
    ``against``: what speaks against waking one that is asleep. ``together``: on how many machines its batch work stands, of several jobs
    the one on the fewest.
    """

    machine: str
    standing: Standing
    reasons: tuple[str, ...]
    superfluous: bool = False
    counted: bool = False
    leave: str = ""
    against: str = ""
    together: int = 1


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
class Relabel:
    """What is to change of a node's dynamic metadata: keys with their values, None where a key goes. ``reason``: what it is counted by."""

    machine: str
    node: str
    changes: tuple[tuple[str, str | None], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Gate:
    """A service with ``needs``: whether the grid can carry it now, hysteresis aside, and why, or why not.

    ``count``: what it has when online. ``running``: so many of its instances run; ``set_to``: the count of its ``group`` on Nomad now, None
    where it isn't submitted. ``needs_there``: its needs are there; it may lack room.
    """

    service: str
    met: bool
    reasons: tuple[str, ...]
    count: int
    running: int = 0
    set_to: int | None = None
    group: str = ""
    namespace: str = "default"
    needs_there: bool = False


@dataclass(frozen=True, slots=True)
class Eviction:
    """An instance that is to be stopped where it is, so that Nomad places it anew."""

    job: str
    allocation: str
    machine: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """``on`` counts the machines that are on or coming, ``desired`` how many should be: ``on`` + wakes − sleeps.

    ``actions``: what to wake, then what to put to sleep, each in the order in which it should be done. ``machines`` has every defined
    machine and every node, by name. ``belongings`` is what is to be remembered of nodes' zones and tiers, ``relabels`` what is to change of
    their labels. ``gates`` has every service with ``needs``, by name; ``evictions`` at most one for each job.
    """

    desired: int = 0
    on: int = 0
    actions: tuple[Action, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    machines: tuple[Judged, ...] = ()
    placed: tuple[Placed, ...] = ()
    totals: Totals = Totals()
    belongings: tuple[Belonging, ...] = ()
    relabels: tuple[Relabel, ...] = ()
    gates: tuple[Gate, ...] = ()
    evictions: tuple[Eviction, ...] = ()

    def gate(self, service: str) -> Gate | None:
        return next((it for it in self.gates if it.service == service), None)

    def judged(self, machine: str) -> Judged | None:
        return next((it for it in self.machines if it.machine == machine), None)

    @property
    def wakes(self) -> tuple[Action, ...]:
        return tuple(it for it in self.actions if it.action == "wake")

    @property
    def sleeps(self) -> tuple[Action, ...]:
        return tuple(it for it in self.actions if it.action == "sleep")
