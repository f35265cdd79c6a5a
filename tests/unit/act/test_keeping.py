"""Labels, gates and evictions carried out: what is remembered first, then the world; what fails for one doesn't keep the others back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from simulacra.act.keeping import keep
from simulacra.act.steward import View, view
from simulacra.faults import Fault, Refusal
from simulacra.model.grid import Grid
from simulacra.model.journal import Belonging, GateRecord, LogEntry
from simulacra.model.plan import Eviction, Gate, Plan, Relabel
from simulacra.model.service import Needs, Service
from simulacra.model.settings import Gates, Mode
from simulacra.model.snapshot import Snapshot

NOW = 10_000.0
GRID = Grid("trial", mode="act", services=(Service("jenkins", needs=Needs()), Service("wiki", needs=Needs())), gates=Gates(0, 0, 60))


@dataclass
class Book:
    """Everything that was done, in order; what is in ``conflicts`` somebody else writes first, what is in ``broken`` fails."""

    done: list[tuple[str, object]] = field(default_factory=list)
    conflicts: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    told: list[str] = field(default_factory=list)
    leads: tuple[bool, ...] = (True, True, True)
    """Whether we lead before the labels, before the gates, and before instances are stopped."""

    def write_belonging(self, belonging: Belonging) -> Belonging:
        if belonging.machine in self.conflicts:
            raise Refusal("somebody else has written it")
        self.done.append(("belonging", belonging.machine))
        return belonging

    def write_gate(self, gate: GateRecord) -> GateRecord:
        if gate.service in self.conflicts:
            raise Refusal("somebody else has written it")
        self.done.append(("gate", (gate.service, gate.open, gate.index)))
        return gate

    def log(self, entries: Sequence[LogEntry]) -> None:
        self.done.append(("log", tuple((it.machine, it.before, it.after) for it in entries)))

    def label_nodes(self, wanted: Sequence[tuple[str, Mapping[str, str | None]]]) -> tuple[str, ...]:
        self.done.append(("label", tuple(sorted(node for node, _ in wanted))))
        return tuple(f"{node} doesn't answer" for node, _ in wanted if node in self.broken)

    def stop_allocation(self, allocation_id: str) -> None:
        if allocation_id in self.broken:
            raise Fault("no answer")
        self.done.append(("stop", allocation_id))

    def scale(self, job: str, namespace: str, group: str, count: int, message: str) -> None:
        if job in self.broken:
            raise Fault("no answer")
        self.done.append(("scale", (job, namespace, group, count, message)))

    def keep(self, seen: View) -> bool:
        return keep(seen, self, self, self.told.append, iter(self.leads).__next__)


def seen(plan: Plan, gates: tuple[GateRecord, ...] = (), mode: Mode = "act") -> View:
    return view(replace(GRID, mode=mode), Snapshot(NOW, gates=gates), plan)


def relabel(name: str) -> Relabel:
    return Relabel(name, f"id-{name}", (("simulacra_zone", "attic"),), "zone attic by its address, tier server")


def test_what_is_remembered_is_written_before_a_node_is_labelled() -> None:
    book = Book()
    plan = Plan(belongings=(Belonging("new", "attic", "subnet"),), relabels=(relabel("new"), relabel("old")))
    assert book.keep(seen(plan))
    assert book.done == [("belonging", "new"), ("label", ("id-new", "id-old"))]
    assert book.told == [
        "new: labelled: zone attic by its address, tier server",
        "old: labelled: zone attic by its address, tier server",
    ]


def test_a_node_whose_memory_couldnt_be_written_isnt_labelled_yet() -> None:
    book = Book(conflicts=frozenset({"new"}))
    plan = Plan(belongings=(Belonging("new", "attic", "subnet"),), relabels=(relabel("new"), relabel("old")))
    book.keep(seen(plan))
    assert book.done == [("label", ("id-old",))]


def test_a_node_that_cant_be_labelled_is_told_of() -> None:
    book = Book(broken=frozenset({"id-new"}))
    book.keep(seen(Plan(relabels=(relabel("new"), relabel("old")))))
    assert "it is tried again: id-new doesn't answer" in book.told


def test_a_gate_that_moves_is_written_and_logged() -> None:
    book = Book()
    plan = Plan(gates=(Gate("jenkins", True, ("the grid can carry it",), 1, 0, 0), Gate("wiki", False, ("nothing is there",), 1, 0, 0)))
    assert book.keep(seen(plan))
    assert book.done == [
        ("gate", ("jenkins", True, 0)),
        ("gate", ("wiki", False, 0)),
        ("log", (("service:jenkins", "closed", "open"),)),
    ]


def test_a_gate_that_stays_as_it_is_isnt_written_again() -> None:
    book = Book()
    known = GateRecord("jenkins", True, NOW - 50, "the grid can carry it", met_since_s=NOW - 60, index=7)
    assert not book.keep(seen(Plan(gates=(Gate("jenkins", True, ("the grid carries it",), 1, 1, 1),)), (known,)))
    assert book.done == []
    assert book.keep(seen(Plan(gates=(Gate("jenkins", False, ("gone",), 1, 1, 1),)), (known,)))
    assert book.done[0] == ("gate", ("jenkins", False, 7))


def test_a_gate_of_a_service_that_isnt_submitted_is_left_alone() -> None:
    book = Book()
    assert not book.keep(seen(Plan(gates=(Gate("jenkins", False, ("not submitted",), 1, 0, None),))))
    assert book.done == []


def test_a_gate_that_somebody_else_moved_is_left_for_the_next_look() -> None:
    book = Book(conflicts=frozenset({"jenkins"}))
    gates = (Gate("jenkins", True, ("there",), 1, 0, 0), Gate("wiki", True, ("there",), 1, 0, 0))
    assert book.keep(seen(Plan(gates=gates)))
    assert book.done == [("gate", ("wiki", True, 0)), ("log", (("service:wiki", "closed", "open"),))]


def test_a_closed_service_of_which_nothing_runs_loses_its_count() -> None:
    """The Nomad Autoscaler wouldn't: it compares with what runs."""
    closed = GateRecord("jenkins", False, NOW - 50, "gone", 0.0, NOW - 50, "no hypervisor is on", index=7)
    gate = Gate("jenkins", False, ("no hypervisor is on",), 1, 0, 1, "jenkins", "apps")
    book = Book()
    assert book.keep(seen(Plan(gates=(gate,)), (closed,)))
    assert book.done == [("scale", ("jenkins", "apps", "jenkins", 0, "its gate is closed: no hypervisor is on"))]
    for other in (replace(gate, running=1), replace(gate, set_to=0)):
        book = Book()
        assert not book.keep(seen(Plan(gates=(other,)), (closed,)))
        assert book.done == []
    book = Book(broken=frozenset({"jenkins"}))
    book.keep(seen(Plan(gates=(gate,)), (closed,)))
    assert book.told == ["it is tried again: no answer"]


def test_batch_work_that_is_let_in_gets_its_count_once() -> None:
    """By a policy that looks at what runs it would begin anew whenever it is done."""
    grid = replace(GRID, services=(Service("pack", type="batch", needs=Needs()),))
    opened = GateRecord("pack", True, NOW - 50, "the grid can carry it", met_since_s=NOW - 60, index=7)
    gate = Gate("pack", True, ("the grid carries it",), 2, 0, 0, "pack")
    for set_to, done in ((0, [("scale", ("pack", "default", "pack", 2, "its gate is open: the grid can carry it"))]), (2, [])):
        book = Book()
        book.keep(view(grid, Snapshot(NOW, gates=(opened,)), Plan(gates=(replace(gate, set_to=set_to),))))
        assert book.done == done


def test_instances_are_stopped_a_few_at_a_time_and_one_that_fails_keeps_nobody_back() -> None:
    book = Book(broken=frozenset({"a0"}))
    plan = Plan(evictions=tuple(Eviction(f"job{at}", f"a{at}", "nas", "below its tier") for at in range(8)))
    assert book.keep(seen(plan))
    assert book.done == [("stop", f"a{at}") for at in (1, 2, 3, 4)]
    assert "it is tried again: no answer" in book.told


def test_a_grid_that_only_observes_does_none_of_it() -> None:
    book = Book()
    plan = Plan(
        belongings=(Belonging("new", "attic", "subnet"),),
        relabels=(relabel("new"),),
        gates=(Gate("jenkins", True, ("there",), 1, 0, 0),),
        evictions=(Eviction("page", "a", "nas", "below its tier"),),
    )
    assert not book.keep(seen(plan, mode="observe"))
    assert (book.done, book.told) == ([], [])


@pytest.mark.parametrize(
    ("leads", "done"),
    [
        ((False,), []),
        ((True, False), ["label"]),
        ((True, True, False), ["label", "gate", "log"]),
        ((True, True, True), ["label", "gate", "log", "stop"]),
    ],
)
def test_who_leads_no_more_does_no_more(leads: tuple[bool, ...], done: list[str]) -> None:
    book = Book(leads=leads)
    plan = Plan(
        relabels=(relabel("old"),),
        gates=(Gate("jenkins", True, ("there",), 1, 0, 0),),
        evictions=(Eviction("page", "a", "nas", "below its tier"),),
    )
    assert book.keep(seen(plan)) is bool(done)
    assert [kind for kind, _ in book.done] == done
    assert ("somebody else may lead now: what is still to be done is left for the next look" in book.told) is (False in leads)
