"""Whether the machines that count for a service have, all together, what it ``needs`` before it comes online."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.marks import LABEL_RANK, LABEL_ZONE
from simulacra.model.service import NeedsTier, Service


@dataclass(frozen=True, slots=True)
class Pool:
    """What machines have, all together: how many they are, MHz, MiB of memory and of disk, their zones, and how many have which rank."""

    machines: int
    cpu_mhz: int
    memory_mb: int
    disk_mb: int
    zones: frozenset[str]
    ranks: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> Pool:
        nodes = tuple(nodes)
        ranks = Counter(_rank(node) for node in nodes)
        return cls(
            machines=len(nodes),
            cpu_mhz=sum(node.cpu_mhz for node in nodes),
            memory_mb=sum(node.memory_mb for node in nodes),
            disk_mb=sum(node.disk_mb for node in nodes),
            zones=frozenset(zone for node in nodes if (zone := node.label(LABEL_ZONE)) is not None),
            ranks=tuple(sorted(ranks.items())),
        )

    def of_rank(self, least: int) -> int:
        """How many machines have that rank or a higher one."""
        return sum(many for rank, many in self.ranks if rank >= least)


def lacking(grid: Grid, service: Service, pool: Pool, online: frozenset[str], where: str) -> Iterator[str]:
    """What of its needs isn't there, in words. ``online`` are the services that run; ``where`` says which machines are in the pool."""
    needs = service.needs
    if needs is None:
        return
    amounts = (
        ("machine", "machines", needs.machines, pool.machines),
        ("MHz", "MHz", needs.cpu_mhz, pool.cpu_mhz),
        ("MiB of memory", "MiB of memory", needs.memory_mb, pool.memory_mb),
        ("MiB of disk", "MiB of disk", needs.disk_mb, pool.disk_mb),
        ("zone", "zones", needs.zones, len(pool.zones)),
    )
    for one, many, wanted, there in amounts:
        if there < wanted:
            yield f"it needs {wanted} {one if wanted == 1 else many}, {there} {_are(there)} {where}"
    for want in needs.tiers:
        yield from _lacking_tier(grid, want, pool, where)
    for other in needs.services:
        if other not in online:
            yield f"it needs the service {other}, which doesn't run"


def _lacking_tier(grid: Grid, want: NeedsTier, pool: Pool, where: str) -> Iterator[str]:
    tier = grid.tier(want.tier)
    fitting = pool.of_rank(tier.rank) if tier is not None else 0
    if fitting < want.machines:
        machines = "machine" if want.machines == 1 else "machines"
        yield f"it needs {want.machines} {machines} of tier {want.tier} or above, {fitting} {_are(fitting)} {where}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _rank(node: Node) -> int:
    label = node.label(LABEL_RANK) or ""
    return int(label) if label.isdecimal() else -1
