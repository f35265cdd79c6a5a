"""Definitions and nodes brought together: every machine as it is seen now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from simulacra.gateways.nomad_values import Allocation, Node, NodeDetail
from simulacra.model.grid import Grid
from simulacra.model.journal import PowerState, Record
from simulacra.model.machine import Has, Machine, Tier, WakeLan
from simulacra.model.marks import LABEL_TIER, LABEL_ZONE
from simulacra.model.rented import cloud_of
from simulacra.model.status import MachineStatus, Power
from simulacra.model.tiers import matching_tier, tier_of
from simulacra.observe.answers import Answers
from simulacra.observe.newest import newest_by_name

Seen = tuple[Power, str, str | None]
"""A power state, why, and since when (ISO 8601 UTC)."""
JUST_FOUND = ("found on", "found off")
"""What the journal says of a machine that nothing was done with yet: less than Nomad does."""
RENTED: Mapping[PowerState, Power] = {"waking": "booting", "sleeping": "destroying"}
"""What a rented machine's states are called."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is free, or what is asked for."""

    cpu_mhz: int
    memory_mb: int
    disk_mb: int


@dataclass(frozen=True, slots=True)
class SeenMachine:
    """``drivers`` are the healthy ones, of a machine that isn't on the defined ones; they and ``free`` are None where not known.

    ``cloud`` is the one that it is rented from. ``takes_work``: the scheduler may place something on it. ``labelled``: it carries zone,
    tier and rank as metadata.
    """

    name: str
    zone: str | None
    tier: str | None
    rank: int | None
    power: Power
    reason: str
    since: str | None
    allocations: int
    takes_work: bool
    labelled: bool
    drivers: tuple[str, ...] | None
    free: Room | None
    cloud: str | None = None

    @property
    def status(self) -> MachineStatus:
        return MachineStatus(self.name, self.zone, self.tier, self.power, self.reason, self.since, self.allocations)


def see_machines(grid: Grid, answers: Answers) -> tuple[SeenMachine, ...]:
    """All defined machines and all nodes, by zone (none last), higher tiers first, then by name."""
    nodes = newest_by_name(answers.nodes)
    details = {detail.id: detail for detail in answers.details}
    used = _use(answers.allocations)
    running = Counter(it.node for it in answers.allocations if it.status == "running")
    records = {record.machine: record for record in answers.records}
    seen = [_defined(grid, machine, nodes.get(machine.name), details, records.get(machine.name)) for machine in grid.machines]
    defined = {machine.name for machine in grid.machines}
    seen += [_undefined(grid, node, details.get(node.id)) for name, node in nodes.items() if name not in defined]
    seen = _out_of_reach(grid, seen, frozenset(nodes))
    full = (_filled(it, nodes.get(it.name), used, running, answers.unlabelled) for it in seen)
    return tuple(sorted(full, key=lambda it: (it.zone is None, it.zone or "", -(it.rank or 0), it.name)))


def _out_of_reach(grid: Grid, seen: list[SeenMachine], known: frozenset[str]) -> list[SeenMachine]:
    """Where even the machines that never sleep are away, the zone is cut off: whether the others sleep can't be told."""
    awake = {machine.name for machine in grid.machines if machine.never_sleeps}
    on = {machine.zone for machine in seen if machine.power in ("on", "draining", "booting")}
    dark = {machine.zone for machine in seen if machine.name in awake and machine.name in known} - on
    return [
        replace(machine, power="unknown", reason=f"nothing in its zone answers, it may be cut off; {machine.reason.partition(';')[0]}")
        if machine.zone in dark and machine.power == "asleep" and machine.name in known
        else machine
        for machine in seen
    ]


def _use(allocations: Iterable[Allocation]) -> dict[str, Room]:
    used: dict[str, Room] = {}
    for it in allocations:
        before = used.get(it.node, Room(0, 0, 0))
        used[it.node] = Room(before.cpu_mhz + it.cpu_mhz, before.memory_mb + it.memory_mb, before.disk_mb + it.disk_mb)
    return used


def _filled(
    machine: SeenMachine, node: Node | None, used: dict[str, Room], running: Counter[str], unlabelled: frozenset[str]
) -> SeenMachine:
    if node is None:
        return machine
    taken = used.get(node.id, Room(0, 0, 0))
    free = Room(node.cpu_mhz - taken.cpu_mhz, node.memory_mb - taken.memory_mb, node.disk_mb - taken.disk_mb)
    return replace(
        machine,
        allocations=running[node.id],
        labelled=node.id not in unlabelled,
        drivers=node.drivers if node.status == "ready" else machine.drivers,
        free=free if node.status == "ready" else None,
    )


def _defined(grid: Grid, machine: Machine, node: Node | None, details: dict[str, NodeDetail], record: Record | None) -> SeenMachine:
    detail = details.get(node.id) if node is not None else None
    tier, rented = _tier(grid, machine, node, detail), cloud_of(grid, machine)
    power, reason, since = recorded(power_of(machine, node, detail), node, record, machine.rent is not None)
    return SeenMachine(
        name=machine.name,
        zone=machine.zone,
        tier=tier.name if tier else None,
        rank=tier.rank if tier else None,
        power=power,
        reason=reason,
        since=since,
        allocations=0,
        takes_work=_takes_work(node),
        labelled=False,
        drivers=machine.has.drivers if machine.has else rented.drivers if rented is not None else None,
        free=None,
        cloud=rented.name if rented is not None else None,
    )


def _tier(grid: Grid, machine: Machine, node: Node | None, detail: NodeDetail | None) -> Tier | None:
    """Pinned, else by what Nomad finds on it while it is on, as far as one call for all nodes tells; else by its definition."""
    told = tier_of(grid, machine)
    if machine.tier is not None or node is None:
        return told
    plain = all(_is_plain(tier) for tier in grid.tiers)
    if told is None or (plain and node.status == "ready"):
        return matching_tier(grid.tiers, _has(node, detail))
    return told


def _is_plain(tier: Tier) -> bool:
    """Its match asks for nothing but sizes and drivers."""
    match = tier.match
    return match is None or not (match.devices or match.mains or any(not it.attribute.startswith("driver.") for it in match.attributes))


def _undefined(grid: Grid, node: Node, detail: NodeDetail | None) -> SeenMachine:
    label = detail.label(LABEL_TIER) if detail else None
    tier = grid.tier(label) if label else matching_tier(grid.tiers, _has(node, detail))
    power, reason, since = power_of(None, node, detail)
    return SeenMachine(
        name=node.name,
        zone=detail.label(LABEL_ZONE) if detail else None,
        tier=tier.name if tier else label,
        rank=tier.rank if tier else None,
        power=power,
        reason=f"{reason}; it isn't defined",
        since=since,
        allocations=0,
        takes_work=_takes_work(node),
        labelled=False,
        drivers=node.drivers,
        free=None,
    )


def _takes_work(node: Node | None) -> bool:
    return node is not None and node.status == "ready" and node.eligible and not node.draining


def _has(node: Node, detail: NodeDetail | None) -> Has:
    attributes = detail.attributes if detail else ()
    return Has(node.cpu_mhz, node.memory_mb, node.disk_mb, node.cores, node.drivers, attributes=attributes)


def power_of(machine: Machine | None, node: Node | None, detail: NodeDetail | None) -> Seen:
    """A machine's power state as far as Nomad tells, why, and since when (None: not known)."""
    since = _time(detail.updated_s) if detail and detail.updated_s else None
    if node is None:
        assert machine is not None
        can_wake = _can_wake(machine)
        return (
            ("asleep", f"Nomad doesn't know it now; {can_wake}", None)
            if can_wake
            else ("unknown", "Nomad has never seen it, or has forgotten it", None)
        )
    if node.draining:
        return "draining", "it is being emptied", since
    if node.status == "ready":
        return "on", "ready" if node.eligible else "ready, but takes no new work (ineligible)", since
    if node.status == "initializing":
        return "booting", "it is joining", since
    ago = f"{node.status} since {since}" if since else node.status
    if node.status == "disconnected":
        return "unknown", f"{ago}: cut off, or gone without a word", since
    can_wake = _can_wake(machine) if machine is not None else None
    return ("asleep", f"{ago}; {can_wake}", since) if can_wake else ("unknown", f"{ago}; no way to wake it is defined", since)


def recorded(seen: Seen, node: Node | None, record: Record | None, rented: bool = False) -> Seen:
    """What Nomad tells of a machine, and what the journal does: who brings it to which state, and why.

    Where they differ for a moment, that it is ready is Nomad's to say; that it is away on purpose is the journal's.
    """
    if record is None:
        return seen
    because = "" if record.reason in JUST_FOUND else record.reason
    ready = node is not None and node.status == "ready"
    if record.power in (("draining", "sleeping") if ready else ("draining", "sleeping", "asleep", "waking", "failed")):
        power = RENTED.get(record.power, record.power) if rented else record.power
        return power, because or seen[1], _time(int(record.since_s))
    if not ready or record.power != "on":
        return seen
    power, reason, _ = seen
    return power, f"{reason}; {because}" if because else reason, _time(int(record.since_s))


def _can_wake(machine: Machine) -> str | None:
    if machine.wake is None:
        return None
    if machine.rent is not None:
        return "a server of it is rented when it is needed"
    return "a magic packet wakes it" if isinstance(machine.wake, WakeLan) else "a command wakes it"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
