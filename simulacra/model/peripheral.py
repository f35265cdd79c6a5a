"""Devices that can't join the grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulacra.model.source import NOWHERE, Source


@dataclass(frozen=True, slots=True)
class PeripheralPort:
    name: str
    number: int
    protocol: Literal["tcp", "udp", "http", "https"] = "tcp"


@dataclass(frozen=True, slots=True)
class Peripheral:
    name: str
    address: str
    zone: str | None = None
    machines: tuple[str, ...] = ()
    ports: tuple[PeripheralPort, ...] = ()
    description: str = ""
    source: Source = NOWHERE
