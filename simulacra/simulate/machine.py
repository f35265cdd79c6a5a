"""One machine of the simulation: what it is, and what it is doing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from simulacra.model.machine import Machine

Doing = Literal["off", "booting", "on", "stopping"]
DOWN_S = 10.0
"""From the order to sleep until it is off."""


@dataclass(frozen=True, slots=True)
class Rented:
    """``price`` is that of an hour; what has begun of ``billed_by_s`` is paid."""

    cloud: str
    price: Decimal
    currency: str
    billed_by_s: float


@dataclass(slots=True, eq=False)
class Simulated:
    """``at`` is its position in the fleet. ``since_s``: since when it is doing what it does. ``boots`` counts them; ``empty_since_s`` is
    only looked at while it is on without work, ``on_since_s`` while it isn't off. ``switched`` counts wakes and sleeps. ``stays``: it is
    never switched off, whatever its definition says.
    """

    at: int
    machine: Machine
    idle_w: float
    busy_w: float
    asleep_w: float
    rented: Rented | None = None
    doing: Doing = "off"
    since_s: float = 0.0
    empty_since_s: float = 0.0
    boots: int = 0
    on_since_s: float = 0.0
    switched: int = 0
    stays: bool = False

    @property
    def name(self) -> str:
        return self.machine.name

    @property
    def can_sleep(self) -> bool:
        machine = self.machine
        return not self.stays and not machine.never_sleeps and machine.wake is not None and machine.sleep is not None

    @property
    def watts(self) -> float:
        """What it draws without work: asleep little, else as when it is idle."""
        return self.asleep_w if self.doing == "off" else self.idle_w

    @property
    def cost(self) -> tuple[float, float, str]:
        """The cheapest first: of one's own the one that draws least, then rented ones."""
        return (float(self.rented.price) if self.rented is not None else 0.0, self.idle_w, self.name)
