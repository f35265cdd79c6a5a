"""Whatever a machine tells Nomad of itself: the planner plans, and whoever is shown it sees one line."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from scenes import World, grid_of, job, machine

from simulacra.gateways.nomad_cluster_reading import LARGEST, cluster_node
from simulacra.gateways.nomad_reading import node as listed_node
from simulacra.model.plan import Plan
from simulacra.model.workload import Constraint
from simulacra.plan.plan import plan

DIGITS = "9" * 5000
names = st.one_of(st.text(max_size=12), st.sampled_from(["tower ", "\x1b[2Jnas", "a\nb", "\u202e", "x" * 3000]))
texts = st.one_of(
    st.text(max_size=12), st.sampled_from(["", DIGITS, f"1.{DIGITS}", f"-{DIGITS}", "²", "1e999", "NaN", "0x" + DIGITS, "\x1b[2J", "true"])
)
amounts = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 4000, 2**63 - 1]))
ASKED = ("cpu.frequency", "cpu.numcores", "nomad.version", "kernel.name", "driver.exec")
LABELS = ("simulacra_zone", "simulacra_tier", "simulacra_rank", "simulacra_watts")
nodes = st.fixed_dictionaries(
    {
        "ID": st.just("id-liar"),
        "Name": names,
        "Status": st.sampled_from(["ready", "ready", "down", "\n"]),
        "SchedulingEligibility": st.just("eligible"),
        "Datacenter": texts,
        "NodePool": st.just("default"),
        "Attributes": st.dictionaries(st.one_of(st.sampled_from(ASKED), texts), texts, max_size=6),
        "Meta": st.dictionaries(st.one_of(st.sampled_from(LABELS), texts), texts, max_size=6),
        "Drivers": st.just({"exec": {"Detected": True, "Healthy": True}}),
        "HTTPAddr": texts,
        "ModifyIndex": st.just(1),
        "ReservedResources": st.fixed_dictionaries(
            {"Networks": st.fixed_dictionaries({"ReservedHostPorts": st.one_of(texts, st.just("1-99999999999"))})}
        ),
        "NodeResources": st.fixed_dictionaries(
            {
                "Cpu": st.fixed_dictionaries({"CpuShares": amounts, "ReservableCpuCores": st.lists(st.integers(0, 2**16 - 1), max_size=3)}),
                "Memory": st.fixed_dictionaries({"MemoryMB": amounts}),
                "Disk": st.fixed_dictionaries({"DiskMB": amounts}),
                "MinDynamicPort": st.integers(0, 70000),
                "MaxDynamicPort": st.integers(0, 70000),
            }
        ),
    }
)
GRID = grid_of(machine("nas"), machine("tower"))
RULES = (
    Constraint("${attr.nomad.version}", "version", ">= 1.2"),
    Constraint("${attr.nomad.version}", "semver", ">= 1.2.0"),
    Constraint("${attr.cpu.numcores}", ">=", "2"),
    Constraint("${meta.simulacra_rank}", ">=", "10"),
)


def liar(**more: Any) -> dict[str, Any]:
    has = {"Cpu": {"CpuShares": 4000, "ReservableCpuCores": [0, 1]}, "Memory": {"MemoryMB": 4000}, "Disk": {"DiskMB": 4000}}
    plain = {"ID": "id-liar", "Name": "liar", "Status": "ready", "SchedulingEligibility": "eligible", "Datacenter": "dc1", "ModifyIndex": 1}
    return {**plain, "Drivers": {"exec": {"Detected": True, "Healthy": True}}, "NodeResources": has, **more}


def planned(raw: dict[str, Any]) -> Plan:
    """With a job for each rule that waits, and one that asks for cores."""
    world = World(GRID, strangers=(cluster_node(raw),)).awake("nas").waits(job("cores", cores=2))
    for at, rule in enumerate(RULES):
        world = world.waits(job(f"w{at}", constraints=(rule,)))
    return plan(GRID, world.snapshot())


@given(nodes)
@example(liar(Meta={"simulacra_rank": DIGITS}))
@example(liar(Attributes={"cpu.frequency": DIGITS}))
@example(liar(Attributes={"nomad.version": f"1.{DIGITS}"}))
@example(liar(Attributes={"cpu.numcores": DIGITS}))
@example(liar(ReservedResources={"Networks": {"ReservedHostPorts": f"²,{DIGITS},1-{DIGITS}"}}))
@example(
    liar(NodeResources={name: {amount: 2**63 - 1} for name, amount in (("Cpu", "CpuShares"), ("Memory", "MemoryMB"), ("Disk", "DiskMB"))})
)
def test_it_is_planned_all_the_same(raw: dict[str, Any]) -> None:
    found = planned(raw)
    assert {action.machine for action in found.actions} <= {"nas", "tower"}
    assert {it.machine for it in found.machines} >= {"nas", "tower"}


@given(nodes)
def test_what_people_see_of_it_is_a_line(raw: dict[str, Any]) -> None:
    read, listed = cluster_node(raw), listed_node(raw)
    assert read.name == listed.name
    words = [read.name, read.datacenter, listed.datacenter, *(word for pair in read.meta for word in pair)]
    assert all(word.isprintable() and len(word) <= 1024 for word in words)
    assert all(abs(amount) <= LARGEST for amount in (read.cpu_mhz, read.memory_mb, read.disk_mb))
