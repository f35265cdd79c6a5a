"""What people are told of a grid: ``simulacra status`` and its ``--json`` are these values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Power = Literal["on", "draining", "sleeping", "asleep", "waking", "booting", "destroying", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """``since``: ISO 8601 UTC time of the last change, None where it isn't known. ``allocations``: how many run there."""

    name: str
    zone: str | None
    tier: str | None
    power: Power
    reason: str
    since: str | None
    allocations: int


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """``zones`` counts running instances by zone; ``waiting`` says in words why some aren't placed, None where all run.

    ``note`` says of work that comes to an end why nothing of it runs: finished, periodic, on dispatch; empty else.
    ``absent``: it was never submitted, or somebody has stopped it.
    """

    name: str
    desired: int
    running: int
    zones: tuple[tuple[str, int], ...]
    waiting: str | None
    note: str = ""
    absent: Literal["", "missing", "stopped"] = ""


@dataclass(frozen=True, slots=True)
class PeripheralStatus:
    """``served_by``: the machines on which its proxy runs, None where it runs nowhere. ``healthy`` None: its machines weren't asked."""

    name: str
    zone: str | None
    address: str
    healthy: bool | None
    served_by: str | None


@dataclass(frozen=True, slots=True)
class GridStatus:
    machines: tuple[MachineStatus, ...]
    services: tuple[ServiceStatus, ...]
    peripherals: tuple[PeripheralStatus, ...]
