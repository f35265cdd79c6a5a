"""Ask a real Nomad of one node what it would do with a job that is given as a value."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from dev_agent import Agent

from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.workload import Constraint, Distinct, Group, Job


class Refused(Exception):
    """Nomad doesn't take the job at all."""


def placed_by_nomad(agent: Agent, job: Job) -> int:
    """How many instances of the job's only group `nomad job plan` would place; nothing is run."""
    body = {"Job": as_json(job), "Diff": False}
    try:
        answer = call(agent, f"/v1/job/{job.id}/plan", body)
    except urllib.error.HTTPError as error:
        raise Refused(error.read().decode()) from error
    group = job.groups[0]
    failed = (answer["FailedTGAllocs"] or {}).get(group.name)
    wanted = 1 if job.type == "system" else group.count
    return wanted - (0 if failed is None else 1 + int(failed["CoalescedFailures"]))


def call(agent: Agent, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(agent.address + path, data=data), timeout=20) as answer:
        return json.load(answer)


def node_of(agent: Agent) -> Node:
    """The agent's node, as the planner wants it."""
    stub = call(agent, "/v1/nodes")[0]
    said = call(agent, f"/v1/node/{stub['ID']}")
    has, kept = said["NodeResources"], said["ReservedResources"]
    cores = tuple(core["ID"] for core in has["Processors"]["Topology"]["Cores"] if not core.get("Disable"))
    networks = tuple(
        HostNetwork(address["Alias"], address["Address"]) for network in has["NodeNetworks"] or () for address in network["Addresses"] or ()
    )
    return Node(
        said["ID"], said["Name"], datacenter=said["Datacenter"], pool=said["NodePool"], node_class=said["NodeClass"],
        cpu_mhz=has["Cpu"]["CpuShares"] - kept["Cpu"]["CpuShares"], memory_mb=has["Memory"]["MemoryMB"] - kept["Memory"]["MemoryMB"],
        disk_mb=has["Disk"]["DiskMB"] - kept["Disk"]["DiskMB"], cores=cores,
        drivers=tuple(sorted(name for name, it in said["Drivers"].items() if it["Detected"] and it["Healthy"])),
        attributes=tuple(sorted(said["Attributes"].items())), meta=tuple(sorted(said["Meta"].items())),
        networks=networks, network_modes=tuple(sorted({it["Mode"] or "host" for it in has["Networks"]})),
        dynamic_ports=(has["MinDynamicPort"], has["MaxDynamicPort"]),
    )  # fmt: skip


def as_json(job: Job) -> dict[str, Any]:
    """What Nomad's API takes, all of it said in one group of one task."""
    group = job.groups[0]
    resources = {"CPU": group.cpu_mhz or 10, "MemoryMB": group.memory_mb or 10}
    if group.cores:
        resources = {"Cores": group.cores, "MemoryMB": group.memory_mb or 10}
    devices = [{"Name": it.name, "Count": it.count} for it in group.devices]
    task = {
        "Name": "task", "Driver": (group.drivers or ("raw_exec",))[0], "Config": {"command": "/bin/true", "image": "none"},
        "Resources": {**resources, "Devices": devices},
    }  # fmt: skip
    return {
        "ID": job.id, "Name": job.id, "Type": job.type, "Priority": job.priority, "Datacenters": list(job.datacenters),
        "NodePool": job.node_pool,
        "TaskGroups": [
            {
                "Name": group.name, "Count": group.count, "Tasks": [task], "EphemeralDisk": {"SizeMB": group.disk_mb},
                "Constraints": [*map(_constraint, group.constraints), *map(_distinct, group.distincts)],
                "Networks": _networks(group), "Volumes": {it.source: _volume(it.source, it.read_only) for it in group.volumes},
            }
        ],
    }  # fmt: skip


def _constraint(it: Constraint) -> dict[str, str]:
    return {"LTarget": it.left, "Operand": it.operator, "RTarget": it.right}


def _distinct(it: Distinct) -> dict[str, str]:
    if it.attribute:
        return {"LTarget": it.attribute, "Operand": "distinct_property", "RTarget": str(it.allowed)}
    return {"LTarget": "", "Operand": "distinct_hosts", "RTarget": "true"}


def _networks(group: Group) -> list[dict[str, Any]]:
    if not group.ports and not group.network_mode:
        return []
    static = [it for it in group.ports if it.number is not None]
    dynamic = [it for it in group.ports if it.number is None]
    return [
        {
            "Mode": group.network_mode,
            "ReservedPorts": [{"Label": it.label, "Value": it.number, "HostNetwork": it.host_network} for it in static],
            "DynamicPorts": [{"Label": it.label, "HostNetwork": it.host_network} for it in dynamic],
        }
    ]


def _volume(source: str, read_only: bool) -> dict[str, Any]:
    return {"Name": source, "Type": "host", "Source": source, "ReadOnly": read_only}
