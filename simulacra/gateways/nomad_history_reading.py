"""Nomad's JSON of batch jobs' allocations to values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from simulacra.gateways.nomad_cluster_reading import cluster_allocation
from simulacra.gateways.nomad_reading import NANOSECONDS, Json, part, rows
from simulacra.gateways.printable import printable
from simulacra.model.history import REMEMBERED, BatchRun

STARTED = "Started"
"""The type of a task's event (``TaskStarted`` in nomad's structs)."""


def batch_run(raw: Json) -> BatchRun:
    """Of ``/v1/allocations?resources=true&task_states=true``."""
    takes = cluster_allocation(raw)
    states = part(raw, "TaskStates")
    began_s = min((at for state in states.values() for at in _starts(state)), default=None)
    ended = began_s is not None and raw["ClientStatus"] in REMEMBERED
    ends = [at for state in states.values() if (at := _moment(state.get("FinishedAt"))) is not None]
    return BatchRun(
        id=takes.id,
        job=takes.job,
        namespace=takes.namespace,
        group=takes.group,
        node=takes.node,
        node_name=printable(raw.get("NodeName") or ""),
        job_version=raw.get("JobVersion", 0),
        status=raw["ClientStatus"],
        desired=raw["DesiredStatus"],
        created_s=raw.get("CreateTime", 0) / NANOSECONDS,
        began_s=began_s,
        ended_s=max(ends, default=None) if ended else None,
        cpu_mhz=takes.cpu_mhz,
        memory_mb=takes.memory_mb,
        next=raw.get("NextAllocation") or "",
        moved=bool(part(raw, "DesiredTransition").get("Migrate")),
    )


def _starts(state: Json) -> Iterator[float]:
    """When a task was started. ``StartedAt`` is the last time; the events, of which Nomad keeps the last ten, know of earlier ones."""
    at = _moment(state.get("StartedAt"))
    if at is not None:
        yield at
    yield from (event["Time"] / NANOSECONDS for event in rows(state.get("Events")) if event["Type"] == STARTED)


def _moment(text: str | None) -> float | None:
    """RFC 3339 in Unix seconds; None where it hasn't been: Go's zero time lies in the year 1."""
    at_s = datetime.fromisoformat(text).timestamp() if text else 0.0
    return at_s if at_s > 0 else None
