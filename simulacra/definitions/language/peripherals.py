"""Devices that can't join the grid."""

from __future__ import annotations

from simulacra.definitions import kinds
from simulacra.definitions.language.common import DESCRIPTION, NAME, NAMED, PORT_NAME, build, named
from simulacra.definitions.schema import Key, Part, Schema
from simulacra.model.peripheral import Peripheral, PeripheralPort

PERIPHERAL = Schema(
    "A device that can't join the grid, and is reached through a machine that can.",
    build(Peripheral, "name", sourced=True),
    label=NAME,
    keys={
        "zone": Key(named("a zone"), "the zone whose machines reach it"),
        "machines": Key(kinds.items(NAMED, "machines", filled=True), "the machines that reach it, where not all of the zone do"),
        "address": Key(
            kinds.text("an address or a host name", r"[A-Za-z0-9_.:-]+", '"192.168.1.50"'),
            "its address or host name, as machines of that zone reach it",
            required=True,
        ),
        "description": DESCRIPTION,
    },
    parts={
        "port": Part(
            Schema(
                "A port of the device.",
                build(PeripheralPort, "name"),
                label=PORT_NAME,
                keys={
                    "number": Key(kinds.whole(1, 65535), "the port's number on the device", required=True),
                    "protocol": Key(kinds.choice("tcp", "udp", "http", "https"), "what is spoken there"),
                },
            ),
            "a port of the device",
            field="ports",
            many=True,
        )
    },
)
