"""The nodes as columns: what never changes while instances are put onto them and taken off."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from simulacra.model.cluster import Node, is_lasting_as
from simulacra.model.workload import Group, Job
from simulacra.plan.columns import Columns, Mask, Numbers, Scores
from simulacra.plan.devices import Racks
from simulacra.plan.ports import Sockets

SIZES = ("cpu_mhz", "memory_mb", "disk_mb")
"""The rows of `Fleet.sizes`."""

KEPT_BYTES = 32_000_000
"""So much of what was worked out of the nodes, or what the last plan needed of it, is kept for the next one."""
KEPT_JOBS = 1000
_QUESTION_BYTES = 1000
LN_10 = float(np.log(10.0))
_MHZ = re.compile("[0-9]{1,9}")


class Fleet:
    """Nodes ordered by name (then id); a node is its position in that order.

    ``said`` tells by node id what is known of a node (see `simulacra.plan.feasible.Hurdle`): the rest may be as anybody wishes. None: all
    of it is known.
    """

    def __init__(self, nodes: Sequence[Node], said: Mapping[str, frozenset[str]] | None = None) -> None:
        self.said = said
        self.nodes = tuple(sorted(nodes, key=lambda node: (node.name, node.id)))
        self.size = len(self.nodes)
        self.names = tuple(node.name for node in self.nodes)
        self.by_id = {node.id: at for at, node in enumerate(self.nodes)}
        self.by_name = {node.name: at for at, node in enumerate(self.nodes)}
        self.sizes = self._numbers([[getattr(node, size) for node in self.nodes] for size in SIZES])
        self.per_size = LN_10 / np.maximum(self.sizes[:2], 1)
        self.cores = self._numbers([len(set(node.cores)) for node in self.nodes])
        self.core_mhz = self._numbers([_core_mhz(node) for node in self.nodes])
        self.mixed = {at: dict(zip(it.cores, it.core_mhz, strict=True)) for at, it in enumerate(self.nodes) if len(set(it.core_mhz)) > 1}
        """The nodes with cores of several speeds: each core's."""
        self.is_mixed = np.array([at in self.mixed for at in range(self.size)], dtype=np.bool_)
        self.columns = Columns(self.nodes)
        self.sockets = Sockets(self.nodes, self.columns)
        self.racks = Racks(self.nodes)
        self.masks: dict[object, Mask] = {}
        """What is worked out once for whatever asks again, by what was asked."""
        self.scores: dict[object, Scores] = {}
        self.asked: dict[tuple[int, int], tuple[Job, Group, Mask]] = {}
        """The same by the identity of who asked, whom it keeps."""

    @property
    def cpu_mhz(self) -> Numbers:
        row: Numbers = self.sizes[0]
        return row

    @property
    def memory_mb(self) -> Numbers:
        row: Numbers = self.sizes[1]
        return row

    def _numbers(self, values: Sequence[int] | Sequence[Sequence[int]]) -> Numbers:
        return np.array(values, dtype=np.int64)

    def chosen(self, names: Collection[str]) -> Mask:
        """The nodes of these names; others are passed over."""
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[[self.by_name[name] for name in names if name in self.by_name]] = True
        return mask

    def named(self, mask: Mask) -> tuple[str, ...]:
        return tuple(self.names[at] for at in np.flatnonzero(mask).tolist())

    def unsaid(self, about: tuple[str, ...]) -> Mask:
        """The nodes of which some of this isn't known."""
        key = ("unsaid", about)
        found = self.masks.get(key)
        if found is None:
            found = self.having(key, [self.said is not None and not self.said[node.id].issuperset(about) for node in self.nodes])
        return found

    def having(self, key: object, verdict: Sequence[bool]) -> Mask:
        """Remember a verdict over all nodes."""
        mask = self.masks[key] = np.array(verdict, dtype=np.bool_)
        return mask

    def forget(self) -> None:
        """Begin afresh with what was worked out, where it has become much."""
        if len(self.asked) > KEPT_JOBS:
            self.asked.clear()
        answers = len(self.masks) + 8 * len(self.scores) + self.columns.judged
        if answers * (self.size + _QUESTION_BYTES) > KEPT_BYTES:
            self.masks.clear()
            self.scores.clear()
            self.asked.clear()
            self.columns.forget()


class _Last:
    """The fleet of the last plan, and the nodes that it was made of or would be the same of."""

    def __init__(self) -> None:
        self._known: tuple[tuple[Node, ...], Fleet] | None = None

    def of(self, nodes: tuple[Node, ...]) -> Fleet:
        known = self._known
        same = known is not None and len(known[0]) == len(nodes) and all(map(is_lasting_as, known[0], nodes))
        fleet = known[1] if known is not None and same else Fleet(nodes)
        self._known = nodes, fleet
        return fleet


_LAST = _Last()


def fleet_of(nodes: Sequence[Node]) -> Fleet:
    """The nodes as columns: the last ones, where nothing that is in them has changed: whether one is on, and takes work, isn't."""
    fleet = _LAST.of(tuple(nodes))
    fleet.forget()
    return fleet


def _core_mhz(node: Node) -> int:
    """What one reserved core counts for: its frequency as the node reports it, else its share of the node's MHz.

    Of cores of several speeds it is the mean; which of them an allocation gets is `Room`'s to know.
    """
    if node.core_mhz:
        return sum(node.core_mhz) // len(node.core_mhz)
    said = node.attribute("cpu.frequency")
    if said is not None and _MHZ.fullmatch(said) and node.attribute("cpu.frequency.efficiency") is None:
        return int(said)
    return node.cpu_mhz // len(node.cores) if node.cores else 0
