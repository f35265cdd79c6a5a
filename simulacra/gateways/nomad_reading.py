"""Nomad's JSON to values. Missing and null parts read as nothing, as Go's decoder leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from simulacra.gateways.nomad_values import (
    Agent,
    Allocation,
    Deployment,
    DeploymentGroup,
    Evaluation,
    JobStub,
    Member,
    Node,
    NodeDetail,
    PlacementFailure,
    TaskEvent,
    Token,
)
from simulacra.gateways.printable import printable

Json = Mapping[str, Any]
NANOSECONDS = 1e9


def rows(value: object) -> list[Json]:
    """A JSON list of objects, null read as empty."""
    return cast(list[Json], value or [])


def part(value: Json, *names: str) -> Json:
    """The object below ``names``, empty where one of them isn't there."""
    for name in names:
        value = value.get(name) or {}
    return value


def pairs(value: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((value or {}).items()))


def said(value: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Pairs that a machine has chosen and people are shown: labels, say."""
    return tuple(sorted((printable(key), printable(text)) for key, text in (value or {}).items()))


def counts(value: Mapping[str, int] | None) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((value or {}).items()))


def job_stub(raw: Json) -> JobStub:
    groups = part(raw, "JobSummary", "Summary").values()
    children = part(raw, "JobSummary", "Children")
    return JobStub(
        id=raw["ID"],
        namespace=raw.get("Namespace") or "default",
        type=raw["Type"],
        status=raw["Status"],
        stopped=bool(raw.get("Stop")),
        periodic=bool(raw.get("Periodic")),
        parameterized=bool(raw.get("ParameterizedJob")),
        parent=raw.get("ParentID") or None,
        modify_index=raw["JobModifyIndex"],
        meta=pairs(raw.get("Meta")),
        queued=sum(group["Queued"] for group in groups),
        starting=sum(group["Starting"] for group in groups) + children.get("Pending", 0),
        running=sum(group["Running"] for group in groups) + children.get("Running", 0),
    )


def failures(raw: Mapping[str, Json] | None) -> tuple[PlacementFailure, ...]:
    """``FailedTGAllocs``, by group."""
    return tuple(
        PlacementFailure(
            group=group,
            missing=metric.get("CoalescedFailures", 0) + 1,
            constraints=counts(metric.get("ConstraintFiltered")),
            dimensions=counts(metric.get("DimensionExhausted")),
        )
        for group, metric in sorted((raw or {}).items())
    )


def evaluation(raw: Json) -> Evaluation:
    return Evaluation(
        id=raw["ID"],
        job=raw["JobID"],
        namespace=raw.get("Namespace") or "default",
        create_index=raw["CreateIndex"],
        status=raw["Status"],
        description=raw.get("StatusDescription") or "",
        failures=failures(raw.get("FailedTGAllocs")),
        type=raw.get("Type") or "service",
        node=raw.get("NodeID") or None,
        queued=counts(raw.get("QueuedAllocations")),
        created_s=raw.get("CreateTime", 0) / NANOSECONDS,
    )


def deployment(raw: Json) -> Deployment:
    groups = tuple(
        DeploymentGroup(group["DesiredTotal"], group["HealthyAllocs"], group["UnhealthyAllocs"])
        for _, group in sorted(part(raw, "TaskGroups").items())
    )
    return Deployment(
        raw["ID"],
        raw["JobSpecModifyIndex"],
        raw["CreateIndex"],
        raw["Status"],
        raw.get("StatusDescription") or "",
        groups,
    )


def allocation(raw: Json) -> Allocation:
    """Of ``/v1/allocations?resources=true`` or a job's allocations (these don't tell resources: 0)."""
    resources = part(raw, "AllocatedResources")
    tasks = list(part(resources, "Tasks").values())
    return Allocation(
        id=raw["ID"],
        job=raw["JobID"],
        namespace=raw.get("Namespace") or "default",
        node=raw["NodeID"],
        node_name=printable(raw.get("NodeName") or ""),
        desired=raw["DesiredStatus"],
        status=raw["ClientStatus"],
        deployment_healthy=part(raw, "DeploymentStatus").get("Healthy"),
        cpu_mhz=sum(part(task, "Cpu").get("CpuShares", 0) for task in tasks),
        memory_mb=sum(part(task, "Memory").get("MemoryMB", 0) for task in tasks),
        disk_mb=part(resources, "Shared").get("DiskMB", 0),
        create_index=raw["CreateIndex"],
        events=_events(part(raw, "TaskStates")),
    )


def _events(states: Json) -> tuple[TaskEvent, ...]:
    found = [
        TaskEvent(task, event["Time"], event["Type"], _told(event), bool(event.get("FailsTask")))
        for task, state in states.items()
        for event in state.get("Events") or ()
    ]
    return tuple(sorted(found, key=lambda event: (event.at, event.task, event.type)))


def _told(event: Json) -> str:
    """What the machine says has happened, on one line."""
    return printable(" ".join((event.get("DisplayMessage") or event.get("Message") or "").split()))


def node(raw: Json) -> Node:
    has, taken = part(raw, "NodeResources"), part(raw, "ReservedResources")
    networks = has.get("NodeNetworks") or ()
    return Node(
        id=raw["ID"],
        name=printable(raw["Name"]),
        datacenter=printable(raw["Datacenter"]),
        status=raw["Status"],
        eligible=raw["SchedulingEligibility"] == "eligible",
        draining=bool(raw.get("Drain")),
        drivers=tuple(sorted(name for name, driver in part(raw, "Drivers").items() if driver.get("Detected") and driver.get("Healthy"))),
        cpu_mhz=part(has, "Cpu").get("CpuShares", 0) - part(taken, "Cpu").get("CpuShares", 0),
        cores=part(has, "Cpu").get("TotalCpuCores", 0),
        memory_mb=part(has, "Memory").get("MemoryMB", 0) - part(taken, "Memory").get("MemoryMB", 0),
        disk_mb=part(has, "Disk").get("DiskMB", 0) - part(taken, "Disk").get("DiskMB", 0),
        version=raw.get("Version") or "",
        modify_index=raw["ModifyIndex"],
        macs=tuple(sorted({network["MacAddress"].lower() for network in networks if network.get("MacAddress")})),
    )


def node_detail(raw: Json) -> NodeDetail:
    return NodeDetail(
        id=raw["ID"],
        name=printable(raw["Name"]),
        attributes=pairs(raw.get("Attributes")),
        meta=said(raw.get("Meta")),
        host_networks=tuple(sorted(part(raw, "HostNetworks"))),
        updated_s=raw.get("StatusUpdatedAt", 0),
    )


def member(raw: Json) -> Member:
    tags = part(raw, "Tags")
    name = raw["Name"].removesuffix(f".{tags.get('region', '')}")
    return Member(printable(name), raw["Status"], tags.get("build", ""), tags.get("region", ""), raw["Addr"])


def agent(raw: Json, clock_s: float | None) -> Agent:
    config = part(raw, "config")
    return Agent(
        name=printable(part(raw, "member").get("Name") or config.get("NodeName") or ""),
        version=part(config, "Version").get("Version", ""),
        region=config.get("Region", ""),
        acl=bool(part(config, "ACL").get("Enabled")),
        clock_s=clock_s,
        tls=bool(part(config, "TLSConfig").get("EnableRPC")),
    )


def token(raw: Json) -> Token:
    return Token(
        raw.get("Name") or "", raw["Type"], tuple(sorted(raw.get("Policies") or ())), raw["AccessorID"] in ("anonymous", "acls-disabled")
    )
