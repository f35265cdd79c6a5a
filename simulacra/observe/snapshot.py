"""The grid as it is now, as one value: what is asked of Nomad for it, and how little of it when nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from simulacra.faults import Refusal
from simulacra.gateways.nomad_values import Agent, Evaluation, JobJson, JobStub, Member, NodeStub
from simulacra.model.cluster import Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging, GateRecord, Record, Report
from simulacra.model.ledger import Ledger
from simulacra.model.marks import META_DEFINITION, META_GRID
from simulacra.model.snapshot import Scheduler, Snapshot
from simulacra.model.workload import Allocation, Demand, Job
from simulacra.observe.demands import demands_of
from simulacra.observe.newest import newest_by_name
from simulacra.observe.workload import job_of

T = TypeVar("T")
PARTS = 8
Key = tuple[str, str]
"""A job's namespace and id."""
Whereabouts = Callable[[float, Sequence[Node]], tuple[Coordinate, ...]]
"""The coordinates of these nodes at that Unix time (`simulacra.observe.coordinates.Coordinates.at`)."""


class Cluster(Protocol):
    """What a look needs of Nomad. ``indexes`` are those of the tables of nodes, allocations, evaluations, jobs and variables."""

    def indexes(self) -> tuple[int, ...]: ...
    def members(self) -> tuple[Member, ...]: ...
    def agent(self) -> Agent: ...
    def scheduler(self) -> Scheduler: ...
    def node_stubs(self) -> tuple[NodeStub, ...]: ...
    def whole_nodes(self, stubs: Sequence[NodeStub]) -> tuple[Node, ...]: ...
    def live_allocations(self) -> tuple[Allocation, ...]: ...
    def blocked(self) -> tuple[Evaluation, ...]: ...
    def jobs(self) -> tuple[JobStub, ...]: ...
    def whole_jobs(self, keys: Sequence[Key]) -> tuple[JobJson | None, ...]: ...


class Memory(Protocol):
    """What a look needs of the journal."""

    def records(self) -> tuple[Record, ...]: ...
    def reports(self) -> tuple[Report, ...]: ...
    def belongings(self) -> tuple[Belonging, ...]: ...
    def gates(self) -> tuple[GateRecord, ...]: ...
    def ledgers(self) -> tuple[Ledger, ...]: ...


def several_at_once() -> Executor:
    """While Nomad gathers one part, another is read."""
    return ThreadPoolExecutor(PARTS)


class Observer:
    """Looks at one grid again and again. A look asks five tables for their indexes, and reads those that have moved: a fixed number of
    calls, and one for each node, job, record and report that has changed since the last look. ``coordinates`` tells the nodes' network
    coordinates at that time, where there is a Consul. The parts of a look are read by what ``readers`` makes.
    """

    def __init__(
        self,
        grid: Grid,
        cluster: Cluster,
        memory: Memory,
        coordinates: Whereabouts | None = None,
        readers: Callable[[], Executor] = several_at_once,
    ) -> None:
        self.grid, self._cluster, self._coordinates, self._readers = grid, cluster, coordinates, readers
        self._region: str | None = None
        self._jobs: dict[Key, tuple[int, Job]] = {}
        self._nodes = _Part(lambda: cluster.whole_nodes(_in_order(cluster.node_stubs())))
        self._allocations = _Part(cluster.live_allocations)
        self._demands = _Part(lambda: demands_of(cluster.blocked()))
        self._stubs = _Part(cluster.jobs)
        self._records = _Part(memory.records)
        self._reports = _Part(memory.reports)
        self._belongings = _Part(memory.belongings)
        self._gates = _Part(memory.gates)
        self._ledgers = _Part(memory.ledgers if grid.clouds else lambda: ())
        self._gated = frozenset(service.name for service in grid.services if service.needs is not None)
        self._last: tuple[object, Snapshot] | None = None

    def look(self, now_s: float) -> Snapshot:
        """The grid now; ``now_s`` is Unix time. Where nothing has changed it is the last snapshot, but for the time."""
        # asked for first: what changes from here on is seen at the next look, if not at this one
        indexes = self._cluster.indexes()
        servers, scheduler = self._servers(), self._cluster.scheduler()
        marks = (indexes, servers, scheduler)
        if self._last is not None and self._last[0] == marks:
            return self._placed(replace(self._last[1], now_s=now_s))
        nodes_at, allocations_at, evaluations_at, jobs_at, variables_at = indexes
        with self._readers() as pool:
            asked = (
                pool.submit(self._allocations.at, allocations_at),
                pool.submit(self._nodes.at, nodes_at),
                pool.submit(self._demands.at, evaluations_at),
                pool.submit(self._stubs.at, jobs_at),
                pool.submit(self._records.at, variables_at),
                pool.submit(self._reports.at, variables_at),
                pool.submit(self._belongings.at, variables_at),
                pool.submit(self._gates.at, variables_at),
                pool.submit(self._ledgers.at, variables_at),
            )
        allocations, demands = asked[0].result(), asked[2].result()
        nodes, twins = _parted(asked[1].result())
        jobs = self._jobs_of(allocations, demands, asked[3].result())
        known = {(job.namespace, job.id) for job in jobs}
        snapshot = Snapshot(
            now_s=now_s,
            nodes=nodes,
            twins=twins,
            allocations=allocations,
            jobs=jobs,
            demands=tuple(it for it in demands if (it.namespace, it.job) in known),
            records=asked[4].result(),
            reports=asked[5].result(),
            belongings=asked[6].result(),
            gates=asked[7].result(),
            clouds=asked[8].result(),
            scheduler=scheduler,
            servers=_machines_of((it for it in servers if it.status == "alive"), nodes),
            voters=sum(it.status != "left" for it in servers),
        )
        self._last = (marks, snapshot)
        return self._placed(snapshot)

    def _placed(self, snapshot: Snapshot) -> Snapshot:
        """With the coordinates that its nodes have by now."""
        if self._coordinates is None:
            return snapshot
        return replace(snapshot, coordinates=self._coordinates(snapshot.now_s, snapshot.nodes))

    def _jobs_of(self, allocations: Iterable[Allocation], demands: Iterable[Demand], stubs: Iterable[JobStub]) -> tuple[Job, ...]:
        """The jobs of all that runs or waits, of the services with ``needs``, and of those that nothing runs of though nobody has stopped
        them; by id, read again where they have changed.
        """
        stubs = tuple(stubs)
        wanted = {(it.namespace, it.job) for it in allocations} | {(it.namespace, it.job) for it in demands}
        wanted |= {(stub.namespace, stub.id) for stub in stubs if not stub.stopped and (self._is_gated(stub) or self._is_over(stub))}
        indexes = {(stub.namespace, stub.id): stub.modify_index for stub in stubs}
        there = sorted(wanted & indexes.keys())
        moved = [key for key in there if self._jobs.get(key, (0,))[0] != indexes[key]]
        for key, raw in zip(moved, self._cluster.whole_jobs(moved), strict=True):
            if raw is not None:
                self._jobs[key] = (indexes[key], job_of(raw, self.grid.name))
        self._jobs = {key: self._jobs[key] for key in there if key in self._jobs}
        return tuple(sorted((job for _, job in self._jobs.values()), key=lambda it: (it.id, it.namespace)))

    def _is_gated(self, stub: JobStub) -> bool:
        if not self._gated or stub.meta_of(META_GRID) != self.grid.name or stub.parent is not None:
            return False
        return (stub.meta_of(META_DEFINITION) or "").removeprefix("service.") in self._gated

    def _is_over(self, stub: JobStub) -> bool:
        return (stub.type, stub.status) == ("service", "dead") and stub.meta_of(META_GRID) == self.grid.name

    def _servers(self) -> tuple[Member, ...]:
        """The servers of our region."""
        members = self._cluster.members()
        if len({it.region for it in members}) <= 1:
            return members
        if self._region is None:
            try:
                self._region = self._cluster.agent().region
            except Refusal:
                # a token that may not ask the agent sees all regions' servers as one's own
                return members
        return tuple(it for it in members if it.region == self._region)


class _Part(Generic[T]):
    """A part of the snapshot, read again when its table's index has moved."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._known: tuple[int, T] | None = None

    def at(self, index: int) -> T:
        if self._known is None or self._known[0] != index:
            self._known = (index, self._read())
        return self._known[1]


def _in_order(stubs: Iterable[NodeStub]) -> tuple[NodeStub, ...]:
    """A node for each name, by name, then the others that are on, by name and id."""
    stubs = tuple(stubs)
    best = newest_by_name(stubs)
    twins = (it for it in stubs if it.status == "ready" and it.id != best[it.name].id)
    return (*(best[name] for name in sorted(best)), *sorted(twins, key=lambda it: (it.name, it.id)))


def _parted(nodes: Iterable[Node]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """The first of each name, and the others."""
    first: dict[str, Node] = {}
    others = [node for node in nodes if first.setdefault(node.name, node) is not node]
    return tuple(first.values()), tuple(others)


def _machines_of(servers: Iterable[Member], nodes: Sequence[Node]) -> tuple[str, ...]:
    """The names of the servers' machines: a server has its machine's name, or else its address."""
    names = {node.name for node in nodes}
    by_address = {node.address.rpartition(":")[0].strip("[]"): node.name for node in nodes if node.address}
    return tuple(sorted({it.name if it.name in names else by_address.get(it.address, it.name) for it in servers}))
