"""What can be cut off in a lab, and where its cable ends: zones, uplinks, machines and devices, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from simulacra.faults import Usage
from simulacra.lab.layout import LAN, WAN
from simulacra.lab.state import LabState

Kind = Literal["zone", "uplink", "machine", "device"]


@dataclass(frozen=True, slots=True)
class Place:
    """``port`` is the far end of the place's cable, in that namespace, and ``near`` its other end, with its namespace.

    ``machines`` are those that the cable leads to.
    """

    kind: Kind
    name: str
    namespace: str
    port: str
    near: tuple[str, str]
    machines: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name, which no other place has."""
        return f"{self.kind}:{self.name}"

    @property
    def ends(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Both ends of the cable, each with its namespace."""
        return (self.namespace, self.port), self.near


def places(found: LabState) -> Iterator[Place]:
    """All places of the lab: zones before uplinks before machines before devices."""
    for router in found.routers:
        yield Place("zone", router.zone, found.wan_namespace, router.port, (router.namespace, WAN), _machines(found, (router.zone,)))
    for cable in found.cables:
        yield Place(
            "uplink", cable.uplink, found.wan_namespace, cable.port, (found.wan_namespace, cable.near), _machines(found, cable.zones)
        )
    routers = {router.zone: router.namespace for router in found.routers}
    for one in found.machines:
        if one.port and one.zone in routers:
            yield Place("machine", one.name, routers[one.zone], one.port, (one.namespace, LAN), (one.name,))
    for device in found.devices:
        yield Place("device", device.name, routers[device.zone], device.port, (device.namespace, LAN), ())


def find_place(found: LabState, name: str) -> Place:
    """The place of that name, the first one by kind; ``KIND:NAME`` says which. Raises `Usage`."""
    for place in places(found):
        if name in (place.name, place.title):
            return place
    there = ", ".join(sorted({place.name for place in places(found)}))
    raise Usage(f"lab {found.name}: no zone, uplink or machine {name}; there are {there}")


def cut_off(found: LabState, ports_down: frozenset[tuple[str, str]]) -> frozenset[str]:
    """The machines that a cable is missing to: their own, their zone's, or one of an uplink that they are behind.

    ``ports_down`` are namespaces and the ports there whose cable is taken away.
    """
    return frozenset(name for place in places(found) if (place.namespace, place.port) in ports_down for name in place.machines)


def _machines(found: LabState, zones: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one.name for one in found.machines if one.zone in zones)
