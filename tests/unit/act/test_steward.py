"""What the steward does with a whole grid: records first, then effects, packets through machines of the zone; conflicts left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simulacra.act.steward import Tools, intend, tick, view
from simulacra.cli.show_power import about
from simulacra.faults import Fault, Refusal
from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, LogEntry, Order, Packet, Record, Report
from simulacra.model.machine import Machine, Sleep, WakeCommand, WakeLan
from simulacra.model.place import Zone
from simulacra.model.plan import Action, Judged, Plan
from simulacra.model.relays import senders
from simulacra.model.settings import Mode
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation, Job

NOW = 10_000.0
MACHINES = (
    Machine("desk", "office", wake=WakeLan("52:54:00:00:00:02"), sleep=Sleep()),
    Machine("mini", "office", never_sleeps=True),
    Machine("nas", "attic", never_sleeps=True),
    Machine("plug", "attic", wake=WakeCommand(("plug", "on")), sleep=Sleep()),
    Machine("tower", "attic", wake=WakeLan("52:54:00:00:00:01"), sleep=Sleep()),
)


@dataclass
class Book:
    """Everything that was done, in order; ``conflicts`` are machines whose record somebody else writes first."""

    done: list[tuple[str, object]] = field(default_factory=list)
    conflicts: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()

    def write(self, record: Record) -> Record:
        if record.machine in self.conflicts:
            raise Refusal("somebody else has written it")
        self.done.append(("write", (record.machine, record.power)))
        return record

    def log(self, entries: Sequence[LogEntry]) -> None:
        self.done.append(("log", tuple((it.machine, it.before, it.after) for it in entries)))

    def order(self, machine: str, order: Order) -> None:
        if machine in self.broken:
            raise Fault("no answer")
        self.done.append(("order", (machine, order.kind, tuple(packet.machine for packet in order.packets))))

    def drain(self, node_id: str) -> None:
        if node_id in self.broken:
            raise Fault("the token lacks the right to drain it")
        self.done.append(("drain", node_id))

    def end_drain(self, node_id: str, eligible: bool) -> None:
        self.done.append(("end_drain", (node_id, eligible)))

    def run(self, command: tuple[str, ...]) -> None:
        self.done.append(("run", command))

    def tools(self) -> Tools:
        def packet(machine: Machine) -> Packet:
            return Packet(machine.name, "ff")

        return Tools(self, self, packet, self.run, lambda attempt: 2.0 * attempt, lambda line: self.done.append(("tell", line)))

    def kinds(self, *kinds: str) -> list[tuple[str, object]]:
        return [it for it in self.done if it[0] in kinds]


def node(name: str, on: bool = True) -> Node:
    return Node(f"id-{name}", name, status="ready" if on else "down", eligible=on)


def snapshot(off: Sequence[str] = ("desk", "plug", "tower"), records: tuple[Record, ...] = (), **more: object) -> Snapshot:
    nodes = tuple(node(machine.name, machine.name not in off) for machine in MACHINES)
    relays = tuple(Allocation(f"a-{it.name}", NODE_JOB, NODE_JOB, it.id) for it in nodes if it.status == "ready")
    made = Snapshot(NOW, nodes, relays, (Job(NODE_JOB, type="system"),), records=records)
    return replace(made, **more)  # type: ignore[arg-type]


def grid(mode: Mode = "act") -> Grid:
    return Grid("g", mode=mode, machines=MACHINES, zones=(Zone("attic"), Zone("office")))


def asleep(*names: str) -> tuple[Record, ...]:
    return tuple(Record(name, "asleep", NOW - 500, drained=True, index=1) for name in names)


def test_a_wake_is_written_then_sent_by_machines_of_the_sleepers_zone_in_the_same_breath() -> None:
    book = Book()
    seen = view(grid(), snapshot(records=asleep("desk", "plug", "tower")), Plan())
    actions = tuple(Action("wake", name, "work waits") for name in ("desk", "plug", "tower"))
    assert intend(seen, actions, "plan", book.tools()) == actions
    assert book.kinds("write", "order", "run", "log") == [
        ("write", ("desk", "waking")),
        ("write", ("plug", "waking")),
        ("write", ("tower", "waking")),
        ("run", ("plug", "on")),
        ("order", ("mini", "wake", ("desk",))),
        ("order", ("nas", "wake", ("tower",))),
        ("log", (("desk", "asleep", "waking"), ("plug", "asleep", "waking"), ("tower", "asleep", "waking"))),
    ]


def test_what_somebody_else_writes_meanwhile_is_left_alone() -> None:
    book = Book(conflicts=frozenset({"tower"}))
    seen = view(grid(), snapshot(records=asleep("desk", "tower")), Plan())
    begun = intend(seen, (Action("wake", "tower", "w"), Action("wake", "desk", "w")), "plan", book.tools())
    assert [action.machine for action in begun] == ["desk"]
    assert book.kinds("order") == [("order", ("mini", "wake", ("desk",)))]


def test_one_that_fails_doesnt_keep_the_others_back() -> None:
    book = Book(broken=frozenset({"mini"}))
    seen = view(grid(), snapshot(records=asleep("desk", "tower")), Plan())
    intend(seen, (Action("wake", "desk", "w"), Action("wake", "tower", "w")), "plan", book.tools())
    assert book.kinds("order") == [("order", ("nas", "wake", ("tower",)))]
    assert any("mini" in str(line) and "again" in str(line) for _, line in book.kinds("tell"))


def test_who_asked_for_a_machine_hears_that_it_cant_be_emptied() -> None:
    book = Book(broken=frozenset({"id-tower"}))
    records = (Record("tower", "draining", NOW - 5, by="a person", index=1),)
    tick(view(grid(), snapshot(off=("desk",), records=records, reports=(Report("tower", NOW, "boot"),)), Plan()), book.tools())
    [line] = [str(line) for _, line in book.kinds("tell") if "lacks the right" in str(line)]
    assert about(line, ["tower"])


def test_a_machine_in_another_state_isnt_begun_with() -> None:
    book = Book()
    records = (Record("tower", "waking", NOW - 5, index=1), Record("desk", "on", NOW - 5, index=1))
    seen = view(grid(), snapshot(off=("tower",), records=records), Plan())
    assert intend(seen, (Action("wake", "tower", "w"), Action("wake", "desk", "w")), "plan", book.tools()) == ()
    assert book.done == []


def test_first_records_say_what_is_found_and_remember_who_is_on() -> None:
    book = Book()
    tick(view(grid(), snapshot(off=("tower",)), Plan()), book.tools())
    assert book.kinds("write") == [("write", ("desk", "on")), ("write", ("plug", "on")), ("write", ("tower", "asleep"))]


def test_an_emptied_machine_is_ordered_to_sleep_and_one_with_work_isnt() -> None:
    book = Book()
    work = Allocation("a1", "web", "web", "id-plug")
    nodes = tuple(replace(it, eligible=it.name not in ("desk", "plug")) for it in snapshot(off=("tower",)).nodes)
    records = (
        Record("desk", "draining", NOW - 5, by="plan", drained=True, index=1),
        Record("plug", "draining", NOW - 5, by="plan", drained=True, index=1),
        *asleep("tower"),
    )
    reports = (Report("desk", NOW, "b1"), Report("plug", NOW, "b2"))
    plan = Plan(machines=(Judged("desk", "going", (), superfluous=True), Judged("plug", "going", (), superfluous=True)))
    jobs = (Job("web"), Job(NODE_JOB, type="system"))
    seen = view(grid(), snapshot(off=("tower",), records=records, nodes=nodes, reports=reports, allocations=(work,), jobs=jobs), plan)
    tick(seen, book.tools())
    assert book.kinds("write", "order", "drain") == [
        ("write", ("desk", "sleeping")),
        ("order", ("desk", "sleep", ())),
        ("drain", "id-plug"),
    ]


def test_a_grid_that_observes_empties_nothing_and_wakes_nothing() -> None:
    book = Book()
    records = (Record("desk", "draining", NOW - 5, drained=True, index=1), Record("tower", "waking", NOW - 5, index=1))
    seen = view(grid("observe"), snapshot(off=("tower", "plug"), records=(*records, *asleep("plug"))), Plan())
    tick(seen, book.tools())
    assert book.kinds("drain", "order", "run") == []
    assert ("write", ("desk", "on")) in book.done


def test_a_dark_zone_changes_nothing() -> None:
    book = Book()
    records = (
        Record("tower", "on", NOW - 5, index=1),
        Record("plug", "sleeping", NOW - 5, index=1),
        Record("desk", "on", NOW - 5, index=1),
    )
    tick(view(grid(), snapshot(off=("nas", "tower", "plug"), records=records), Plan()), book.tools())
    assert [what for _, what in book.kinds("write")] == [("desk", "on")]


def test_every_relay_has_its_turn() -> None:
    relays = ("a", "b", "c")
    assert [senders(relays, attempt) for attempt in (1, 2, 3)] == [("a", "b"), ("c", "a"), ("b", "c")]
    assert senders(("a",), 5) == ("a",)
    assert senders((), 1) == ()
