"""Nodes as Nomad's scheduler sees them, or as they are remembered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Literal

NodeStatus = Literal["ready", "initializing", "disconnected", "down"]


@dataclass(frozen=True, slots=True)
class Device:
    """A group of equal devices; ``count`` are the healthy ones, ``ids`` say which, if that is known. ``name`` is ``vendor/type/name``."""

    name: str
    count: int
    attributes: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, ...] = ()


def is_device(name: str, wanted: str) -> bool:
    """Whether a device of that full name is one that is asked for as ``type``, ``vendor/type`` or ``vendor/type/name``."""
    vendor, kind, model = (*name.split("/", 2), "", "")[:3]
    asked = wanted.split("/", 2)
    if len(asked) == 1:
        return asked[0] == kind
    return asked[1] == kind and asked[0] in ("", vendor) and (len(asked) == 2 or asked[2] in ("", model))


@dataclass(frozen=True, slots=True)
class HostVolume:
    name: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class HostNetwork:
    """``alias`` is the name that jobs ask for; ``address`` is what a port is bound to."""

    alias: str
    address: str
    reserved_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """``cpu_mhz``, ``memory_mb`` and ``disk_mb`` are what allocations may take (the reserved part is taken off).

    ``cores`` are the ids of the cores that may be reserved, ``core_mhz`` the speed of each, in their order, or empty where that isn't
    known; ``drivers`` are the detected and healthy ones. ``address`` is the HTTP API's. ``server`` isn't here: that a machine also runs
    a Nomad server is the snapshot's.
    ``changed_s``: Unix time of the last change of its status.
    """

    id: str
    name: str
    status: NodeStatus = "ready"
    eligible: bool = True
    draining: bool = False
    datacenter: str = "dc1"
    pool: str = "default"
    node_class: str = ""
    cpu_mhz: int = 0
    memory_mb: int = 0
    disk_mb: int = 0
    cores: tuple[int, ...] = ()
    core_mhz: tuple[int, ...] = ()
    drivers: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    devices: tuple[Device, ...] = ()
    volumes: tuple[HostVolume, ...] = ()
    networks: tuple[HostNetwork, ...] = ()
    network_modes: tuple[str, ...] = ("host",)
    dynamic_ports: tuple[int, int] = (20000, 32000)
    macs: tuple[str, ...] = ()
    address: str = ""
    version: str = ""
    changed_s: float = 0.0

    def attribute(self, name: str) -> str | None:
        return next((value for key, value in self.attributes if key == name), None)

    def label(self, name: str) -> str | None:
        return next((value for key, value in self.meta if key == name), None)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The host of its API and the addresses of its host networks, ordered: by one of them others may know it."""
        host = self.address.rpartition(":")[0].strip("[]")
        return tuple(sorted({it for it in (host, *(network.address for network in self.networks)) if it}))


OF_THE_MOMENT = ("status", "eligible", "draining", "changed_s")
_LASTING = attrgetter(*(it.name for it in fields(Node) if it.name not in OF_THE_MOMENT))


def is_lasting_as(node: Node, other: Node) -> bool:
    """Whether they differ in nothing but what passes: whether it is on, takes work, and since when."""
    return node is other or bool(_LASTING(node) == _LASTING(other))
