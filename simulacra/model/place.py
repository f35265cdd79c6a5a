"""Zones, and the uplinks that a cut takes away."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.source import NOWHERE, Source


@dataclass(frozen=True, slots=True)
class Uplink:
    """What a cable cut takes away: the zones behind one uplink are cut off together."""

    name: str
    via: str | None = None
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Zone:
    """``rtt_ms``: how far other zones are, by name, as round trips in milliseconds; where two name each other the first by name counts."""

    name: str
    uplink: str | None = None
    subnets: tuple[str, ...] = ()
    rtt_ms: tuple[tuple[str, float], ...] = ()
    description: str = ""
    source: Source = NOWHERE
