"""A job in Nomad's JSON as its scheduler reads it: what each group asks of a node, tasks summed, constraints of all levels merged.

Source: nomad's api package for the format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from simulacra.gateways.nomad_values import JobJson
from simulacra.model.lifecycle import TaskSize, most_at_once
from simulacra.model.marks import META_DEFINITION, META_GRID
from simulacra.model.service import JobType
from simulacra.model.workload import (
    Affinity,
    Constraint,
    DeviceAsk,
    Disconnect,
    Distinct,
    Group,
    Job,
    PortAsk,
    Spread,
    SpreadTarget,
    VolumeAsk,
)

Json = Mapping[str, Any]

HOSTS, PROPERTY = "distinct_hosts", "distinct_property"
SAID_NO = ("0", "f", "F", "false", "FALSE", "False")
NANOSECONDS = 1e9
DISK_MB = 300
"""Of a group without ``ephemeral_disk``."""


def job_of(raw: JobJson, grid: str) -> Job:
    """The job; ``grid`` is the name of the grid whose services it may come from."""
    job: Json = raw
    return Job(
        id=job["ID"],
        namespace=job.get("Namespace") or "default",
        type=cast(JobType, job.get("Type") or "service"),
        priority=job.get("Priority") or 50,
        datacenters=tuple(job.get("Datacenters") or ("*",)),
        node_pool=job.get("NodePool") or "default",
        groups=tuple(sorted((_group(job, group) for group in _rows(job, "TaskGroups")), key=lambda it: it.name)),
        definition=_definition(job.get("Meta") or {}, grid),
    )


def _definition(meta: Mapping[str, str], grid: str) -> str | None:
    kind, dot, name = meta.get(META_DEFINITION, "").partition(".")
    return name if dot and kind == "service" and meta.get(META_GRID) == grid else None


def _group(job: Json, group: Json) -> Group:
    tasks = _rows(group, "Tasks")
    levels = (job, group, *tasks)
    disk = group.get("EphemeralDisk") or {}
    networks = [*_rows(group, "Networks"), *(it for task in tasks for it in _rows(task.get("Resources") or {}, "Networks"))]
    cpu_mhz, memory_mb = most_at_once(map(_size, tasks))
    return Group(
        name=group["Name"],
        count=1 if group.get("Count") is None else group["Count"],
        cpu_mhz=cpu_mhz,
        cores=sum((task.get("Resources") or {}).get("Cores") or 0 for task in tasks),
        memory_mb=memory_mb,
        disk_mb=disk.get("SizeMB", DISK_MB),
        sticky_disk=bool(disk.get("Sticky")),
        drivers=tuple(sorted({task["Driver"] for task in tasks})),
        constraints=_constraints(it for level in levels for it in _rows(level, "Constraints")),
        distincts=(*_distincts(job, whole_job=True), *(it for level in levels[1:] for it in _distincts(level, whole_job=False))),
        affinities=tuple(_affinity(it) for level in levels for it in _rows(level, "Affinities")),
        spreads=tuple(_spread(it) for level in (group, job) for it in _rows(level, "Spreads")),
        network_mode=next((it["Mode"] for it in networks if it.get("Mode")), ""),
        ports=tuple(port for network in networks for port in _ports(network)),
        devices=tuple(_device(it) for task in tasks for it in _rows(task.get("Resources") or {}, "Devices")),
        volumes=tuple(_volume(it) for _, it in sorted((group.get("Volumes") or {}).items())),
        disconnect=_disconnect(group),
    )


def _disconnect(group: Json) -> Disconnect:
    """Without a block it is as with an empty one. Unknown instances are rescheduled, or not at all where the group forbids that."""
    said = group.get("Disconnect") or {}
    rescheduling = group.get("ReschedulePolicy") or {"Unlimited": True}
    reschedules = bool(rescheduling.get("Unlimited")) or (rescheduling.get("Attempts") or 0) > 0
    stop_after = said.get("StopOnClientAfter")
    return Disconnect(
        lost_after_s=(said.get("LostAfter") or 0) / NANOSECONDS,
        replace=said.get("Replace") is not False and reschedules,
        stop_after_s=None if stop_after is None else stop_after / NANOSECONDS,
    )


def _size(task: Json) -> TaskSize:
    """What a task keeps its secrets in counts as memory, too; what it may use beyond what it asks for doesn't."""
    asked, lifecycle = task.get("Resources") or {}, task.get("Lifecycle") or {}
    cpu_mhz = 0 if asked.get("Cores") else asked.get("CPU") or 0
    memory_mb = (asked.get("MemoryMB") or 0) + (asked.get("SecretsMB") or 0)
    return TaskSize(lifecycle.get("Hook") or "", bool(lifecycle.get("Sidecar")), cpu_mhz, memory_mb)


def _constraints(raw: Iterable[Json]) -> tuple[Constraint, ...]:
    """Without those about other placements; what several levels ask for alike stands here once."""
    asked = (Constraint(it.get("LTarget") or "", it.get("Operand") or "=", it.get("RTarget") or "") for it in raw)
    return tuple(dict.fromkeys(it for it in asked if it.operator not in (HOSTS, PROPERTY)))


def _distincts(level: Json, whole_job: bool) -> tuple[Distinct, ...]:
    """Of several ``distinct_hosts`` of one level the first is heeded, as Nomad does it."""
    hosts = next((it.get("RTarget") or "" for it in _rows(level, "Constraints") if it.get("Operand") == HOSTS), SAID_NO[0])
    found = [Distinct("", 1, whole_job)] if hosts not in SAID_NO else []
    for it in _rows(level, "Constraints"):
        right = it.get("RTarget") or ""
        if it.get("Operand") == PROPERTY:
            found.append(Distinct(it.get("LTarget") or "", int(right) if right.isdigit() else 1, whole_job))
    return tuple(found)


def _affinity(raw: Json) -> Affinity:
    return Affinity(raw.get("LTarget") or "", raw.get("Operand") or "=", raw.get("RTarget") or "", raw.get("Weight") or 0)


def _spread(raw: Json) -> Spread:
    targets = tuple(SpreadTarget(it.get("Value") or "", it.get("Percent") or 0) for it in _rows(raw, "SpreadTarget"))
    return Spread(raw.get("Attribute") or "", raw.get("Weight") or 0, targets)


def _ports(network: Json) -> tuple[PortAsk, ...]:
    fixed = (
        PortAsk(it["Label"], it["Value"], it.get("HostNetwork") or "default", bool(it.get("IgnoreCollision")))
        for it in _rows(network, "ReservedPorts")
    )
    free = (PortAsk(it["Label"], None, it.get("HostNetwork") or "default") for it in _rows(network, "DynamicPorts"))
    return (*fixed, *free)


def _device(raw: Json) -> DeviceAsk:
    return DeviceAsk(raw["Name"], 1 if raw.get("Count") is None else raw["Count"], _constraints(_rows(raw, "Constraints")))


def _volume(raw: Json) -> VolumeAsk:
    return VolumeAsk(raw.get("Source") or "", raw.get("Type") or "host", bool(raw.get("ReadOnly")))


def _rows(raw: Json, name: str) -> list[Json]:
    return cast(list[Json], raw.get(name) or [])
