"""Carries plans and power states out: for each machine one step at a time, written down before it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from simulacra.act.power import ORDER_HOLDS_S, advance, first_record, intend_sleep, intend_wake
from simulacra.act.renting import advance_rented, creation_of
from simulacra.act.steps import Create, Destroy, Drain, Effect, Release, Seen, SendOrder, Step, Wake
from simulacra.act.transitions import Backoff
from simulacra.faults import Fault, Refusal
from simulacra.model.cluster import Node
from simulacra.model.dark import dark_zones
from simulacra.model.grid import Grid
from simulacra.model.journal import A_PERSON, LogEntry, Order, Packet, Record, Report, next_sequence
from simulacra.model.ledger import Ledger
from simulacra.model.machine import Machine, WakeCommand
from simulacra.model.plan import Action, Judged, Plan
from simulacra.model.relays import relays_of, senders
from simulacra.model.snapshot import Snapshot

Tell = Callable[[str], None]
NOTHING_REFUSED: Mapping[str, str] = MappingProxyType({})


class Nodes(Protocol):
    """What emptying machines needs of Nomad."""

    def drain(self, node_id: str) -> None: ...
    def end_drain(self, node_id: str, eligible: bool) -> None: ...


class Journal(Protocol):
    """What is written down. ``write`` compares the record's index and raises a `Refusal` where somebody else has written."""

    def write(self, record: Record) -> Record: ...
    def log(self, entries: Sequence[LogEntry]) -> None: ...
    def order(self, machine: str, order: Order) -> None: ...


class Clouds(Protocol):
    """Who creates and destroys servers. Both only begin with it: what has come of it the cloud's next entry tells."""

    def create(self, machine: Machine, creation: str) -> None: ...
    def destroy(self, machine: Machine, servers: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """``packet`` makes a machine's magic packet, ``run`` carries a command out (raises `Fault`), ``tell`` takes a line for the log.
    ``clouds`` None: nothing is rented.
    """

    nodes: Nodes
    journal: Journal
    packet: Callable[[Machine], Packet]
    run: Callable[[tuple[str, ...]], None]
    backoff: Backoff
    tell: Tell
    clouds: Clouds | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot with the plan made of it, looked up by machine. ``refused`` has for creations of servers why their provider refuses."""

    grid: Grid
    snapshot: Snapshot
    plan: Plan
    nodes: dict[str, Node]
    records: dict[str, Record]
    reports: dict[str, Report]
    judged: dict[str, Judged]
    busy: dict[str, tuple[str, ...]]
    dark: frozenset[str]
    ledgers: dict[str, Ledger]
    refused: Mapping[str, str]

    def seen(self, machine: Machine) -> Seen:
        """What a person has begun with is carried on also where the grid only observes."""
        record = self.records.get(machine.name)
        ledger = self.ledgers.get(machine.rent.cloud) if machine.rent is not None else None
        return Seen(
            now_s=self.snapshot.now_s,
            node=self.nodes.get(machine.name),
            report=self.reports.get(machine.name),
            judged=self.judged.get(machine.name),
            busy=self.busy.get(machine.name, ()),
            cut_off=machine.zone in self.dark,
            acting=self.grid.mode == "act" or (record is not None and record.by == A_PERSON),
            servers=ledger.servers_of(machine.name) if ledger is not None else (),
            listed_s=ledger.listed_s if ledger is not None else 0.0,
            refused=self.refused.get(creation_of(record), "") if machine.rent is not None and record is not None else "",
            twins=tuple(it for it in self.snapshot.twins if it.name == machine.name),
        )


def view(grid: Grid, snapshot: Snapshot, plan: Plan, refused: Mapping[str, str] = NOTHING_REFUSED) -> View:
    """The snapshot and its plan, indexed. ``grid`` has the slots of its clouds among its machines."""
    nodes = {node.name: node for node in snapshot.nodes}
    names = {node.id: node.name for node in (*snapshot.nodes, *snapshot.twins)}
    types = {(job.id, job.namespace): job.type for job in snapshot.jobs}
    busy: dict[str, set[str]] = {}
    for it in snapshot.allocations:
        if types.get((it.job, it.namespace)) != "system" and it.node in names:
            busy.setdefault(names[it.node], set()).add(it.job)
    return View(
        grid,
        snapshot,
        plan,
        nodes,
        {record.machine: record for record in snapshot.records},
        {report.machine: report for report in snapshot.reports},
        {it.machine: it for it in plan.machines},
        {name: tuple(sorted(jobs)) for name, jobs in busy.items()},
        dark_zones(grid, nodes),
        {ledger.cloud: ledger for ledger in snapshot.clouds},
        refused,
    )


def switched(grid: Grid) -> tuple[Machine, ...]:
    """The machines that can be woken or put to sleep: those that a record is kept of."""
    return tuple(machine for machine in grid.machines if machine.wake is not None or machine.sleep is not None)


def intend(seen: View, actions: Iterable[Action], by: str, tools: Tools) -> tuple[Action, ...]:
    """Write down what the actions intend, and begin with it where that is one's own machine; the actions that were begun.

    What somebody else has written meanwhile is left alone: the next plan sees it.
    """
    steps, begun = [], []
    for action in actions:
        machine = seen.grid.machine(action.machine)
        if machine is None:
            continue
        record = seen.records.get(machine.name) or first_record(machine, seen.seen(machine))
        step = _intended(seen, record, action, by)
        if step.record.power != record.power:
            # who leads asks the cloud: whoever intends it may end before there is an answer, or have no credentials
            steps.append(step if machine.rent is not None else _onwards(seen, machine, step, tools))
            begun.append(action)
    done = carry_out(seen, steps, tools)
    return tuple(action for action in begun if action.machine in done)


def _intended(seen: View, record: Record, action: Action, by: str) -> Step:
    now_s = seen.snapshot.now_s
    if action.action == "wake":
        return intend_wake(record, action.reason, by, now_s)
    node = seen.nodes.get(action.machine)
    return Step(record) if node is None else intend_sleep(record, node, action.reason, by, now_s)


def _onwards(seen: View, machine: Machine, step: Step, tools: Tools) -> Step:
    """The intent and the first thing to be done for it as one step, so that a packet doesn't wait for the next look."""
    looked = replace(seen.seen(machine), judged=None)
    further = _advanced(seen, machine, step.record, looked, tools)
    return Step(further.record, further.effects, (*step.entries, *further.entries))


def _advanced(seen: View, machine: Machine, record: Record, looked: Seen, tools: Tools) -> Step:
    stepped = advance if machine.rent is None else advance_rented
    return stepped(machine, record, looked, seen.grid.power, tools.backoff)


def _sleeps_on(seen: View, machine: Machine, record: Record) -> bool:
    """Whether there is nothing to be done about it, as about most machines of a grid that sleeps."""
    node = seen.nodes.get(machine.name)
    return record.power == "asleep" and machine.rent is None and (node is None or node.status != "ready")


def _is_empty(machine: Machine, looked: Seen) -> bool:
    """Whether it is a slot that there is nothing to be remembered of."""
    return machine.rent is not None and not looked.servers and not looked.ready


def tick(seen: View, tools: Tools) -> tuple[LogEntry, ...]:
    """Advance every machine by a step; the transitions that were made."""
    steps = []
    for machine in switched(seen.grid):
        known = seen.records.get(machine.name)
        if known is not None and _sleeps_on(seen, machine, known):
            continue
        looked = seen.seen(machine)
        if known is None and _is_empty(machine, looked):
            continue
        record = known or first_record(machine, looked)
        step = _advanced(seen, machine, record, looked, tools)
        if known is None or step.record != known or step.effects:
            steps.append(step)
    done = carry_out(seen, steps, tools)
    return tuple(entry for step in steps if step.record.machine in done for entry in step.entries)


def carry_out(seen: View, steps: Sequence[Step], tools: Tools) -> frozenset[str]:
    """Write the records, then do what they ask for, then the log; the machines whose step was written.

    What fails for one machine doesn't keep the others back: its record says what is still to be done, and the next look does it.
    """
    written = [step for step in steps if _written(seen, step, tools)]
    wakes = [effect for step in written for effect in step.effects if isinstance(effect, Wake)]
    for step in written:
        for effect in step.effects:
            if isinstance(effect, Create | Destroy):
                _rented(seen, effect, tools)
            elif not isinstance(effect, Wake):
                _done(effect, step.record.machine, tools)
    _send(seen, wakes, tools)
    entries = tuple(entry for step in written for entry in step.entries)
    for entry in entries:
        tools.tell(f"{entry.machine}: {entry.before} -> {entry.after}: {entry.reason}")
    if entries:
        _tried("the log", lambda: tools.journal.log(entries), tools)
    return frozenset(step.record.machine for step in written)


def _written(seen: View, step: Step, tools: Tools) -> bool:
    if step.record == seen.records.get(step.record.machine):
        return True
    try:
        tools.journal.write(step.record)
    except Refusal as conflict:
        tools.tell(f"{step.record.machine}: left for the next look: {conflict}")
        return False
    return True


def _rented(seen: View, effect: Create | Destroy, tools: Tools) -> None:
    machine, clouds = seen.grid.machine(effect.machine), tools.clouds
    assert machine is not None, "only defined machines are switched"
    if clouds is None:
        tools.tell(f"{machine.name}: nobody here can ask its cloud: whoever leads next does")
    elif isinstance(effect, Create):
        clouds.create(machine, effect.creation)
    else:
        clouds.destroy(machine, effect.servers)


def _done(effect: Effect, machine: str, tools: Tools) -> None:
    match effect:
        case Drain(node):
            _tried(f"draining {machine}", lambda: tools.nodes.drain(node), tools)
        case Release(node, eligible):
            _tried(f"ending the drain of {machine}", lambda: tools.nodes.end_drain(node, eligible), tools)
        case SendOrder(receiver, order):
            _tried(f"the order to {receiver}", lambda: tools.journal.order(receiver, order), tools)
        case _:
            raise AssertionError("wakes are sent together, and servers by their clouds")


def _tried(what: str, call: Callable[[], object], tools: Tools) -> None:
    try:
        call()
    except Fault as fault:
        tools.tell(f"{what} failed, it is tried again: {fault}")


def _send(seen: View, wakes: Sequence[Wake], tools: Tools) -> None:
    """Run the commands, and hand every relay its packets as one order."""
    packets: dict[str, list[Packet]] = {}
    for wake in wakes:
        machine = seen.grid.machine(wake.machine)
        assert machine is not None, "only defined machines are switched"
        if isinstance(machine.wake, WakeCommand):
            command = machine.wake.command
            _tried(f"the command that wakes {machine.name}", lambda command=command: tools.run(command), tools)  # type: ignore[misc]
            continue
        chosen = senders(relays_of(seen.grid, seen.snapshot, machine.zone, machine.name), wake.attempt)
        if not chosen:
            tools.tell(f"{machine.name}: no machine is on in zone {machine.zone} that could send its magic packet")
        for relay in chosen:
            packets.setdefault(relay, []).append(tools.packet(machine))
    now_s = seen.snapshot.now_s
    for relay, waiting in sorted(packets.items()):
        sequence = next_sequence(now_s, _obeyed(seen, relay))
        order = Order(sequence, "wake", now_s + ORDER_HOLDS_S, packets=tuple(waiting))
        tools.tell(f"{relay} sends the magic packet of {', '.join(packet.machine for packet in waiting)}")
        _tried(f"the order to {relay}", lambda relay=relay, order=order: tools.journal.order(relay, order), tools)  # type: ignore[misc]


def _obeyed(seen: View, machine: str) -> int:
    report = seen.reports.get(machine)
    return report.obeyed if report is not None else 0
