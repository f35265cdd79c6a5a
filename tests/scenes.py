"""Grids at a moment, for the planner's tests: said in few words, every value is made from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, Belonging, GateRecord, Record, Report
from simulacra.model.labels import labels_of
from simulacra.model.machine import Has, Machine, Sleep, WakeCommand, WakeLan, Watts
from simulacra.model.place import Zone
from simulacra.model.plan import Plan
from simulacra.model.service import Service
from simulacra.model.settings import Power
from simulacra.model.snapshot import Scheduler, Snapshot
from simulacra.model.workload import Allocation, Constraint, Demand, Group, Job
from simulacra.plan.board import Board
from simulacra.plan.plan import plan

NOON = 1_700_049_600.0
"""2023-11-15 12:00:00 UTC."""
DAY = 86400.0
LONG_AGO = NOON - 10 * DAY
POWER, SCHEDULER = Power(), Scheduler()
NODE_PROGRAM = Job(NODE_JOB, type="system", priority=100, groups=(Group(NODE_JOB, drivers=("raw_exec",)),))


def machine(name: str, watts: float | None = 60, memory: int = 16000, zone: str = "attic", **more: object) -> Machine:
    """One that a magic packet wakes and that may be put to sleep; ``drivers`` and ``attributes`` are what it has."""
    has = Has(
        cpu_mhz=int(str(more.pop("cpu", 16000))),
        memory_mb=memory,
        disk_mb=100000,
        cores=8,
        drivers=more.pop("drivers", ("exec", "raw_exec")),  # type: ignore[arg-type]
        attributes=more.pop("attributes", ()),  # type: ignore[arg-type]
    )
    made = Machine(
        name,
        zone,
        has=has,
        watts=Watts(watts, watts * 3) if watts is not None else None,
        wake=WakeLan("52:54:00:00:00:01"),
        sleep=Sleep(),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def always(name: str = "nas", watts: float = 10, memory: int = 4000, zone: str = "attic", **more: object) -> Machine:
    """One that never sleeps."""
    return machine(name, watts, memory, zone, **({"never_sleeps": True, "wake": None, "sleep": None} | more))


def by_command(name: str, watts: float = 60, memory: int = 16000, zone: str = "attic", **more: object) -> Machine:
    return machine(name, watts, memory, zone, **({"wake": WakeCommand(("plug", "on"))} | more))


def grid_of(*machines: Machine, services: tuple[Service, ...] = (), power: Power = POWER, **more: object) -> Grid:
    zones = tuple(Zone(name) for name in sorted({it.zone for it in machines}))
    ordered = tuple(sorted(machines, key=lambda it: it.name))
    return replace(Grid("trial", mode="act", zones=zones, machines=ordered, services=services, power=power), **more)  # type: ignore[arg-type]


def job(name: str, memory: int = 1000, cpu: int = 500, count: int = 1, **more: object) -> Job:
    """A service job of one group of the same name; what it doesn't know is the group's."""
    of_job = {key: more.pop(key) for key in ("type", "priority", "definition", "namespace", "node_pool", "datacenters") if key in more}
    group = replace(Group(name, count=count, cpu_mhz=cpu, memory_mb=memory, drivers=("exec",)), **more)  # type: ignore[arg-type]
    return Job(name, groups=(group,), **of_job)  # type: ignore[arg-type]


def on_machine(name: str) -> Constraint:
    return Constraint("${node.unique.name}", "=", name)


def node_of(grid: Grid, it: Machine) -> Node:
    """Its node as it is when the machine is on."""
    assert it.has is not None
    attributes = {"kernel.name": "linux", "unique.hostname": it.name} | {f"driver.{driver}": "1" for driver in it.has.drivers}
    return Node(
        f"id-{it.name}",
        it.name,
        cpu_mhz=it.has.cpu_mhz,
        memory_mb=it.has.memory_mb,
        disk_mb=it.has.disk_mb,
        cores=tuple(range(it.has.cores or 0)),
        drivers=it.has.drivers,
        attributes=tuple(sorted((attributes | dict(it.has.attributes)).items())),
        meta=tuple(sorted(labels_of(grid, it))),
        networks=(HostNetwork("default", f"10.0.0.{it.name}"), HostNetwork("overlay", f"200::{it.name}")),
        changed_s=LONG_AGO,
    )


@dataclass(frozen=True)
class World:
    """A grid at a moment. Machines are asleep unless they are ``on``; those on have been so for long, with a program that reports.

    Methods return another world. ``forgotten`` machines have no node; ``changes`` are put over a machine's node, record and report.
    """

    grid: Grid
    on: frozenset[str] = frozenset()
    now_s: float = NOON
    serial: int = 0
    jobs: tuple[Job, ...] = (NODE_PROGRAM,)
    allocations: tuple[Allocation, ...] = ()
    demands: tuple[Demand, ...] = ()
    forgotten: frozenset[str] = frozenset()
    servers: tuple[str, ...] = ()
    voters: int = 0
    scheduler: Scheduler = SCHEDULER
    nodes: dict[str, dict[str, object]] = field(default_factory=dict)
    records: dict[str, dict[str, object] | None] = field(default_factory=dict)
    reports: dict[str, dict[str, object] | None] = field(default_factory=dict)
    gates: tuple[GateRecord, ...] = ()
    belongings: tuple[Belonging, ...] = ()
    coordinates: tuple[Coordinate, ...] = ()
    strangers: tuple[Node, ...] = ()
    """Nodes of machines that aren't defined."""

    def awake(self, *names: str) -> Self:
        return replace(self, on=self.on | set(names))

    def knows(self, *jobs: Job) -> Self:
        return replace(self, jobs=tuple({(it.namespace, it.id): it for it in (*self.jobs, *jobs)}.values()))

    def runs(self, it: Job, *machines: str, **more: object) -> Self:
        """One instance of the job's first group on each of the machines."""
        group = it.groups[0]
        taken = [
            replace(
                Allocation(
                    f"{it.id}-{self.serial + at}",
                    it.id,
                    group.name,
                    f"id-{name}",
                    it.namespace,
                    cpu_mhz=group.cpu_mhz,
                    memory_mb=group.memory_mb,
                    disk_mb=group.disk_mb,
                ),
                **more,  # type: ignore[arg-type]
            )
            for at, name in enumerate(machines)
        ]
        return replace(self.knows(it), allocations=(*self.allocations, *taken), serial=self.serial + len(machines))

    def waits(self, it: Job, count: int | None = None) -> Self:
        group = it.groups[0]
        demand = Demand(it.id, it.namespace, group.name, group.count if count is None else count, self.now_s - 1)
        return replace(self.knows(it), demands=(*self.demands, demand))

    def record(self, name: str, **more: object) -> Self:
        return replace(self, records=self.records | {name: (self.records.get(name) or {}) | more})

    def no_record(self, name: str) -> Self:
        return replace(self, records=self.records | {name: None})

    def report(self, name: str, **more: object) -> Self:
        return replace(self, reports=self.reports | {name: (self.reports.get(name) or {}) | more})

    def no_report(self, name: str) -> Self:
        return replace(self, reports=self.reports | {name: None})

    def node(self, name: str, **more: object) -> Self:
        return replace(self, nodes=self.nodes | {name: self.nodes.get(name, {}) | more})

    def spare(self, *names: str, for_s: float = DAY) -> Self:
        """The grid could do without them for so long already."""
        world = self
        for name in names:
            world = world.record(name, superfluous_since_s=self.now_s - for_s)
        return world

    def at(self, now_s: float) -> Self:
        return replace(self, now_s=now_s)

    def later(self, seconds: float) -> Self:
        return replace(self, now_s=self.now_s + seconds)

    def snapshot(self) -> Snapshot:
        defined = [self._node(it) for it in self.grid.machines if it.name not in self.forgotten]
        nodes = sorted((*defined, *self.strangers), key=lambda it: it.name)
        programs = [Allocation(f"program-{it.name}", NODE_JOB, NODE_JOB, it.id) for it in nodes if it.status == "ready"]
        return Snapshot(
            now_s=self.now_s,
            nodes=tuple(nodes),
            allocations=tuple(sorted((*programs, *self.allocations), key=lambda it: it.id)),
            jobs=tuple(sorted(self.jobs, key=lambda it: (it.namespace, it.id))),
            demands=tuple(sorted(self.demands, key=lambda it: (it.job, it.group))),
            records=tuple(self._record(it) for it in self.grid.machines if self.records.get(it.name, {}) is not None),
            reports=tuple(
                self._report(name)
                for name in (*(it.name for it in self.grid.machines), *(it.name for it in self.strangers))
                if (name in self.on or name in self.reports) and self.reports.get(name, {}) is not None
            ),
            scheduler=self.scheduler,
            servers=self.servers,
            voters=self.voters,
            gates=self.gates,
            belongings=self.belongings,
            coordinates=self.coordinates,
        )

    def _node(self, it: Machine) -> Node:
        made = replace(node_of(self.grid, it), status="ready" if it.name in self.on else "down", eligible=it.name in self.on)
        return replace(made, **self.nodes.get(it.name, {}))  # type: ignore[arg-type]

    def _record(self, it: Machine) -> Record:
        on = it.name in self.on
        made = Record(it.name, "on" if on else "asleep", LONG_AGO, on_since_s=LONG_AGO if on else 0.0, remembered=node_of(self.grid, it))
        return replace(made, **(self.records.get(it.name) or {}))  # type: ignore[arg-type]

    def _report(self, name: str) -> Report:
        return replace(Report(name, self.now_s - 5, f"boot-{name}"), **(self.reports.get(name) or {}))  # type: ignore[arg-type]

    def plan(self) -> Plan:
        return plan(self.grid, self.snapshot())

    def marked(self, made: Plan) -> Self:
        """The time since when the grid could do without each machine is written down, as the steward does it."""
        world = self
        for it in made.machines:
            known = (self.records.get(it.machine) or {}).get("superfluous_since_s", 0.0)
            if it.standing == "on" and it.superfluous != bool(known):
                world = world.record(it.machine, superfluous_since_s=self.now_s if it.superfluous else 0.0)
        return world

    def done(self, made: Plan) -> Self:
        """As it is when everything in the plan has come true: machines switched, their work moved, what fits placed.

        What is put to sleep is emptied first, and stays on where the plan then says so.
        """
        world = self.marked(made)
        for name in sorted(it.machine for it in made.wakes):
            world = world.awake(name).record(name, power="on", since_s=self.now_s, on_since_s=self.now_s, superfluous_since_s=0.0)
        for name in sorted(it.machine for it in made.sleeps):
            world = world.record(name, power="draining", by="plan", drained=True, since_s=self.now_s)
            world = world.node(name, draining=True, eligible=False)
        world = world._emptied(frozenset(it.machine for it in made.sleeps)).settled()
        again = world.plan()
        for name in sorted(it.machine for it in made.sleeps):
            found = again.judged(name)
            assert found is not None
            world = world.node(name, draining=False, eligible=not found.superfluous)
            power = "asleep" if found.superfluous else "on"
            world = world.record(name, power=power, drained=False, since_s=self.now_s, superfluous_since_s=0.0)
            world = replace(world, on=world.on - {name} if found.superfluous else world.on)
            world = replace(world, nodes={it: more for it, more in world.nodes.items() if it != name})
            world = replace(world, allocations=tuple(it for it in world.allocations if name in world.on or it.node != f"id-{name}"))
        return world.settled()

    def _emptied(self, names: frozenset[str]) -> Self:
        """Their work waits for another place; system jobs stay."""
        system = {(it.namespace, it.id) for it in self.jobs if it.type == "system"}
        left = [it for it in self.allocations if it.node.removeprefix("id-") in names and (it.namespace, it.job) not in system]
        moved = sorted(left, key=lambda it: (-it.memory_mb, it.id))
        demands = (Demand(it.job, it.namespace, it.group, 1) for it in moved)
        return replace(self, allocations=tuple(it for it in self.allocations if it not in left), demands=(*demands, *self.demands))

    def settled(self) -> Self:
        """What waits is placed as far as it fits on what takes work."""
        seen = self.snapshot()
        board = Board.of(seen.nodes, seen.allocations, seen.jobs, seen.scheduler)
        board.set_open([node.name for node in seen.nodes if node.status == "ready" and node.eligible and not node.draining])
        by_id = {(it.namespace, it.id): it for it in self.jobs}
        world = replace(self, demands=())
        for it in sorted((it for it in self.jobs if it.type == "system"), key=lambda it: it.id):
            if it != NODE_PROGRAM and any(its.job == it.id for its in self.allocations):
                world = world.runs(it, *board.place(it, it.groups[0], len(seen.nodes)))
        for demand in sorted(self.demands, key=lambda it: (-by_id[it.namespace, it.job].priority, it.job, it.group)):
            it = by_id[demand.namespace, demand.job]
            group = it.group(demand.group)
            assert group is not None
            went = board.place(it, group, demand.count)
            world = world.runs(it, *went)
            if len(went) < demand.count:
                world = replace(world, demands=(*world.demands, replace(demand, count=demand.count - len(went))))
        return world
