"""What is known of each machine, from its definition, Nomad's node, the journal and its program's report."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from simulacra.model.cluster import Node
from simulacra.model.dark import dark_zones
from simulacra.model.grid import Grid
from simulacra.model.journal import Record, Report
from simulacra.model.machine import Machine, Rent, WakeLan
from simulacra.model.marks import LABEL_ZONE
from simulacra.model.plan import Standing
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation
from simulacra.plan.expected import Usual, expected_node, usual_of
from simulacra.plan.hours import minute_of_day, quiet_until
from simulacra.plan.kept import Kept
from simulacra.plan.rentals import Rental
from simulacra.plan.servers_to_be import servers_of
from simulacra.plan.standing import standing_of

WATTS_UNKNOWN = 100.0
SILENT_AT_MOST_S = 60.0
"""A server that was asked for isn't waited for any more where its provider hasn't answered for so long, and nothing is known of it."""

Allocations = tuple[Allocation, ...]
Cost = tuple[float, float]
"""What having a machine on costs, money first: rent in an hour, then watts. Machines of one's own cost no rent: they come first."""


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
    work: Allocations = ()
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


_AT_REST: Kept[Known] = Kept()
"""Machines of which only what is in the key tells anything: most of a grid that sleeps."""


def known_machines(grid: Grid, snapshot: Snapshot, rentals: Mapping[str, Rental], work: Mapping[str, Allocations]) -> dict[str, Known]:
    """Every defined machine and every node, by name and in that order. ``work``: what isn't leaving, by node."""
    defined = {machine.name: machine for machine in grid.machines}
    nodes = {node.name: node for node in snapshot.nodes}
    records = {record.machine: record for record in snapshot.records}
    reports = {report.machine: report for report in snapshot.reports}
    usual = usual_of(snapshot.nodes)
    telling = _Telling(
        grid,
        snapshot.now_s,
        minute_of_day(grid, snapshot.now_s),
        dark_zones(grid, nodes),
        rentals,
        servers_of(grid, records, rentals, usual),
        usual,
    )
    found = {}
    for name in sorted({*defined, *nodes}):
        node = nodes.get(name)
        there = work.get(node.id, ()) if node is not None else ()
        found[name] = telling.of(_Own(name, defined.get(name), node, records.get(name), reports.get(name), there))
    return found


class _Own(NamedTuple):
    """What is a machine's own."""

    name: str
    machine: Machine | None
    node: Node | None
    record: Record | None
    report: Report | None
    work: Allocations


@dataclass(frozen=True, slots=True)
class _Telling:
    """What tells of a machine beside what is its own. ``minute`` of the local day; ``servers``: what the clouds' slots will be."""

    grid: Grid
    now_s: float
    minute: int
    dark: Set[str]
    rentals: Mapping[str, Rental]
    servers: Mapping[str, Node]
    usual: Usual

    def of(self, own: _Own) -> Known:
        """The very same while nothing has changed of a machine that isn't on."""
        _, machine, node, record, report, work = own
        if work or (node is not None and node.status == "ready") or self._passes(machine, record):
            return self._known(own)
        key = (self.grid.tiers, machine, node, record, report, self.usual if node is None else None)
        return _AT_REST.of(key, lambda: self._known(own))

    def _passes(self, machine: Machine | None, record: Record | None) -> bool:
        """Whether what is told of it hangs on the time too, or on the rest of the grid."""
        if record is not None and record.power == "failed":
            return True
        return machine is not None and (bool(machine.quiet_hours) or machine.zone in self.dark or machine.rent is not None)

    def _known(self, own: _Own) -> Known:
        name, machine, node, record, report, work = own
        standing, why = standing_of(self.grid, machine, node, record, self.dark, self.now_s)
        rent = machine.rent if machine is not None else None
        rental = self.rentals.get(rent.cloud) if rent is not None else None
        there = rental is not None and standing != "out" and (standing not in ("asleep", "away") or rental.server_of(name) is not None)
        leave = rental.leave(name, rent) if there and rental is not None and rent is not None else ""
        if leave and standing != "going":
            standing, why = "going", f"it is given back: {leave}"
        elif rental is not None and standing == "coming" and rental.silent_s(name) > SILENT_AT_MOST_S:
            standing, why = "out", f"whether it is being created isn't known, its cloud can't be asked: {rental.ledger.problem}"
        return Known(
            name=name,
            standing=standing,
            why=why,
            zone=machine.zone if machine is not None else node.label(LABEL_ZONE) if node is not None else None,
            machine=machine,
            node=node,
            expected=_expected(self.servers.get(name), node) or expected_node(self.grid, machine, node, record, self.usual),
            record=record,
            report=report,
            quiet=quiet_until(machine, self.minute) if machine is not None and machine.quiet_hours else "",
            work=work,
            rent=rent,
            price=rental.weight(rent.size) if rental is not None and rent is not None else 0.0,
            leave=leave,
        )


def _expected(server: Node | None, node: Node | None) -> Node | None:
    """What a slot's next server will be, which its last one, that is off, says little of."""
    return server if node is None or node.status != "ready" else None
