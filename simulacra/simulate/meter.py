"""What is drawn, from second to second: energy, hours, and how many machines are on."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from simulacra.model.cloud import price_of, units
from simulacra.simulate.machine import Simulated

J_PER_KWH = 3.6e6


@dataclass(slots=True)
class Meter:
    """Energy in joules. A machine's draw without work is booked when it changes what it does; what work adds to it, in proportion to the
    share of its MHz that is at work, when that begins. ``rents`` are by currency.
    """

    standing_j: float = 0.0
    working_j: float = 0.0
    idle_j: float = 0.0
    on_s: float = 0.0
    on: int = 0
    rents: dict[str, Decimal] = field(default_factory=dict)
    steps: list[tuple[float, float]] = field(default_factory=list)

    def spent(self, machine: Simulated, now_s: float) -> None:
        """It has been doing the same since ``machine.since_s``."""
        took_s = now_s - machine.since_s
        self.standing_j += machine.watts * took_s
        if machine.doing != "off":
            self.on_s += took_s
        if machine.doing in ("booting", "stopping"):
            self.idle_j += machine.idle_w * took_s

    def was_idle(self, machine: Simulated, now_s: float) -> None:
        """It was on without work since ``machine.empty_since_s``."""
        self.idle_j += machine.idle_w * (now_s - machine.empty_since_s)

    def works(self, machine: Simulated, share: float, for_s: float) -> None:
        """That share of its MHz is at work for so long (less than 0: that much of what was booked isn't done after all)."""
        self.working_j += (machine.busy_w - machine.idle_w) * share * for_s

    def rented(self, machine: Simulated, now_s: float) -> None:
        """Its server was there since ``machine.on_since_s``; nothing where it isn't rented."""
        it = machine.rented
        if it is not None:
            due = price_of(units(machine.on_since_s, now_s, it.billed_by_s), it.billed_by_s, it.price)
            self.rents[it.currency] = self.rents.get(it.currency, Decimal(0)) + due

    def counted(self, more: int, now_s: float) -> None:
        """So many more machines are on now."""
        self.on += more
        if self.steps and self.steps[-1][0] == now_s:
            self.steps[-1] = (now_s, float(self.on))
        else:
            self.steps.append((now_s, float(self.on)))

    @property
    def kwh(self) -> float:
        return (self.standing_j + self.working_j) / J_PER_KWH
