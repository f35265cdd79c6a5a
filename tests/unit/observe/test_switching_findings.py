"""What the doctor finds of waking and sleeping, one ailment at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, Card, Report
from simulacra.model.machine import Machine, Sleep, WakeCommand, WakeLan
from simulacra.model.place import Zone
from simulacra.model.snapshot import Scheduler, Snapshot
from simulacra.model.source import Source
from simulacra.model.workload import Allocation
from simulacra.observe.doctor import Finding
from simulacra.observe.switching_findings import switching_findings

NOW = 1_700_000_000.0
MAC = "52:54:00:00:00:01"
TOWER = Machine("tower", "attic", wake=WakeLan(MAC), sleep=Sleep())
NAS = Machine("nas", "attic", never_sleeps=True, server=True)
GRID = Grid("trial", mode="act", zones=(Zone("attic"),), machines=(NAS, TOWER), source=Source("grid.hcl", 1))
CARD = Card("eth0", MAC, True)
REPORT = Report("tower", NOW, "boot", cards=(CARD,))
PROGRAMS = tuple(Allocation(f"a-{name}", NODE_JOB, NODE_JOB, f"id-{name}") for name in ("nas", "tower"))
WELL = Snapshot(
    NOW,
    (Node("id-nas", "nas"), Node("id-tower", "tower", macs=(MAC,))),
    PROGRAMS,
    reports=(REPORT,),
    servers=("a", "b", "nas"),
    voters=3,
)


def ailments(seen: Snapshot = WELL, grid: Grid = GRID, leader: str | None = "nas-1") -> list[Finding]:
    return [it for it in switching_findings(grid, seen, leader) if it.level != "ok"]


def test_a_grid_that_is_well_has_nothing_to_do() -> None:
    found = switching_findings(GRID, WELL, "nas-1")
    assert {it.level for it in found} == {"ok"}
    assert [it.subject for it in found] == ["mode", "autoscaler", "quorum", "zone attic", "machine tower"]
    assert found[-1].what == "can be woken and put to sleep"


def carded(*cards: Card) -> Snapshot:
    return replace(WELL, reports=(replace(REPORT, cards=cards),), nodes=(WELL.nodes[0], Node("id-tower", "tower")))


OFF = (WELL.nodes[0], replace(WELL.nodes[1], status="down"))


@pytest.mark.parametrize(
    ("seen", "level", "words", "todo"),
    [
        (replace(WELL, allocations=PROGRAMS[:1]), "problem", "machine tower: the job simulacra-node doesn't run there", "simulacra run"),
        (replace(WELL, reports=()), "problem", "machine tower: the job simulacra-node runs there, but hasn't reported", "alloc logs"),
        (
            replace(WELL, reports=(replace(REPORT, at_s=NOW - 3600),)),
            "problem",
            "machine tower: its last report is 60 minutes old",
            "alloc logs",
        ),
        (
            carded(replace(CARD, wakes=False)),
            "problem",
            "machine tower: its card eth0 isn't set to wake by magic packet (Wake-on: g)",
            "ethtool -s eth0 wol g",
        ),
        (carded(replace(CARD, wakes=None)), "advice", "machine tower: whether its card eth0 is set", "wake --test"),
        (
            carded(replace(CARD, mac="52:54:00:00:00:99")),
            "problem",
            f"machine tower: no card of it has the address {MAC}",
            "it has 52:54:00:00:00:99",
        ),
        (
            replace(WELL, nodes=OFF, allocations=PROGRAMS[1:]),
            "problem",
            "zone attic: no machine is on there that could wake tower",
            "simulacra-node",
        ),
        (
            replace(WELL, allocations=PROGRAMS[1:]),
            "advice",
            "zone attic: only tower, which may sleep, can send magic packets there",
            "never sleeps",
        ),
        (replace(WELL, servers=("nas",), voters=1), "advice", "quorum: nas is the only server", "three servers"),
        (replace(WELL, servers=("a", "nas")), "problem", "quorum: 2 of 3 servers are alive: losing any one of a, nas", "bring the others"),
        (replace(WELL, servers=("a", "nas"), voters=2), "advice", "quorum: 2 of 2 servers are alive", "one, three or five"),
        (
            replace(WELL, servers=("a", "b", "c", "nas"), voters=4),
            "advice",
            "quorum: 4 servers bear no more losses than 3",
            "three or five",
        ),
    ],
)
def test_an_ailment_is_found_with_what_to_do(seen: Snapshot, level: str, words: str, todo: str) -> None:
    found = [it for it in ailments(seen) if f"{it.subject}: {it.what}".startswith(words)]
    assert [it.level for it in found] == [level]
    assert todo in found[0].todo


def test_a_server_whose_sleep_would_take_the_quorum_is_named() -> None:
    grid = replace(GRID, machines=(NAS, replace(TOWER, server=True)))
    named = [it.what for it in ailments(replace(WELL, servers=("nas", "tower"), voters=2), grid) if it.subject == "machine tower"]
    assert named == ["its sleep would take the quorum: it is kept on as long as that is so"]
    assert ailments(replace(WELL, servers=("a", "nas", "tower")), grid) == []


def test_one_that_is_asleep_needs_no_program_and_no_card() -> None:
    assert ailments(replace(WELL, nodes=OFF, allocations=PROGRAMS[:1], reports=())) == []


def test_a_command_needs_nobody_in_the_zone_and_no_card() -> None:
    grid = replace(GRID, machines=(replace(TOWER, wake=WakeCommand(("plug",))),))
    assert ailments(carded(), grid) == []


def test_nobody_who_leads_and_a_grid_that_observes_are_advice() -> None:
    observing = replace(GRID, mode="observe")
    found = ailments(grid=observing, leader=None)
    assert [(it.level, it.subject) for it in found] == [("advice", "mode"), ("advice", "autoscaler")]
    assert 'set mode = "act" at grid.hcl:1' in found[0].todo


def test_without_a_machine_that_is_switched_only_the_mode_is_told() -> None:
    found = switching_findings(replace(GRID, machines=(NAS,)), WELL, None)
    assert [it.subject for it in found] == ["mode"]


def test_a_scheduler_that_may_not_be_asked_is_told_of() -> None:
    [found] = ailments(replace(WELL, scheduler=Scheduler(assumed="the token lacks the right to read it (operator read)")))
    assert (found.level, found.subject, found.what) == ("advice", "scheduler", "the token lacks the right to read it (operator read)")
