"""A Consul in memory, with the gateway's methods. What it promises is what the contract suite asks of the real one too."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.consul import ConsulNode
from simulacra.model.coordinates import Coordinate


@dataclass
class FakeConsul:
    """``known`` are its nodes, ``placed`` their coordinates, ``kept`` its keys and values; ``serving`` are the nodes of its servers."""

    known: tuple[ConsulNode, ...] = ()
    placed: tuple[Coordinate, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    serving: tuple[str, ...] = ()

    def coordinates(self) -> tuple[Coordinate, ...]:
        return tuple(sorted(self.placed, key=lambda it: it.machine))

    def nodes(self) -> tuple[ConsulNode, ...]:
        return tuple(sorted(self.known, key=lambda it: it.name))

    def kv(self, prefix: str) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(pair for pair in self.kept if pair[0].startswith(prefix)))

    def servers(self) -> tuple[str, ...]:
        return tuple(sorted(self.serving))

    def leader(self) -> str | None:
        return "127.0.0.1:8300" if self.serving else None
