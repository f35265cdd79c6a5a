"""Carries out what a plan says beside switching machines: labels, gates, instances that are to be placed anew.

Each of it is asked for again at every look until it is seen to be so; what fails for one doesn't keep the others back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from simulacra.act.gates import advance_gate, first_gate
from simulacra.act.steward import Tell, View
from simulacra.faults import Fault, Refusal
from simulacra.model.journal import Belonging, GateRecord, LogEntry
from simulacra.model.plan import Gate
from simulacra.model.service import Service

LABELLED_AT_ONCE, WRITTEN_AT_ONCE, STOPPED_AT_ONCE = 100, 100, 5
"""So many nodes are labelled, records written and instances stopped in one step; the others follow in the next."""


class Nodes(Protocol):
    """What is needed of Nomad. ``label_nodes`` answers why some couldn't be labelled."""

    def label_nodes(self, wanted: Sequence[tuple[str, Mapping[str, str | None]]]) -> tuple[str, ...]: ...
    def stop_allocation(self, allocation_id: str) -> None: ...
    def scale(self, job: str, namespace: str, group: str, count: int, message: str) -> None: ...


class Memory(Protocol):
    """What is written down. Writes raise a `Refusal` where somebody else has written."""

    def write_belonging(self, belonging: Belonging) -> Belonging: ...
    def write_gate(self, gate: GateRecord) -> GateRecord: ...
    def log(self, entries: Sequence[LogEntry]) -> None: ...


def keep(seen: View, nodes: Nodes, memory: Memory, tell: Tell, leads: Callable[[], bool]) -> bool:
    """One step of it; whether anything was done, so that the grid is looked at anew. Where the grid only observes nothing is.

    ``leads``: whether we still may act. Many nodes take long to label, and what was seen before is then somebody else's to act upon.
    """
    if seen.grid.mode != "act":
        return False
    parts = (
        partial(_label, seen, nodes, memory, tell),
        partial(_move_gates, seen, nodes, memory, tell),
        partial(_evict, seen, nodes, tell),
    )
    done = False
    for part in parts:
        if not leads():
            tell("somebody else may lead now: what is still to be done is left for the next look")
            return done
        done = part() or done
    return done


def _label(seen: View, nodes: Nodes, memory: Memory, tell: Tell) -> bool:
    """What is to be remembered of a node is written first: else what we label it with would be taken for its own word."""
    unwritten = set()
    for belonging in seen.plan.belongings[:WRITTEN_AT_ONCE]:
        try:
            memory.write_belonging(belonging)
        except Refusal as conflict:
            unwritten.add(belonging.machine)
            tell(f"{belonging.machine}: its zone and tier are left for the next look: {conflict}")
    unwritten |= {it.machine for it in seen.plan.belongings[WRITTEN_AT_ONCE:]}
    chosen = [it for it in seen.plan.relabels if it.machine not in unwritten][:LABELLED_AT_ONCE]
    for it in chosen:
        tell(f"{it.machine}: labelled: {it.reason}")
    for why in nodes.label_nodes([(it.node, dict(it.changes)) for it in chosen]) if chosen else ():
        tell(f"it is tried again: {why}")
    return bool(seen.plan.belongings or chosen)


def _move_gates(seen: View, nodes: Nodes, memory: Memory, tell: Tell) -> bool:
    """Advance every gate by a step; whether anything was done."""
    records = {record.service: record for record in seen.snapshot.gates}
    now_s = seen.snapshot.now_s
    entries: list[LogEntry] = []
    wrote = False
    for gate in seen.plan.gates:
        service = seen.grid.service(gate.service)
        if service is None or gate.set_to is None:
            continue
        before = records.get(gate.service)
        moved, made = advance_gate(service, before or first_gate(gate, now_s), gate, seen.grid.gates, now_s)
        wrote = _counted(service, gate, moved, nodes, tell) or wrote
        if moved == before:
            continue
        try:
            memory.write_gate(replace(moved, index=before.index if before is not None else 0))
        except Refusal as conflict:
            tell(f"the gate of {gate.service} is left for the next look: {conflict}")
            continue
        wrote, entries = True, [*entries, *made]
    _log(entries, memory, tell)
    return wrote


def _counted(service: Service, gate: Gate, record: GateRecord, nodes: Nodes, tell: Tell) -> bool:
    """Set a count that the Nomad Autoscaler wouldn't set rightly; whether there was one to be set.

    It compares with what *runs*. Where a machine took all instances with it, it would leave the count of a service that isn't let online as
    it is, and Nomad would look for room for ever. Batch work that is done doesn't run, and would be started anew again and again: its
    count is ours from the beginning.
    """
    if not record.open and gate.set_to and not gate.running:
        count, why = 0, f"its gate is closed: {record.lacks or record.reason}"
    elif record.open and service.type == "batch" and gate.set_to == 0:
        count, why = gate.count, f"its gate is open: {record.reason}"
    else:
        return False
    try:
        nodes.scale(gate.service, gate.namespace, gate.group, count, why)
    except Fault as fault:
        tell(f"it is tried again: {fault}")
    return True


def _log(entries: Sequence[LogEntry], memory: Memory, tell: Tell) -> None:
    for entry in entries:
        tell(f"{entry.machine}: {entry.before} -> {entry.after}: {entry.reason}")
    if entries:
        try:
            memory.log(entries)
        except Fault as fault:
            tell(f"the log failed: {fault}")


def _evict(seen: View, nodes: Nodes, tell: Tell) -> bool:
    chosen = seen.plan.evictions[:STOPPED_AT_ONCE]
    for it in chosen:
        tell(f"{it.job}: its instance on {it.machine} is stopped, to be placed anew: {it.reason}")
        try:
            nodes.stop_allocation(it.allocation)
        except Fault as fault:
            tell(f"it is tried again: {fault}")
    return bool(chosen)
