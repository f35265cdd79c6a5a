"""Machines as they are seen: defined or not, on or not, and since when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_nomad import FakeNomad, fake_node, jobspec

from simulacra.faults import Refusal
from simulacra.gateways.nomad_values import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Record
from simulacra.model.machine import Has, Machine, Match, Tier, WakeCommand, WakeLan
from simulacra.model.marks import LABEL_TIER, LABEL_ZONE
from simulacra.model.place import Zone
from simulacra.model.status import MachineStatus
from simulacra.observe.answers import ask
from simulacra.observe.machines import Room, SeenMachine, see_machines

WAKE = WakeLan("aa:bb:cc:dd:ee:ff")
SINCE = "2023-11-14T22:13:20Z"


def grid_of(*machines: Machine) -> Grid:
    tiers = (Tier("phone", 10, Match()), Tier("server", 20, Match(memory_mb=4000, drivers=("exec",))))
    return Grid("trial", zones=(Zone("attic"), Zone("cellar")), tiers=tiers, machines=machines)


def see(grid: Grid, *nodes: Node, labels: dict[str, tuple[tuple[str, str], ...]] | None = None) -> dict[str, SeenMachine]:
    return {it.name: it for it in see_machines(grid, ask(grid, FakeNomad(nodes, labels)))}


@pytest.mark.parametrize(
    ("node", "wake", "power", "reason", "since"),
    [
        (fake_node(), None, "on", "ready", None),
        (fake_node(eligible=False), None, "on", "ready, but takes no new work (ineligible)", None),
        (fake_node(draining=True, eligible=False), None, "draining", "it is being emptied", None),
        (fake_node(status="initializing"), None, "booting", "it is joining", SINCE),
        (fake_node(status="down"), None, "unknown", f"down since {SINCE}; no way to wake it is defined", SINCE),
        (fake_node(status="down"), WAKE, "asleep", f"down since {SINCE}; a magic packet wakes it", SINCE),
        (fake_node(status="down"), WakeCommand(("ipmi",)), "asleep", f"down since {SINCE}; a command wakes it", SINCE),
        (fake_node(status="disconnected"), WAKE, "unknown", f"disconnected since {SINCE}: cut off, or gone without a word", SINCE),
        (None, None, "unknown", "Nomad has never seen it, or has forgotten it", None),
        (None, WAKE, "asleep", "Nomad doesn't know it now; a magic packet wakes it", None),
    ],
)
def test_power_and_why(node: Node | None, wake: WakeLan | WakeCommand | None, power: str, reason: str, since: str | None) -> None:
    machine = Machine("shelf", "attic", tier="server", wake=wake)
    seen = see(grid_of(machine), *([node] if node else []))["shelf"].status
    assert seen == MachineStatus("shelf", "attic", "server", power, reason, since, 0)  # type: ignore[arg-type]


RECORD = Record("shelf", "asleep", 1_700_000_000.0, "the grid could do without it", "plan")


@pytest.mark.parametrize(
    ("node", "record", "power", "reason", "since"),
    [
        (fake_node(), replace(RECORD, power="draining"), "draining", RECORD.reason, SINCE),
        (fake_node(), replace(RECORD, power="sleeping"), "sleeping", RECORD.reason, SINCE),
        (fake_node(), replace(RECORD, power="on", reason="work waits"), "on", "ready; work waits", SINCE),
        (fake_node(), replace(RECORD, power="on", reason="found on"), "on", "ready", SINCE),
        (fake_node(), replace(RECORD, power="waking"), "on", "ready", None),
        (fake_node(), RECORD, "on", "ready", None),
        (fake_node(status="down"), RECORD, "asleep", RECORD.reason, SINCE),
        (fake_node(status="down"), replace(RECORD, reason="found off"), "asleep", f"down since {SINCE}; a magic packet wakes it", SINCE),
        (fake_node(status="down"), replace(RECORD, power="failed", reason="it didn't come"), "failed", "it didn't come", SINCE),
        (fake_node(status="initializing"), replace(RECORD, power="waking", reason="work waits"), "waking", "work waits", SINCE),
        (fake_node(status="down"), replace(RECORD, power="on"), "asleep", f"down since {SINCE}; a magic packet wakes it", SINCE),
        (None, RECORD, "asleep", RECORD.reason, SINCE),
    ],
)
def test_what_is_written_down_of_a_machine_says_why(node: Node | None, record: Record, power: str, reason: str, since: str | None) -> None:
    grid = grid_of(Machine("shelf", "attic", tier="server", wake=WAKE))
    nomad = FakeNomad([node] if node else [])
    (seen,) = see_machines(grid, ask(grid, nomad, lambda: (record,)))
    assert (seen.power, seen.reason, seen.since) == (power, reason, since)


def test_who_may_not_read_what_is_written_down_sees_what_nomad_says() -> None:
    def refused() -> tuple[Record, ...]:
        raise Refusal("list variables simulacra/machines/* needs another token")

    grid = grid_of(Machine("shelf", "attic", tier="server", wake=WAKE))
    (seen,) = see_machines(grid, ask(grid, FakeNomad(), refused))
    assert (seen.power, seen.reason) == ("on", "ready")


def test_in_a_zone_that_is_cut_off_nobody_can_tell_who_sleeps() -> None:
    grid = grid_of(Machine("nas", "attic", never_sleeps=True), Machine("tower", "attic", wake=WAKE), Machine("desk", "cellar", wake=WAKE))
    down = [fake_node(name, status="down") for name in ("tower", "desk")]
    assert {name: it.power for name, it in see(grid, fake_node("nas"), *down).items()} == {"nas": "on", "tower": "asleep", "desk": "asleep"}
    cut = see(grid, fake_node("nas", status="down"), *down)
    assert {name: it.power for name, it in cut.items()} == {"nas": "unknown", "tower": "unknown", "desk": "asleep"}
    assert cut["tower"].reason == f"nothing in its zone answers, it may be cut off; down since {SINCE}"


def test_a_node_that_is_not_defined_is_listed_with_its_labels() -> None:
    labels = {"guest": ((LABEL_TIER, "server"), (LABEL_ZONE, "cellar"))}
    seen = see(grid_of(), fake_node("guest"), labels=labels)["guest"]
    assert (seen.zone, seen.tier, seen.rank, seen.power, seen.reason) == ("cellar", "server", 20, "on", "ready; it isn't defined")


def test_a_node_without_labels_is_of_the_tier_that_it_matches() -> None:
    seen = see(grid_of(), fake_node("guest"), labels={})["guest"]
    assert (seen.zone, seen.tier, seen.labelled) == (None, "server", False)
    assert see(grid_of(), fake_node("guest", memory_mb=512), labels={})["guest"].tier == "phone"


def test_a_machine_without_tier_gets_the_one_that_it_matches_once_it_is_seen() -> None:
    assert see(grid_of(Machine("shelf", "attic")))["shelf"].tier is None
    assert see(grid_of(Machine("shelf", "attic")), fake_node())["shelf"].tier == "server"


def test_what_nomad_finds_wins_over_what_is_defined() -> None:
    machine = Machine("shelf", "attic", tier="server", has=Has(1000, 1000, drivers=("docker",)))
    assert see(grid_of(machine))["shelf"].drivers == ("docker",)
    assert see(grid_of(machine), fake_node())["shelf"].drivers == ("exec", "raw_exec")
    assert see(grid_of(Machine("shelf", "attic")))["shelf"].drivers is None


def test_a_machine_set_up_anew_has_an_old_node_that_does_not_count() -> None:
    machine = Machine("shelf", "attic", tier="server")
    old = fake_node(id="old", status="down", modify_index=99)
    assert see(grid_of(machine), old, fake_node(id="new"))["shelf"].power == "on"


def test_what_runs_takes_up_room() -> None:
    nomad = FakeNomad()
    nomad.register(nomad.parse(jobspec("web", count=2, memory=500)), "", 0, preserve_counts=True)
    grid = grid_of(Machine("shelf", "attic"))
    (seen,) = see_machines(grid, ask(grid, nomad))
    assert seen.free == Room(cpu_mhz=4000 - 40, memory_mb=4096 - 1000, disk_mb=50000)
    assert seen.allocations == 2


def test_the_order_is_by_zone_then_tier_then_name() -> None:
    machines = (
        Machine("z", "attic", tier="server"),
        Machine("a", "attic", tier="phone"),
        Machine("b", "attic", tier="server"),
        Machine("c", "cellar"),
    )
    assert list(see(grid_of(*machines), fake_node("guest"), labels={})) == ["b", "z", "a", "c", "guest"]


def test_the_number_of_calls_does_not_grow_with_the_grid() -> None:
    calls: list[str] = []

    class Counting(FakeNomad):
        def __getattribute__(self, name: str) -> object:
            if name in ("nodes", "allocations", "jobs", "blocked", "node_detail", "job", "evaluations"):
                calls.append(name)
            return super().__getattribute__(name)

    names = [f"m{number:03}" for number in range(120)]
    nomad = Counting(tuple(fake_node(name) for name in names))
    ask(grid_of(*(Machine(name, "attic") for name in names)), nomad)
    assert sorted(calls) == ["allocations", "blocked", "jobs", "nodes", "nodes"]
