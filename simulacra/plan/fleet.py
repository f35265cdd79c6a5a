"""The nodes as columns: what never changes while instances are put onto them and taken off."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from simulacra.model.cluster import Node
from simulacra.plan.columns import Columns, Mask, Numbers
from simulacra.plan.devices import Racks
from simulacra.plan.ports import Sockets


class Fleet:
    """Nodes ordered by name (then id); a node is its position in that order."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = tuple(sorted(nodes, key=lambda node: (node.name, node.id)))
        self.size = len(self.nodes)
        self.names = tuple(node.name for node in self.nodes)
        self.by_id = {node.id: at for at, node in enumerate(self.nodes)}
        self.by_name = {node.name: at for at, node in enumerate(self.nodes)}
        self.cpu_mhz = self._numbers([node.cpu_mhz for node in self.nodes])
        self.memory_mb = self._numbers([node.memory_mb for node in self.nodes])
        self.disk_mb = self._numbers([node.disk_mb for node in self.nodes])
        self.cores = self._numbers([len(set(node.cores)) for node in self.nodes])
        self.core_mhz = self._numbers([_core_mhz(node) for node in self.nodes])
        self.columns = Columns(self.nodes)
        self.sockets = Sockets(self.nodes, self.columns)
        self.racks = Racks(self.nodes)
        self.masks: dict[object, Mask] = {}
        """What is worked out once for whatever asks again, by what was asked."""

    def _numbers(self, values: Sequence[int]) -> Numbers:
        return np.array(values, dtype=np.int64)

    def chosen(self, names: Collection[str]) -> Mask:
        """The nodes of these names; others are passed over."""
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[[self.by_name[name] for name in names if name in self.by_name]] = True
        return mask

    def named(self, mask: Mask) -> tuple[str, ...]:
        return tuple(self.names[at] for at in np.flatnonzero(mask).tolist())

    def having(self, key: object, verdict: Sequence[bool]) -> Mask:
        """Remember a verdict over all nodes."""
        mask = self.masks[key] = np.array(verdict, dtype=np.bool_)
        return mask


def _core_mhz(node: Node) -> int:
    """What one reserved core counts for: its frequency as the node reports it, else its share of the node's MHz.

    With cores of several frequencies (performance and efficiency) it is the share: which cores an allocation gets isn't known beforehand.
    """
    said = node.attribute("cpu.frequency")
    if said is not None and said.isascii() and said.isdigit() and node.attribute("cpu.frequency.efficiency") is None:
        return int(said)
    return node.cpu_mhz // len(node.cores) if node.cores else 0
