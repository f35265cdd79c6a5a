"""The grid as its definitions have it, without any server to ask: every machine is on, and services stand where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.service import EVERYWHERE_TYPES
from simulacra.model.snapshot import Scheduler, Snapshot
from simulacra.model.workload import Allocation, Group, Job
from simulacra.plan.board import Board
from simulacra.plan.expected import expected_node, usual_of

_ABOVE_ALL = 1_000_000


def defined_snapshot(grid: Grid, jobs: Sequence[Job], servers: Sequence[str] | None = None) -> Snapshot:
    """``jobs`` are those that the grid's services become; the more important ones are placed first, system jobs before all. Nomad's servers
    are on the machines with ``server = true``, or on ``servers``. A machine that doesn't say what it has takes nothing.
    """
    usual = usual_of(())
    expected = (expected_node(grid, machine, None, None, usual) for machine in grid.machines)
    nodes = tuple(sorted((node for node in expected if node is not None), key=lambda node: node.name))
    names = tuple(sorted(servers if servers is not None else (it.name for it in grid.machines if it.server)))
    board = Board.of(nodes, (), jobs, Scheduler())
    ids = {node.name: node for node in nodes}
    allocations: list[Allocation] = []
    for job in sorted(jobs, key=_first):
        for group in job.groups:
            count = len(nodes) if job.type in EVERYWHERE_TYPES else group.count
            placed = board.place(job, group, count)
            allocations += [_allocation(job, group, ids[name], len(allocations) + at) for at, name in enumerate(placed)]
    ordered = tuple(sorted(jobs, key=lambda job: (job.id, job.namespace)))
    return Snapshot(0.0, nodes, tuple(sorted(allocations, key=lambda it: it.id)), ordered, servers=names, voters=len(names))


def _first(job: Job) -> tuple[int, str, str]:
    return -(_ABOVE_ALL if job.type in EVERYWHERE_TYPES else job.priority), job.id, job.namespace


def _allocation(job: Job, group: Group, node: Node, number: int) -> Allocation:
    core_mhz = node.cpu_mhz // len(node.cores) if node.cores else 0
    addresses = {network.alias: network.address for network in node.networks}
    return Allocation(
        id=f"{number:08}",
        job=job.id,
        group=group.name,
        node=node.id,
        namespace=job.namespace,
        cpu_mhz=group.cpu_mhz + group.cores * core_mhz,
        cores=node.cores[: group.cores],
        memory_mb=group.memory_mb,
        disk_mb=group.disk_mb,
        ports=tuple((addresses[port.host_network], port.number) for port in group.ports if port.number is not None),
    )
