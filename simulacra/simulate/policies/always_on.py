"""Nothing of one's own is ever switched off; servers are rented when work waits, and given back when they have been idle."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.simulate.policies.idle_timeout import IdleTimeout
from simulacra.simulate.world import World


@dataclass(frozen=True, slots=True)
class AlwaysOn:
    """``rented_timeout_s``: so long a rented server may be idle."""

    rented_timeout_s: float

    def begin(self, world: World) -> None:
        for machine in world.machines:
            if machine.machine.rent is None:
                world.starts_on(machine)
                machine.stays = True

    def look(self, world: World) -> float | None:
        return IdleTimeout(self.rented_timeout_s).look(world)
