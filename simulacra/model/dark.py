"""Which zones are cut off, as far as that can be told from what Nomad sees."""

from __future__ import annotations

from collections.abc import Mapping

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.marks import LABEL_ZONE


def dark_zones(grid: Grid, nodes: Mapping[str, Node]) -> frozenset[str]:
    """The zones in which even machines that never sleep don't answer, and nothing else does either, defined or not: they are cut off.

    ``nodes`` by name.
    """
    zone_of = {machine.name: machine.zone for machine in grid.machines}
    lit = {zone_of.get(name) or node.label(LABEL_ZONE) for name, node in nodes.items() if node.status == "ready"}
    return frozenset(machine.zone for machine in grid.machines if machine.never_sleeps and machine.name in nodes) - lit
