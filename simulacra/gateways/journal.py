"""The grid's journal in Nomad variables, as `simulacra.model.journal` lays it out. Each write is check-and-set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from simulacra.gateways.heard import heard
from simulacra.gateways.journal_json import Broken, from_json, list_from_json, to_json
from simulacra.gateways.nomad_faults import Conflict
from simulacra.gateways.nomad_values import Variable, VariableStub
from simulacra.gateways.several import at_once
from simulacra.model.journal import (
    GATES,
    LEASE,
    LOG,
    LOG_AT_MOST,
    MACHINES,
    NODES,
    ORDERS,
    REPORTS,
    Belonging,
    GateRecord,
    LogEntry,
    Order,
    Record,
    Report,
    variable_name,
)
from simulacra.model.ledger import CLOUDS, Ledger

LOG_BYTES = 56 * 1024
"""Nomad takes 64 KiB in a variable at most."""
REASON_AT_MOST = 500
"""So long a reason may be in the log: a few long ones mustn't drive out all others."""
NOBODY = "-"
"""No machine's name. Who may not read a folder is shown an empty one; who asks for a variable in it is told so."""
TRIES = 8

T = TypeVar("T", Record, Report, Belonging, GateRecord, Ledger)


class Variables(Protocol):
    """What the journal needs of Nomad; `write_variable` raises `Conflict` where the index isn't the expected one."""

    def variables(self, prefix: str) -> tuple[VariableStub, ...]: ...
    def variable(self, path: str) -> Variable | None: ...
    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may act until when (Unix seconds)."""

    holder: str
    until_s: float


class Journal:
    """What the grid remembers. What can't be read counts as not there: `broken` says what and why, the next write mends it."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self._records = _Shelf(variables, MACHINES, "record", Record)
        self._reports = _Shelf(variables, REPORTS, "report", Report)
        self._belongings = _Shelf(variables, NODES, "belonging", Belonging)
        self._gates = _Shelf(variables, GATES, "gate", GateRecord)
        self._ledgers = _Shelf(variables, CLOUDS, "ledger", Ledger)

    def records(self) -> tuple[Record, ...]:
        """Every machine's record, by name: one call, and one for each that has changed."""
        return tuple(replace(record, index=index) for record, index in self._records.read())

    def reports(self) -> tuple[Report, ...]:
        """What the machines' programs say, by name: one call, and one for each that has changed."""
        return tuple(report for report, _ in self._reports.read())

    def belongings(self) -> tuple[Belonging, ...]:
        """What is remembered of nodes' zones and tiers, by name: one call, and one for each that has changed."""
        return tuple(replace(belonging, index=index) for belonging, index in self._belongings.read())

    def gates(self) -> tuple[GateRecord, ...]:
        """Which services are let online, by name: one call, and one for each that has changed."""
        return tuple(replace(gate, index=index) for gate, index in self._gates.read())

    def ledgers(self) -> tuple[Ledger, ...]:
        """What is remembered of clouds, by name: one call, and one for each that has changed."""
        return tuple(replace(ledger, index=index) for ledger, index in self._ledgers.read())

    def broken(self) -> tuple[str, ...]:
        """What couldn't be read at the last look, each with its path and the reason, by path."""
        shelves = (self._ledgers, self._belongings, self._gates, self._records, self._reports)
        return tuple(said for shelf in shelves for said in shelf.broken())

    def write(self, record: Record) -> Record:
        """Write the record if it hasn't changed since it was read (its index), else raises `Conflict`; the record with its new index."""
        return replace(record, index=self._records.write(record, record.index))

    def write_belonging(self, belonging: Belonging) -> Belonging:
        """The same for a node's zone and tier."""
        return replace(belonging, index=self._belongings.write(belonging, belonging.index))

    def write_gate(self, gate: GateRecord) -> GateRecord:
        """The same for a service with ``needs``."""
        return replace(gate, index=self._gates.write(gate, gate.index))

    def write_ledger(self, ledger: Ledger) -> Ledger:
        """The same for a cloud."""
        return replace(ledger, index=self._ledgers.write(ledger, ledger.index))

    def log(self, entries: Sequence[LogEntry]) -> None:
        """Add to the log; the oldest entries go. Raises `Conflict` if others write all the time."""
        for _ in range(TRIES):
            variable = self._variables.variable(LOG)
            text = _fitting((*_entries(variable), *entries))
            try:
                self._variables.write_variable(LOG, {"entries": text}, variable.index if variable else 0)
                return
            except Conflict:
                continue
        raise Conflict(f"the log {LOG} is written by others all the time")

    def entries(self) -> tuple[LogEntry, ...]:
        """The log, oldest first."""
        return _entries(self._variables.variable(LOG))

    def order(self, machine: str, order: Order) -> None:
        """Hand the machine's program an order in the place of any before it. Raises `Conflict` if a newer one is there already."""
        path = f"{ORDERS}/{variable_name(machine)}"
        for _ in range(TRIES):
            variable = self._variables.variable(path)
            before = _order(variable)
            if before is not None and before.sequence > order.sequence and before.expires_s >= order.expires_s:
                raise Conflict(f"{machine} has a newer order already")
            try:
                self._variables.write_variable(path, {"order": to_json(order)}, variable.index if variable else 0)
                return
            except Conflict:
                continue
        raise Conflict(f"the orders to {machine} are written by others all the time")

    def orders(self, machine: str) -> Order | None:
        """The order that the machine's program was handed last."""
        return _order(self._variables.variable(f"{ORDERS}/{variable_name(machine)}"))

    # who may act

    def take_lease(self, holder: str, ttl_s: float, now_s: float) -> bool:
        """Whether the holder may act now: it gets the lease for ``ttl_s`` if nobody else has it, and renews its own.

        It is written only once half of the time is over.
        """
        variable = self._variables.variable(LEASE)
        lease = _lease(variable)
        if lease is not None and lease.until_s > now_s:
            if lease.holder != holder:
                return False
            if lease.until_s - now_s > ttl_s / 2:
                return True
        return self._write_lease(Lease(holder, now_s + ttl_s), variable)

    def leader(self, now_s: float) -> str | None:
        """Whose the lease is now; None: nobody's."""
        lease = _lease(self._variables.variable(LEASE))
        return lease.holder if lease is not None and lease.until_s > now_s else None

    def holds(self, holder: str, now_s: float) -> bool:
        """Whether the lease is the holder's now."""
        lease = _lease(self._variables.variable(LEASE))
        return lease is not None and lease.holder == holder and lease.until_s > now_s

    def release(self, holder: str) -> None:
        """Give the lease back, if it is the holder's."""
        variable = self._variables.variable(LEASE)
        lease = _lease(variable)
        if lease is not None and lease.holder == holder:
            self._write_lease(Lease(holder, 0.0), variable)

    def _write_lease(self, lease: Lease, before: Variable | None) -> bool:
        try:
            self._variables.write_variable(LEASE, {"lease": to_json(lease)}, before.index if before else 0)
        except Conflict:
            return False
        return True


class _Shelf(Generic[T]):
    """The variables below a path, one for each machine (or service), read again only when they have changed."""

    def __init__(self, variables: Variables, path: str, item: str, kind: type[T]) -> None:
        self._variables, self._prefix, self._item = variables, f"{path}/", item
        self._kind: type[T] = kind
        self._known: dict[str, tuple[int, T | Broken]] = {}

    def read(self) -> list[tuple[T, int]]:
        stubs = self._variables.variables(self._prefix)
        if not stubs:
            self._variables.variable(f"{self._prefix}{NOBODY}")
        changed = [stub.path for stub in stubs if self._known.get(stub.path, (0,))[0] != stub.index]
        for variable in at_once(self._variables.variable, changed):
            if variable is not None:
                self._known[variable.path] = (variable.index, self._parsed(variable))
        there = {stub.path for stub in stubs}
        self._known = {path: known for path, known in self._known.items() if path in there}
        good = [(value, index) for index, value in self._known.values() if not isinstance(value, Broken)]
        return sorted(good, key=lambda it: _name_of(it[0]))

    def _parsed(self, variable: Variable) -> T | Broken:
        text = variable.item(self._item)
        if text is None:
            return Broken(f"it has no item {self._item}")
        try:
            value: T = from_json(self._kind, text)
            if isinstance(value, Report):
                value = heard(value)
        except Broken as broken:
            return broken
        if self._path_of(value) != variable.path:
            return Broken(f"it is about {_name_of(value)}")
        return value

    def _path_of(self, value: T) -> str:
        return self._prefix + variable_name(_name_of(value))

    def write(self, value: T, expected: int) -> int:
        """Write it where ``expected`` is still its index; the new one. What couldn't be read is written over. Raises `Conflict`."""
        path = self._path_of(value)
        index = self._variables.write_variable(path, {self._item: to_json(value)}, expected or self._broken_index(path))
        self._known[path] = (index, value)
        return index

    def broken(self) -> list[str]:
        return sorted(f"{path}: {value}" for path, (_, value) in self._known.items() if isinstance(value, Broken))

    def _broken_index(self, path: str) -> int:
        index, value = self._known.get(path, (0, None))
        return index if isinstance(value, Broken) else 0


def _name_of(value: Record | Report | Belonging | GateRecord | Ledger) -> str:
    match value:
        case GateRecord():
            return value.service
        case Ledger():
            return value.cloud
        case _:
            return value.machine


def _entries(variable: Variable | None) -> tuple[LogEntry, ...]:
    text = variable.item("entries") if variable is not None else None
    try:
        return list_from_json(LogEntry, text) if text is not None else ()
    except Broken:
        return ()


def _fitting(entries: tuple[LogEntry, ...]) -> str:
    """The newest entries that fit into one variable."""
    lines: list[str] = []
    room = LOG_BYTES
    for entry in reversed(entries[-LOG_AT_MOST:]):
        line = to_json(entry if len(entry.reason) <= REASON_AT_MOST else replace(entry, reason=f"{entry.reason[: REASON_AT_MOST - 1]}…"))
        room -= len(line.encode()) + 1
        if room < 0:
            break
        lines.append(line)
    return f"[{','.join(reversed(lines))}]"


def _order(variable: Variable | None) -> Order | None:
    text = variable.item("order") if variable is not None else None
    try:
        return from_json(Order, text) if text is not None else None
    except Broken:
        return None


def _lease(variable: Variable | None) -> Lease | None:
    text = variable.item("lease") if variable is not None else None
    try:
        return from_json(Lease, text) if text is not None else None
    except Broken:
        return None
