"""Whatever a machine reports: nothing that reads it fails, and nothing but that machine is switched for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fake_steering import FakeVariables
from hypothesis import example, given
from hypothesis import strategies as st

from simulacra.act.steward import Tools, intend, tick, view
from simulacra.gateways.journal import Journal
from simulacra.gateways.journal_json import from_json, to_json
from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, REPORTS, LogEntry, Order, Packet, PowerState, Record, next_sequence
from simulacra.model.machine import Machine, Sleep, WakeLan
from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.place import Zone
from simulacra.model.proxy import MISSES
from simulacra.model.settings import Power
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation, Job
from simulacra.plan.plan import plan

NOW = 1_800_000_000.0
LIAR = "tower"
GRID = Grid(
    "g",
    mode="act",
    zones=(Zone("attic", subnets=("10.0.0.0/24",)), Zone("office", subnets=("10.0.1.0/24",))),
    machines=(
        Machine("desk", "attic", wake=WakeLan("52:54:00:00:00:02"), sleep=Sleep()),
        Machine("nas", "attic", never_sleeps=True),
        Machine(LIAR, "attic", wake=WakeLan("52:54:00:00:00:01"), sleep=Sleep()),
    ),
    peripherals=tuple(Peripheral(name, "10.0.0.9", "attic", ports=(PeripheralPort("web", 80),)) for name in ("lamp", "printer")),
    power=Power(sleep_after_s=0, minimum_uptime_s=0),
)

words = st.one_of(st.text(max_size=20), st.sampled_from(["", "\x1b[2J", "\ud800", "10.0.1.9/24", "10.0.1.9/999", "200::2", "x" * 5000]))
numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([0, NOW - 1, NOW, NOW + 10, NOW * 1000, NOW * 1000 + 3e11, 1e300, 2**62, 2**63 - 1, 253402300799, 10**18]),
)
anything = st.one_of(st.none(), st.booleans(), numbers, words, st.lists(words, max_size=3))
lies = st.fixed_dictionaries(
    {"machine": st.just(LIAR)},
    optional={
        "at_s": st.one_of(st.just(NOW), anything),
        "boot_id": st.one_of(st.just("boot"), anything),
        "obeyed": st.one_of(st.integers(0, 2**63), anything),
        "refused": anything,
        "keep_awake": st.one_of(st.lists(words, max_size=30), anything),
        "on_battery": anything,
        "stay_until_s": anything,
        "sleep_asked_s": anything,
        "cards": st.one_of(st.just([{"interface": "eth0", "mac": "52:54:00:00:00:02", "wakes": True}]), anything),
        "addresses": st.one_of(st.lists(words, max_size=30), anything),
        "neighbours": st.one_of(st.lists(words, max_size=30), anything),
        "reached": st.one_of(st.lists(st.sampled_from(["lamp", "printer"]), max_size=3), st.lists(words, max_size=30), anything),
        "unreached": st.one_of(st.lists(st.sampled_from(["lamp", "printer"]), max_size=3), st.lists(words, max_size=30), anything),
        "programs": st.one_of(st.just(["haproxy"]), st.lists(words, max_size=30), anything),
    },
)


def years_ahead(years: int) -> int:
    return int(NOW * 1000) + years * 365 * 24 * 3600 * 1000


@dataclass
class Done:
    """What the steward does; the journal's texts are read again, as they would be from Nomad."""

    records: dict[str, Record] = field(default_factory=dict)
    drained: list[str] = field(default_factory=list)
    orders: list[tuple[str, Order]] = field(default_factory=list)

    def write(self, record: Record) -> Record:
        self.records[record.machine] = from_json(Record, to_json(record))
        return record

    def log(self, entries: Sequence[LogEntry]) -> None:
        Journal(FakeVariables()).log(entries)

    def order(self, machine: str, order: Order) -> None:
        self.orders.append((machine, from_json(Order, to_json(order))))

    def drain(self, node_id: str) -> None:
        self.drained.append(node_id)

    def end_drain(self, node_id: str, eligible: bool) -> None:
        """Nothing is kept of it."""

    def run(self, command: tuple[str, ...]) -> None:
        raise AssertionError(f"{command} isn't to be run")


def seen(report: dict[str, object], power: PowerState) -> Snapshot:
    variables = FakeVariables()
    variables.write_variable(f"{REPORTS}/{LIAR}", {"report": json.dumps(report)}, 0)
    going = power != "on"
    nodes = (
        Node("id-desk", "desk", status="down"),
        Node("id-nas", "nas", networks=(HostNetwork("overlay", "200::2"),)),
        Node("id-stranger", "stranger", networks=(HostNetwork("overlay", "200::3"),)),
        Node(f"id-{LIAR}", LIAR, eligible=not going),
    )
    return Snapshot(
        NOW,
        nodes,
        (Allocation("a", NODE_JOB, NODE_JOB, "id-nas"), Allocation("b", "web", "web", "id-nas")),
        (Job(NODE_JOB, type="system"), Job("web")),
        records=(
            Record("desk", "asleep", NOW - 500, index=1),
            Record(
                LIAR,
                power,
                NOW - 500,
                by="plan",
                drained=going,
                sequence=int(NOW * 1000) - 500,
                boot_id="boot",
                superfluous_since_s=NOW - 60,
                index=1,
            ),
        ),
        reports=Journal(variables).reports(),
    )


@given(lies, st.sampled_from(["on", "draining", "sleeping", "waking"]))
@example({"machine": LIAR, "boot_id": "boot", "at_s": NOW, "stay_until_s": 1e15}, "on")
@example({"machine": LIAR, "boot_id": "boot", "at_s": NOW, "stay_until_s": 253402300799}, "on")
@example({"machine": LIAR, "boot_id": "other", "at_s": NOW, "obeyed": 2**62}, "sleeping")
@example({"machine": LIAR, "boot_id": "other", "at_s": NOW, "obeyed": 2**62}, "draining")
@example({"machine": LIAR, "boot_id": "other", "at_s": NOW, "sleep_asked_s": NOW}, "on")
@example({"machine": LIAR, "boot_id": "other", "at_s": NOW}, "on")
def test_it_touches_nothing_but_its_own_machine(report: dict[str, object], power: PowerState) -> None:
    done = Done()
    snapshot = seen(report, power)
    looked = view(GRID, snapshot, plan(GRID, snapshot))
    tools = Tools(done, done, lambda machine: Packet(machine.name, "ff"), done.run, lambda _: 2.0, lambda _: None)
    assert {it.machine for it in looked.plan.actions} <= {LIAR}
    intend(looked, looked.plan.actions, "plan", tools)
    tick(looked, tools)
    assert set(done.records) <= {LIAR, "desk"}
    assert done.records.get("desk", snapshot.records[0]).power == "asleep"
    assert done.drained in ([], [f"id-{LIAR}"])
    assert {(machine, order.kind) for machine, order in done.orders} <= {(LIAR, "sleep"), (LIAR, "none"), ("nas", "wake")}
    assert all(packet.machine == LIAR for _, order in done.orders for packet in order.packets)
    assert all(it.machine in (LIAR, "desk") or it.zone != "office" for it in looked.plan.belongings), "it places nobody else"
    assert {it.machine for it in looked.plan.relabels for key, value in it.changes if value and key.startswith(MISSES)} <= {LIAR}


@given(lies, st.sampled_from(["on", "draining"]))
@example({"machine": LIAR, "boot_id": "boot", "at_s": NOW, "sleep_asked_s": NOW}, "on")
@example({"machine": LIAR, "boot_id": "boot", "at_s": NOW, "sleep_asked_s": NOW}, "draining")
@example({"machine": LIAR, "boot_id": "boot", "at_s": NOW, "obeyed": int(NOW * 1000) - 500}, "draining")
def test_no_report_switches_off_a_machine_that_runs_something(report: dict[str, object], power: PowerState) -> None:
    """Nor is it emptied: what runs there is batch work. That it does Nomad says, not the report, whoever wrote that."""
    idle = seen(report, power)
    work = Allocation("c", "work", "work", f"id-{LIAR}")
    busy = replace(idle, allocations=(*idle.allocations, work), jobs=(*idle.jobs, Job("work", type="batch")))
    done = Done()
    looked = view(GRID, busy, plan(GRID, busy))
    tools = Tools(done, done, lambda machine: Packet(machine.name, "ff"), done.run, lambda _: 2.0, lambda _: None)
    assert not [it for it in looked.plan.actions if it.machine == LIAR]
    tick(looked, tools)
    assert not [order for machine, order in done.orders if machine == LIAR and order.kind == "sleep"]
    assert power == "draining" or not done.drained


@given(st.lists(st.tuples(st.integers(5, 10_000), st.one_of(st.none(), st.integers(0, 2**63 - 1), st.integers(0, 40).map(years_ahead)))))
@example([(5, years_ahead(10)), (5, None)])
@example([(5, 2**62), (5, None), (5, years_ahead(10)), (5, years_ahead(10)), (5, None)])
def test_whatever_was_claimed_to_be_obeyed_an_order_after_an_honest_report_is(claims: list[tuple[int, int | None]]) -> None:
    """Milliseconds until a report, and what it claims to have obeyed: None is what the machine did obey. Relays have no record."""
    now_ms, obeyed = int(NOW * 1000), int(NOW * 1000) - 500
    for later_ms, claimed in claims:
        now_ms += later_ms
        sequence = next_sequence(now_ms / 1000, obeyed if claimed is None else claimed)
        assert sequence > obeyed or claimed is not None
        obeyed = max(obeyed, sequence)
        assert len(str(sequence)) < 15
