"""The machines and zones of a cluster that has no definitions yet, from its nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from simulacra.gateways.nomad_values import Member, Node, NodeDetail
from simulacra.model.machine import Has, Machine, WakeLan
from simulacra.model.marks import LABEL_ZONE

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""What a definition may be called (`simulacra.definitions.language.common.NODE_NAME`)."""

KEPT_ATTRIBUTES = ("cpu.arch",)


@dataclass(frozen=True, slots=True)
class Live:
    """What was found, by name. ``macs`` has the network cards of machines with several; ``skipped`` who was left out and why."""

    machines: tuple[Machine, ...]
    zones: tuple[str, ...]
    servers: tuple[str, ...]
    macs: tuple[tuple[str, tuple[str, ...]], ...]
    skipped: tuple[tuple[str, str], ...]


def live(nodes: tuple[Node, ...], details: Mapping[str, NodeDetail], members: tuple[Member, ...]) -> Live:
    """Every node that is on as a machine; its zone is its label's, else its datacenter. ``details`` by node id."""
    servers = {member.name for member in members}
    machines: dict[str, Machine] = {}
    cards: dict[str, tuple[str, ...]] = {}
    skipped: list[tuple[str, str]] = []
    for node in nodes:
        if not NAME.fullmatch(node.name):
            skipped.append((repr(node.name), "a machine's name has letters, digits, dots, dashes and underscores only"))
        elif node.status != "ready":
            skipped.append((node.name, f"its node is {node.status}, so nobody knows what it has"))
        elif node.name in machines:
            skipped.append((node.name, f"there are two nodes of that name; the other is {node.id}"))
        else:
            machines[node.name] = _machine(node, details.get(node.id), node.name in servers)
            cards[node.name] = real_cards(node.macs)
    return Live(
        machines=tuple(machines[name] for name in sorted(machines)),
        zones=tuple(sorted({machine.zone for machine in machines.values()})),
        servers=tuple(sorted({member.address for member in members if member.status == "alive" and _from_elsewhere(member.address)})),
        macs=tuple((name, macs) for name, macs in sorted(cards.items()) if len(macs) > 1),
        skipped=tuple(sorted(skipped)),
    )


def _from_elsewhere(address: str) -> bool:
    """Whether another machine can use the address: that of a development agent is its own loopback."""
    try:
        return not ip_address(address).is_loopback
    except ValueError:
        return True


def _machine(node: Node, detail: NodeDetail | None, server: bool) -> Machine:
    found = detail.label(LABEL_ZONE) if detail is not None else None
    attributes = detail.attributes if detail is not None else ()
    macs = real_cards(node.macs)
    return Machine(
        name=node.name,
        zone=zone_name(found or node.datacenter),
        server=server,
        has=Has(
            cpu_mhz=max(node.cpu_mhz, 1),
            memory_mb=max(node.memory_mb, 1),
            disk_mb=max(node.disk_mb, 0),
            cores=node.cores or None,
            drivers=node.drivers,
            attributes=tuple((name, value) for name, value in attributes if name in KEPT_ATTRIBUTES),
        ),
        wake=WakeLan(macs[0]) if len(macs) == 1 else None,
    )


def zone_name(text: str) -> str:
    """The text as a name that a definition may have."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", text)[:63].lstrip("._-")
    return name or "home"


def real_cards(macs: tuple[str, ...]) -> tuple[str, ...]:
    """Without locally administered addresses: bridges, containers and other makeshift interfaces have those."""
    return tuple(
        mac for mac in macs if re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac) and not int(mac[:2], 16) & 0b10 and int(mac[:2], 16) != 0
    )
