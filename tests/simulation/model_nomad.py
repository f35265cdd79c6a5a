"""A Nomad in memory on a clock that somebody else moves: jobs are placed, nodes drained and missed, variables kept.

What it promises is what `tests/contract/test_steered_nomad.py` asks of the real one too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

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
from simulacra.gateways.nomad_values import Allocation as JobsAllocation
from simulacra.model.cluster import Node
from simulacra.model.costs import COSTS
from simulacra.model.journal import LEASE
from simulacra.model.ledger import CLOUDS
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Allocation
from tests.simulation.model_records import EVERYWHERE, Client, Instance, Key, Registered, constraints_of, counted
from tests.simulation.model_scheduler import ModelScheduler

UNHEARD = (LEASE, CLOUDS, COSTS)


class ModelNomad(ModelScheduler):
    """``written`` hears of each variable that is written."""

    def __init__(self, clock: Callable[[], float], later: Callable[[float, Callable[[], None]], None]) -> None:
        super().__init__(clock, later)
        self.servers: dict[str, bool] = {}
        self.ended: list[Instance] = []
        self.notes = 0
        self.written: Callable[[str, Mapping[str, str]], None] = lambda _path, _items: None

    # variables

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        index = super().write_variable(path, items, expected_index)
        self.notes += not path.startswith(UNHEARD)
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
            job = counted(job, int(known.group["Count"]))
        made = Registered(job, 0, made=known.made if known else 0)
        made.zones, made.name, made.apart = constraints_of(made)
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
        known.job = counted(known.job, count)
        self._job_moved(known)
        self.settle()

    def stop_allocation(self, allocation_id: str) -> None:
        found = self.instances.get(allocation_id)
        if found is not None:
            self._stop(found, "it is placed anew")
        elif all(it.id != allocation_id for it in self.ended):
            raise NotThere(f"stop allocation {allocation_id}: Nomad knows nothing of the kind")
        self.settle()

    def client_stops(self, allocation_id: str) -> None:
        """Its client has heard of no server for as long as ``stop_on_client_after`` says: nobody looks for another place."""
        self.ended.insert(0, self.instances.pop(allocation_id))
        self._moved("allocations")
        self._moved("jobs")

    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]:
        known = self._job(job, namespace)
        return (self._blocked((namespace, job), known),) if known.queued else ()

    def allocations_of(self, job: str, namespace: str) -> tuple[JobsAllocation, ...]:
        ended = [(it, "complete") for it in self.ended]
        there = [(it, "unknown" if it.unknown else "running") for it in reversed(self.instances.values())]
        return tuple(self._of_job(*it) for it in (*there, *ended) if it[0].key == (namespace, job))

    def _of_job(self, it: Instance, status: str) -> JobsAllocation:
        name, (cpu, memory) = self.clients[it.node].node.name, self.jobs_[it.key].asks
        desired = "stop" if it.leaving else "run"
        return JobsAllocation(
            it.id, it.key[1], it.key[0], it.node, name, desired, status, None, cpu, memory, memory, it.create_index, ()
        )  # fmt: skip

    def jobs(self, namespace: str = "*") -> tuple[JobStub, ...]:
        return tuple(self._stub(key, it) for key, it in sorted(self.jobs_.items()) if namespace in ("*", key[0]))

    def _stub(self, key: Key, it: Registered) -> JobStub:
        meta: Mapping[str, str] = it.job.get("Meta") or {}  # type: ignore[assignment]
        running = sum(its.key == key and not its.leaving for its in self.instances.values())
        status = "dead" if it.stopped or not (running or it.queued) else "running" if running else "pending"
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
        failures = (PlacementFailure(group, it.queued, (), (("memory", 1),)),)
        return Evaluation(
            f"blocked-{it.blocked_at}", key[1], key[0], it.blocked_at, "blocked", "", failures, it.type,
            queued=((group, it.queued),), created_s=it.waits_since_s,
        )  # fmt: skip

    # the rest of what is asked

    def indexes(self) -> tuple[int, ...]:
        return (self._at["nodes"], self._at["allocations"], self._at["evaluations"], self._at["jobs"], self.variables_at)

    def members(self) -> tuple[Member, ...]:
        return tuple(
            Member(name, "alive" if alive else "failed", "1.11.3", "global", f"10.0.0.{name}")
            for name, alive in sorted(self.servers.items())
        )

    def agent(self) -> Agent:
        return Agent("model", "1.11.3", "global", False, self.clock())

    def scheduler(self) -> Scheduler:
        return Scheduler()

    def version(self) -> tuple[int, ...]:
        """Moves with everything but what says nothing new to whoever writes it."""
        return (*self._at.values(), self.notes, *self.servers.values())

    # small things

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
