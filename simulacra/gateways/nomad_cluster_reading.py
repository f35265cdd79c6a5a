"""Nomad's JSON of nodes and allocations to the planner's values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, cast

import requests

from simulacra.gateways.nomad_reading import Json, pairs, part, rows, said
from simulacra.gateways.printable import printable
from simulacra.model.cluster import Device, HostNetwork, HostVolume, Node, NodeStatus
from simulacra.model.lifecycle import TaskSize, most_at_once
from simulacra.model.workload import Allocation

HIGHEST_PORT = 65535
RUNNING = "running"

CHANGING = tuple(map(re.compile, (r'"ID":"([^"\\]+)"', r'"ClientStatus":"(\w+)"', r'"DesiredStatus":"(\w+)"')))
_PORT = re.compile("[0-9]{1,9}")
LARGEST = 1 << 40
"""What a machine has is less, in MHz and MiB; all of them together can be added up."""


def cluster_node(raw: Json) -> Node:
    """Of ``/v1/node/ID``."""
    has, taken = part(raw, "NodeResources"), part(raw, "ReservedResources")
    cores = tuple(sorted(part(has, "Cpu").get("ReservableCpuCores") or ()))
    status = raw["Status"]
    return Node(
        id=raw["ID"],
        name=printable(raw["Name"]),
        status=cast(NodeStatus, status) if status in ("ready", "initializing", "disconnected") else "down",
        eligible=raw["SchedulingEligibility"] == "eligible",
        draining=raw.get("DrainStrategy") is not None,
        datacenter=printable(raw["Datacenter"]),
        pool=raw.get("NodePool") or "default",
        node_class=raw.get("NodeClass") or "",
        cpu_mhz=_left(part(has, "Cpu"), part(taken, "Cpu"), "CpuShares"),
        memory_mb=_left(part(has, "Memory"), part(taken, "Memory"), "MemoryMB"),
        disk_mb=_left(part(has, "Disk"), part(taken, "Disk"), "DiskMB"),
        cores=cores,
        core_mhz=_core_mhz(part(has, "Processors", "Topology"), cores),
        drivers=tuple(sorted(name for name, it in part(raw, "Drivers").items() if it.get("Detected") and it.get("Healthy"))),
        attributes=said(raw.get("Attributes")),
        meta=said(raw.get("Meta")),
        devices=tuple(sorted((_device(it) for it in rows(has.get("Devices"))), key=lambda it: it.name)),
        volumes=tuple(HostVolume(name, bool(it.get("ReadOnly"))) for name, it in sorted(part(raw, "HostVolumes").items())),
        networks=_networks(has, part(taken, "Networks").get("ReservedHostPorts") or ""),
        network_modes=tuple(sorted({it.get("Mode") or "host" for it in rows(has.get("Networks"))})),
        dynamic_ports=(has.get("MinDynamicPort") or 20000, has.get("MaxDynamicPort") or 32000),
        macs=tuple(sorted({it["MacAddress"].lower() for it in rows(has.get("NodeNetworks")) if it.get("MacAddress")})),
        address=raw.get("HTTPAddr") or "",
        version=part(raw, "Attributes").get("nomad.version", ""),
        changed_s=float(raw.get("StatusUpdatedAt", 0)),
    )


def _left(has: Json, taken: Json, amount: str) -> int:
    """What a node has, without what it keeps for itself, as far as that can be true."""
    left: int = has.get(amount, 0) - taken.get(amount, 0)
    return max(-LARGEST, min(left, LARGEST))


def _core_mhz(topology: Json, cores: tuple[int, ...]) -> tuple[int, ...]:
    """The speed of each of these cores as Nomad counts it (``numalib.Core.MHz``); empty where one isn't told."""
    speeds = {it["ID"]: it.get("BaseSpeed") or it.get("MaxSpeed") or it.get("GuessSpeed") or 0 for it in rows(topology.get("Cores"))}
    return tuple(min(speeds[core], LARGEST) for core in cores) if all(speeds.get(core) for core in cores) else ()


def _device(raw: Json) -> Device:
    attributes = {name: _text(value) for name, value in part(raw, "Attributes").items()}
    ids = tuple(sorted(it["ID"] for it in rows(raw.get("Instances")) if it.get("Healthy")))
    return Device(
        name=f"{raw['Vendor']}/{raw['Type']}/{raw['Name']}",
        count=len(ids),
        attributes=pairs(attributes),
        ids=ids,
    )


def _text(value: Json) -> str:
    """A device's attribute as its plugin told it: a value of one of four types with its unit."""
    found = next((value[kind] for kind in ("Float", "Int", "Bool", "String") if value.get(kind) is not None), "")
    plain = str(found).lower() if isinstance(found, bool) else f"{found:g}" if isinstance(found, float) else str(found)
    return plain + (value.get("Unit") or "")


def _networks(has: Json, reserved_everywhere: str) -> tuple[HostNetwork, ...]:
    addresses = {
        (it["Alias"], it["Address"], it.get("ReservedPorts") or "")
        for network in rows(has.get("NodeNetworks"))
        for it in rows(network.get("Addresses"))
    }
    return tuple(
        HostNetwork(alias, address, tuple(sorted({*_ports(reserved), *_ports(reserved_everywhere)})))
        for alias, address, reserved in sorted(addresses)
    )


def _ports(text: str) -> Iterator[int]:
    """``22,80,8000-8100``, as Nomad's agents take it."""
    for word in filter(None, (word.strip() for word in text.split(","))):
        first, _, last = word.partition("-")
        if _PORT.fullmatch(first) and _PORT.fullmatch(last or first):
            yield from range(int(first), min(int(last or first), HIGHEST_PORT) + 1)


def cluster_allocation(raw: Json) -> Allocation:
    """Of ``/v1/allocations?resources=true``."""
    resources = part(raw, "AllocatedResources")
    shared, tasks = part(resources, "Shared"), part(resources, "Tasks")
    cpu_mhz, memory_mb = _taken(tasks, part(resources, "TaskLifecycles"))
    networks = [*rows(shared.get("Networks")), *(it for task in tasks.values() for it in rows(task.get("Networks")))]
    return Allocation(
        id=raw["ID"],
        job=raw["JobID"],
        group=raw["TaskGroup"],
        node=raw["NodeID"],
        namespace=raw.get("Namespace") or "default",
        running=raw["ClientStatus"] == RUNNING,
        cpu_mhz=cpu_mhz,
        cores=tuple(sorted(core for task in tasks.values() for core in part(task, "Cpu").get("ReservedCores") or ())),
        memory_mb=memory_mb,
        disk_mb=shared.get("DiskMB", 0),
        ports=_bound(shared, networks),
        drawn_ports=tuple(sorted({it["Value"] for network in networks for it in rows(network.get("DynamicPorts")) if it.get("Value")})),
        shared_ports=tuple(sorted({it["Value"] for it in rows(shared.get("Ports")) if it.get("IgnoreCollision")})),
        devices=_devices(it for task in tasks.values() for it in rows(task.get("Devices"))),
        device_ids=tuple(sorted(one for task in tasks.values() for it in rows(task.get("Devices")) for one in it.get("DeviceIDs") or ())),
        leaving=raw["DesiredStatus"] != "run",
    )


class ListedAllocation(NamedTuple):
    """What may change of an allocation, as the list has it. A tuple, since there are tens of thousands."""

    id: str
    client: str
    desired: str


def listed_allocations(answer: requests.Response) -> list[ListedAllocation]:
    """The allocations of a list.

    It is looked through as text, in a tenth of the time that it takes to decode: each row has each key once, and since quotes are
    escaped in JSON's strings, a key with its colon and a quote stands nowhere else. Where that doesn't add up, it is decoded.
    """
    text = answer.content.decode()
    ids, clients, desired = (key.findall(text) for key in CHANGING)
    if not len(ids) == len(clients) == len(desired) == text.count('"CreateIndex":'):
        return [ListedAllocation(raw["ID"], raw["ClientStatus"], raw["DesiredStatus"]) for raw in answer.json()]
    return list(map(ListedAllocation, ids, clients, desired))


def with_status(known: Allocation, listed: ListedAllocation) -> Allocation:
    """The allocation with what has changed of it."""
    return replace(known, running=listed.client == RUNNING, leaving=listed.desired != "run")


def _taken(tasks: Json, lifecycles: Json) -> tuple[int, int]:
    """The MHz and MiB that the tasks take at most at once; reserved cores count throughout."""
    sizes, cores_mhz = [], 0
    for name, task in tasks.items():
        cpu, lifecycle = part(task, "Cpu"), lifecycles.get(name) or {}
        mhz = cpu.get("CpuShares", 0)
        if cpu.get("ReservedCores"):
            cores_mhz, mhz = cores_mhz + mhz, 0
        memory_mb = part(task, "Memory").get("MemoryMB", 0)
        sizes.append(TaskSize(lifecycle.get("Hook") or "", bool(lifecycle.get("Sidecar")), mhz, memory_mb))
    cpu_mhz, memory_mb = most_at_once(sizes)
    return cpu_mhz + cores_mhz, memory_mb


def _bound(shared: Json, networks: Iterable[Json]) -> tuple[tuple[str, int], ...]:
    """Host ports with their addresses; ports that a whole group asked for stand in a list of their own too."""
    found = {(it.get("HostIP") or "", it["Value"]) for it in rows(shared.get("Ports"))}
    known = {number for _, number in found}
    for network in networks:
        for port in (*rows(network.get("ReservedPorts")), *rows(network.get("DynamicPorts"))):
            if port.get("Value") and port["Value"] not in known:
                found.add((network.get("IP") or "", port["Value"]))
    return tuple(sorted(found))


def _devices(given: Iterable[Json]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for it in given:
        name = f"{it['Vendor']}/{it['Type']}/{it['Name']}"
        counts[name] = counts.get(name, 0) + len(it.get("DeviceIDs") or ())
    return tuple(sorted(counts.items()))
