"""The grid as its definitions have it: everything on, services where they fit."""

from __future__ import annotations

from scenes import always, grid_of, job, machine

from simulacra.model.machine import Machine
from simulacra.model.workload import Distinct, Group, Job, PortAsk
from simulacra.plan.defined import defined_snapshot

PORT = PortAsk("http", 8080, "overlay")


def placed(*jobs: Job) -> dict[str, list[str]]:
    grid = grid_of(always("nas", memory=2000, server=True), machine("tower", memory=2000), Machine("unknown", "attic"))
    snapshot = defined_snapshot(grid, jobs)
    names = {node.id: node.name for node in snapshot.nodes}
    assert set(names.values()) == {"nas", "tower"}
    assert (snapshot.servers, snapshot.voters) == (("nas",), 1)
    return {it.id: sorted(names[its.node] for its in snapshot.allocations if its.job == it.id) for it in jobs}


def test_sleepers_are_on_and_who_says_nothing_of_itself_takes_nothing() -> None:
    assert placed(job("web", 500, count=2, distincts=(Distinct(""),))) == {"web": ["nas", "tower"]}


def test_the_more_important_come_first_and_system_jobs_before_all() -> None:
    system = Job("vitals", type="system", priority=1, groups=(Group("vitals", memory_mb=500),))
    found = placed(job("a-small", 1500, count=2, priority=20), job("z-dear", 1500, count=2, priority=80), system)
    assert found == {"a-small": [], "z-dear": ["nas", "tower"], "vitals": ["nas", "tower"]}


def test_a_fixed_port_is_taken_once_on_each_machine() -> None:
    assert placed(job("web", 100, count=3, ports=(PORT,)), job("wiki", 100, ports=(PORT,))) == {"web": ["nas", "tower"], "wiki": []}


def test_who_waits_has_none() -> None:
    assert placed(job("often", count=0, type="batch")) == {"often": []}


def test_servers_may_be_assumed() -> None:
    snapshot = defined_snapshot(grid_of(always("nas")), (), ("nas",))
    assert (snapshot.servers, snapshot.voters) == (("nas",), 1)
