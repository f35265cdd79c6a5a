"""Grid and snapshot brought together and indexed once: every machine with all that is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.plan import Standing
from simulacra.model.service import Service
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation, Job
from simulacra.plan.kept import Kept
from simulacra.plan.known import Known, known_machines
from simulacra.plan.reaching import Miss, Misses, misses
from simulacra.plan.rentals import Rental, rentals_of

K = TypeVar("K")
_BY_LAN: Kept[dict[str, tuple[str, ...]]] = Kept(16)


@dataclass(frozen=True, slots=True)
class Scene:
    """``machines`` is ordered by name, ``jobs`` by namespace and id; ``allocations`` has those of each job, leaving or not. ``relays`` has
    for each zone those that can send a magic packet there now: on, staying on, with the program that does it; ``by_lan`` those that a
    magic packet wakes, on or not. ``used`` is what allocations take on each node, by its id: MHz and MiB. ``rented`` are the machines that
    are on or coming and are rented. ``rentals`` are the clouds, by name; ``misses`` is what keeps proxies off machines.
    """

    grid: Grid
    snapshot: Snapshot
    machines: dict[str, Known]
    standing: dict[Standing, tuple[Known, ...]]
    jobs: dict[tuple[str, str], Job]
    allocations: dict[tuple[str, str], tuple[Allocation, ...]]
    services: dict[str, Service]
    by_lan: dict[str, tuple[str, ...]]
    relays: dict[str, frozenset[str]]
    used: dict[str, tuple[int, int]]
    rented: frozenset[str]
    rentals: dict[str, Rental]
    misses: Misses = field(default_factory=dict)

    @property
    def now_s(self) -> float:
        return self.snapshot.now_s

    def that_are(self, standing: Standing) -> tuple[Known, ...]:
        """By name."""
        return self.standing.get(standing, ())

    @property
    def on(self) -> int:
        """How many machines are on or coming."""
        return len(self.that_are("on")) + len(self.that_are("coming"))

    @property
    def own_on(self) -> int:
        """How many of one's own machines are on or coming."""
        return self.on - len(self.rented)

    def rental_of(self, known: Known) -> Rental | None:
        """The cloud that the machine is rented from; None for one of one's own."""
        return self.rentals.get(known.rent.cloud) if known.rent is not None else None

    def service_of(self, job: Job | None) -> Service | None:
        return self.services.get(job.definition) if job is not None and job.definition is not None else None

    def job_of(self, allocation: Allocation) -> Job | None:
        return self.jobs.get((allocation.namespace, allocation.job))

    def allocations_of(self, job: Job) -> tuple[Allocation, ...]:
        """By id, those that are leaving among them."""
        return self.allocations.get((job.namespace, job.id), ())


def look(grid: Grid, snapshot: Snapshot) -> Scene:
    """Every defined machine and every node, known as far as the snapshot and the journal tell."""
    rentals = rentals_of(grid, snapshot)
    machines = known_machines(grid, snapshot, rentals, _grouped((it for it in snapshot.allocations if not it.leaving), lambda it: it.node))
    missed = misses(grid, snapshot, lambda name: machines[name].zone if name in machines else None)
    if missed and grid.mode == "act":
        machines = {name: _missing(known, missed[name]) if name in missed else known for name, known in machines.items()}
    standing: dict[Standing, list[Known]] = {}
    for it in machines.values():
        standing.setdefault(it.standing, []).append(it)
    return Scene(
        grid=grid,
        snapshot=snapshot,
        machines=machines,
        standing={key: tuple(its) for key, its in standing.items()},
        jobs={(job.namespace, job.id): job for job in snapshot.jobs},
        allocations=_grouped(snapshot.allocations, lambda it: (it.namespace, it.job)),
        services={service.name: service for service in grid.services},
        by_lan=_BY_LAN.of((grid.machines,), lambda: _by_lan(grid.machines)),
        relays=_relays(snapshot, standing.get("on", ())),
        used=_used(snapshot),
        rented=frozenset(it.name for it in (*standing.get("on", ()), *standing.get("coming", ())) if it.rent is not None),
        rentals=rentals,
        misses=missed,
    )


def _by_lan(machines: Iterable[Machine]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for it in sorted(machines, key=lambda it: it.name):
        if isinstance(it.wake, WakeLan):
            found.setdefault(it.zone, []).append(it.name)
    return {zone: tuple(names) for zone, names in found.items()}


def _relays(snapshot: Snapshot, on: Iterable[Known]) -> dict[str, frozenset[str]]:
    obeying = {it.node for it in snapshot.allocations if it.job == NODE_JOB and it.running}
    found: dict[str, set[str]] = {}
    for it in on:
        if it.node is not None and it.node.id in obeying and it.zone is not None and it.rent is None:
            found.setdefault(it.zone, set()).add(it.name)
    return {zone: frozenset(names) for zone, names in found.items()}


def _missing(known: Known, missed: Sequence[Miss]) -> Known:
    """With the labels that it will have as soon as it is on, where it isn't: those of a node that is on are there, or about to be."""
    if known.expected is None or known.ready:
        return known
    meta = dict(known.expected.meta) | {it.proxy.label: it.value for it in missed}
    return replace(known, expected=replace(known.expected, meta=tuple(sorted(meta.items()))))


def _grouped(allocations: Iterable[Allocation], by: Callable[[Allocation], K]) -> dict[K, tuple[Allocation, ...]]:
    """Each group in the order of ids."""
    found: dict[K, list[Allocation]] = {}
    for it in sorted(allocations, key=lambda it: it.id):
        found.setdefault(by(it), []).append(it)
    return {key: tuple(its) for key, its in found.items()}


def _used(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    used: dict[str, tuple[int, int]] = {}
    for it in snapshot.allocations:
        cpu, memory = used.get(it.node, (0, 0))
        used[it.node] = (cpu + it.cpu_mhz, memory + it.memory_mb)
    return used
