"""The scheduler of a Nomad in memory: of constraints it knows those on a zone, on a machine's name, and one instance in each zone.

It places at once, onto the fullest node that has room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from simulacra.model.cluster import Node
from tests.contract.fake_steering import FakeVariables
from tests.simulation.model_records import EVERYWHERE, Client, Instance, Key, Registered, fits

STOPS_IN_S = 5.0
"""So long an instance takes to stop once it is told to."""


class ModelScheduler(FakeVariables):
    """``clock`` is its time in Unix seconds, ``later`` calls back after so many seconds. ``stopped`` hears of each instance that is told to
    stop.
    """

    def __init__(self, clock: Callable[[], float], later: Callable[[float, Callable[[], None]], None]) -> None:
        super().__init__()
        self.clock, self.later = clock, later
        self.clients: dict[str, Client] = {}
        self.jobs_: dict[Key, Registered] = {}
        self.instances: dict[str, Instance] = {}
        self._at = dict.fromkeys(("nodes", "allocations", "evaluations", "jobs"), 1)
        self.stopped: Callable[[Instance, str], None] = lambda _instance, _why: None

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
            if node.status != "ready" or not node.eligible or node.draining or not fits(job, node):
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

    def finish(self, key: Key, allocation_id: str) -> None:
        """An instance of a batch job has come to its end."""
        if self.instances.pop(allocation_id, None) is not None:
            self.jobs_[key].done += 1
            self._moved("allocations")
            self.settle()

    def _stop(self, it: Instance, why: str) -> None:
        it.leaving = True
        self._moved("allocations")
        self.stopped(it, why)

        def gone() -> None:
            if self.instances.pop(it.id, None) is not None:
                self._moved("allocations")
                self.settle()

        self.later(STOPS_IN_S, gone)

    # what it looks at

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
        return fits(job, node) and cpu <= node.cpu_mhz and memory <= node.memory_mb

    def _zone(self, node_id: str) -> str:
        return self.clients[node_id].node.label("simulacra_zone") or ""

    def _moved(self, table: str, node_id: str | None = None) -> int:
        at = self._at[table] = next(self.index)
        if node_id is not None:
            self.clients[node_id].index = at
        return at
