"""What every cut is tried out on: where instances run, which servers there are, who takes work. Worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from simulacra.model.grid import Grid
from simulacra.model.service import EVERYWHERE_TYPES, Service
from simulacra.model.snapshot import Snapshot
from simulacra.model.spread import zones_of
from simulacra.model.workload import Allocation, Group, Job
from simulacra.plan.board import Board
from simulacra.plan.crowd import JobKey
from simulacra.plan.cuts import zones_of_machines
from simulacra.plan.expected import missing_nothing
from simulacra.plan.scene import look


@dataclass(frozen=True, slots=True)
class Instance:
    """An allocation on a machine that is on. ``service`` is empty for a job that is none of the grid's services."""

    allocation: Allocation
    job: Job
    group: Group
    service: str
    machine: str


@dataclass(frozen=True)
class Ground:
    """``zones`` has each machine's zone, ``on`` and ``taking`` the machines that are on and those that take work. ``running`` counts the
    instances of each service, ``wanted`` how many there should be; services that run on every machine that fits aren't counted there.
    ``alive`` counts the instances of each group, out of reach or not. ``board`` has those machines open that take work.
    """

    services: dict[str, Service]
    zones: dict[str, str | None]
    machines_in: dict[str, int]
    on: frozenset[str]
    taking: frozenset[str]
    servers: tuple[str, ...]
    voters: int
    by_machine: dict[str, tuple[Instance, ...]]
    running: dict[str, int]
    wanted: dict[str, int]
    groups: dict[str, tuple[tuple[Job, Group], ...]]
    jobs: dict[JobKey, Job]
    alive: dict[tuple[JobKey, str], int]
    board: Board
    promised: tuple[tuple[Service, frozenset[str]], ...]
    _able: dict[str, frozenset[str]] = field(default_factory=dict)

    def instances(self, machines: Iterable[str]) -> list[Instance]:
        """Those on these machines, ordered by machine."""
        return [it for name in sorted(self.by_machine.keys() & machines) for it in self.by_machine[name]]

    def able_zones(self, service: str) -> frozenset[str]:
        """The zones with a machine that is on and could carry the service, whatever else runs there."""
        found = self._able.get(service)
        if found is None:
            names = {name for job, group in self.groups.get(service, ()) for name in self.board.able(job, group)}
            zones = {self.zones[name] for name in names & self.taking}
            found = self._able[service] = frozenset(zone for zone in zones if zone is not None)
        return found


def ground_of(grid: Grid, snapshot: Snapshot) -> Ground:
    """The grid as it is now, for `simulacra.plan.split`. Sleepers stay asleep: what would be woken after a cut isn't considered."""
    scene = look(grid, snapshot)
    zones = zones_of_machines(grid, snapshot)
    on = {it.node.id: it.name for it in scene.machines.values() if it.node is not None and it.ready}
    taking = frozenset(it.name for it in scene.machines.values() if it.takes_work)
    by_machine: dict[str, list[Instance]] = {}
    for allocation in sorted(snapshot.allocations, key=lambda it: it.id):
        job = scene.job_of(allocation)
        group = job.group(allocation.group) if job is not None else None
        if job is not None and group is not None and allocation.node in on and not allocation.leaving:
            machine = on[allocation.node]
            by_machine.setdefault(machine, []).append(Instance(allocation, job, group, job.definition or "", machine))
    groups: dict[str, list[tuple[Job, Group]]] = {}
    for job in snapshot.jobs:
        if job.definition is not None:
            groups.setdefault(job.definition, []).extend((job, group) for group in job.groups)
    board = Board.of([missing_nothing(node) for node in snapshot.nodes], snapshot.allocations, snapshot.jobs, snapshot.scheduler)
    board.set_open(taking)
    instances = [it for names in by_machine.values() for it in names if it.service and it.allocation.running]
    return Ground(
        services=scene.services,
        zones=zones,
        machines_in=dict(Counter(zone for zone in zones.values() if zone is not None)),
        on=frozenset(on.values()),
        taking=taking,
        servers=snapshot.servers,
        voters=max(snapshot.voters, len(snapshot.servers)),
        by_machine={name: tuple(its) for name, its in by_machine.items()},
        running=dict(Counter(it.service for it in instances)),
        wanted={name: _wanted(its) for name, its in groups.items()},
        groups={name: tuple(its) for name, its in groups.items()},
        jobs=scene.jobs,
        alive=dict(Counter(((it.namespace, it.job), it.group) for it in snapshot.allocations if not it.leaving)),
        board=board,
        promised=_promised(grid),
    )


def _wanted(groups: Iterable[tuple[Job, Group]]) -> int:
    return sum(group.count for job, group in groups if job.type not in EVERYWHERE_TYPES)


def _promised(grid: Grid) -> tuple[tuple[Service, frozenset[str]], ...]:
    """The services that are to stand in zones, with these; what ends by itself isn't promised to stand anywhere."""
    services = (it for it in grid.services if it.zones is not None and it.type in ("service", "system"))
    return tuple((it, frozenset(zones_of(grid, it))) for it in services)
