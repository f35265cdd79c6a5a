"""Which node is a machine's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

BY_STATUS = {"ready": 0, "initializing": 1, "disconnected": 2, "down": 3}


class Listed(Protocol):
    """A node as far as it needs to be known for this."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def modify_index(self) -> int: ...


N = TypeVar("N", bound=Listed)


def newest_by_name(nodes: Iterable[N]) -> dict[str, N]:
    """A machine that was set up anew leaves its old node behind: the one that is on counts, else the newest."""
    best: dict[str, N] = {}
    for node in sorted(nodes, key=lambda it: (BY_STATUS.get(it.status, 9), -it.modify_index, it.id)):
        best.setdefault(node.name, node)
    return best
