"""What a question is about, feature by feature, and whether one of them decides it: without it the planner's answer would be another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from simulacra.model.compare import OPERATORS
from simulacra.model.snapshot import Scheduler, Snapshot
from simulacra.model.workload import Group, Job
from simulacra.plan.board import Board

ALIASES = {"==": "=", "is": "=", "not": "!=", "set_contains_all": "set_contains"}


@dataclass(frozen=True, slots=True)
class Question:
    """``count`` more instances of a job's group, on the nodes that are ``open``."""

    snapshot: Snapshot
    open: frozenset[str]
    job: Job
    group: Group
    count: int


@dataclass(frozen=True, slots=True)
class Feature:
    """``without`` is the question without it; None where it has no part in it."""

    name: str
    without: Callable[[Question], Question | None]


def answer(board: Board, question: Question) -> int:
    """How many the planner places; the board isn't changed."""
    return len(board.fork().place(question.job, question.group, question.count))


def board_of(question: Question) -> Board:
    snapshot = question.snapshot
    board = Board.of(snapshot.nodes, snapshot.allocations, snapshot.jobs, snapshot.scheduler)
    board.set_open(question.open)
    return board


def decided(board: Board, question: Question, placed: int) -> Iterator[tuple[str, bool]]:
    """Each feature that takes part, and whether it decided."""
    for feature in FEATURES:
        other = feature.without(question)
        if other is not None:
            same = other.snapshot is question.snapshot and other.open == question.open
            yield feature.name, answer(board if same else board_of(other), other) != placed


def _of_group(name: str, lacking: Callable[[Group], Group]) -> Feature:
    def without(question: Question) -> Question | None:
        group = lacking(question.group)
        return None if group == question.group else replace(question, group=group)

    return Feature(name, without)


def _operator(operator: str) -> Feature:
    def without(question: Question) -> Question | None:
        left = tuple(it for it in question.group.constraints if ALIASES.get(it.operator, it.operator) != operator)
        return None if left == question.group.constraints else replace(question, group=replace(question.group, constraints=left))

    return Feature(f"constraint {operator}", without)


def _distinct(name: str, hosts: bool) -> Feature:
    def without(question: Question) -> Question | None:
        left = tuple(it for it in question.group.distincts if bool(it.attribute) == hosts)
        return None if left == question.group.distincts else replace(question, group=replace(question.group, distincts=left))

    return Feature(name, without)


def _ports(name: str, static: bool) -> Feature:
    def without(question: Question) -> Question | None:
        left = tuple(it for it in question.group.ports if (it.number is None) == static)
        return None if left == question.group.ports else replace(question, group=replace(question.group, ports=left))

    return Feature(name, without)


def _host_networks(question: Question) -> Question | None:
    if all(it.host_network == "default" for it in question.group.ports):
        return None
    ports = tuple(replace(it, host_network="default") for it in question.group.ports)
    return replace(question, group=replace(question.group, ports=ports))


def _mode(question: Question) -> Question | None:
    if question.group.network_mode in ("", "host"):
        return None
    return replace(question, group=replace(question.group, network_mode=""))


def _to_write(question: Question) -> Question | None:
    if all(it.read_only for it in question.group.volumes):
        return None
    volumes = tuple(replace(it, read_only=True) for it in question.group.volumes)
    return replace(question, group=replace(question.group, volumes=volumes))


def _device_constraints(question: Question) -> Question | None:
    if not any(it.constraints for it in question.group.devices):
        return None
    devices = tuple(replace(it, constraints=()) for it in question.group.devices)
    return replace(question, group=replace(question.group, devices=devices))


def _datacenters(question: Question) -> Question | None:
    return None if question.job.datacenters == ("*",) else replace(question, job=replace(question.job, datacenters=("*",)))


def _pool(question: Question) -> Question | None:
    return None if question.job.node_pool == "all" else replace(question, job=replace(question.job, node_pool="all"))


def _closed(question: Question) -> Question | None:
    everyone = frozenset(node.name for node in question.snapshot.nodes)
    return None if everyone == question.open else replace(question, open=everyone)


def _allocations(question: Question) -> Question | None:
    if not question.snapshot.allocations:
        return None
    return replace(question, snapshot=replace(question.snapshot, allocations=()))


def _preemption(question: Question) -> Question | None:
    if question.job.type not in question.snapshot.scheduler.preempts or not question.snapshot.allocations:
        return None
    return replace(question, snapshot=replace(question.snapshot, scheduler=Scheduler(question.snapshot.scheduler.algorithm, ())))


FEATURES = (
    *(_operator(operator) for operator in OPERATORS if operator not in ALIASES),
    _distinct("distinct_hosts", hosts=True), _distinct("distinct_property", hosts=False),
    Feature("datacenters", _datacenters), Feature("node pool", _pool), Feature("not ready or not eligible", _closed),
    _of_group("driver", lambda it: replace(it, drivers=())), Feature("network mode", _mode), Feature("host network", _host_networks),
    _ports("static port", static=True), _ports("dynamic port", static=False), _of_group("host volume", lambda it: replace(it, volumes=())),
    Feature("host volume to write to", _to_write), _of_group("device", lambda it: replace(it, devices=())),
    Feature("device constraint", _device_constraints),
    _of_group("cpu", lambda it: replace(it, cpu_mhz=0)), _of_group("cores", lambda it: replace(it, cores=0)),
    _of_group("memory", lambda it: replace(it, memory_mb=0)), _of_group("disk", lambda it: replace(it, disk_mb=0)),
    Feature("allocations already there", _allocations), Feature("priority (preemption)", _preemption),
    _of_group("affinity", lambda it: replace(it, affinities=())), _of_group("spread", lambda it: replace(it, spreads=())),
)  # fmt: skip
