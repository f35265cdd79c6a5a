"""How long it takes to foretell every single cut of a large grid, from values in memory; and to write it down as JSON."""

from __future__ import annotations

import argparse
from dataclasses import replace
from random import Random

from crowds import ZONES, Crowd, crowd
from timing import called, in_turns, table

from simulacra.cli.show_split import as_text
from simulacra.cli.split import foretold
from simulacra.model.grid import Grid
from simulacra.model.place import Uplink, Zone
from simulacra.model.service import Service
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Disconnect, Job
from simulacra.plan.cuts import single_cuts, zones_of_machines
from simulacra.plan.ground import ground_of
from simulacra.plan.servers import seats
from simulacra.plan.split import split

SIZES = ((100, 100), (1_000, 1_000))
UPLINKS = 4
DISCONNECTS = (Disconnect(8760 * 3600.0, replace=False), Disconnect(6 * 3600.0), Disconnect(stop_after_s=60.0), Disconnect())
"""What services say of instances out of reach: in turns, most of them one of the first two."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    for machines, services in SIZES:
        _measure(*parted(machines, services), runs)


def _measure(grid: Grid, snapshot: Snapshot, runs: int) -> None:
    zones = zones_of_machines(grid, snapshot)
    cuts, (outcomes, _) = single_cuts(grid, zones), foretold(grid, snapshot)
    ground, size = ground_of(grid, snapshot), len(as_text(outcomes)) / 1e6
    sizes = f"{len(snapshot.nodes):,} machines, {len(grid.services):,} services, {len(snapshot.allocations):,} instances"
    print(f"\n{sizes}; {len(cuts):,} cuts, {size:.1f} MB of JSON")
    contestants = {
        "what is there, brought together": lambda: ground_of(grid, snapshot),
        "the halves of every cut": lambda: split(ground, cuts),
        "where servers should stand": lambda: seats(grid, cuts, zones, snapshot.servers, snapshot.voters),
        "the JSON's text": lambda: as_text(outcomes),
        "all of it": lambda: as_text(foretold(grid, snapshot)[0]),
    }
    print(table(in_turns({name: called(run) for name, run in contestants.items()}, runs)))


def parted(machines: int, services: int) -> tuple[Grid, Snapshot]:
    """A crowd of that many services in zones behind uplinks, a third of which share one; every job is a service of the grid."""
    made, random = _crowd(machines, services), Random(2)
    jobs = tuple(_as_service(job, random) for job in made.snapshot.jobs)
    defined = tuple(Service(job.id, zones="each" if at % 3 == 0 else None) for at, job in enumerate(jobs) if job.definition)
    uplinks = (*(Uplink(f"line-{at}", via="ring" if at < UPLINKS // 2 else None) for at in range(UPLINKS)), Uplink("ring"))
    zones = tuple(Zone(f"zone-{at:02}", uplink=f"line-{at % UPLINKS}") for at in range(ZONES))
    return _with(made, jobs, defined, uplinks, zones)


def _crowd(machines: int, services: int) -> Crowd:
    """With as many instances as bring about so many jobs."""
    allocations = machines
    while True:
        made = crowd(machines, allocations, 0)
        if len(made.snapshot.jobs) > services:
            return made
        allocations += max(1, services - len(made.snapshot.jobs) + 1)


def _with(
    made: Crowd, jobs: tuple[Job, ...], services: tuple[Service, ...], uplinks: tuple[Uplink, ...], zones: tuple[Zone, ...]
) -> tuple[Grid, Snapshot]:
    grid = replace(made.grid, services=services, uplinks=tuple(sorted(uplinks, key=lambda it: it.name)), zones=zones)
    return grid, replace(made.snapshot, jobs=jobs)


def _as_service(job: Job, random: Random) -> Job:
    if job.type == "system":
        return job
    chosen = DISCONNECTS[random.choice((0, 0, 0, 0, 1, 1, 1, 1, 2, 3))]
    return replace(job, definition=job.id, groups=tuple(replace(group, disconnect=chosen) for group in job.groups))


if __name__ == "__main__":
    main()
