"""A grid of equal machines, for a trace without definitions."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Sleep, WakeCommand, Watts
from simulacra.model.place import Zone
from simulacra.model.settings import Electricity, Power

MHZ_PER_CORE = 1000
ZONE = "here"


@dataclass(frozen=True, slots=True)
class EqualMachines:
    """``memory_mb`` is in MiB, ``watts_busy`` is what a machine draws with all its cores at work; asleep it draws nothing."""

    count: int
    cores: int = 8
    memory_mb: int = 16384
    boot_s: float = 30.0
    watts_idle: float = 60.0
    watts_busy: float = 180.0


def equal_grid(machines: EqualMachines, power: Power | None = None, electricity: Electricity | None = None) -> Grid:
    """They are called ``machine-01`` and so on; each can be woken and put to sleep by a command."""
    wide = len(str(machines.count))
    has = Has(machines.cores * MHZ_PER_CORE, machines.memory_mb, cores=machines.cores, drivers=("exec",))
    return Grid(
        "equal machines",
        mode="act",
        power=power or Power(),
        electricity=electricity,
        zones=(Zone(ZONE),),
        machines=tuple(
            Machine(
                f"machine-{number:0{wide}}",
                ZONE,
                boot_time_s=machines.boot_s,
                has=has,
                watts=Watts(machines.watts_idle, machines.watts_busy),
                wake=WakeCommand(("wake", f"machine-{number:0{wide}}")),
                sleep=Sleep(),
            )
            for number in range(1, machines.count + 1)
        ),
    )
