"""Whatever is put where: no machine ever holds more than it has, and neither order nor repetition changes a choice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from simulacra.model.cluster import Device, HostNetwork, HostVolume, Node
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
    VolumeAsk,
)  # fmt: skip
from simulacra.plan.board import Board

ZONES = st.sampled_from(["x", "y", "z"])
GPU = "nvidia/gpu/x"
CONSTRAINTS = st.builds(Constraint, st.just("${meta.zone}"), st.sampled_from(["=", "!="]), ZONES)
DISTINCTS = st.builds(Distinct, st.sampled_from(["", "${meta.zone}"]), st.integers(1, 2), st.booleans())
AFFINITIES = st.builds(Affinity, st.just("${meta.zone}"), st.just("="), ZONES, st.integers(-100, 100))


@st.composite
def nodes(draw: st.DrawFn) -> list[Node]:
    made = []
    for at in range(draw(st.integers(1, 6))):
        networks = [HostNetwork("default", f"v4-{at}", draw(st.sampled_from([(), (22,), (80, 20001)])))]
        if draw(st.booleans()):
            networks += [HostNetwork("default", f"v6-{at}"), HostNetwork("overlay", f"v6-{at}")]
        zone = draw(st.none() | ZONES)
        made.append(
            Node(
                f"id-{at}", f"node-{at}", datacenter=draw(st.sampled_from(["dc1", "dc2"])), cpu_mhz=draw(st.integers(0, 2000)),
                memory_mb=draw(st.integers(0, 2000)), disk_mb=draw(st.integers(0, 2000)), cores=tuple(range(draw(st.integers(0, 3)))),
                drivers=("docker",) if draw(st.booleans()) else ("docker", "exec"), meta=() if zone is None else (("zone", zone),),
                devices=(Device(GPU, draw(st.integers(1, 3))),) if draw(st.booleans()) else (), volumes=(HostVolume("media"),),
                networks=tuple(networks), dynamic_ports=(20000, 20000 + draw(st.integers(0, 4))),
            )
        )  # fmt: skip
    return made


@st.composite
def groups(draw: st.DrawFn) -> Group:
    network = draw(st.sampled_from(["default", "overlay"]))
    asks = draw(st.lists(st.sampled_from([None, None, 22, 80, 8080, 20001]), max_size=3, unique_by=lambda it: it or object()))
    return Group(
        draw(st.sampled_from(["main", "aside"])), draw(st.integers(1, 4)), cpu_mhz=draw(st.integers(0, 900)),
        memory_mb=draw(st.integers(0, 900)), disk_mb=draw(st.integers(0, 900)), cores=draw(st.sampled_from([0, 0, 1, 2])),
        drivers=draw(st.sampled_from([(), ("docker",), ("exec",)])),
        constraints=tuple(draw(st.lists(CONSTRAINTS, max_size=1))), distincts=tuple(draw(st.lists(DISTINCTS, max_size=2))),
        affinities=tuple(draw(st.lists(AFFINITIES, max_size=1))),
        spreads=draw(st.sampled_from([(), (Spread("${meta.zone}", 50),), (Spread("${node.datacenter}", 50, (SpreadTarget("dc1", 70),)),)])),
        ports=tuple(PortAsk(f"port-{at}", number, network) for at, number in enumerate(asks)),
        devices=tuple(draw(st.lists(st.builds(DeviceAsk, st.just("gpu"), st.integers(1, 2)), max_size=2))),
        volumes=draw(st.sampled_from([(), (VolumeAsk("media"),)])),
    )  # fmt: skip


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    kinds = st.sampled_from(["service", "service", "batch", "system"])
    return [
        Job(f"job-{at}", type=draw(kinds), priority=draw(st.sampled_from([20, 50, 90])), groups=(draw(groups()),))
        for at in range(draw(st.integers(1, 5)))
    ]


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Node], list[Allocation], list[Job], Scheduler]:
    machines, work = draw(nodes()), draw(jobs())
    left = {node.id: [node.cpu_mhz, node.memory_mb, node.disk_mb] for node in machines}
    running = []
    for at in range(draw(st.integers(0, 6))):
        node, job = draw(st.sampled_from(machines)), draw(st.sampled_from(work))
        takes = [draw(st.integers(0, most)) for most in left[node.id]]
        left[node.id] = [most - take for most, take in zip(left[node.id], takes, strict=True)]
        ports = ((node.networks[0].address, 30000 + at),) if draw(st.booleans()) else ()
        running.append(
            Allocation(f"allocation-{at}", job.id, job.groups[0].name, node.id, cpu_mhz=takes[0], memory_mb=takes[1], disk_mb=takes[2],
                       ports=ports, leaving=draw(st.booleans()))
        )  # fmt: skip
    scheduler = Scheduler(draw(st.sampled_from(["binpack", "spread"])), draw(st.sampled_from([(), ("system",), ("system", "service")])))
    return machines, running, work, scheduler


Scene = tuple[list[Node], list[Allocation], list[Job], Scheduler]


def played(board: Board, work: list[Job]) -> list[tuple[Job, str]]:
    return [(job, name) for job in sorted(work, key=lambda it: it.id) for name in board.place(job, job.groups[0], 3)]


@settings(max_examples=300, deadline=None)
@given(scenes())
def test_no_machine_holds_more_than_it_has(scene: Scene) -> None:
    machines, running, work, scheduler = scene
    board = Board.of(machines, running, work, scheduler)
    placed = played(board, work)
    gone = {it.id for it in board.preempted}
    for node in machines:
        groups_here = [job.groups[0] for job, name in placed if name == node.name]
        there = [it for it in running if it.node == node.id and it.id not in gone]
        core_mhz = node.cpu_mhz // len(node.cores) if node.cores else 0
        if groups_here:
            assert sum(it.cpu_mhz + it.cores * core_mhz for it in groups_here) + sum(it.cpu_mhz for it in there) <= node.cpu_mhz
            assert sum(it.memory_mb for it in groups_here) + sum(it.memory_mb for it in there) <= node.memory_mb
            assert sum(it.disk_mb for it in groups_here) + sum(it.disk_mb for it in there) <= node.disk_mb
        assert sum(it.cores for it in groups_here) <= len(node.cores)
        assert sum(ask.count for it in groups_here for ask in it.devices) <= sum(it.count for it in node.devices)
        _ports_hold(node, [ask for it in groups_here for ask in it.ports])


def _ports_hold(node: Node, asks: list[PortAsk]) -> None:
    """Each port at most once on each address, and no more dynamic ones than their range holds on all addresses."""
    addresses = {it.address: {port for other in node.networks if other.address == it.address for port in other.reserved_ports}
                 for it in node.networks}  # fmt: skip
    statics = Counter(ask.number for ask in asks if ask.number is not None)
    for number, many in statics.items():
        assert many <= sum(number not in kept for kept in addresses.values())
    first, last = node.dynamic_ports
    inside = sum(first <= port <= last for kept in addresses.values() for port in kept)
    assert sum(ask.number is None for ask in asks) <= len(addresses) * (last - first + 1) - inside


@settings(max_examples=200, deadline=None)
@given(scenes(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_changes_nothing(scene: Scene, random: object) -> None:
    machines, running, work, scheduler = scene
    shuffled: list[list[object]] = [list(machines), list(running), list(work)]
    for it in shuffled:
        random.shuffle(it)  # type: ignore[attr-defined]
    one = Board.of(machines, running, work, scheduler)
    other = Board.of(*shuffled, scheduler)  # type: ignore[arg-type]
    assert played(one, work) == played(other.fork(), work) == played(other, work)
    assert [it.id for it in one.preempted] == [it.id for it in other.preempted]


@settings(max_examples=200, deadline=None)
@given(scenes())
def test_place_roomy_able_and_why_not_agree(scene: Scene) -> None:
    machines, running, work, scheduler = scene
    board = Board.of(machines, running, work, replace(scheduler, preempts=()))
    opened = [node.name for node in machines][::2]
    board.set_open(opened)
    for job in work:
        group = job.groups[0]
        roomy, able = board.roomy(job, group), board.able(job, group)
        free = [name for name in roomy if name in opened]
        assert set(roomy) <= set(able)
        assert (board.why_not(job, group) == "") == bool(free)
        assert (board.why_not(job, group, [node.name for node in machines]) == "") == bool(roomy)
        placed = board.fork().place(job, group)
        assert bool(placed) == bool(free)
        assert set(placed) <= set(free)


@settings(max_examples=200, deadline=None)
@given(scenes())
def test_what_is_distinct_stays_so(scene: Scene) -> None:
    machines, running, work, scheduler = scene
    board = Board.of(machines, running, work, scheduler)
    placed = played(board, work)
    zones = {node.name: dict(node.meta).get("zone") for node in machines}
    for job in work:
        here = [name for other, name in placed if other.id == job.id]
        for distinct in job.groups[0].distincts:
            if distinct.attribute:
                counts = Counter(zones[name] for name in here)
                assert None not in counts
                assert max(counts.values(), default=0) <= distinct.allowed
            elif job.type != "system":
                assert len(here) == len(set(here))
        if job.type == "system":
            assert len(here) == len(set(here))


@settings(max_examples=200, deadline=None)
@given(scenes())
def test_taking_everything_off_leaves_empty_machines(scene: Scene) -> None:
    machines, running, work, scheduler = scene
    board = Board.of(machines, running, work, scheduler)
    board.take_off([it.id for it in running])
    bare = Board.of(machines, [], work, scheduler)
    assert board.totals() == bare.totals()
    assert played(board, work) == played(bare, work)
