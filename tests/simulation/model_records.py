"""What a Nomad in memory knows: nodes, instances and jobs. Its jobs have one group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulacra.gateways.nomad_values import JobJson
from simulacra.model.cluster import Node

Key = tuple[str, str]
EVERYWHERE = ("system",)


@dataclass(slots=True)
class Client:
    """A node as its servers know it."""

    node: Node
    index: int


@dataclass(slots=True)
class Instance:
    """``leaving``: it was told to stop, and hasn't yet. ``unknown``: its node is out of reach, and it isn't given up."""

    id: str
    key: Key
    node: str
    began_s: float
    create_index: int
    leaving: bool = False
    unknown: bool = False


@dataclass(slots=True)
class Registered:
    job: JobJson
    index: int
    stopped: bool = False
    done: int = 0
    """So many instances of a batch job have come to their end."""
    queued: int = 0
    waits_since_s: float = 0.0
    blocked_at: int = 0
    made: int = 0
    zones: frozenset[str] | None = field(default=None)
    name: str | None = None
    apart: bool = False

    @property
    def group(self) -> dict[str, Any]:
        found: dict[str, Any] = self.job["TaskGroups"][0]  # type: ignore[index]
        return found

    @property
    def wanted(self) -> int:
        return 0 if self.stopped else max(0, int(self.group["Count"]) - self.done)

    @property
    def type(self) -> str:
        return str(self.job.get("Type") or "service")

    @property
    def asks(self) -> tuple[int, int]:
        resources = self.group["Tasks"][0]["Resources"]
        return int(resources["CPU"]), int(resources["MemoryMB"])


def counted(job: JobJson, count: int) -> JobJson:
    """The job with so many instances."""
    groups: list[dict[str, object]] = job["TaskGroups"]  # type: ignore[assignment]
    return {**job, "TaskGroups": [{**groups[0], "Count": count}]}


def fits(job: Registered, node: Node) -> bool:
    """Whether its constraints allow it there."""
    if job.zones is not None and node.label("simulacra_zone") not in job.zones:
        return False
    return job.name is None or node.name == job.name


def constraints_of(job: Registered) -> tuple[frozenset[str] | None, str | None, bool]:
    """The zones and the name of the machines that it may be on, None for any, and whether each zone holds one only."""
    zones, name, apart = None, None, False
    for it in (*(job.job.get("Constraints") or ()), *(job.group.get("Constraints") or ())):  # type: ignore[misc]
        match it["Operand"], it["LTarget"]:
            case "distinct_property", "${meta.simulacra_zone}":
                apart = True
            case "set_contains_any", "${meta.simulacra_zone}":
                zones = frozenset(it["RTarget"].split(","))
            case "=", "${node.unique.name}":
                name = it["RTarget"]
            case other:
                raise AssertionError(f"the model knows no constraint {other}")
    return zones, name, apart
