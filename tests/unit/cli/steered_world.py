"""A steered grid of pretended machines: the real steward and the real power states, on a clock that only waiting moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from power_world import TICK_S, World, backoff

from simulacra.act.steps import Drain, Release
from simulacra.act.steward import Tools, View, intend, tick, view
from simulacra.cli.following import Clock
from simulacra.cli.switching import Insistence, Switching
from simulacra.gateways.nomad_faults import Conflict
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, LogEntry, Order, Packet, Record
from simulacra.model.machine import Machine, Sleep, WakeCommand, WakeLan
from simulacra.model.place import Zone
from simulacra.model.plan import Action, Plan
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation, Job

MACHINES = (
    Machine("desk", "office", boot_time_s=30, wake=WakeLan("52:54:00:00:00:02"), sleep=Sleep()),
    Machine("nas", "attic", never_sleeps=True, server=True, sleep=Sleep()),
    Machine("plug", "attic", boot_time_s=30, wake=WakeCommand(("plug", "on")), sleep=Sleep()),
    Machine("tower", "attic", boot_time_s=30, wake=WakeLan("52:54:00:00:00:01"), sleep=Sleep()),
)
GRID = Grid("trial", mode="act", zones=(Zone("attic"), Zone("office")), machines=MACHINES)


@dataclass
class SteeredWorld:
    """What `Switches` asks for; ``leads``: nobody else does. ``conflicts``: so many writes are refused first."""

    grid: Grid = GRID
    worlds: dict[str, World] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    entries: list[LogEntry] = field(default_factory=list)
    servers: tuple[str, ...] = ("nas",)
    batch: dict[str, tuple[str, ...]] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    leads: bool = True
    conflicts: int = 0
    now_s: float = 10_000.0

    def __post_init__(self) -> None:
        for machine in self.grid.machines:
            self.worlds.setdefault(machine.name, World(now_s=self.now_s))

    @property
    def journal(self) -> SteeredWorld:
        return self

    # looking

    def look(self, fresh: bool = True) -> View:  # noqa: ARG002 - it always is
        found = {name: world.seen() for name, world in self.worlds.items()}
        nodes = tuple(replace(it.node, id=f"id-{name}", name=name) for name, it in sorted(found.items()) if it.node is not None)
        reports = tuple(replace(it.report, machine=name) for name, it in sorted(found.items()) if it.report is not None and it.ready)
        relays = [Allocation(f"node-{node.id}", NODE_JOB, NODE_JOB, node.id) for node in nodes if node.status == "ready"]
        work = [Allocation(f"{job}-{name}", job, job, f"id-{name}") for name, world in sorted(self.worlds.items()) for job in world.jobs]
        jobs = [Job(name, type="batch") for name in sorted({name for jobs in self.batch.values() for name in jobs})]
        snapshot = Snapshot(
            self.now_s,
            nodes,
            (*relays, *work),
            (*jobs, Job(NODE_JOB, type="system"), Job("web")),
            records=tuple(self.records[name] for name in sorted(self.records)),
            reports=reports,
            servers=self.servers,
            voters=len(self.servers),
        )
        return view(self.grid, snapshot, self.plan)

    # acting

    def step(self) -> tuple[LogEntry, ...]:
        return tick(self.look(), self._tools()) if self.leads else ()

    def intend(self, seen: View, actions: tuple[Action, ...], by: str) -> tuple[Action, ...]:
        return intend(seen, actions, by, self._tools())

    def _tools(self) -> Tools:
        def packet(machine: Machine) -> Packet:
            return Packet(machine.name, "ff")

        return Tools(self, self, packet, self.run, backoff, lambda _: None)

    def write(self, record: Record) -> Record:
        known = self.records.get(record.machine)
        if self.conflicts:
            self.conflicts -= 1
            raise Conflict("somebody else has written it")
        if (known.index if known else 0) != record.index:
            raise Conflict("somebody else has written it")
        self.records[record.machine] = written = replace(record, index=record.index + 1)
        return written

    def log(self, entries: Sequence[LogEntry]) -> None:
        self.entries += entries

    def order(self, machine: str, order: Order) -> None:
        self.worlds[machine].obey(order.sequence, order.kind, order.boot_id)
        for it in order.packets:
            self._boot(it.machine)

    def run(self, command: tuple[str, ...]) -> None:
        self._boot(command[0])

    def _boot(self, machine: str) -> None:
        world = self.worlds[machine]
        if not world.power and world.answers and not world.boots_at_s:
            world.boots_at_s = world.now_s + 30

    def drain(self, node_id: str) -> None:
        self.worlds[node_id.removeprefix("id-")].do(Drain(node_id))

    def end_drain(self, node_id: str, eligible: bool) -> None:
        self.worlds[node_id.removeprefix("id-")].do(Release(node_id, eligible))

    # time

    def pause(self, seconds: float) -> None:  # noqa: ARG002 - a step of the pretended machines' time
        self.now_s += TICK_S
        for world in self.worlds.values():
            world.pass_time()

    def off(self, *names: str) -> SteeredWorld:
        """They have been asleep for long, as the journal says."""
        for name in names:
            self.worlds[name].power = False
            self.records[name] = Record(name, "asleep", self.now_s - 5000, "the grid could do without it", "plan", drained=True, index=1)
            self.worlds[name].eligible = False
        return self

    def switching(self, *, force: bool = False, anyway: bool = False) -> Switching:
        self.told: list[str] = []
        clock = Clock(lambda: self.now_s, self.pause)
        return Switching(self, clock, lambda _, name, record: self.told.append(f"{name} {record.power}"), Insistence(force, anyway))

    def powers(self, *names: str) -> list[str]:
        return [self.records[name].power for name in names]
