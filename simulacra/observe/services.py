"""Services as they run now: how many, in which zones, and why not more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from simulacra.gateways.nomad_values import Allocation, Evaluation, JobStub, PlacementFailure
from simulacra.model.grid import Grid
from simulacra.model.journal import GateRecord
from simulacra.model.marks import META_GRID
from simulacra.model.service import Service
from simulacra.model.spread import instances_of
from simulacra.model.status import GridStatus, ServiceStatus
from simulacra.observe.answers import Answers
from simulacra.observe.machines import SeenMachine, see_machines
from simulacra.observe.peripherals import served_by
from simulacra.observe.waiting import explain

CHILD = re.compile(r"/(periodic|dispatch)-.*$")


def grid_status(grid: Grid, answers: Answers) -> GridStatus:
    """The whole grid as it is now, everything in a fixed order."""
    machines = {machine.name: machine for machine in see_machines(grid, answers)}
    by_job: dict[str, list[Allocation]] = {}
    for allocation in answers.allocations:
        by_job.setdefault(CHILD.sub("", allocation.job), []).append(allocation)
    stubs = {stub.id: stub for stub in answers.jobs if stub.meta_of(META_GRID) == grid.name and stub.parent is None}
    blocked = {CHILD.sub("", evaluation.job): evaluation for evaluation in answers.blocked}
    gates = {gate.service: gate for gate in answers.gates}
    return GridStatus(
        machines=tuple(machine.status for machine in machines.values()),
        services=tuple(
            service_status(grid, it, stubs.get(it.name), by_job.get(it.name, []), blocked.get(it.name), machines, gates.get(it.name))
            for it in sorted(grid.services, key=lambda service: service.name)
        ),
        peripherals=served_by(grid, answers.allocations),
    )


def without_empty_slots(grid: Grid, seen: GridStatus) -> GridStatus:
    """Without the rented machines that aren't rented now: there may be many, and all that can be said of them is that."""
    slots = {machine.name for machine in grid.machines if machine.rent is not None}
    return replace(seen, machines=tuple(it for it in seen.machines if it.name not in slots or it.power != "asleep"))


def service_status(
    grid: Grid,
    service: Service,
    stub: JobStub | None,
    allocations: Sequence[Allocation],
    blocked: Evaluation | None,
    machines: Mapping[str, SeenMachine],
    gate: GateRecord | None = None,
) -> ServiceStatus:
    """One service; ``stub`` is its job on Nomad, None where it wasn't submitted; ``gate`` what is written down of its gate.

    ``machines`` are by name.
    """
    running = [it for it in allocations if it.status == "running"]
    zones = zones_of_allocations(running, machines)
    failures = blocked.failures if blocked is not None else ()
    lost = sorted({it.node_name for it in allocations if it.status == "unknown" and it.desired == "run"})
    waiting = _waiting(grid, service, stub, len(running), zones, failures, blocked is not None, machines, lost, gate)
    if waiting is None and _finished(stub) and not any(it.status == "complete" for it in allocations):
        waiting = f"its work failed: see `nomad job status {service.name}`" if allocations else None
    note = _note(stub) if waiting is None and not running else ""
    absent: Literal["", "missing", "stopped"] = "missing" if stub is None else "stopped" if stub.stopped else ""
    return ServiceStatus(service.name, _desired(grid, service, stub), len(running), tuple(sorted(zones.items())), waiting, note, absent)


def zones_of_allocations(allocations: Sequence[Allocation], machines: Mapping[str, SeenMachine]) -> dict[str, int]:
    """How many allocations stand in each zone; those on machines of no known zone aren't counted. ``machines`` by name."""
    stand_on = (machines[it.node_name] for it in allocations if it.node_name in machines)
    return dict(Counter(machine.zone for machine in stand_on if machine.zone is not None))


def _desired(grid: Grid, service: Service, stub: JobStub | None) -> int:
    """What the definition asks for; of system jobs and of periodic ones, what Nomad makes of it now; nothing of finished work."""
    if service.type in ("system", "sysbatch") or (stub is not None and (stub.periodic or stub.parameterized)):
        return stub.running + stub.starting + stub.queued if stub is not None else 0
    return 0 if _finished(stub) else instances_of(grid, service)


def gate_words(grid: Grid, gate: GateRecord | None) -> str:
    """Why a service with ``needs`` has no instances."""
    if grid.mode != "act":
        return 'its gate stays as it is: the grid only observes (mode = "act" lets services with needs come and go)'
    if gate is None:
        return "nobody has looked at its gate yet: does the Nomad Autoscaler run? See `simulacra doctor`"
    if gate.open:
        return "its gate is open, it comes online in a moment"
    if gate.lacks:
        return f"its gate is closed: {gate.lacks}"
    return "its gate is closed: what it needs is there now, and must be for a while"


def _note(stub: JobStub | None) -> str:
    if stub is None or stub.type not in ("batch", "sysbatch"):
        return ""
    return "periodic" if stub.periodic else "on dispatch" if stub.parameterized else "finished"


def _finished(stub: JobStub | None) -> bool:
    return stub is not None and stub.type == "batch" and stub.status == "dead" and not stub.stopped


def _waiting(
    grid: Grid,
    service: Service,
    stub: JobStub | None,
    running: int,
    zones: dict[str, int],
    failures: Sequence[PlacementFailure],
    blocked: bool,
    machines: Mapping[str, SeenMachine],
    lost: Sequence[str],
    gate: GateRecord | None,
) -> str | None:
    if stub is None:
        return f"not submitted: `simulacra run {service.name}`"
    if stub.stopped:
        return f"stopped: `simulacra run {service.name}` starts it again"
    if blocked or (service.type == "system" and not (running or stub.starting or stub.queued)):
        return explain(grid, service, tuple(machines.values()), zones, failures)
    if stub.periodic or stub.parameterized or running >= _desired(grid, service, stub):
        return None
    if stub.starting or stub.queued:
        return "starting"
    if lost:
        return f"cut off, perhaps still running, on {', '.join(lost)}"
    if service.needs is not None:
        return gate_words(grid, gate)
    if stub.type in ("batch", "sysbatch"):
        return None if stub.status == "dead" else "starting"
    if stub.type == "system":
        return None
    if stub.status == "dead":
        return (
            "Nomad takes it for done: its count is 0, or its machine has stopped it when no server answered; "
            f"the autoscaler's plugin has the latter placed anew, as `nomad job eval {service.name}` does"
        )
    return f"{running} of {instances_of(grid, service)} run: `nomad job status {service.name}` says what failed"
