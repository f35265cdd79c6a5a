"""The program beside HAProxy: pinned certificates, addresses that only the LAN knows, devices that are woken."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulacra.model.grid import Grid
from simulacra.model.peripheral import Peripheral
from simulacra.render.environment import template_source
from simulacra.render.heredoc import in_heredoc
from simulacra.render.proxy_ports import Wired

PARTS = ("companion.py", "haproxy.py", "pinned.py", "waking.py")
NODE_PARTS = ("cards.py", "dns_messages.py", "lan.py", "mdns.py", "naming.py", "place.py", "probing.py")
"""What it shares with the program on every machine."""


@dataclass(frozen=True, slots=True)
class Companion:
    """``devices`` is the text of its settings, ``parts`` are its files by name; ``why`` it is there, in words."""

    devices: str
    parts: tuple[tuple[str, str], ...]
    why: str


def companion_of(grid: Grid, wired: list[Wired], templates: Path | None, shared: str) -> Companion | None:
    """For the devices of these ports; None where HAProxy needs none."""
    devices = {it.device.name: it.device for it in wired if it.device.beyond_haproxy}
    whys = sorted({why for device in devices.values() for why in device.beyond_haproxy})
    if not whys:
        return None
    place = {"overlay": grid.overlay.interface, "socket": haproxy_socket(shared), "shared": shared}
    settings = {**place, "devices": [_of(it, wired) for it in devices.values()]}
    names = [*(f"proxy/{it}" for it in PARTS), *(f"node/{it}" for it in NODE_PARTS)]
    parts = tuple((it.partition("/")[2], in_heredoc(template_source(it, templates), f"the template {it}")) for it in names)
    return Companion(in_heredoc(json.dumps(settings, indent=2) + "\n", "the devices"), parts, ", ".join(whys))


def haproxy_socket(shared: str) -> str:
    """Where HAProxy is asked; ``shared`` is the folder that the job's tasks share."""
    return f"{shared}/haproxy.sock"


def _of(device: Peripheral, wired: list[Wired]) -> dict[str, Any]:
    ports = [
        {
            "number": it.port.number,
            "backend": it.backend,
            "socket": f"{it.listen}.sock" if it.port.fingerprint else "",
            "fingerprint": it.port.fingerprint or "",
        }
        for it in wired
        if it.device is device and it.port.protocol != "udp"
    ]
    wake = device.wake
    packet = None if wake is None else {"mac": wake.mac, "broadcast": wake.broadcast, "port": wake.port, "interface": wake.interface}
    return {"name": device.name, "address": device.address, "kind": device.address_kind, "ports": ports, "wake": packet}
