"""Devices that were found, as definitions to look through and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from simulacra.hcl.quote import quote
from simulacra.render.environment import fill
from simulacra.render.layout import assignments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.model.peripheral import PeripheralPort
    from simulacra.observe.found_devices import FoundDevice, FoundDevices


def devices_text(found: FoundDevices, notes: Sequence[str]) -> str:
    """The devices as HCL, in `nomad fmt`'s layout; ``notes`` are lines for the top."""
    known = [f"Seen again, and defined already: {', '.join(found.defined)}."] if found.defined else []
    view = {
        "notes": [*known, *notes],
        "devices": [_device(it) for it in found.devices],
        "strangers": [(zone, [it for _, it in its]) for zone, its in groupby(found.strangers, key=lambda it: it[0])],
    }
    return fill("discover/peripherals.hcl.j2", view, "devices that were found")


def _device(found: FoundDevice) -> dict[str, Any]:
    it = found.peripheral
    where = ", ".join((*found.addresses, *([found.mac] if found.mac else [])))
    return {
        "name": it.name,
        "remark": f"{found.called or it.name}, now at {where}" if where else found.called or it.name,
        "head": assignments([("zone", quote(it.zone or "")), ("address", quote(it.address))], 2),
        "ports": [{"name": port.name, "lines": _port(port)} for port in it.ports],
    }


def _port(port: PeripheralPort) -> str:
    spoken = [("protocol", quote(port.protocol))] if port.protocol != "tcp" else []
    return assignments([("number", str(port.number)), *spoken], 4)


def devices_plain(found: FoundDevices, notes: Sequence[str]) -> dict[str, Any]:
    """What was found, for programs."""
    return {
        "devices": [
            {
                "name": it.peripheral.name,
                "zone": it.peripheral.zone,
                "address": it.peripheral.address,
                "addresses": list(it.addresses),
                "mac": it.mac,
                "called": it.called,
                "ports": [{"name": port.name, "number": port.number, "protocol": port.protocol} for port in it.peripheral.ports],
            }
            for it in found.devices
        ],
        "strangers": [{"zone": zone, "address": it.address, "mac": it.mac} for zone, it in found.strangers],
        "defined": list(found.defined),
        "notes": list(notes),
    }
