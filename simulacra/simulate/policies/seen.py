"""What simulacra would see of the simulated world: Nomad's nodes and allocations, and the reports of the programs on the machines."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulacra.model.cluster import Node
from simulacra.model.journal import NODE_JOB, Order, Record, Report
from simulacra.model.machine import WakeCommand, WakeLan
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation, Demand, Group, Job
from simulacra.plan.fleet import Fleet
from simulacra.simulate.machine import Simulated
from simulacra.simulate.placing import Run
from simulacra.simulate.world import World

MISSED_AFTER_S = 50.0
"""Nomad calls a node down so long after it went off: its heartbeat's time to live and grace, as rendered agents have them."""
_PROGRAM = Group("main", drivers=("raw_exec",))
_PROGRAM_JOB = Job(NODE_JOB, type="system", node_pool="all", groups=(_PROGRAM,))


@dataclass(slots=True)
class Client:
    """A machine's node, the last order that its program obeyed, and what that said last. ``node`` None: Nomad has never seen it."""

    machine: Simulated
    as_on: Node
    node: Node | None = None
    obeyed: int = 0
    report: Report | None = None


class Scenery:
    """``begins_s`` is the Unix time of the trace's first second. ``fleet`` has every machine's node as it is when it is on."""

    def __init__(self, fleet: Fleet, begins_s: float) -> None:
        self.begins_s = begins_s
        self._nodes = {node.name: node for node in fleet.nodes}
        self._clients: dict[str, Client] = {}
        """By name, in the order of names as the fleet is."""
        self._by_id: dict[str, Client] = {}
        self._programs = False
        self._instances: dict[int, tuple[tuple[int, ...], tuple[Allocation, ...]]] = {}

    def shows(self, world: World) -> None:
        """The world that is seen from now on."""
        self._world = world
        self._clients = {it.name: Client(it, self._nodes[it.name]) for it in world.machines}
        self._by_id = {it.as_on.id: it for it in self._clients.values()}
        self._programs = any(isinstance(it.machine.wake, WakeLan) for it in world.machines)
        world.changed = self.changed

    @property
    def now_s(self) -> float:
        return self.begins_s + self._world.now_s

    def snapshot(self, records: tuple[Record, ...]) -> Snapshot:
        """The grid as it is now."""
        self._end_drains()
        world, now_s = self._world, self.now_s
        runs = sorted({run.work.number: run for here in world.placing.standing for run in here}.items())
        nodes = tuple(client.node for client in self._clients.values() if client.node is not None)
        waiting = sorted(world.placing.waiting, key=lambda run: run.work.number)
        jobs = {run.work.number: run.work.job for _, run in runs} | {run.work.number: run.work.job for run in waiting}
        return Snapshot(
            now_s,
            nodes=nodes,
            allocations=tuple(it for number, run in runs for it in self._allocations(number, run)) + self._program_allocations(),
            jobs=tuple(jobs[number] for number in sorted(jobs)) + ((_PROGRAM_JOB,) if self._programs else ()),
            demands=tuple(Demand(it.work.job.id, "default", "it", it.left, self.begins_s + it.waits_since_s) for it in waiting),
            records=records,
            reports=tuple(
                self._reported(client)
                for client in self._clients.values()
                if client.node is not None and client.machine.machine.rent is None
            ),
            servers=tuple(name for name, it in self._clients.items() if it.machine.machine.server and it.machine.doing == "on"),
            voters=sum(it.machine.machine.server for it in self._clients.values()),
        )

    def changed(self, machine: Simulated) -> None:
        """It has come on, or is off."""
        client = self._clients[machine.name]
        if machine.doing == "on":
            client.node = replace(client.as_on, status="ready", changed_s=self.now_s, eligible=client.node is None or client.node.eligible)
            if not client.node.eligible:
                self._world.close(machine)
        elif client.node is not None:
            boots = machine.boots
            self._world.at(self._world.now_s + MISSED_AFTER_S, lambda: self._missed(client, boots))

    def _missed(self, client: Client, boots: int) -> None:
        if client.node is not None and client.machine.boots == boots and client.machine.doing != "on":
            client.node = replace(client.node, status="down", draining=False, changed_s=self.now_s)
            self._world.news += 1

    def _reported(self, client: Client) -> Report:
        """The last thing that its program has said: as it is now where it is on, or has just obeyed."""
        machine, known = client.machine, client.report
        if known is None or machine.doing == "on" or known.obeyed != client.obeyed:
            known = client.report = Report(machine.name, self.now_s, f"{machine.name}-{machine.boots}", client.obeyed)
        return known

    def _allocations(self, number: int, run: Run) -> tuple[Allocation, ...]:
        known = self._instances.get(number)
        places = tuple(run.places)
        if known is None or known[0] != places:
            shape, nodes = run.work.shape, self._world.machines
            made = tuple(
                Allocation(
                    f"{number:07}-{at:03}", run.work.job.id, "it", self._nodes[nodes[place].name].id, cpu_mhz=shape.cpu_mhz,
                    memory_mb=shape.memory_mb,
                )
                for at, place in enumerate(places)
            )  # fmt: skip
            known = self._instances[number] = (places, made)
        return known[1]

    def _program_allocations(self) -> tuple[Allocation, ...]:
        if not self._programs:
            return ()
        ready = (it for it in self._clients.values() if it.node is not None and it.node.status == "ready")
        return tuple(Allocation(f"program-{it.machine.name}", NODE_JOB, "main", it.as_on.id) for it in ready)

    # what is done to it

    def drain(self, node_id: str) -> None:
        client = self._by_id[node_id]
        if client.node is not None:
            client.node = replace(client.node, eligible=False, draining=True)
            self._world.close(client.machine)

    def end_drain(self, node_id: str, eligible: bool) -> None:
        client = self._by_id[node_id]
        if client.node is None:
            return
        client.node = replace(client.node, eligible=eligible or client.node.eligible, draining=False)
        if client.node.eligible and client.machine.doing == "on":
            self._world.open(client.machine)

    def _end_drains(self) -> None:
        for client in self._clients.values():
            if client.node is not None and client.node.draining and self._world.is_empty(client.machine):
                client.node = replace(client.node, draining=False)

    def order(self, machine: str, order: Order) -> None:
        client = self._clients[machine]
        if client.machine.doing != "on" or order.sequence <= client.obeyed:
            return
        if order.kind == "sleep" and order.boot_id != f"{machine}-{client.machine.boots}":
            return
        client.obeyed = order.sequence
        for packet in order.packets:
            self._world.wake(self._clients[packet.machine].machine)
        if order.kind == "sleep":
            self._world.stop(client.machine)

    def run(self, command: tuple[str, ...]) -> None:
        """The command that wakes a machine."""
        for client in self._clients.values():
            wake = client.machine.machine.wake
            if isinstance(wake, WakeCommand) and wake.command == command:
                self._world.wake(client.machine)
