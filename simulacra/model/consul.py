"""What Consul knows of machines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsulNode:
    """A node of Consul's catalog. ``address`` is where its agent gossips; ``meta`` is what its owner wrote on it."""

    name: str
    address: str
    datacenter: str
    meta: tuple[tuple[str, str], ...] = ()
