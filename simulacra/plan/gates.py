"""Whether the grid as a whole has what a service needs before it comes online."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.faults import Usage
from simulacra.model.cluster import Node
from simulacra.model.grid import LABEL_RANK, LABEL_ZONE, Grid, Needs
from simulacra.model.snapshot import Snapshot
from simulacra.model.spread import count_of


def gate_count(grid: Grid, name: str, snapshot: Snapshot) -> int:
    """How many instances of the service may run now: all of its count where what it needs is there, else 0.

    Raises `Usage` for what is no service of the grid.
    """
    service = grid.service(name)
    if service is None:
        raise Usage(f"gate/{name}: the grid {grid.name} has no service {name}")
    if service.needs is not None and any(True for _ in lacking(grid, service.needs, snapshot)):
        return 0
    return count_of(grid, service)


def lacking(grid: Grid, needs: Needs, snapshot: Snapshot) -> Iterator[str]:
    """What of the needs isn't there, in words; over the machines that are on and take work."""
    nodes = [node for node in snapshot.nodes if node.status == "ready" and node.eligible and not node.draining]
    zones = {zone for node in nodes if (zone := node.label(LABEL_ZONE)) is not None}
    amounts = (
        ("machines", needs.machines, len(nodes)),
        ("MHz", needs.cpu_mhz, sum(node.cpu_mhz for node in nodes)),
        ("MiB of memory", needs.memory_mb, sum(node.memory_mb for node in nodes)),
        ("MiB of disk", needs.disk_mb, sum(node.disk_mb for node in nodes)),
        ("zones", needs.zones, len(zones)),
    )
    for unit, wanted, there in amounts:
        if there < wanted:
            yield f"{there} of {wanted} {unit}"
    for want in needs.tiers:
        tier = grid.tier(want.tier)
        fitting = sum(1 for node in nodes if tier is not None and _rank(node) >= tier.rank)
        if fitting < want.machines:
            yield f"{fitting} of {want.machines} machines of tier {want.tier} or above"
    running = {it.job for it in snapshot.allocations if it.running and not it.leaving}
    for other in needs.services:
        if other not in running:
            yield f"the service {other} doesn't run"


def _rank(node: Node) -> int:
    label = node.label(LABEL_RANK) or ""
    return int(label) if label.isdecimal() else -1
