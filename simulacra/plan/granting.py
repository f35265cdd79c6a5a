"""Who may use a peripheral that says so: the overlay addresses of the machines from which it is allowed."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from simulacra.model.cluster import Node
from simulacra.model.grant import Grant
from simulacra.model.grid import Grid
from simulacra.model.peripheral import Allow
from simulacra.model.proxy import grant_key, grants_path, proxies_of
from simulacra.model.snapshot import Snapshot

CLAIMED = ("label", "datacenter")
"""How a zone is known that nothing but the agent's own configuration tells of."""
OVERLAY = "overlay"
"""The host network on which machines know each other, as `simulacra client-config` names it."""


def grants(grid: Grid, snapshot: Snapshot) -> tuple[Grant, ...]:
    """By path; none for proxies whose devices everyone may use.

    A machine that is cut off or asleep keeps its right: its address is its own. One that Nomad has forgotten has none.
    """
    found = []
    known: _Known | None = None
    for proxy in proxies_of(grid):
        asked = {it.name: it.allow for it in proxy.peripherals if it.allow is not None}
        if asked:
            known = known or _Known.of(grid, snapshot)
            each = {allow: " ".join(known.addresses(allow)) for allow in set(asked.values())}
            items = sorted((grant_key(name), each[allow]) for name, allow in asked.items())
            found.append(Grant(grants_path(proxy.name), tuple(items)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Known:
    """``zones`` by machine; ``nodes_with`` are the ids of nodes by the service that runs there."""

    nodes: tuple[Node, ...]
    zones: Mapping[str, str | None]
    nodes_with: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, grid: Grid, snapshot: Snapshot) -> _Known:
        services = {(it.namespace, it.id): it.definition for it in snapshot.jobs if it.definition is not None}
        found: dict[str, set[str]] = {}
        for it in snapshot.allocations:
            service = services.get((it.namespace, it.job))
            if service is not None:
                found.setdefault(service, set()).add(it.node)
        nodes_with = {service: frozenset(nodes) for service, nodes in found.items()}
        return cls((*snapshot.nodes, *snapshot.twins), _zones(grid, snapshot), nodes_with)

    def addresses(self, allow: Allow) -> list[str]:
        having = {node for service in allow.services for node in self.nodes_with.get(service, ())}
        return sorted({it for node in self.nodes if node.id in having or self.zones.get(node.name) in allow.zones for it in _overlay(node)})


def _overlay(node: Node) -> tuple[str, ...]:
    """Of its addresses only those on the overlay: one on its LAN is another machine's on another LAN."""
    told = [it.address for it in node.networks if it.alias == OVERLAY] or [node.address.rpartition(":")[0].strip("[]")]
    return tuple(address for it in told if (address := _plain(it)))


def _plain(told: str) -> str:
    """A single machine's address as it is usually written, empty for anything else: the machine itself has told it, and proxies read it."""
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return ""
    nobodys = address.is_unspecified or address.is_multicast or address.is_link_local
    return "" if nobodys or "%" in told else str(address)


def _zones(grid: Grid, snapshot: Snapshot) -> Mapping[str, str | None]:
    """Each machine's zone: its definition's, else what is remembered of it, but for what its own agent's configuration claims."""
    remembered: dict[str, str | None] = {it.machine: it.zone for it in snapshot.belongings if it.zone_by not in CLAIMED}
    return remembered | {machine.name: machine.zone for machine in grid.machines}
