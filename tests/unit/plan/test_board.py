"""Placement: which node is chosen, what is taken and given back, who is pushed out, and what people are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulacra.model.cluster import Device, HostNetwork, Node
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import (
    Affinity,
    Allocation,
    Constraint,
    DeviceAsk,
    Distinct,
    Group,
    Job,
    PortAsk,
    Spread,
    SpreadTarget,
)  # fmt: skip
from simulacra.plan.board import Board

GROUP = Group("main", cpu_mhz=100, memory_mb=100)
JOB = Job("job", groups=(GROUP,))
BINPACK, SPREAD = Scheduler(), Scheduler(algorithm="spread")


def node(name: str, **has: object) -> Node:
    plain = Node(
        f"id-{name}", name, cpu_mhz=1000, memory_mb=1000, disk_mb=1000, cores=(0, 1), networks=(HostNetwork("default", f"ip-{name}"),)
    )
    return replace(plain, **has)  # type: ignore[arg-type]


def zone(name: str, where: str) -> Node:
    return node(name, meta=(("zone", where),))


def running(allocation_id: str, on: str, job: str = "other", group: str = "main", **takes: object) -> Allocation:
    plain = Allocation(allocation_id, job, group, f"id-{on}", cpu_mhz=100, memory_mb=100)
    return replace(plain, **takes)  # type: ignore[arg-type]


def of(nodes: list[Node], *allocations: Allocation, jobs: tuple[Job, ...] = (JOB,), scheduler: Scheduler = BINPACK) -> Board:
    return Board.of(nodes, allocations, jobs, scheduler)


def test_bin_packing_fills_the_fuller_machine() -> None:
    assert of([node("a"), node("b"), node("c")], running("1", "b")).place(JOB, GROUP) == ("b",)


def test_the_spread_algorithm_takes_the_emptier_one() -> None:
    assert of([node("a"), node("b")], running("1", "a"), scheduler=SPREAD).place(JOB, GROUP) == ("b",)


def test_equals_are_chosen_by_name() -> None:
    assert of([node("c"), node("b"), node("d")]).place(JOB, GROUP) == ("b",)


def test_ones_own_kind_is_avoided() -> None:
    group = replace(GROUP, count=3)
    assert of([node("a"), node("b"), node("c")]).place(JOB, group, 3) == ("a", "b", "c")


def test_of_another_group_isnt_ones_own_kind() -> None:
    board = of([node("a"), node("b")], running("1", "a", job="job", group="aside"))
    assert board.place(JOB, GROUP) == ("a",)


def test_an_affinity_outweighs_the_packing() -> None:
    group = replace(GROUP, affinities=(Affinity("${node.unique.name}", "=", "b", 100),))
    assert of([node("a"), node("b")], running("1", "a")).place(JOB, group) == ("b",)


def test_a_negative_affinity_repels() -> None:
    group = replace(GROUP, affinities=(Affinity("${node.unique.name}", "=", "a", -50),))
    assert of([node("a"), node("b")], running("1", "a")).place(JOB, group) == ("b",)


def test_an_even_spread_takes_values_in_turn() -> None:
    group = replace(GROUP, count=6, spreads=(Spread("${meta.zone}", 100),))
    board = of([zone("a", "x"), zone("b", "x"), zone("c", "y"), zone("d", "y"), node("none")])
    placed = board.place(JOB, group, 4)
    assert [it in ("a", "b") for it in placed].count(True) == 2
    assert "none" not in placed


def test_a_spread_with_targets_keeps_to_their_percentages() -> None:
    group = replace(GROUP, count=10, cpu_mhz=1, memory_mb=1, spreads=(Spread("${meta.zone}", 100, (SpreadTarget("x", 70),)),))
    nodes = [zone(f"{where}-{at}", where) for where in "xyz" for at in range(8)]
    placed = of(nodes).place(JOB, group, 10)
    assert [it[0] for it in placed].count("x") == 7


def test_those_that_leave_count_no_more_for_a_spread() -> None:
    group = replace(GROUP, count=2, spreads=(Spread("${meta.zone}", 100),))
    nodes = [zone("a", "x"), zone("b", "y"), zone("c", "y")]
    leaving = [running("1", "b", job="job", leaving=True), running("2", "a", job="job")]
    assert of(nodes, *leaving).place(JOB, group) == ("c",)


@pytest.mark.parametrize(("leaving", "placed"), [(False, ("b",)), (True, ("b",))])
def test_distinct_hosts_counts_those_that_leave_too(leaving: bool, placed: tuple[str, ...]) -> None:
    group = replace(GROUP, count=3, distincts=(Distinct(""),))
    board = of([node("a"), node("b")], running("1", "a", job="job", leaving=leaving))
    assert board.place(JOB, group, 3) == placed
    assert board.why_not(JOB, group) == "every machine that fits runs one already (distinct_hosts)"


@pytest.mark.parametrize(("whole_job", "placed"), [(False, ("a",)), (True, ())])
def test_distinct_hosts_of_a_group_or_of_the_whole_job(whole_job: bool, placed: tuple[str, ...]) -> None:
    group = replace(GROUP, distincts=(Distinct("", whole_job=whole_job),))
    assert of([node("a")], running("1", "a", job="job", group="aside")).place(JOB, group) == placed


@pytest.mark.parametrize(("allowed", "leaving", "many"), [(1, False, 1), (2, False, 3), (1, True, 2)])
def test_distinct_property(allowed: int, leaving: bool, many: int) -> None:
    group = replace(GROUP, count=9, distincts=(Distinct("${meta.zone}", allowed),))
    nodes = [zone("a", "x"), zone("b", "x"), zone("c", "y"), node("none")]
    board = of(nodes, running("1", "b", job="job", leaving=leaving), running("2", "c", job="stranger"))
    assert len(board.place(JOB, group, 9)) == many
    assert board.roomy(JOB, group) == ()
    assert "distinct_property" in board.why_not(JOB, group)


def test_only_open_machines_take_instances() -> None:
    board = of([node("a"), node("b")])
    board.set_open(["b", "unheard-of"])
    assert board.place(JOB, GROUP, 20) == ("b",) * 10
    assert board.roomy(JOB, GROUP) == ("a",)
    board.set_open(["a"])
    assert board.place(JOB, GROUP) == ("a",)
    board.set_open([])
    assert (board.place(JOB, GROUP), board.why_not(JOB, GROUP)) == ((), "no machine takes work")


def test_whether_a_node_is_on_is_somebody_elses_affair() -> None:
    asleep = node("a", status="down", eligible=False, draining=True)
    assert of([asleep]).place(JOB, GROUP) == ("a",)


def test_a_fork_is_independent() -> None:
    board = of([node("a")], running("1", "a", ports=(("ip-a", 80),)))
    web = replace(GROUP, ports=(PortAsk("http", 80),))
    fork = board.fork()
    fork.take_off(["1"])
    assert fork.place(JOB, web) == ("a",)
    assert board.place(JOB, web) == ()
    assert board.place(JOB, replace(GROUP, distincts=(Distinct(""),))) == ("a",)
    assert fork.fork().place(JOB, web) == ()
    assert fork.totals().cpu_free_mhz == 900
    assert board.totals().cpu_free_mhz == 800


def test_what_is_taken_off_is_free_again() -> None:
    gpu = node("a", devices=(Device("nvidia/gpu/x", 1),))
    takes = running("1", "a", job="job", cpu_mhz=900, memory_mb=900, disk_mb=900, cores=(0, 1, 7), ports=(("ip-a", 80),),
                    devices=(("nvidia/gpu/x", 1),))  # fmt: skip
    group = replace(GROUP, cpu_mhz=0, memory_mb=900, disk_mb=900, cores=2, ports=(PortAsk("http", 80),), devices=(DeviceAsk("gpu"),),
                    distincts=(Distinct(""),))  # fmt: skip
    board = of([gpu], takes)
    assert board.roomy(JOB, group) == ()
    board.take_off(["1", "unheard-of"])
    board.take_off(["1"])
    assert board.place(JOB, group) == ("a",)
    assert board.totals().memory_free_mb == 100


def test_what_runs_where_nobody_knows_is_passed_over() -> None:
    assert of([node("a")], running("1", "gone", cpu_mhz=9999)).totals().cpu_free_mhz == 1000


def test_a_port_taken_on_one_address_may_be_free_on_another() -> None:
    two = node("a", networks=(HostNetwork("default", "v4"), HostNetwork("default", "v6"), HostNetwork("overlay", "v6")))
    web, over = replace(GROUP, ports=(PortAsk("http", 80),)), replace(GROUP, ports=(PortAsk("http", 80, "overlay"),))
    board = of([two])
    assert board.place(JOB, web, 3) == ("a", "a")
    assert board.place(JOB, over) == ()  # the overlay's address is the second one
    assert board.why_not(JOB, web) == "port 80 is taken on every machine that fits (a)"
    assert board.why_not(JOB, over) == "port 80 of host network overlay is taken on every machine that fits (a)"


def test_dynamic_ports_run_out() -> None:
    few = node("a", dynamic_ports=(20000, 20002))
    group = replace(GROUP, ports=(PortAsk("x"),))
    board = of([few], running("1", "a", ports=(("ip-a", 20001),)), running("2", "a", ports=(("ip-a", 9),)))
    assert board.place(JOB, group, 9) == ("a", "a")
    assert board.why_not(JOB, group) == "no dynamic port is free on any machine that fits (a)"


def test_no_two_dynamic_ports_of_one_instance_have_the_same_number() -> None:
    two = node("a", dynamic_ports=(20000, 20001), networks=(HostNetwork("default", "v4"), HostNetwork("overlay", "v6")))
    group = replace(GROUP, ports=(PortAsk("x"), PortAsk("y", None, "overlay")))
    assert of([two]).place(JOB, group, 3) == ("a", "a")
    assert of([two], running("1", "a", ports=(("v4", 20000), ("v6", 20000)))).place(JOB, group) == ()
    assert of([two], running("1", "a", ports=(("v4", 20000), ("v6", 20001)))).place(JOB, group) == ("a",)
    assert of([two]).place(JOB, replace(group, ports=(*group.ports, PortAsk("z", 20001)))) == ()


def test_who_doesnt_mind_shares_a_port_with_anybody() -> None:
    web = replace(GROUP, ports=(PortAsk("http", 80, shared=True),))
    assert of([node("a")], running("1", "a", ports=(("ip-a", 80),))).place(JOB, web, 2) == ("a", "a")


@pytest.mark.parametrize("kept", [(80,), ()])
def test_where_ports_collide_nothing_is_placed(kept: tuple[int, ...]) -> None:
    jammed = node("a", networks=(HostNetwork("default", "ip-a", kept),))
    has = [running(it, "a", ports=(("ip-a", 80),)) for it in ("1", "2")]
    board = of([jammed], *has[: 1 if kept else 2])
    assert (board.place(JOB, GROUP), board.able(JOB, GROUP)) == ((), ("a",))
    assert board.why_not(JOB, GROUP) == "ports of what runs there collide on every machine that fits (a)"
    board.take_off(["1"])
    assert board.place(JOB, GROUP) == ("a",)
    shared = [replace(it, shared_ports=(80,)) for it in has]
    assert of([jammed], *shared).place(JOB, GROUP) == ("a",)


def test_two_that_share_a_port_by_consent_both_have_to_go() -> None:
    board = of([node("a")], *(running(it, "a", ports=(("ip-a", 80),), shared_ports=(80,)) for it in ("1", "2")))
    web = replace(GROUP, ports=(PortAsk("http", 80),))
    board.take_off(["1"])
    assert board.roomy(JOB, web) == ()
    board.take_off(["2"])
    assert board.roomy(JOB, web) == ("a",)


@pytest.mark.parametrize("kind", ["system", "sysbatch"])
def test_one_on_each_machine(kind: str) -> None:
    job = replace(JOB, type=kind)  # type: ignore[arg-type]
    board = of([node("a"), node("b"), node("c"), node("d", drivers=())], running("1", "b", job="job"))
    board.set_open(["a", "b", "c"])
    assert board.place(job, GROUP, 9) == ("a", "c")
    assert board.why_not(job, GROUP) == "every machine that fits runs one already"
    assert board.roomy(job, GROUP) == ("d",)


LOW, HIGH = Job("low", priority=40), Job("high", priority=50)


def preempting(*types: str) -> Scheduler:
    return Scheduler(preempts=types)  # type: ignore[arg-type]


def pushed(board: Board) -> list[str]:
    return [it.id for it in board.preempted]


def test_a_system_job_pushes_out_what_matters_less() -> None:
    job = Job("everywhere", type="system", priority=50)
    lowest = Job("lowest", priority=10)
    full = [running("1", "a", "low", cpu_mhz=300), running("2", "a", "lowest", cpu_mhz=300), running("3", "a", "high", cpu_mhz=400)]
    board = of([node("a")], *full, jobs=(LOW, HIGH, lowest, job))
    assert board.place(job, GROUP, 1) == ("a",)
    assert pushed(board) == ["2"]
    assert board.place(replace(job, id="again"), replace(GROUP, cpu_mhz=500)) == ("a",)
    assert pushed(board) == ["2", "1"]
    assert board.place(replace(job, id="third"), replace(GROUP, cpu_mhz=500)) == ()


def test_only_types_that_preempt_do() -> None:
    full = running("1", "a", "low", cpu_mhz=1000)
    service = replace(HIGH, groups=(GROUP,))
    assert of([node("a")], full, jobs=(LOW, service)).place(service, GROUP) == ()
    board = of([node("a")], full, jobs=(LOW, service), scheduler=preempting("service"))
    assert (board.place(service, GROUP), pushed(board)) == (("a",), ["1"])


def test_nobody_is_pushed_out_where_there_is_room_elsewhere() -> None:
    board = of([node("a"), node("b")], running("1", "a", "low", cpu_mhz=1000), jobs=(LOW, HIGH), scheduler=preempting("service"))
    assert (board.place(HIGH, GROUP), pushed(board)) == (("b",), [])


@pytest.mark.parametrize("priority", [41, 45, 49])
def test_a_difference_below_ten_pushes_nobody_out(priority: int) -> None:
    job = replace(HIGH, priority=priority)
    board = of([node("a")], running("1", "a", "low", cpu_mhz=1000), jobs=(LOW, job), scheduler=preempting("service"))
    assert (board.place(job, GROUP), pushed(board)) == ((), [])


def test_the_closest_in_size_goes_and_no_more_than_needed() -> None:
    sizes = [running("1", "a", "low", cpu_mhz=200), running("2", "a", "low", cpu_mhz=500), running("3", "a", "low", cpu_mhz=300)]
    board = of([node("a")], *sizes, jobs=(LOW, HIGH), scheduler=preempting("service"))
    assert board.place(HIGH, replace(GROUP, cpu_mhz=500)) == ("a",)
    assert pushed(board) == ["2"]


def test_a_port_and_a_device_are_taken_from_who_has_them() -> None:
    gpu = node("a", devices=(Device("nvidia/gpu/x", 1),))
    have = [
        running("1", "a", "low", ports=(("ip-a", 80),)),
        running("2", "a", "low", devices=(("nvidia/gpu/x", 1),)),
        running("3", "a", "low"),
    ]
    group = replace(GROUP, ports=(PortAsk("http", 80),), devices=(DeviceAsk("gpu"),))
    board = of([gpu], *have, jobs=(LOW, HIGH), scheduler=preempting("service"))
    assert board.place(HIGH, group) == ("a",)
    assert sorted(pushed(board)) == ["1", "2"]
    assert board.place(replace(HIGH, id="again"), group) == ()


@pytest.mark.parametrize(
    "have",
    [
        [running("1", "a", "low", ports=(("ip-a", 80),), drawn_ports=(80,))],
        [running("1", "a", "low", ports=(("ip-a", 80),)), running("2", "a", "low", ports=(("ip-a", 81),))],
    ],
)
def test_ports_that_were_drawn_or_have_several_holders_stay_where_they_are(have: list[Allocation]) -> None:
    group = replace(GROUP, ports=(PortAsk("http", 80), PortAsk("more", 81)))
    assert of([node("a")], *have, jobs=(LOW, HIGH), scheduler=preempting("service")).place(HIGH, group) == ()


def test_cores_reserved_twice_keep_nobody_from_being_pushed_out() -> None:
    have = [running(it, "a", "low", cpu_mhz=500, cores=(0, 1)) for it in ("1", "2")]
    board = of([node("a")], *have, jobs=(LOW, HIGH), scheduler=preempting("service"))
    assert board.place(HIGH, GROUP) == ("a",)


def test_words_for_people() -> None:
    nodes = [node("a", memory_mb=500), node("b", cpu_mhz=500), node("c", memory_mb=8000, drivers=("docker",))]
    board = of(nodes, running("1", "c", memory_mb=7500))
    big = replace(GROUP, cpu_mhz=400, memory_mb=950)
    assert board.why_not(JOB, big, ["a"]) == "not enough memory: asks 950 MiB, the biggest that fits otherwise, a, has 500 MiB"
    assert board.why_not(JOB, replace(big, memory_mb=7000)) == "not enough memory: asks 7000 MiB, most free is 500 MiB on c"
    assert board.why_not(JOB, replace(big, cpu_mhz=600), ["a", "b"]) == (
        "no machine that fits has room for all of it: a has too little memory; b has too little CPU"
    )
    arm = replace(GROUP, drivers=("docker",), constraints=(Constraint("${node.unique.name}", "=", "a"),))
    assert board.why_not(JOB, arm) == "no machine of those that fit otherwise (c) meets constraint ${node.unique.name} = a"
    assert board.why_not(JOB, GROUP, ["unheard-of"]) == "no machine takes work"
    assert board.why_not(JOB, GROUP) == ""


def test_cores_are_counted_and_take_their_mhz() -> None:
    two = node("a", attributes=(("cpu.frequency", "400"),))
    group = replace(GROUP, cpu_mhz=0, cores=1)
    board = of([two], running("1", "a", cpu_mhz=100, cores=(1,)))
    assert board.place(JOB, group, 2) == ("a",)
    assert board.totals().cpu_free_mhz == 500
    assert board.why_not(JOB, group) == "not enough cores to reserve: asks 1, most free is 0 on a"


def test_a_core_that_is_reserved_twice_is_taken_once() -> None:
    board = of([node("a")], *(running(it, "a", cpu_mhz=100, cores=(1,)) for it in ("1", "2")))
    group = replace(GROUP, cpu_mhz=0, cores=1)
    assert board.fork().place(JOB, group, 2) == ("a",)
    board.take_off(["1"])
    assert board.fork().place(JOB, group, 2) == ("a",)
    board.take_off(["2"])
    assert board.place(JOB, group, 2) == ("a", "a")


def test_of_cores_of_several_speeds_the_lowest_ids_go_first() -> None:
    mixed = node("a", cpu_mhz=1000, cores=(0, 1, 2, 3), core_mhz=(350, 350, 150, 150))
    one, two = replace(GROUP, cpu_mhz=0, cores=1), replace(GROUP, cpu_mhz=0, cores=2)
    board = of([mixed])
    assert (board.place(JOB, two), board.totals().cpu_free_mhz) == (("a",), 300)
    assert (board.place(JOB, one), board.totals().cpu_free_mhz) == (("a",), 150)
    board = of([mixed], running("1", "a", cpu_mhz=350, cores=(1,)))
    assert (board.place(JOB, two), board.totals().cpu_free_mhz) == (("a",), 150)
    assert of([mixed], running("1", "a", cpu_mhz=400)).place(JOB, two) == ()


def test_a_core_counts_for_what_it_is_whatever_else_is_kept() -> None:
    kept = node("a", cpu_mhz=900, core_mhz=(500, 500))
    assert of([kept]).place(JOB, replace(GROUP, cpu_mhz=0, cores=2)) == ()


def test_devices_that_fell_ill_hold_no_healthy_one() -> None:
    gpu = node("a", devices=(Device("nvidia/gpu/x", 1, ids=("1",)),))
    group = replace(GROUP, devices=(DeviceAsk("gpu"),))
    ill, well = (running("1", "a", devices=(("nvidia/gpu/x", 1),), device_ids=(it,)) for it in ("2", "1"))
    assert of([gpu], ill).place(JOB, group) == ("a",)
    board = of([gpu], well, replace(well, id="2"))
    assert board.fork().place(JOB, group) == ()
    board.take_off(["1"])
    assert board.fork().place(JOB, group) == ()
    board.take_off(["2"])
    assert board.place(JOB, group) == ("a",)


def test_a_device_that_two_hold_is_had_by_pushing_out_neither() -> None:
    gpu = node("a", devices=(Device("nvidia/gpu/x", 1, ids=("1",)),))
    have = [running(it, "a", "low", devices=(("nvidia/gpu/x", 1),), device_ids=("1",)) for it in ("1", "2")]
    group = replace(GROUP, devices=(DeviceAsk("gpu"),))
    assert of([gpu], *have, jobs=(LOW, HIGH), scheduler=preempting("service")).place(HIGH, group) == ()
    assert of([gpu], have[0], jobs=(LOW, HIGH), scheduler=preempting("service")).place(HIGH, group) == ("a",)
