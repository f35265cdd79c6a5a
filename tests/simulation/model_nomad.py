"""A Nomad in memory on a clock that somebody else moves: jobs are placed, nodes drained and missed, variables kept.

What it promises is what `tests/contract/test_steered_nomad.py` asks of the real one too. Its jobs have one group; of constraints it knows
those on a zone, on a machine's name, and one instance in each zone. It places at once, onto the fullest node that has room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simulacra.gateways.nomad_faults import Conflict, NotThere
from simulacra.gateways.nomad_values import (
    Agent,
    Evaluation,
    JobJson,
    JobStub,
    Member,
    NodeStub,
    PlacementFailure,
    RegisteredJob,
)
from simulacra.model.cluster import Node
from simulacra.model.journal import LEASE
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Allocation
from tests.contract.fake_steering import FakeVariables

Key = tuple[str, str]
EVERYWHERE = ("system",)
STOPS_IN_S = 5.0
"""So long an instance takes to stop once it is told to."""


@dataclass(slots=True)
class Client:
    """A node as its servers know it."""

    node: Node
    index: int


@dataclass(slots=True)
class Instance:
    """``leaving``: it was told to stop, and hasn't yet. ``unknown``: its node is out of reach, and it isn't given up."""

    id: str
    key: Key
    node: str
    began_s: float
    create_index: int
    leaving: bool = False
    unknown: bool = False


@dataclass(slots=True)
class Registered:
    job: JobJson
    index: int
    stopped: bool = False
    done: int = 0
    """So many instances of a batch job have come to their end."""
    queued: int = 0
    waits_since_s: float = 0.0
    blocked_at: int = 0
    made: int = 0
    zones: frozenset[str] | None = field(default=None)
    name: str | None = None
    apart: bool = False

    @property
    def group(self) -> dict[str, Any]:
        found: dict[str, Any] = self.job["TaskGroups"][0]  # type: ignore[index]
        return found

    @property
    def wanted(self) -> int:
        return 0 if self.stopped else max(0, int(self.group["Count"]) - self.done)

    @property
    def type(self) -> str:
        return str(self.job.get("Type") or "service")

    @property
    def asks(self) -> tuple[int, int]:
        resources = self.group["Tasks"][0]["Resources"]
        return int(resources["CPU"]), int(resources["MemoryMB"])


class ModelNomad(FakeVariables):
    """``clock`` is its time in Unix seconds, ``later`` calls back after so many seconds. ``stopped`` hears of
    each instance that is told to stop, ``written`` of each variable."""

    def __init__(self, clock: Callable[[], float], later: Callable[[float, Callable[[], None]], None]) -> None:
        super().__init__()
        self.clock, self.later = clock, later
        self.clients: dict[str, Client] = {}
        self.jobs_: dict[Key, Registered] = {}
        self.instances: dict[str, Instance] = {}
        self.servers: dict[str, bool] = {}
        self.notes = 0
        self._at = dict.fromkeys(("nodes", "allocations", "evaluations", "jobs"), 1)
        self.stopped: Callable[[Instance, str], None] = lambda _instance, _why: None
        self.written: Callable[[str, Mapping[str, str]], None] = lambda _path, _items: None

    # variables

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        index = super().write_variable(path, items, expected_index)
        self.notes += path != LEASE
        self.written(path, items)
        return index

    # nodes

    def join(self, node: Node) -> None:
        """A client registers: it is ready, and takes work unless it was kept from that before."""
        known = self.clients.get(node.id)
        eligible = known.node.eligible if known is not None else True
        draining = known.node.draining if known is not None else False
        status = known.node.status if known is not None else "down"
        at_s = self.clock() if status != "ready" or known is None else known.node.changed_s
        self.clients[node.id] = Client(replace(node, status="ready", eligible=eligible, draining=draining, changed_s=at_s), 0)
        for it in self.instances.values():
            if it.node == node.id:
                it.unknown = False
        self._moved("nodes", node.id)
        self._moved("allocations")
        self.settle()

    def miss(self, node_id: str) -> None:
        """Its heartbeats have stayed away for too long: what ran there is lost, but for system jobs that may be out of reach."""
        client = self.clients[node_id]
        kept = False
        for it in self._on(node_id):
            if self.jobs_[it.key].type in EVERYWHERE:
                it.unknown = kept = True
            else:
                del self.instances[it.id]
        status = "disconnected" if kept else "down"
        client.node = replace(client.node, status=status, draining=False, changed_s=self.clock())  # type: ignore[arg-type]
        self._moved("nodes", node_id)
        self._moved("allocations")
        self.settle()

    def forget(self) -> None:
        """Collect garbage: nodes that are away are forgotten, and take work when they come back."""
        for node_id, client in list(self.clients.items()):
            if client.node.status != "ready":
                del self.clients[node_id]
                self.instances = {id_: it for id_, it in self.instances.items() if it.node != node_id}
        self._moved("nodes")
        self._moved("allocations")

    def drain(self, node_id: str, deadline_s: float | None = None, reason: str = "") -> None:  # noqa: ARG002 - as the gateway's
        client = self._client(node_id)
        client.node = replace(client.node, eligible=False, draining=True)
        self._moved("nodes", node_id)
        self.settle()

    def end_drain(self, node_id: str, eligible: bool) -> None:
        client = self._client(node_id)
        client.node = replace(client.node, draining=False, eligible=client.node.eligible or eligible)
        self._moved("nodes", node_id)
        self.settle()

    def unknown(self, job: str, node_id: str, unknown: bool) -> None:
        """A system job's instance on that node doesn't run, or runs again."""
        for it in self._on(node_id):
            if it.key[1] == job:
                it.unknown = unknown
        self._moved("allocations")

    def set_eligible(self, node_id: str, eligible: bool) -> None:
        client = self._client(node_id)
        client.node = replace(client.node, eligible=eligible)
        self._moved("nodes", node_id)
        self.settle()

    def set_meta(self, node_id: str, labels: Mapping[str, str | None]) -> None:
        client = self._client(node_id)
        merged = {**dict(client.node.meta), **labels}
        meta = tuple(sorted((key, value) for key, value in merged.items() if value is not None))
        client.node = replace(client.node, meta=meta)
        self._moved("nodes", node_id)
        self.settle()

    def label_nodes(self, wanted: Sequence[tuple[str, Mapping[str, str | None]]]) -> tuple[str, ...]:
        failures = []
        for node_id, labels in wanted:
            try:
                self.set_meta(node_id, labels)
            except NotThere as missing:
                failures.append(str(missing))
        return tuple(failures)

    def node_stubs(self) -> tuple[NodeStub, ...]:
        found = sorted(self.clients.values(), key=lambda it: (it.node.name, it.node.id))
        return tuple(NodeStub(it.node.id, it.node.name, it.node.status, it.index) for it in found)

    def whole_nodes(self, stubs: Sequence[NodeStub]) -> tuple[Node, ...]:
        return tuple(self.clients[stub.id].node for stub in stubs if stub.id in self.clients)

    # jobs

    def register(self, job: JobJson, source: str, expected_index: int, preserve_counts: bool) -> RegisteredJob:  # noqa: ARG002
        key = str(job.get("Namespace") or "default"), str(job["ID"])
        known = self.jobs_.get(key)
        if expected_index != (known.index if known else 0):
            raise Conflict(f"register job {key[1]}: somebody changed it meanwhile")
        if known is not None and preserve_counts:
            job = _counted(job, int(known.group["Count"]))
        made = Registered(job, 0, made=known.made if known else 0)
        made.zones, made.name, made.apart = _constraints(made)
        self.jobs_[key] = made
        self._job_moved(made)
        self.settle()
        return RegisteredJob(f"eval-{made.index}", made.index, "")

    def stop(self, job: str, namespace: str = "default") -> str | None:
        known = self._job(job, namespace)
        known.stopped = True
        self._job_moved(known)
        self.settle()
        return f"eval-stop-{known.index}"

    def scale(self, job: str, namespace: str, group: str, count: int, message: str) -> None:  # noqa: ARG002 - as the gateway's
        known = self._job(job, namespace)
        known.job = _counted(known.job, count)
        self._job_moved(known)
        self.settle()

    def stop_allocation(self, allocation_id: str) -> None:
        found = self.instances.get(allocation_id)
        if found is None:
            raise NotThere(f"stop allocation {allocation_id}: Nomad knows nothing of the kind")
        self._stop(found, "it is placed anew")
        self.settle()

    def finish(self, key: Key, allocation_id: str) -> None:
        """An instance of a batch job has come to its end."""
        if self.instances.pop(allocation_id, None) is not None:
            self.jobs_[key].done += 1
            self._moved("allocations")
            self.settle()

    def jobs(self, namespace: str = "*") -> tuple[JobStub, ...]:
        return tuple(self._stub(key, it) for key, it in sorted(self.jobs_.items()) if namespace in ("*", key[0]))

    def _stub(self, key: Key, it: Registered) -> JobStub:
        meta: Mapping[str, str] = it.job.get("Meta") or {}  # type: ignore[assignment]
        running = sum(its.key == key and not its.leaving for its in self.instances.values())
        status = "dead" if it.stopped else "running" if running else "pending"
        return JobStub(
            key[1], key[0], it.type, status, it.stopped, False, False, None, it.index, tuple(sorted(meta.items())), it.queued, 0, running
        )

    def whole_jobs(self, keys: Sequence[Key]) -> tuple[JobJson | None, ...]:
        return tuple(self.jobs_[key].job if key in self.jobs_ else None for key in keys)

    def live_allocations(self) -> tuple[Allocation, ...]:
        return tuple(self._allocation(self.instances[id_]) for id_ in sorted(self.instances))

    def _allocation(self, it: Instance) -> Allocation:
        job = self.jobs_[it.key]
        cpu, memory = job.asks
        return Allocation(
            it.id, it.key[1], str(job.group["Name"]), it.node, it.key[0], not it.unknown, cpu, (), memory, memory, leaving=it.leaving
        )

    def blocked(self) -> tuple[Evaluation, ...]:
        return tuple(self._blocked(key, it) for key, it in sorted(self.jobs_.items()) if it.queued)

    def _blocked(self, key: Key, it: Registered) -> Evaluation:
        group = str(it.group["Name"])
        failures = (PlacementFailure(group, it.queued, len(self.clients), (), (("memory", 1),)),)
        return Evaluation(
            f"blocked-{it.blocked_at}", key[1], key[0], it.index, it.blocked_at, "blocked", "", None, None, failures, it.type,
            queued=((group, it.queued),), created_ns=int(it.waits_since_s * 1e9),
        )  # fmt: skip

    # the rest of what is asked

    def indexes(self) -> tuple[int, ...]:
        return (self._at["nodes"], self._at["allocations"], self._at["evaluations"], self._at["jobs"], self.variables_at)

    def members(self) -> tuple[Member, ...]:
        return tuple(
            Member(name, "alive" if alive else "failed", "1.11.3", "global", "dc1", f"10.0.0.{name}")
            for name, alive in sorted(self.servers.items())
        )

    def agent(self) -> Agent:
        return Agent("model", "1.11.3", "global", "dc1", True, False, self.clock())

    def scheduler(self) -> Scheduler:
        return Scheduler()

    def version(self) -> tuple[int, ...]:
        """Moves with everything but leases."""
        return (*self._at.values(), self.notes, *self.servers.values())

    # the scheduler

    def settle(self) -> None:
        """Stop what is too much, place what is missing, move what is to leave a node that is drained."""
        for key in sorted(self.jobs_, key=lambda it: (-int(str(self.jobs_[it].job.get("Priority") or 50)), it)):
            job = self.jobs_[key]
            if job.type in EVERYWHERE:
                self._everywhere(key, job)
            else:
                self._counted_out(key, job)
        for client in list(self.clients.values()):
            if client.node.draining and not any(self.jobs_[it.key].type not in EVERYWHERE for it in self._on(client.node.id)):
                client.node = replace(client.node, draining=False)
                self._moved("nodes", client.node.id)

    def _everywhere(self, key: Key, job: Registered) -> None:
        there = {it.node for it in self.instances.values() if it.key == key and not it.leaving}
        for it in [it for it in self.instances.values() if it.key == key and job.stopped and not it.leaving]:
            self._stop(it, "its job is stopped")
        for node_id, client in sorted(self.clients.items()):
            if not job.stopped and node_id not in there and client.node.status == "ready" and client.node.eligible:
                self._place(key, job, node_id)

    def _counted_out(self, key: Key, job: Registered) -> None:
        alive = sorted((it for it in self.instances.values() if it.key == key and not it.leaving), key=lambda it: it.create_index)
        for it in alive[job.wanted :]:
            self._stop(it, "its job wants fewer")
        alive = alive[: job.wanted]
        # as in Nomad a drain waits for no other place
        drained = [it for it in alive if job.type == "service" and self.clients[it.node].node.draining]
        for it in drained:
            self._stop(it, "its node is drained")
        waiting = 0
        for _ in range(job.wanted - len(alive) + len(drained)):
            place = self._room(key, job)
            if place is None:
                waiting += 1
            else:
                self._place(key, job, place)
        if waiting != job.queued:
            job.waits_since_s = job.waits_since_s if job.queued and waiting else self.clock()
            job.queued = waiting
            job.blocked_at = self._moved("evaluations")

    def room(self, key: Key) -> str | None:
        """The node that one more instance would go to."""
        return self._room(key, self.jobs_[key])

    def _room(self, key: Key, job: Registered) -> str | None:
        cpu, memory = job.asks
        found = []
        taken = {self._zone(it.node) for it in self.instances.values() if it.key == key and not it.leaving}
        for node_id, client in self.clients.items():
            node = client.node
            if node.status != "ready" or not node.eligible or node.draining or not _fits(job, node):
                continue
            if job.apart and self._zone(node_id) in taken:
                continue
            used_cpu, used_memory = self._used(node_id)
            if used_cpu + cpu <= node.cpu_mhz and used_memory + memory <= node.memory_mb:
                found.append((node.memory_mb - used_memory, node.name, node_id))
        return min(found)[2] if found else None

    def _used(self, node_id: str) -> tuple[int, int]:
        asked = [self.jobs_[it.key].asks for it in self._on(node_id)]
        return sum(cpu for cpu, _ in asked), sum(memory for _, memory in asked)

    def _place(self, key: Key, job: Registered, node_id: str) -> None:
        job.made += 1
        made = Instance(f"{key[1]}-{job.made}", key, node_id, self.clock(), self._moved("allocations"))
        self.instances[made.id] = made
        ends = dict(job.job.get("Meta") or {}).get("takes_s")  # type: ignore[call-overload]
        if job.type == "batch" and ends is not None:
            self.later(float(ends), lambda: self.finish(key, made.id))

    def _stop(self, it: Instance, why: str) -> None:
        it.leaving = True
        self._moved("allocations")
        self.stopped(it, why)

        def gone() -> None:
            if self.instances.pop(it.id, None) is not None:
                self._moved("allocations")
                self.settle()

        self.later(STOPS_IN_S, gone)

    # small things

    def _on(self, node_id: str) -> list[Instance]:
        return [it for it in self.instances.values() if it.node == node_id]

    def work_on(self, node_id: str) -> list[Instance]:
        """What runs there, system jobs aside."""
        return [it for it in self._on(node_id) if self.jobs_[it.key].type not in EVERYWHERE]

    def has_room(self, key: Key, node: Node, used: Iterable[str] = ()) -> bool:
        """Whether an instance would fit on the node if only these instances were on it."""
        job = self.jobs_[key]
        asked = [self.jobs_[self.instances[id_].key].asks for id_ in used]
        cpu, memory = (sum(it[which] for it in asked) + job.asks[which] for which in range(2))
        return _fits(job, node) and cpu <= node.cpu_mhz and memory <= node.memory_mb

    def _zone(self, node_id: str) -> str:
        return self.clients[node_id].node.label("simulacra_zone") or ""

    def _client(self, node_id: str) -> Client:
        if node_id not in self.clients:
            raise NotThere(f"Nomad refuses (node {node_id}): node not found")
        return self.clients[node_id]

    def _job(self, job: str, namespace: str) -> Registered:
        if (namespace, job) not in self.jobs_:
            raise NotThere(f"Nomad has no job {job}")
        return self.jobs_[namespace, job]

    def _job_moved(self, job: Registered) -> None:
        job.index = self._moved("jobs")

    def _moved(self, table: str, node_id: str | None = None) -> int:
        at = self._at[table] = next(self.index)
        if node_id is not None:
            self.clients[node_id].index = at
        return at


def _counted(job: JobJson, count: int) -> JobJson:
    groups: list[dict[str, object]] = job["TaskGroups"]  # type: ignore[assignment]
    return {**job, "TaskGroups": [{**groups[0], "Count": count}]}


def _fits(job: Registered, node: Node) -> bool:
    if job.zones is not None and node.label("simulacra_zone") not in job.zones:
        return False
    return job.name is None or node.name == job.name


def _constraints(job: Registered) -> tuple[frozenset[str] | None, str | None, bool]:
    zones, name, apart = None, None, False
    for it in (*(job.job.get("Constraints") or ()), *(job.group.get("Constraints") or ())):  # type: ignore[misc]
        match it["Operand"], it["LTarget"]:
            case "distinct_property", "${meta.simulacra_zone}":
                apart = True
            case "set_contains_any", "${meta.simulacra_zone}":
                zones = frozenset(it["RTarget"].split(","))
            case "=", "${node.unique.name}":
                name = it["RTarget"]
            case other:
                raise AssertionError(f"the model knows no constraint {other}")
    return zones, name, apart
