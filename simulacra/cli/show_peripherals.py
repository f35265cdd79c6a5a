"""Peripherals as they are on the overlay, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from simulacra.cli.show_status import print_, row, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from simulacra.observe.peripherals import SeenPeripheral

HEALTH_COLOURS = {"well": "green", "down": "red", "unknown": "yellow"}


def peripherals_plain(seen: Sequence[SeenPeripheral]) -> list[dict[str, Any]]:
    """The fixed shape of ``peripherals --json``."""
    return [
        {
            "name": it.name,
            "zone": it.zone,
            "device": it.device,
            "proxy": it.proxy,
            "health": it.health.kind,
            "served_by": list(it.served_by),
            "waiting": it.waiting,
            "ports": [
                {
                    "name": port.name,
                    "protocol": port.protocol,
                    "address": port.address,
                    "machine": port.machine,
                    "health": port.health.kind,
                    "why": port.health.why,
                }
                for port in it.ports
            ],
        }
        for it in seen
    ]


def show_peripherals(console: Console, seen: Sequence[SeenPeripheral]) -> None:
    """A row for each port on each machine that serves it, under its name in Nomad's catalog."""
    rows = table("NAME", "ADDRESS", "PROTOCOL", "HEALTH", "SERVED BY", "ZONE", "DEVICE", "WHY")
    for it in seen:
        if not it.ports:
            row(rows, it.name, "-", "-", _coloured(it.health.kind), "-", it.zone or "-", it.device, it.health.why)
        for port in it.ports:
            why = "; ".join(filter(None, (port.health.why, it.waiting)))
            cells = (port.machine or "-", it.zone or "-", it.device, why)
            row(rows, port.name, port.address or "-", port.protocol, _coloured(port.health.kind), *cells)
    print_(console, rows if seen else Text("no peripheral is defined; `simulacra peripherals discover` proposes some"))


def _coloured(kind: str) -> Text:
    return Text(kind, style=HEALTH_COLOURS[kind])
