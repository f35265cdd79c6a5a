"""Grid and snapshot brought together and indexed once: every machine with all that is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from simulacra.model.cluster import Node
from simulacra.model.dark import dark_zones
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, Record, Report
from simulacra.model.machine import Machine, Rent, WakeLan
from simulacra.model.marks import LABEL_ZONE
from simulacra.model.plan import Standing
from simulacra.model.service import Service
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation, Job
from simulacra.plan.expected import expected_node, usual_of
from simulacra.plan.hours import minute_of_day, quiet_until
from simulacra.plan.reaching import Miss, Misses, misses
from simulacra.plan.rentals import Rental, rentals_of
from simulacra.plan.servers_to_be import servers_of
from simulacra.plan.standing import standing_of

WATTS_UNKNOWN = 100.0
SILENT_AT_MOST_S = 60.0
"""A server that was asked for isn't waited for any more where its provider hasn't answered for so long, and nothing is known of it."""

Cost = tuple[float, float]
"""What having a machine on costs, money first: rent in an hour, then watts. Machines of one's own cost no rent: they come first."""

K = TypeVar("K")


def dearest(cost: Cost) -> Cost:
    """To be sorted by: what costs most first."""
    return -cost[0], -cost[1]


@dataclass(frozen=True, slots=True)
class Known:
    """One machine. ``why`` says what makes its standing so; ``expected`` is the node that it is or will be when it is on, None where
    that isn't known; ``quiet`` is when its quiet hours end, empty outside them; ``work`` are its allocations that aren't leaving.
    ``rent`` is how it is rented, None for one's own; ``price`` what an hour of that costs, as the choice between machines counts it, 0 for
    one's own. ``leave``: why it is rented no longer, whatever runs on it.
    """

    name: str
    standing: Standing
    why: str
    zone: str | None = None
    machine: Machine | None = None
    node: Node | None = None
    expected: Node | None = None
    record: Record | None = None
    report: Report | None = None
    quiet: str = ""
    work: tuple[Allocation, ...] = ()
    rent: Rent | None = None
    price: float = 0.0
    leave: str = ""

    @property
    def ready(self) -> bool:
        return self.node is not None and self.node.status == "ready"

    @property
    def takes_work(self) -> bool:
        """The scheduler may place something on it now."""
        return self.standing == "on" and self.node is not None and self.node.eligible and not self.node.draining

    @property
    def readmitted(self) -> bool:
        """It is on, and takes work again in a moment: it was us who kept it from that."""
        return self.standing == "on" and not self.takes_work and self.record is not None and self.record.drained

    @property
    def steerable(self) -> bool:
        return self.machine is not None and self.machine.wake is not None and self.machine.sleep is not None

    @property
    def by_lan(self) -> bool:
        return self.machine is not None and isinstance(self.machine.wake, WakeLan)

    @property
    def counted(self) -> bool:
        return self.standing in ("on", "coming")

    @property
    def watts(self) -> float:
        """What it draws when it is on without work; a rented one draws nothing of one's own."""
        known = self.machine.watts if self.machine is not None else None
        return known.idle if known is not None else WATTS_UNKNOWN if self.rent is None else 0.0

    @property
    def cost(self) -> Cost:
        return self.price, self.watts

    @property
    def watts_known(self) -> bool:
        return self.machine is not None and (self.machine.watts is not None or self.rent is not None)

    @property
    def boot_s(self) -> float:
        if self.record is not None and self.record.boot_took_s:
            return self.record.boot_took_s
        return self.machine.boot_time_s if self.machine is not None else 0.0

    @property
    def held(self) -> float:
        return self.record.held_until_s if self.record is not None else 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """``machines`` is ordered by name, ``jobs`` by namespace and id; ``allocations`` has those of each job, leaving or not. ``relays`` has
    for each zone those that can send a magic packet there now: on, staying on, with the program that does it; ``by_lan`` those that a
    magic packet wakes, on or not. ``used`` is what allocations take on each node, by its id: MHz and MiB. ``on`` counts the machines
    that are on or coming, ``rented`` are those of them that are rented. ``rentals`` are the clouds, by name;
    ``misses`` is what keeps proxies off machines.
    """

    grid: Grid
    snapshot: Snapshot
    machines: dict[str, Known]
    jobs: dict[tuple[str, str], Job]
    allocations: dict[tuple[str, str], tuple[Allocation, ...]]
    services: dict[str, Service]
    by_lan: dict[str, tuple[str, ...]]
    relays: dict[str, frozenset[str]]
    used: dict[str, tuple[int, int]]
    on: int
    rented: frozenset[str]
    rentals: dict[str, Rental]
    misses: Misses = field(default_factory=dict)

    @property
    def now_s(self) -> float:
        return self.snapshot.now_s

    @property
    def own_on(self) -> int:
        """How many of one's own machines are on or coming."""
        return self.on - len(self.rented)

    def rental_of(self, known: Known) -> Rental | None:
        """The cloud that the machine is rented from; None for one of one's own."""
        return self.rentals.get(known.rent.cloud) if known.rent is not None else None

    def service_of(self, job: Job | None) -> Service | None:
        return self.services.get(job.definition) if job is not None and job.definition is not None else None

    def job_of(self, allocation: Allocation) -> Job | None:
        return self.jobs.get((allocation.namespace, allocation.job))

    def allocations_of(self, job: Job) -> tuple[Allocation, ...]:
        """By id, those that are leaving among them."""
        return self.allocations.get((job.namespace, job.id), ())


def look(grid: Grid, snapshot: Snapshot) -> Scene:
    """Every defined machine and every node, known as far as the snapshot and the journal tell."""
    rentals = rentals_of(grid, snapshot)
    machines = _machines(grid, snapshot, rentals)
    missed = misses(grid, snapshot, lambda name: machines[name].zone if name in machines else None)
    if grid.mode == "act":
        machines = {name: _missing(known, missed[name]) if name in missed else known for name, known in machines.items()}
    obeying = {it.node for it in snapshot.allocations if it.job == NODE_JOB and it.running}
    relays: dict[str, set[str]] = {}
    by_lan: dict[str, list[str]] = {}
    for it in machines.values():
        if it.standing == "on" and it.node is not None and it.node.id in obeying and it.zone is not None and it.rent is None:
            relays.setdefault(it.zone, set()).add(it.name)
        if it.by_lan and it.zone is not None:
            by_lan.setdefault(it.zone, []).append(it.name)
    return Scene(
        grid=grid,
        snapshot=snapshot,
        machines=machines,
        jobs={(job.namespace, job.id): job for job in snapshot.jobs},
        allocations=_grouped(snapshot.allocations, lambda it: (it.namespace, it.job)),
        services={service.name: service for service in grid.services},
        by_lan={zone: tuple(names) for zone, names in by_lan.items()},
        relays={zone: frozenset(names) for zone, names in relays.items()},
        used=_used(snapshot),
        on=sum(it.counted for it in machines.values()),
        rented=frozenset(it.name for it in machines.values() if it.counted and it.rent is not None),
        rentals=rentals,
        misses=missed,
    )


def _missing(known: Known, missed: Sequence[Miss]) -> Known:
    """With the labels that it will have as soon as it is on, where it isn't: those of a node that is on are there, or about to be."""
    if known.expected is None or known.ready:
        return known
    meta = dict(known.expected.meta) | {it.proxy.label: it.value for it in missed}
    return replace(known, expected=replace(known.expected, meta=tuple(sorted(meta.items()))))


def _machines(grid: Grid, snapshot: Snapshot, rentals: Mapping[str, Rental]) -> dict[str, Known]:
    defined = {machine.name: machine for machine in grid.machines}
    nodes = {node.name: node for node in snapshot.nodes}
    records = {record.machine: record for record in snapshot.records}
    reports = {report.machine: report for report in snapshot.reports}
    work = _grouped((it for it in snapshot.allocations if not it.leaving), lambda it: it.node)
    dark, minute = dark_zones(grid, nodes), minute_of_day(grid, snapshot.now_s)
    usual = usual_of(snapshot.nodes)
    servers = servers_of(grid, records, rentals, usual)
    known = {}
    for name in sorted({*defined, *nodes}):
        machine, node, record = defined.get(name), nodes.get(name), records.get(name)
        standing, why = standing_of(grid, machine, node, record, dark, snapshot.now_s)
        rent = machine.rent if machine is not None else None
        rental = rentals.get(rent.cloud) if rent is not None else None
        there = rental is not None and standing != "out" and (standing not in ("asleep", "away") or rental.server_of(name) is not None)
        leave = rental.leave(name, rent) if there and rental is not None and rent is not None else ""
        if leave and standing != "going":
            standing, why = "going", f"it is given back: {leave}"
        elif rental is not None and standing == "coming" and rental.silent_s(name) > SILENT_AT_MOST_S:
            standing, why = "out", f"whether it is being created isn't known, its cloud can't be asked: {rental.ledger.problem}"
        known[name] = Known(
            name=name,
            standing=standing,
            why=why,
            zone=machine.zone if machine is not None else node.label(LABEL_ZONE) if node is not None else None,
            machine=machine,
            node=node,
            expected=_expected(servers.get(name), node) or expected_node(grid, machine, node, record, usual),
            record=record,
            report=reports.get(name),
            quiet=quiet_until(machine, minute) if machine is not None and machine.quiet_hours else "",
            work=work.get(node.id, ()) if node is not None else (),
            rent=rent,
            price=rental.weight(rent.size) if rental is not None and rent is not None else 0.0,
            leave=leave,
        )
    return known


def _expected(server: Node | None, node: Node | None) -> Node | None:
    """What a slot's next server will be, which its last one, that is off, says little of."""
    return server if node is None or node.status != "ready" else None


def _grouped(allocations: Iterable[Allocation], by: Callable[[Allocation], K]) -> dict[K, tuple[Allocation, ...]]:
    """Each group in the order of ids."""
    found: dict[K, list[Allocation]] = {}
    for it in sorted(allocations, key=lambda it: it.id):
        found.setdefault(by(it), []).append(it)
    return {key: tuple(its) for key, its in found.items()}


def _used(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    used: dict[str, tuple[int, int]] = {}
    for it in snapshot.allocations:
        cpu, memory = used.get(it.node, (0, 0))
        used[it.node] = (cpu + it.cpu_mhz, memory + it.memory_mb)
    return used
