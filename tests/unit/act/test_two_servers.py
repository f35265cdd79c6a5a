"""Two servers of one slot: both their nodes are seen, both are emptied before both are destroyed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from simulacra.act.renting import advance_rented
from simulacra.act.steps import Destroy, Drain, Seen, Step
from simulacra.act.steward import view
from simulacra.act.transitions import FORGOTTEN_AFTER_S
from simulacra.gateways.journal import Journal
from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Record
from simulacra.model.ledger import Tenancy
from simulacra.model.machine import Machine, Rent, Sleep
from simulacra.model.plan import Judged, Plan
from simulacra.model.settings import Power
from simulacra.observe.snapshot import Observer
from tests.power_world import backoff
from tests.simulation.model_nomad import ModelNomad

NOW, SLOT = 1_700_049_600.0, "burst-small-1"
MACHINE = Machine(SLOT, "cloud", "server", boot_time_s=30.0, wake=Rent("burst", "small"), sleep=Sleep("destroy"))
OLD, YOUNG = Node("id-i-1", SLOT, cpu_mhz=4000, memory_mb=4096), Node("id-i-2", SLOT, cpu_mhz=4000, memory_mb=4096)
SERVERS = tuple(Tenancy(f"i-{number}", SLOT, "small", NOW - 500 + number, "running", Decimal("0.02")) for number in (1, 2))
LEAVES = Judged(SLOT, "going", ("two servers of its slot run",), superfluous=True, leave="two servers of its slot run")
DRAINING = Record(SLOT, "draining", NOW - 20, f"it is given back: {LEAVES.leave}", "plan", drained=True)


def advanced(record: Record, **more: object) -> Step:
    seen = Seen(NOW, YOUNG, None, LEAVES, servers=SERVERS, listed_s=NOW - 1, twins=(OLD,))
    return advance_rented(MACHINE, record, replace(seen, **more), Power(drain_within_s=300.0), backoff)  # type: ignore[arg-type]


def test_a_look_sees_both_and_the_work_of_both() -> None:
    nomad = ModelNomad(lambda: NOW, lambda _seconds, _then: None)
    for node in (OLD, YOUNG, Node("id-nas", "nas")):
        nomad.join(node)
    for name in ("one", "two"):  # each of them fills a node
        task = {"Name": "it", "Driver": "exec", "Resources": {"CPU": 500, "MemoryMB": 3000}}
        nomad.register({"ID": name, "Type": "service", "TaskGroups": [{"Name": name, "Count": 1, "Tasks": [task]}]}, "", 0, True)
    grid = Grid("trial", mode="act", machines=(MACHINE,))
    seen = Observer(grid, nomad, Journal(nomad)).look(NOW)
    assert [it.name for it in seen.nodes] == [SLOT, "nas"]
    assert {it.id for it in (*seen.nodes[:1], *seen.twins)} == {OLD.id, YOUNG.id}
    looked = view(grid, seen, Plan()).seen(MACHINE)
    assert (looked.busy, len(looked.twins)) == (("one", "two"), 1)
    nomad.miss(OLD.id)
    assert Observer(grid, nomad, Journal(nomad)).look(NOW).twins == ()


def test_both_are_emptied_before_both_are_destroyed() -> None:
    assert advanced(DRAINING).effects == (Drain(YOUNG.id), Drain(OLD.id))
    empty = replace(YOUNG, eligible=False)
    assert advanced(DRAINING, node=empty).effects == (Drain(OLD.id),), "what is empty already isn't drained again"
    leaves = replace(OLD, eligible=False, draining=True)
    assert advanced(DRAINING, node=empty, twins=(leaves,), busy=("web",)).effects == (Drain(YOUNG.id),)
    gone = advanced(DRAINING, node=empty, twins=(replace(OLD, eligible=False),))
    assert (gone.record.power, gone.effects) == ("sleeping", (Destroy(SLOT, ("i-1", "i-2")),))


def test_a_drain_that_nomad_forgets_to_end_is_asked_for_again() -> None:
    leaves, empty = replace(OLD, eligible=False, draining=True), replace(YOUNG, eligible=False)
    late = replace(DRAINING, since_s=NOW - FORGOTTEN_AFTER_S)
    assert advanced(late, node=empty, twins=(leaves,)).effects == (Drain(OLD.id),)
    assert advanced(replace(late, since_s=late.since_s + 1), node=empty, twins=(leaves,)).effects == ()
    assert advanced(late, node=empty, twins=(leaves,), busy=("web",)).effects == (Drain(YOUNG.id),)


def test_what_failed_takes_no_work_on_either() -> None:
    failed = Record(SLOT, "failed", NOW - 20, "didn't join in time", "itself", failures=1, failed_s=NOW - 20, out_until_s=NOW + 280)
    assert advanced(failed).record.power == "on", "nobody has asked for their destruction yet"
    assert advanced(replace(failed, attempts=1, next_try_s=NOW - 1)).effects == (
        Drain(YOUNG.id),
        Drain(OLD.id),
        Destroy(SLOT, ("i-1", "i-2")),
    )
