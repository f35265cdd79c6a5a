"""A machine goes off once it has been idle for a fixed time, and on when work waits: what CLUES does.

Source: de Alfonso, Caballer, Alvarruiz, Hernández, An energy management system for cluster infrastructures, 2013.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.simulate.policies.lacking import lacking
from simulacra.simulate.world import World


@dataclass(frozen=True, slots=True)
class IdleTimeout:
    timeout_s: float

    def begin(self, world: World) -> None:
        """What can't be switched is on, the rest is off."""
        for machine in world.machines:
            if not machine.can_sleep:
                world.starts_on(machine)

    def look(self, world: World) -> float | None:
        if world.placing.waiting:
            for machine in lacking(world):
                world.wake(machine)
        due_s = None
        for machine in world.machines:
            if machine.doing == "on" and machine.can_sleep and world.is_empty(machine):
                ends_s = machine.empty_since_s + self.timeout_s
                if ends_s <= world.now_s:
                    world.stop(machine)
                elif due_s is None or ends_s < due_s:
                    due_s = ends_s
        return due_s
