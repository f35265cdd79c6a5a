"""Sleepers of which one is as good as another: which are, and that it makes the choice cheap and no worse."""

from __future__ import annotations

import pytest

from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Affinity, Constraint, DeviceAsk, Distinct, Group, Job, PortAsk, Spread
from simulacra.plan.board import Board
from simulacra.plan.choice import Option
from simulacra.plan.demand import Ask
from simulacra.plan.search import choose

ZONE = "${meta.zone}"


def node(name: str, memory_mb: int = 1000, zone: str = "x") -> Node:
    return Node(
        f"id-{name}",
        name,
        cpu_mhz=1000,
        memory_mb=memory_mb,
        disk_mb=1000,
        meta=(("zone", zone),),
        networks=(HostNetwork("default", name),),
    )


def board(*nodes: Node) -> Board:
    return Board.of(nodes, (), (), Scheduler())


@pytest.mark.parametrize(
    ("group", "alike"),
    [
        (Group("main", memory_mb=10), True),
        (Group("main", constraints=(Constraint(ZONE, "=", "x"),)), False),
        (Group("main", constraints=(Constraint(ZONE, "is_set", ""),)), True),
        (Group("main", spreads=(Spread(ZONE, 50),)), False),
        (Group("main", distincts=(Distinct(ZONE),)), False),
        (Group("main", distincts=(Distinct(""),)), True),
        (Group("main", affinities=(Affinity(ZONE, "=", "x", 50),)), False),
        (Group("main", ports=(PortAsk("http"),)), False),
        (Group("main", devices=(DeviceAsk("gpu"),)), False),
    ],
)
def test_what_tells_two_machines_apart_is_what_is_asked_for(group: Group, alike: bool) -> None:
    one, other = board(node("a"), node("b", zone="y")).kinds(["a", "b"], [(Job("it", groups=(group,)), group)])
    assert (one is not None and one == other) == alike


def test_what_is_on_them_tells_them_apart() -> None:
    made, group = board(node("a"), node("b"), node("c", memory_mb=900)), Group("main", memory_mb=10)
    one, other, third = made.kinds(["a", "b", "c"], [(Job("it", groups=(group,)), group)])
    assert one == other != third
    made.set_open(["a"])
    made.place(Job("another", groups=(group,)), group)
    one, other, _ = made.kinds(["a", "b", "c"], [(Job("it", groups=(group,)), group)])
    assert one != other


def test_where_others_may_be_pushed_out_each_is_its_own_kind() -> None:
    group = Group("main")
    made = Board.of([node("a")], (), (), Scheduler(preempts=("batch",)))
    assert made.kinds(["a"], [(Job("it", type="batch", groups=(group,)), group)]) == [None]


def test_of_many_equal_machines_the_fewest_are_woken_the_first_by_name() -> None:
    """With 30 machines there are a thousand million sets; 400 fits twice onto one, 600 beside it once."""
    names = [f"m{at:02}" for at in range(30)]
    asks = [Ask(Job(f"j{at}"), Group("main", memory_mb=[400, 600][at % 2]), 1) for at in range(14)]
    found = choose(board(*map(node, names)), asks, [Option(name, 60.0, cpu_mhz=1000, memory_mb=1000) for name in reversed(names)])
    assert found.names == tuple(names[:7])
    assert not found.left


def test_the_quicker_of_two_that_are_alike_is_no_less_than_another() -> None:
    names = ("a", "b")
    options = [Option("a", 60.0, boot_s=90.0, memory_mb=1000, cpu_mhz=1000), Option("b", 60.0, boot_s=30.0, memory_mb=1000, cpu_mhz=1000)]
    found = choose(board(*map(node, names)), [Ask(Job("j"), Group("main", memory_mb=400), 1)], options)
    assert found.names == ("b",)
