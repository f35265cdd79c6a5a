"""How long one pass over the nodes takes: which zone and tier each is of, what is to change of its labels, and which services the grid can
carry; from values in memory, as they are between two looks. No node is asked anything.

A third of the machines isn't defined: their zones are told by their addresses, by their neighbours, and by network coordinates. Gates are
judged on the board that the plan has made anyway; what making it takes stands beside it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from crowds import NOW_S, Crowd, crowd
from timing import table, timed

from simulacra.model.coordinates import Coordinate
from simulacra.model.grid import Grid
from simulacra.model.journal import Report
from simulacra.model.machine import AttributeMatch, Match, Tier
from simulacra.model.place import Zone
from simulacra.model.service import Needs, NeedsTier, Service
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Job
from simulacra.plan.decision import Decision, decide
from simulacra.plan.gates import gates_of
from simulacra.plan.labelling import Labelled, labelled
from simulacra.plan.scene import Scene, look

GATED, OFFLINE = 200, 40
"""So many services have a gate; so many of them aren't online yet, so that room is looked for."""
TIERS = (
    Tier("phone", 10, Match(memory_mb=256)),
    Tier("server", 30, Match(memory_mb=8000, drivers=("exec",))),
    Tier("builder", 35, Match(memory_mb=16000, drivers=("docker",), attributes=(AttributeMatch("kernel.version", "version", ">= 5"),))),
    Tier("hypervisor", 40, Match(memory_mb=32000, drivers=("qemu",))),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--machines", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    for machines in chosen.machines:
        _measure(machines, chosen.runs)


def _measure(machines: int, runs: int) -> None:
    grid, snapshot = _world(crowd(machines, machines * 3, 0))
    first = labelled(grid, snapshot)
    settled = replace(first.snapshot, belongings=first.belongings)
    seconds: dict[str, list[float]] = {}
    for _ in range(runs):
        timed(seconds, "labels of a grid seen for the first time", lambda: labelled(grid, snapshot))
        again: Labelled = timed(seconds, "labels, nothing changed", lambda: labelled(grid, settled))
        scene: Scene = timed(seconds, "(the scene, made once for all)", lambda: look(grid, settled))
        decided: Decision = timed(seconds, "(the board and the decisions on machines)", lambda scene=scene: decide(scene))  # type: ignore[misc]
        gates = timed(seconds, "gates", lambda scene=scene, decided=decided: gates_of(scene, decided))  # type: ignore[misc]
    both = zip(seconds["labels, nothing changed"], seconds["gates"], strict=True)
    seconds["a pass: labels, zones and gates"] = [sum(pair) for pair in both]
    told = sum(it.zone_by != "" for it in first.belongings)
    print(f"\n{machines:,} machines, {len(first.relabels):,} labelled at first, {told:,} by what they show; then {len(again.relabels)}")
    print(f"{len(gates)} gates, {sum(gate.met for gate in gates)} of them met; {len(settled.allocations):,} allocations\n")
    print(table(seconds), flush=True)


def _world(made: Crowd) -> tuple[Grid, Snapshot]:
    """The crowd's machines, two thirds of them defined; no node has a label yet."""
    names = [zone.name for zone in made.grid.zones]
    zones = tuple(Zone(name, subnets=(f"10.{at}.0.0/16",)) for at, name in enumerate(names))
    zone_of = {machine.name: machine.zone for machine in made.grid.machines}
    defined = tuple(machine for at, machine in enumerate(made.grid.machines) if at % 3)
    nodes = tuple(
        replace(node, status="ready", meta=(), address=f"[200::{at:x}]:4646", attributes=(*node.attributes, *_more(at)))
        for at, node in enumerate(made.snapshot.nodes)
    )
    reports, coordinates = [], []
    for at, node in enumerate(nodes):
        zone = zone_of.get(node.name, names[at % len(names)])
        place = names.index(zone)
        how = (at // 3) % 3
        addresses = (f"10.{place}.{at // 250 % 250}.{at % 250}/16",) if how == 0 else ()
        reports.append(Report(node.name, NOW_S, f"boot-{at}", addresses=addresses, neighbours=_neighbours(nodes, at) if how == 1 else ()))
        coordinates.append(Coordinate(node.name, (place * 0.01, at % 7 * 0.0001), height=0.0002, error=0.1))
    services, jobs = _gated(made)
    grid = replace(made.grid, mode="act", zones=zones, machines=defined, tiers=TIERS, services=services)
    snapshot = replace(
        made.snapshot, nodes=nodes, reports=tuple(reports), coordinates=tuple(coordinates), jobs=(*made.snapshot.jobs, *jobs)
    )
    return grid, snapshot


def _more(at: int) -> tuple[tuple[str, str], ...]:
    """As many attributes as a real node has."""
    return tuple((f"extra.attribute{number}", f"{at}-{number}") for number in range(60))


def _neighbours(nodes: tuple[object, ...], at: int) -> tuple[str, ...]:
    return tuple(f"200::{(at + step) % len(nodes):x}" for step in range(1, 5))


def _gated(made: Crowd) -> tuple[tuple[Service, ...], tuple[Job, ...]]:
    """Services with needs: most run as jobs of the crowd do, some aren't online."""
    running = sorted({(it.namespace, it.job) for it in made.snapshot.allocations})
    known = {(job.namespace, job.id): job for job in made.snapshot.jobs}
    plain = [known[key] for key in running if known[key].type == "service" and len(known[key].groups) == 1][:GATED]
    services, jobs = [], []
    for at, job in enumerate(plain):
        name = f"offline-{at}" if at < OFFLINE else job.id
        needs = Needs(machines=at % 50, tiers=(NeedsTier("server", 5),))
        services.append(Service(name, needs=needs, count=1))
        group = replace(job.groups[0], count=0 if at < OFFLINE else job.groups[0].count)
        jobs.append(replace(job, id=name, definition=name, groups=(group,)))
    return tuple(services), tuple(jobs)


if __name__ == "__main__":
    main()
