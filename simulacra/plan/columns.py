"""What nodes say of themselves, column by column: each attribute is read once, each condition judged once for every distinct value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulacra.model.cluster import Node
from simulacra.model.compare import holds

Mask: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = NDArray[np.int64]
Scores: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]
"""Positions of nodes, ascending."""
Codes: TypeAlias = NDArray[np.int32]

MISSING = -1


@dataclass(frozen=True, slots=True)
class Column:
    """``values[codes[i]]`` is what node ``i`` has; its code is `MISSING` where it has none."""

    codes: Codes
    values: tuple[str, ...]


class Columns:
    """Targets of constraints (``${attr.kernel.name}``) resolved over nodes, in their order. Source: nomad's ``resolveTarget``."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._attributes: list[dict[str, str]] = []
        self._meta: list[dict[str, str]] = []
        self._same = np.zeros(len(nodes), dtype=np.int32)
        self._columns: dict[str, Column] = {}
        self._masks: dict[tuple[str, str, str], Mask] = {}

    def column(self, target: str) -> Column:
        """What doesn't begin with ``${`` stands for itself; an interpolation that Nomad doesn't know is on no node."""
        found = self._columns.get(target)
        if found is None:
            literal = not target.startswith("${")
            found = Column(self._same, (target,)) if literal else _factorized(self._values(target))
            self._columns[target] = found
        return found

    def mask(self, left: str, operator: str, right: str) -> Mask:
        """Which nodes meet the constraint. The array is shared: not to be written to."""
        key = (left, operator, right)
        found = self._masks.get(key)
        if found is None:
            found = self._masks[key] = self._judged(self.column(left), operator, self.column(right))
        return found

    @property
    def judged(self) -> int:
        """How many verdicts over all nodes are remembered."""
        return len(self._masks)

    def forget(self) -> None:
        """Begin afresh with the verdicts, and with what they compared: jobs may ask for ever new values."""
        self._masks.clear()
        self._columns.clear()

    def _judged(self, left: Column, operator: str, right: Column) -> Mask:
        if right.codes is self._same:
            verdicts = [holds(value, operator, right.values[0]) for value in (*left.values, None)]
            return np.array(verdicts, dtype=np.bool_)[left.codes]
        wide = len(right.values) + 1
        pairs, where = np.unique((left.codes.astype(np.int64) + 1) * wide + right.codes + 1, return_inverse=True)
        verdicts = [holds(_value(left, pair // wide), operator, _value(right, pair % wide)) for pair in pairs.tolist()]
        return np.array(verdicts, dtype=np.bool_)[where]

    def _values(self, target: str) -> list[str | None]:
        match target:
            case "${node.unique.id}":
                return [node.id for node in self._nodes]
            case "${node.unique.name}":
                return [node.name for node in self._nodes]
            case "${node.datacenter}":
                return [node.datacenter for node in self._nodes]
            case "${node.class}":
                return [node.node_class for node in self._nodes]
            case "${node.pool}":
                return [node.pool for node in self._nodes]
        if target.startswith("${attr."):
            self._attributes = self._attributes or [dict(node.attributes) for node in self._nodes]
            return [of.get(target.removeprefix("${attr.").removesuffix("}")) for of in self._attributes]
        if target.startswith("${meta."):
            self._meta = self._meta or [dict(node.meta) for node in self._nodes]
            return [of.get(target.removeprefix("${meta.").removesuffix("}")) for of in self._meta]
        return [None] * len(self._nodes)


def _factorized(values: Sequence[str | None]) -> Column:
    codes: dict[str, int] = {}
    column = np.fromiter((MISSING if it is None else codes.setdefault(it, len(codes)) for it in values), np.int32, len(values))
    return Column(column, tuple(codes))


def _value(column: Column, code: int) -> str | None:
    return None if code == 0 else column.values[code - 1]
