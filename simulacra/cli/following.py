"""Watches machines until each has come to rest: on, asleep or failed. Steps the grid itself where nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from simulacra.model.journal import SETTLED

if TYPE_CHECKING:
    from simulacra.act.steward import View
    from simulacra.model.journal import LogEntry, PowerState, Record

STEP_S = 1.0


class Steers(Protocol):
    """What following needs of the grid's steering."""

    def step(self) -> tuple[LogEntry, ...]: ...
    def look(self, fresh: bool = True) -> View: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that only ever grow, and a way to let some pass."""

    now: Callable[[], float]
    pause: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a machine. ``reached``: it is as it was wanted; ``record`` is the last that was seen, ``took_s`` until then.

    Not reached and not at rest: it was still under way when patience ended.
    """

    machine: str
    reached: bool
    record: Record
    took_s: float

    @property
    def at_rest(self) -> bool:
        return self.record.power in SETTLED


Told = Callable[[float, str, "Record"], None]
"""Seconds since the beginning, the machine, its record: called at each change of its power state."""


def follow(steering: Steers, goals: Mapping[str, PowerState], patience_s: float, clock: Clock, told: Told) -> tuple[Outcome, ...]:
    """Follow machines whose way to their goals is written down already; by name. Raises `Fault` where Nomad doesn't answer."""
    begun = clock.now()
    found: dict[str, Outcome] = {}
    before: dict[str, str] = {}
    while True:
        steering.step()
        records = steering.look(fresh=False).records
        took = clock.now() - begun
        for machine, goal in sorted(goals.items()):
            record = records.get(machine)
            if record is None or (machine in found and found[machine].at_rest):
                continue
            if before.get(machine) != record.power:
                told(took, machine, record)
                before[machine] = record.power
            found[machine] = Outcome(machine, record.power == goal, record, took)
        if all(machine in found and found[machine].at_rest for machine in goals) or took > patience_s:
            if any(it.record.power == "on" and it.record.drained for it in found.values()):
                steering.step()  # sees that work is let in again, and that it needs no more steps
            return tuple(found[machine] for machine in sorted(found))
        clock.pause(STEP_S)
