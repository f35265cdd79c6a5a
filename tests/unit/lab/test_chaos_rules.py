"""What must hold in a lab under chaos: each rule is broken by something that was made up, and by nothing that is as it should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.lab.chaos.kinds import Ground
from simulacra.lab.chaos.marks import Unit
from simulacra.lab.chaos.rest import rests, waited_until_s
from simulacra.lab.chaos.rules import RULES, breaches
from simulacra.lab.chaos.schedule import Schedule, Strike, Work
from simulacra.lab.chaos.seen import Asked, Bounds, Heard, NodeSeen, Reachable, Seen, Server, Struck, Switched, with_heard
from simulacra.model.journal import LogEntry, Record

GROUND = Ground(
    zones=("attic", "office"),
    zone_of=(("desk", "office"), ("mini", "office"), ("nas", "attic"), ("tower", "attic")),
    servers=("mini", "nas"),
    keepers=("mini", "nas"),
    sleepers=("desk", "tower"),
)
BEGAN, NOW = 1000.0, 2000.0
NODES = (NodeSeen("mini", True, True, False), NodeSeen("nas", True, True, False), NodeSeen("tower", True, True, False))
NODES_THEN = tuple(Reachable(name, BEGAN, True) for name in ("desk", "mini", "nas", "tower"))
RECORDS = (Record("desk", power="asleep", since_s=1400.0), Record("tower", power="on", since_s=1000.0))


def entry(at_s: float, machine: str, before: str, after: str, by: str = "plan") -> LogEntry:
    return LogEntry(at_s, machine, before, after, "because", by)


def unit(job: str, machine: str, begun_s: float, allocation: str = "a1", **more: float) -> Unit:
    return Unit(machine, job, allocation, 100, 7, begun_s, **more)  # type: ignore[arg-type]


def struck(kind: str, whom: str, machines: tuple[str, ...], began_s: float, healed_s: float | None) -> Struck:
    return Struck(Strike(began_s - BEGAN, kind, whom, 10.0), machines, began_s, healed_s)


QUIET = Seen(
    ground=GROUND,
    bounds=Bounds(machines_min=3, machines_max=4, each=("beacon",)),
    began_s=BEGAN,
    now_s=NOW,
    strikes=(struck("zone cut", "office", ("desk", "mini"), 1100.0, 1150.0),),
    asked=(Asked("beacon", "service", 2, BEGAN), Asked("batch-0", "batch", 1, 1200.0), Asked("errand", "service", 1, 1200.0, 1300.0)),
    units=(
        unit("beacon", "mini", 1001.0, "b1"),
        unit("beacon", "nas", 1001.0, "b2"),
        unit("batch-0", "desk", 1210.0, ended_s=1240.0),
        unit("errand", "desk", 1210.0, "e1", told_s=1301.0),
    ),
    switches=(
        *(Switched(name, BEGAN - 10, "on") for name in ("desk", "mini", "nas", "tower")),
        Switched("desk", 1320.0, "sleeping", obeyed=5),
        Switched("desk", 1321.0, "asleep"),
    ),
    reachable=(*NODES_THEN, Reachable("desk", 1380.0, False)),
    entries=(
        entry(1310.0, "desk", "on", "draining"),
        entry(1315.0, "desk", "draining", "sleeping"),
        entry(1390.0, "desk", "sleeping", "asleep"),
    ),
    answered=(("beacon", "attic", NOW), ("beacon", "office", NOW)),
    heard=Heard(NOW, NODES, RECORDS),
    servers=(Server("burst-small-1", owned=True),),
    over=True,
)
POWER_CUT = struck("power cut", "nas", ("nas",), 1500.0, 1520.0)


def with_units(*more: Unit) -> Seen:
    return replace(QUIET, units=(*QUIET.units, *more))


def with_switches(*more: Switched) -> Seen:
    return replace(QUIET, switches=tuple(sorted((*QUIET.switches, *more), key=lambda it: it.at_s)))


def with_entries(*more: LogEntry) -> Seen:
    return replace(QUIET, entries=tuple(sorted((*QUIET.entries, *more), key=lambda it: it.at_s)))


def with_records(*records: Record) -> Seen:
    return replace(QUIET, heard=Heard(NOW, NODES, records))


ASKED = Asked("batch-1", "batch", 1, 1200.0)
OFF_AND_ON = (Switched("tower", 1500.0, "sleeping", obeyed=6), Switched("tower", 1501.0, "asleep"), Switched("tower", 1550.0, "on"))
BROKEN: dict[str, list[Seen]] = {
    "work is not lost": [with_units(unit("batch-0", "nas", 1200.0, "a2", gone_s=1300.0))],
    "batch work is not told to stop": [with_units(unit("batch-0", "nas", 1200.0, "a2", told_s=1205.0))],
    "batch work ends once": [with_units(unit("batch-0", "nas", 1200.0, "a2", ended_s=1260.0))],
    "no more run than were asked for": [with_units(unit("beacon", "tower", 1001.0, "b3"))],
    "work that can run runs": [
        replace(QUIET, asked=(*QUIET.asked, ASKED)),
        replace(
            with_units(unit("batch-2", "tower", 1900.0, "a2")),
            asked=(*QUIET.asked, replace(ASKED, memory_mb=600), Asked("batch-2", "batch", 1, 1300.0, memory_mb=500)),
            over=False,
        ),
        replace(
            with_units(unit("batch-1", "nas", 1210.0, "a2", gone_s=1220.0)),
            asked=(*QUIET.asked, ASKED),
            switches=(*QUIET.switches, Switched("nas", 1215.0, "sleeping", by_fault=True), Switched("nas", 1230.0, "on")),
        ),
    ],
    "one stands in each zone": [replace(QUIET, answered=(("beacon", "attic", NOW), ("beacon", "office", 1850.0)))],
    "people are left alone": [with_switches(replace(OFF_AND_ON[0], sat_s=1490.0), *OFF_AND_ON[1:])],
    "what runs is not switched off": [
        replace(with_switches(*OFF_AND_ON), units=(*QUIET.units, unit("errand", "tower", 1210.0, "e2", gone_s=1501.0))),
        replace(with_switches(*OFF_AND_ON), units=(*QUIET.units, unit("errand", "tower", 1210.0, "e2", told_s=1500.5))),
    ],
    "never_sleeps": [
        replace(
            with_switches(Switched("nas", 1500.0, "sleeping", obeyed=6), Switched("nas", 1550.0, "on")),
            units=(QUIET.units[0], replace(QUIET.units[1], told_s=1499.0), unit("beacon", "nas", 1560.0, "b3"), *QUIET.units[2:]),
        )
    ],
    "each order is obeyed once": [
        with_switches(*OFF_AND_ON, Switched("tower", 1600.0, "sleeping", obeyed=6), Switched("tower", 1650.0, "on")),
    ],
    "machines_max": [
        replace(with_entries(entry(1370.0, "desk", "asleep", "waking")), bounds=replace(QUIET.bounds, machines_max=3)),
        replace(
            with_entries(entry(1690.0, "lap", "asleep", "waking"), entry(1700.0, "desk", "asleep", "waking")),
            bounds=replace(QUIET.bounds, machines_max=4),
        ),
    ],
    "machines_min": [with_entries(entry(1700.0, "tower", "on", "draining"), entry(1702.0, "tower", "draining", "on"))],
    "what is cut off is left as it is": [with_entries(entry(1140.0, "desk", "on", "asleep"))],
    "nothing is stuck": [replace(with_records(*RECORDS, Record("mini", power="sleeping", since_s=1500.0)), over=False)],
    "a quiet grid stands still": [with_entries(entry(1990.0, "tower", "on", "draining", "a person"))],
    "what nobody needs sleeps": [
        replace(with_switches(Switched("desk", 1600.0, "on")), heard=Heard(NOW, (*NODES, NodeSeen("desk", True, True, False)), (
            Record("desk", power="on"), RECORDS[1])))
    ],
    "nothing of ours stays behind": [
        replace(QUIET, heard=Heard(NOW, (*NODES[:2], NodeSeen("tower", True, False, False)), RECORDS)),
        replace(QUIET, heard=Heard(NOW, (*NODES[:2], NodeSeen("tower", False, True, False)), RECORDS)),
        with_records(RECORDS[0], Record("tower", power="asleep")),
        with_records(Record("desk", power="on"), RECORDS[1]),
        with_records(RECORDS[1]),
        replace(QUIET, heard=replace(Heard(NOW, NODES, RECORDS), at_s=1500.0)),
        replace(QUIET, heard=None),
    ],
    "every server has an owner": [replace(QUIET, servers=(*QUIET.servers, Server("burst-small-2", owned=False)))],
}  # fmt: skip


def rules_broken(seen: Seen) -> set[str]:
    return {it.rule for it in breaches(seen)}


def test_a_grid_that_is_as_it_should_be_breaks_nothing() -> None:
    assert breaches(QUIET) == ()


def test_each_rule_has_something_that_breaks_it() -> None:
    assert list(BROKEN) == [it.name for it in RULES]


@pytest.mark.parametrize(("rule", "seen"), [(rule, seen) for rule, some in BROKEN.items() for seen in some])
def test_a_rule_that_is_broken_is_told(rule: str, seen: Seen) -> None:
    assert rules_broken(seen) == {rule}


EXCUSED: dict[str, Seen] = {
    "work dies with its machine, by a fault": replace(
        with_units(unit("batch-1", "nas", 1200.0, "a2", gone_s=1501.0), unit("batch-1", "nas", 1540.0, "a3", ended_s=1560.0)),
        strikes=(POWER_CUT,),
        asked=(*QUIET.asked, ASKED),
        switches=(*QUIET.switches, Switched("nas", 1500.0, "sleeping", by_fault=True), Switched("nas", 1530.0, "on")),
    ),
    "work is done again that Nomad hasn't heard of": replace(
        with_units(unit("batch-0", "mini", 1097.0, "a2", ended_s=1200.0)), asked=(*QUIET.asked[:1], Asked("batch-0", "batch", 1, 1050.0))
    ),
    "one runs beside another that Nomad hasn't heard of": with_units(unit("beacon", "mini", 1120.0, "b3")),
    "one takes the place of another": with_units(unit("beacon", "tower", 1990.0, "b3")),
    "work waits while a fault lasts": replace(
        QUIET, asked=(*QUIET.asked, ASKED), strikes=(struck("leader killed", "Nomad's leader", (), 1300.0, None),)
    ),
    "work waits for a machine that failed to come": replace(
        QUIET,
        asked=(*QUIET.asked, ASKED),
        over=False,
        heard=Heard(NOW, NODES, (Record("desk", power="failed", out_until_s=1900.0), RECORDS[1])),
    ),
    "work waits for what is as large": replace(
        with_units(unit("batch-2", "tower", 1900.0, "a2")),
        asked=(*QUIET.asked, replace(ASKED, memory_mb=600), Asked("batch-2", "batch", 1, 1300.0, memory_mb=600)),
        over=False,
    ),
    "work waits, and not for long yet": replace(QUIET, asked=(*QUIET.asked, Asked("batch-1", "batch", 1, 1800.0))),
    "nobody answers where power was cut": replace(
        QUIET,
        strikes=(struck("power cut", "mini", ("mini",), 1800.0, 1950.0),),
        answered=(("beacon", "attic", NOW), ("beacon", "office", 1800.0)),
    ),
    "who sat down in that very moment": with_switches(replace(OFF_AND_ON[0], sat_s=1499.5), *OFF_AND_ON[1:]),
    "one comes while another one goes": replace(
        with_entries(entry(1500.0, "desk", "asleep", "waking")),
        bounds=replace(QUIET.bounds, machines_max=3),
        reachable=(*QUIET.reachable, Reachable("tower", 1502.0, False), Reachable("tower", 1510.0, True)),
    ),
    "a zone may be thought to be on that was just cut off": replace(
        with_entries(entry(1700.0, "tower", "on", "draining"), entry(1702.0, "tower", "draining", "on")),
        strikes=(struck("zone cut", "office", ("desk", "mini"), 1650.0, 1660.0),),
    ),
    "two led when one had been frozen": replace(
        with_entries(entry(1370.0, "desk", "asleep", "waking")),
        bounds=replace(QUIET.bounds, machines_max=3),
        strikes=(struck("agent frozen", "the one that steers", (), 1340.0, 1365.0),),
    ),
    "a fault that met nobody excuses nothing, and is none": replace(
        QUIET, strikes=(replace(struck("power cut", "nas", ("nas",), 1900.0, None), missed="it is asleep"),)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", EXCUSED)
def test_what_a_fault_of_ours_did_is_no_breach(what: str) -> None:
    assert rules_broken(EXCUSED[what]) == set()


def test_a_breach_is_told_once() -> None:
    (seen,) = BROKEN["work is not lost"]
    assert breaches(seen) == breaches(replace(seen, now_s=NOW + 10))


def test_what_nomad_says_is_added_to_what_it_said() -> None:
    first = with_heard(replace(QUIET, reachable=(), entries=()), Heard(1500.0, NODES, RECORDS, QUIET.entries[:2]))
    assert first.entries == QUIET.entries[:2]
    assert {(it.machine, it.at_s, it.ready) for it in first.reachable} == {(it.machine, 1500.0, True) for it in NODES}
    gone = Heard(1600.0, (*NODES[:2], replace(NODES[2], ready=False)), RECORDS, QUIET.entries[1:])
    assert with_heard(first, gone).entries == QUIET.entries
    assert [(it.machine, it.ready) for it in with_heard(first, gone).reachable if it.at_s == 1600.0] == [("tower", False)]


SCHEDULE = Schedule(1, 300.0, (), (Work(5.0, "batch-0", "batch", 1, 600, 5.0), Work(5.0, "errand", "service", 1, 600, 60.0)))
RESTLESS: dict[str, Seen] = {
    "work is to come": replace(QUIET, asked=QUIET.asked[:2]),
    "batch work isn't done": replace(QUIET, units=(*QUIET.units[:2], QUIET.units[3])),
    "an instance still runs": with_units(unit("errand", "nas", 1250.0, "e2")),
    "Nomad has said nothing": replace(QUIET, heard=None),
    "a machine is under way": with_records(RECORDS[0], Record("tower", power="draining")),
    "a record has changed": with_entries(entry(1990.0, "tower", "on", "draining")),
    "a machine was switched": with_switches(Switched("tower", 1990.0, "on")),
    "work has just ended": with_units(unit("errand", "nas", 1250.0, "e2", told_s=1990.0)),
    "faults may still strike": replace(QUIET, began_s=1690.0),
}


def test_a_quiet_grid_rests() -> None:
    assert rests(QUIET, SCHEDULE)


@pytest.mark.parametrize("what", RESTLESS)
def test_a_grid_does_not_rest_while_something_is_to_come(what: str) -> None:
    assert not rests(RESTLESS[what], SCHEDULE)


def test_a_machine_that_is_left_out_is_waited_for() -> None:
    assert waited_until_s(QUIET, SCHEDULE) == BEGAN + 300 + 480
    out = with_records(Record("desk", power="failed", out_until_s=1900.0))
    assert waited_until_s(out, SCHEDULE) == 1900 + 240
