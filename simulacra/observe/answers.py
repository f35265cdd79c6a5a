"""What is asked of Nomad to see the grid as it is: a fixed number of calls, whatever the grid's size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simulacra.faults import Refusal
from simulacra.gateways.nomad_values import Allocation, Evaluation, JobStub, Node, NodeDetail
from simulacra.model.grid import Grid
from simulacra.model.journal import GateRecord, Record
from simulacra.model.marks import LABEL_RANK, LABEL_TIER, LABEL_ZONE

UNLABELLED = " or ".join(f'"{label}" not in Meta' for label in (LABEL_RANK, LABEL_TIER, LABEL_ZONE))
DETAILS_AT_MOST = 50

Kept = tuple[tuple[Record, ...], tuple[GateRecord, ...]]


class Cluster(Protocol):
    """What seeing the grid needs of Nomad."""

    def nodes(self, filter_: str | None = None) -> tuple[Node, ...]: ...
    def node_detail(self, node: Node) -> NodeDetail: ...
    def allocations(self) -> tuple[Allocation, ...]: ...
    def jobs(self) -> tuple[JobStub, ...]: ...
    def blocked(self) -> tuple[Evaluation, ...]: ...


@dataclass(frozen=True, slots=True)
class Answers:
    """``details`` are those of nodes that aren't on or aren't defined, by name the first `DETAILS_AT_MOST`.

    ``records`` and ``gates`` are what the journal says of the machines and of services with ``needs``; none where it may not be read, and
    ``unread`` says why.
    """

    nodes: tuple[Node, ...]
    unlabelled: frozenset[str]
    details: tuple[NodeDetail, ...]
    allocations: tuple[Allocation, ...]
    jobs: tuple[JobStub, ...]
    blocked: tuple[Evaluation, ...]
    records: tuple[Record, ...] = ()
    gates: tuple[GateRecord, ...] = ()
    unread: str = ""


def ask(
    grid: Grid,
    cluster: Cluster,
    records: Callable[[], tuple[Record, ...]] = tuple,
    gates: Callable[[], tuple[GateRecord, ...]] = tuple,
) -> Answers:
    """Five bulk calls, the pages of the few nodes that the definitions don't explain, and the journal's ``records`` and ``gates``."""
    nodes = cluster.nodes()
    defined = {machine.name for machine in grid.machines}
    special = [node for node in nodes if node.name not in defined or node.status != "ready"]
    kept, unread = _readable(lambda: (records(), gates()))
    return Answers(
        nodes=nodes,
        unlabelled=frozenset(node.id for node in cluster.nodes(UNLABELLED)),
        details=tuple(cluster.node_detail(node) for node in special[:DETAILS_AT_MOST]),
        allocations=cluster.allocations(),
        jobs=cluster.jobs(),
        blocked=cluster.blocked(),
        records=kept[0],
        gates=kept[1],
        unread=unread,
    )


def _readable(journal: Callable[[], Kept]) -> tuple[Kept, str]:
    """Who may see machines and jobs may not be allowed to read variables: Nomad's own word is enough then."""
    try:
        return journal(), ""
    except Refusal as refusal:
        return ((), ()), str(refusal)
