"""What each machine draws now, and for whom."""

from __future__ import annotations

from collections.abc import Iterable

from simulacra.model.cluster import Node
from simulacra.model.costs import NOBODYS, Draw, Fee, Sample, Stay
from simulacra.model.grid import Grid
from simulacra.model.ledger import Ledger
from simulacra.model.machine import Machine
from simulacra.model.plan import Judged, Plan, Standing
from simulacra.model.snapshot import Snapshot


def watts_of(machine: Machine, node: Node | None, standing: Standing, used_mhz: int) -> float | None:
    """From idle to busy as its processor is allocated; none where it is away, None where its watts aren't known."""
    watts = machine.watts
    if watts is None:
        return None
    if standing == "away":
        return 0.0
    if not _is_ready(node) and standing != "coming":
        return watts.asleep
    if node is None or node.cpu_mhz <= 0:
        return watts.idle
    return watts.idle + (watts.busy - watts.idle) * min(1.0, used_mhz / node.cpu_mhz)


def sample_of(grid: Grid, snapshot: Snapshot, plan: Plan) -> Sample:
    """What is measured at this look. ``grid`` has the slots of clouds among its machines (`simulacra.model.rented`), ``plan`` was made of
    these two: it has a standing for each machine and node.
    """
    machines = {machine.name: machine for machine in grid.machines}
    nodes = {node.name: node for node in snapshot.nodes}
    used = _used(snapshot)
    fees = _fees(grid, snapshot.clouds)
    draws = [
        _draw(machines[it.machine], nodes.get(it.machine), it, used, fees.get(it.machine)) for it in plan.machines if it.machine in machines
    ]
    others = sum(_is_ready(nodes.get(it.machine)) for it in plan.machines if it.machine not in machines)
    if others:
        draws.append(Draw(NOBODYS, others, None))
    return Sample(tuple(draws), _stays(grid, snapshot.clouds, snapshot.now_s), grid.timezone, grid.electricity)


def _draw(machine: Machine, node: Node | None, judged: Judged, used: dict[str, dict[str, int]], fee: Fee | None) -> Draw:
    on = _is_ready(node)
    work = used.get(node.id, {}) if node is not None and on else {}
    mhz = sum(work.values())
    whole = max(node.cpu_mhz, mhz) if node is not None else 0
    watts = watts_of(machine, node, judged.standing, mhz) if machine.rent is None else 0.0
    spared = machine.watts.idle - machine.watts.asleep if machine.watts is not None and judged.standing in ("asleep", "out") else 0.0
    parts = tuple((service, work[service] / whole) for service in sorted(work) if work[service] > 0)
    return Draw(machine.name, int(on), watts, spared if machine.rent is None else 0.0, parts, fee)


def _used(snapshot: Snapshot) -> dict[str, dict[str, int]]:
    """By node and service, what allocations take: MHz."""
    services = {(job.namespace, job.id): job.definition for job in snapshot.jobs}
    used: dict[str, dict[str, int]] = {}
    for it in snapshot.allocations:
        service = services.get((it.namespace, it.job)) or NOBODYS
        of_node = used.setdefault(it.node, {})
        of_node[service] = of_node.get(service, 0) + it.cpu_mhz
    return used


def _fees(grid: Grid, ledgers: Iterable[Ledger]) -> dict[str, Fee]:
    """What an hour costs of the machines that have a server."""
    currencies = {cloud.name: cloud.currency for cloud in grid.clouds}
    return {
        it.machine: Fee(float(it.price), currencies[ledger.cloud])
        for ledger in ledgers
        if ledger.cloud in currencies
        for it in ledger.servers
        if it.state != "stopping" and it.price is not None
    }


def _stays(grid: Grid, ledgers: Iterable[Ledger], now_s: float) -> tuple[Stay, ...]:
    """The servers that are paid for; those of a cloud that isn't defined any more aren't known to cost anything."""
    clouds = {cloud.name: cloud for cloud in grid.clouds}
    found = [
        Stay(server, cloud.name, cloud.currency, cloud.billed_by_s, now_s)
        for ledger in ledgers
        if (cloud := clouds.get(ledger.cloud)) is not None
        for server in ledger.servers
    ]
    return tuple(sorted(found, key=lambda it: it.key))


def _is_ready(node: Node | None) -> bool:
    return node is not None and node.status == "ready"
