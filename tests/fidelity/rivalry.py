"""Jobs that compete: registered one after the other on the real server, and placed by the planner in the same order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.lone_server import Server
from simulacra.observe.workload import job_of
from simulacra.plan.board import Board
from tests.fidelity.asking import GRID, register, world
from tests.fidelity.made_jobs import EVERYWHERE, running

JOBS = 25


@dataclass(frozen=True, slots=True)
class Rivalry:
    """Of ``groups`` jobs ``equal_counts`` got as many places from both; of ``placed`` instances of Nomad's ``equal_nodes`` are on nodes
    that the planner chose, too; ``planner`` has how many the planner placed in all.
    """

    seed: int
    nodes: int
    groups: int
    equal_counts: int
    placed: int
    planner: int
    equal_nodes: int


def rivalry(server: Server, seed: int) -> Rivalry:
    """Service and batch jobs onto empty nodes, as the scheduler is configured by the seed; nobody is pushed out."""
    random = Random(f"rivalry {seed}")
    with world(server, seed, jobs=0, preempts=False) as of:
        board = Board.of(of.snapshot.nodes, (), (), of.snapshot.scheduler)
        board.set_open(of.open)
        made = (running(random, of.nodes, f"s{seed}-c{at}") for at in range(10 * JOBS))
        jobs = [job for job in made if job["Type"] not in EVERYWHERE][:JOBS]
        ours: dict[str, Counter[str]] = {}
        for job in jobs:
            register(server, job)
            whole = of.gateway.job(job["ID"], "default")
            assert whole is not None
            read = job_of(whole, GRID.name)
            ours[read.id] = Counter(board.place(read, read.groups[0], read.groups[0].count))
        theirs: dict[str, Counter[str]] = {job["ID"]: Counter() for job in jobs}
        for row in server.send("GET", "allocations"):
            if row["JobID"] in theirs and row["DesiredStatus"] == "run":
                theirs[row["JobID"]][row["NodeName"]] += 1
        return Rivalry(
            seed=seed,
            nodes=len(of.open),
            groups=len(jobs),
            equal_counts=sum(ours[name].total() == theirs[name].total() for name in theirs),
            placed=sum(it.total() for it in theirs.values()),
            planner=sum(it.total() for it in ours.values()),
            equal_nodes=sum((ours[name] & theirs[name]).total() for name in theirs),
        )


def rivalry_table(found: Sequence[Rivalry]) -> str:
    """A line for each, and their sum."""
    head = f"{'seed':6}{'nodes':>7}{'jobs':>7}{'equal counts':>14}{'placed':>8}{'planner':>9}{'equal nodes':>13}"
    whole = [sum(getattr(it, name) for it in found) for name in ("nodes", "groups", "equal_counts", "placed", "planner", "equal_nodes")]
    lines = [_line(str(it.seed), (it.nodes, it.groups, it.equal_counts, it.placed, it.planner, it.equal_nodes)) for it in found]
    jobs, instances = whole[2] / max(1, whole[1]), whole[5] / max(1, whole[3])
    shares = f"{jobs:.1%} of the jobs got as many places from both, {instances:.1%} of the instances the same node"
    return "\n".join((head, *lines, _line("all", whole), shares))


def _line(name: str, numbers: Sequence[int]) -> str:
    nodes, jobs, counts, placed, planner, equal = numbers
    return f"{name:6}{nodes:7}{jobs:7}{counts:14}{placed:8}{planner:9}{equal:13}"
