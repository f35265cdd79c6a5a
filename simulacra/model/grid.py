"""The grid as its owner defines it: the values that definitions become.

Every collection is a tuple ordered by name, every value is frozen: the same definitions give equal grids.
Units stand in the names (``_mb``: mebibytes as Nomad counts them, ``_mhz``, ``_s``: seconds, ``watts``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulacra.model.cloud import Cloud
from simulacra.model.machine import Machine, Tier
from simulacra.model.peripheral import Peripheral
from simulacra.model.place import Uplink, Zone
from simulacra.model.service import Service
from simulacra.model.settings import Autoscaler, ConsulServer, Electricity, Gates, Mode, NomadServer, Overlay, Power
from simulacra.model.source import NOWHERE, Source


@dataclass(frozen=True, slots=True)
class Grid:
    """A whole grid. Its references hold: definitions that name what isn't there never become a Grid."""

    name: str
    mode: Mode = "observe"
    timezone: str = "UTC"
    description: str = ""
    nomad: NomadServer = field(default_factory=NomadServer)
    electricity: Electricity | None = None
    overlay: Overlay = field(default_factory=Overlay)
    power: Power = field(default_factory=Power)
    gates: Gates = field(default_factory=Gates)
    autoscaler: Autoscaler = field(default_factory=Autoscaler)
    consul: ConsulServer | None = None
    uplinks: tuple[Uplink, ...] = ()
    zones: tuple[Zone, ...] = ()
    tiers: tuple[Tier, ...] = ()
    machines: tuple[Machine, ...] = ()
    clouds: tuple[Cloud, ...] = ()
    services: tuple[Service, ...] = ()
    peripherals: tuple[Peripheral, ...] = ()
    source: Source = NOWHERE

    def machine(self, name: str) -> Machine | None:
        return next((m for m in self.machines if m.name == name), None)

    def tier(self, name: str) -> Tier | None:
        return next((t for t in self.tiers if t.name == name), None)

    def service(self, name: str) -> Service | None:
        return next((s for s in self.services if s.name == name), None)
