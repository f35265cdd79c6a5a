"""Devices that a machine has found on its LANs: what nobody has defined yet."""

from __future__ import annotations

from dataclasses import dataclass

DISCOVER_JOB = "simulacra-discover"
"""What the names of the jobs begin with that look for devices; the zone's name follows."""


@dataclass(frozen=True, slots=True)
class FoundService:
    """A service that a device announces by multicast DNS. ``type`` is as ``_http._tcp``, ``host`` the device's own name, as
    ``printer.local``; ``model`` says what it is, empty where nothing does.
    """

    instance: str
    type: str
    host: str
    port: int
    addresses: tuple[str, ...]
    model: str = ""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody on the LAN whose hardware address is known."""

    address: str
    mac: str


@dataclass(frozen=True, slots=True)
class LookAround:
    """What a machine found; ``addresses`` and ``macs`` are its own."""

    machine: str
    addresses: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    services: tuple[FoundService, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
