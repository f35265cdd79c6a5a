"""A set of nodes on a real server with jobs that run there, and questions about them, put to the server and to the planner.

What the planner is told of it is read by the real gateway and observer, as in every look at a grid.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from random import Random
from urllib.parse import quote

from bench.lone_server import Rpc, Server, run
from simulacra.gateways.nomad import Nomad, connect
from simulacra.model.grid import Grid
from simulacra.model.snapshot import Snapshot
from simulacra.observe.snapshot import Observer
from simulacra.observe.workload import job_of
from tests.fidelity.features import Question, answer, board_of, decided
from tests.fidelity.made_jobs import EVERYWHERE, asking, count_of, counted, pinned, running
from tests.fidelity.made_nodes import POOLS, Json, changed, made_nodes

GRID = Grid("asked")
QUESTIONS = 50
AGAIN = 12
"""How often the server is asked again where the two differ: what varies from one time to the next isn't decided by the question."""
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """One question, named by its seeds. ``nomad`` has every answer of the server's, one where it was asked once.

    ``apart``: where it was asked again, the nodes on which alone it never agrees with the planner.
    """

    name: str
    kind: str
    count: int
    nomad: tuple[int, ...]
    planner: int
    apart: tuple[str, ...]
    features: tuple[tuple[str, bool], ...]
    job: Json

    @property
    def refused(self) -> bool:
        """Fewer were placed than asked for; of a job for every node: none."""
        return self.planner < (1 if self.kind in EVERYWHERE else self.count)

    @property
    def differs(self) -> bool:
        return bool(self.apart) if self.varies else self.planner not in self.nomad

    @property
    def varies(self) -> bool:
        """The server's own answer isn't always the same: it draws ports by lot, and looks at the nodes in an order by lot."""
        return len(set(self.nomad)) > 1


class Nothing:
    """A journal that nobody has written to."""

    def records(self) -> tuple[()]:
        return ()

    reports = belongings = gates = ledgers = records


@dataclass(frozen=True, slots=True)
class World:
    """What one seed has made of the server: its nodes and jobs, and how they are seen."""

    server: Server
    gateway: Nomad
    nodes: tuple[Json, ...]
    there: tuple[Json, ...]
    snapshot: Snapshot

    @property
    def open(self) -> frozenset[str]:
        return frozenset(it.name for it in self.snapshot.nodes if it.status == "ready" and it.eligible and not it.draining)


@contextmanager
def world(server: Server, seed: int, jobs: int | None = None, preempts: bool = True) -> Iterator[World]:
    """The world of that seed, gone at the end. ``jobs``: how many run there, else by chance. ``preempts``: some may push out others."""
    random, name = Random(f"world {seed}"), f"s{seed}"
    nodes = made_nodes(random, name)
    there = tuple(running(random, nodes, f"{name}-r{at}") for at in range(random.randint(4, 14) if jobs is None else jobs))
    rpc = Rpc(server.rpc_port)
    gateway = connect(environment={"NOMAD_ADDR": server.address})
    try:
        _configure(server, random, preempts)
        for node in nodes:
            rpc.call("Node.Register", {"Node": node, "Region": "global"})
        there = tuple(_started(server, random, nodes, job) for job in there)
        _mark(server, rpc, random, there)
        nodes = tuple(_changed(rpc, random, node) for node in nodes)
        settle(server)
        yield World(server, gateway, nodes, there, Observer(GRID, gateway, Nothing()).look(time.time()))
    finally:
        _clear(server, rpc)
        rpc.close()


def cases(of: World, seed: int, numbers: Sequence[int] = range(QUESTIONS)) -> Iterator[Case]:
    """The questions of these numbers; one in eight is for more of a job that runs already."""
    asked = {number: _asked(of, seed, number) for number in numbers}
    for job, old, _ in asked.values():
        if not old:
            of.server.send("PUT", "jobs", {"Job": counted(job, 0)})
    wholes = of.gateway.whole_jobs([("default", job["ID"]) for job, _, _ in asked.values()])
    for (number, (job, old, more)), whole in zip(asked.items(), wholes, strict=True):
        assert whole is not None
        read = job_of(whole, GRID.name)
        group = replace(read.groups[0], count=count_of(job))
        everywhere = job["Type"] in EVERYWHERE
        question = Question(of.snapshot, of.open, read, group, len(of.nodes) if everywhere else more)
        board = board_of(question)
        ours = answer(board, question)
        theirs: tuple[int, ...] = (planned(of.server, job),)
        if ours != theirs[0]:
            theirs += tuple(planned(of.server, job) for _ in range(AGAIN))
        apart = _apart(of, question, job) if len(theirs) > 1 and not old else ()
        features = tuple(decided(board, question, ours))
        yield Case(f"{seed}.{number}", job["Type"], question.count, theirs, ours, apart, features, job)


def _asked(of: World, seed: int, number: int) -> tuple[Json, bool, int]:
    """The job as it is to be planned, whether it runs already, and how many more that makes.

    Where others may be pushed out for it, it is one: for more, ``job plan`` tells of places that aren't there. Nomad's ``Preemptor`` leaves
    out what the job itself takes up on the node, and only who applies the plan turns it down.
    """
    random = Random(f"question {seed} {number}")
    job, more = asking(random, of.nodes, f"s{seed}-q{number}"), random.randint(1, 4)
    if job["Type"] in of.snapshot.scheduler.preempts:
        return counted(job, 1), False, 1
    live = {it.job for it in of.snapshot.allocations if not it.leaving}
    scalable = [it for it in of.there if it["Type"] == "service" and it["ID"] in live and not _counts_twice(it)]
    if scalable and "service" not in of.snapshot.scheduler.preempts and random.random() < 0.125:
        old = random.choice(scalable)
        has = sum(it.job == old["ID"] and not it.leaving for it in of.snapshot.allocations)
        if not _moves(of.server, counted(old, has + more)):
            return counted(old, has + more), True, more
    return job, False, count_of(job)


def _apart(of: World, question: Question, job: Json) -> tuple[str, ...]:
    """The open nodes on which alone the server never places as many as the planner."""
    found = []
    for name in sorted(of.open):
        row = {"LTarget": "${node.unique.name}", "Operand": "=", "RTarget": name}
        here = {**job, "ID": f"{job['ID']}-alone", "Name": f"{job['ID']}-alone", "Constraints": [row, *job.get("Constraints", [])]}
        alone = replace(question, open=frozenset({name}))
        ours = answer(board_of(alone), alone)
        if all(planned(of.server, here) != ours for _ in range(AGAIN)):
            found.append(name)
    return tuple(found)


def _counts_twice(job: Json) -> bool:
    """Nomad's ``propertySet`` counts what the same evaluation updates in place twice, so that for once too few are placed."""
    levels = (job, *job["TaskGroups"])
    return any(it["Operand"] == "distinct_property" for level in levels for it in level["Constraints"])


def _moves(server: Server, job: Json) -> bool:
    """Some that run don't fit any more where they are, and take places of their own."""
    return any(_said(server, job)["Annotations"]["DesiredTGUpdates"][group["Name"]]["DestructiveUpdate"] for group in job["TaskGroups"])


def _said(server: Server, job: Json) -> Json:
    found: Json = server.send("PUT", f"job/{quote(job['ID'], safe='')}/plan", {"Job": job, "Diff": False})
    return found


def planned(server: Server, job: Json) -> int:
    """How many more of the job's group the server would place.

    Of a system job ``Place`` has only what was placed (``SystemScheduler.computePlacements``). A sysbatch job that every node filters
    out is said to have failed once, though no node is counted for it.
    """
    said = _said(server, job)
    group = job["TaskGroups"][0]["Name"]
    wanted = (said["Annotations"]["DesiredTGUpdates"] or {}).get(group) or {}
    failed = (said["FailedTGAllocs"] or {}).get(group)
    missing = 0 if failed is None else 1 + failed["CoalescedFailures"]
    placed = int(wanted.get("Place", 0))
    return placed if job["Type"] == "system" else max(0, placed - missing)


def _started(server: Server, random: Random, nodes: Sequence[Json], job: Json) -> Json:
    """Let it run where the seed says, as far as it can: pinned to some nodes first, then without the pin. What is left of it is the answer.

    The server would draw by lot, and no case could be told again by its seed.
    """
    if job["Type"] in EVERYWHERE:
        register(server, job)
        return job
    names = [node["Name"] for node in nodes if node["Status"] == "ready" and node["SchedulingEligibility"] == "eligible"] or ["none"]
    chosen = sorted(random.sample(names, min(random.choice((1, count_of(job))), len(names))))
    register(server, pinned(job, chosen))
    placed = sum(it["DesiredStatus"] == "run" for it in server.send("GET", f"job/{job['ID']}/allocations"))
    job = counted(job, placed)
    register(server, job)
    return job


def register(server: Server, job: Json) -> None:
    """Until its evaluation is worked off."""
    evaluation = server.send("PUT", "jobs", {"Job": job})["EvalID"]
    end = time.monotonic() + PATIENCE_S
    while server.send("GET", f"evaluation/{evaluation}")["Status"] == "pending":
        assert time.monotonic() < end, "the server has an evaluation that never ends"
        time.sleep(0.005)


def settle(server: Server) -> None:
    """Until the server has worked off every evaluation."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if not server.send("GET", "evaluations?filter=" + quote('Status == "pending"')):
            return
        time.sleep(0.05)
    raise AssertionError("the server has evaluations that never end")


def _configure(server: Server, random: Random, may_preempt: bool) -> None:
    preempts, system = random.random() < 0.5 and may_preempt, random.random() < 0.7 and may_preempt
    server.send("PUT", "operator/scheduler/configuration", {
        "SchedulerAlgorithm": random.choice(("binpack", "spread")),
        "MemoryOversubscriptionEnabled": random.random() < 0.5,
        "PreemptionConfig": {
            "SystemSchedulerEnabled": system, "SysBatchSchedulerEnabled": preempts,
            "ServiceSchedulerEnabled": preempts, "BatchSchedulerEnabled": preempts,
        },
    })  # fmt: skip
    for pool in POOLS[1:]:
        server.send("PUT", "node/pools", {"Name": pool})


def _mark(server: Server, rpc: Rpc, random: Random, there: Sequence[Json]) -> None:
    """Most of what was placed runs, some of it has ended, and one job in six was stopped while its instances still run."""
    rows = sorted(server.send("GET", "allocations"), key=lambda it: it["Name"])
    ended = [it for it in rows if random.random() < 0.05]
    pending = [it for it in rows if random.random() < 0.1]
    run(rpc, [it for it in rows if it not in ended and it not in pending])
    run(rpc, ended, "complete")
    for job in there:
        if random.random() < 0.16:
            server.send("DELETE", f"job/{job['ID']}")
    settle(server)


def _changed(rpc: Rpc, random: Random, node: Json) -> Json:
    """One in four isn't any more what it was when things were placed there."""
    if random.random() < 0.75:
        return node
    node = changed(random, node)
    rpc.call("Node.Register", {"Node": node, "Region": "global"})
    return node


def _clear(server: Server, rpc: Rpc) -> None:
    for job in server.send("GET", "jobs"):
        server.send("DELETE", f"job/{job['ID']}?purge=true")
    rows = server.send("GET", "allocations")
    live = [it for it in rows if it["ClientStatus"] in ("pending", "running", "unknown")]
    with suppress(RuntimeError):  # those whose node is down already are nobody's to report
        run(rpc, live, "complete")
    if ids := [it["ID"] for it in server.send("GET", "nodes")]:
        rpc.call("Node.BatchDeregister", {"NodeIDs": ids, "Region": "global"})
    settle(server)
