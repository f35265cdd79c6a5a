"""Machines of one's own, and the tiers that they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulacra.model.source import NOWHERE, Source

SleepMethod = Literal["poweroff", "suspend", "command", "destroy"]
"""``destroy`` is a rented machine's: its server is given back."""


@dataclass(frozen=True, slots=True)
class AttributeMatch:
    """One fingerprinted attribute that a machine must have, compared with an operator of Nomad's constraints."""

    attribute: str
    operator: str = "="
    value: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """What a machine must have to count as one of a tier; all of it must hold.

    ``devices`` are asked for as in Nomad's ``device`` block: ``type``, ``vendor/type`` or ``vendor/type/name``. ``mains``: it doesn't run
    from its battery.
    """

    cpu_mhz: int = 0
    memory_mb: int = 0
    disk_mb: int = 0
    drivers: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    mains: bool = False
    attributes: tuple[AttributeMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of machines; a higher ``rank`` can do all that a lower one can."""

    name: str
    rank: int
    match: Match | None = None
    description: str = ""
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Has:
    """What a machine has, for one not seen yet, for the lab and the simulator. ``cpu_mhz`` is the sum over its cores; ``devices`` are
    ``vendor/type/name``.
    """

    cpu_mhz: int
    memory_mb: int
    disk_mb: int = 10000
    cores: int | None = None
    drivers: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Watts:
    idle: float
    busy: float
    asleep: float = 0.0


@dataclass(frozen=True, slots=True)
class WakeLan:
    """A magic packet. ``mac`` and ``secureon`` are lower case, colon separated."""

    mac: str
    secureon: str | None = None
    broadcast: str = "255.255.255.255"
    interface: str | None = None
    port: int = 9


@dataclass(frozen=True, slots=True)
class WakeCommand:
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rent:
    """A server of that size is created at the cloud's provider. ``retired``: the definitions have no place for it any more, so that it is
    emptied and destroyed, and none is created in its place.
    """

    cloud: str
    size: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Sleep:
    """How the machine is put to sleep, and what keeps it awake.

    A person counts as present until ``idle_after_s`` after the last input; a connection to one of the ``busy_ports``, or a load per
    core above ``busy_load`` that isn't Nomad's, keeps it awake too (0: load doesn't).
    """

    method: SleepMethod = "poweroff"
    command: tuple[str, ...] = ()
    idle_after_s: float = 900.0
    busy_ports: tuple[int, ...] = (22,)
    busy_load: float = 0.5


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local time, minutes since midnight; ``end`` may lie before ``start``: over midnight."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start // 60:02d}:{self.start % 60:02d}-{self.end // 60:02d}:{self.end % 60:02d}"


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine; its name is the name of its Nomad node. One that is rented stands for whatever server its slot has just then."""

    name: str
    zone: str
    tier: str | None = None
    description: str = ""
    server: bool = False
    address: str | None = None
    after: tuple[str, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    never_sleeps: bool = False
    boot_time_s: float = 60.0
    has: Has | None = None
    watts: Watts | None = None
    wake: WakeLan | WakeCommand | Rent | None = None
    sleep: Sleep | None = None
    source: Source = NOWHERE

    @property
    def rent(self) -> Rent | None:
        """How it is rented; None for a machine of one's own."""
        return self.wake if isinstance(self.wake, Rent) else None
