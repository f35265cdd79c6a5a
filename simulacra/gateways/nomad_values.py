"""What Nomad answers, as values. Times are Unix nanoseconds or seconds as their names say; sizes as the grid's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from simulacra.gateways.nomad_diff_values import JobDiff

JobJson: TypeAlias = dict[str, object]
"""A whole job in Nomad's own JSON: handed from its parser to its API and never picked apart elsewhere."""


@dataclass(frozen=True, slots=True)
class JobStub:
    """``modify_index`` is the job's own (JobModifyIndex): what check-and-set compares."""

    id: str
    namespace: str
    type: str
    status: str
    stopped: bool
    periodic: bool
    parameterized: bool
    parent: str | None
    modify_index: int
    meta: tuple[tuple[str, str], ...]
    queued: int
    starting: int
    running: int

    def meta_of(self, key: str) -> str | None:
        return dict(self.meta).get(key)


@dataclass(frozen=True, slots=True)
class GroupCount:
    """``scaled``: its count belongs to the autoscaler (the group has a ``scaling`` block)."""

    group: str
    count: int
    scaled: bool


@dataclass(frozen=True, slots=True)
class PlacementFailure:
    """Why the scheduler placed fewer than asked for; a hint: its dimensions are known to be wrong or empty at times."""

    group: str
    missing: int
    constraints: tuple[tuple[str, int], ...]
    dimensions: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """What the server says would happen. ``next_launch``: ISO 8601, of a periodic job."""

    diff: JobDiff
    modify_index: int
    failures: tuple[PlacementFailure, ...]
    warnings: str
    next_launch: str | None


@dataclass(frozen=True, slots=True)
class ValidatedJob:
    """What the server finds wrong with a job, whatever machines there are; ``warnings`` is text for people, often several lines."""

    errors: tuple[str, ...]
    warnings: str


@dataclass(frozen=True, slots=True)
class RegisteredJob:
    """``evaluation`` is None for periodic and parameterized jobs: nothing is placed yet."""

    evaluation: str | None
    modify_index: int
    warnings: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``queued`` counts the instances of each group that the scheduler still had to place; empty before it has looked.

    ``type`` is the job's; ``node`` the one that it is about, of a system job. ``created_s``: Unix time.
    """

    id: str
    job: str
    namespace: str
    create_index: int
    status: str
    description: str
    failures: tuple[PlacementFailure, ...]
    type: str = "service"
    node: str | None = None
    queued: tuple[tuple[str, int], ...] = ()
    created_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DeploymentGroup:
    desired: int
    healthy: int
    unhealthy: int


@dataclass(frozen=True, slots=True)
class Deployment:
    id: str
    job_spec_index: int
    create_index: int
    status: str
    description: str
    groups: tuple[DeploymentGroup, ...]


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """``at`` in Unix nanoseconds."""

    task: str
    at: int
    type: str
    message: str
    fails: bool


@dataclass(frozen=True, slots=True)
class Allocation:
    """``status`` is the client's (pending, running, complete, failed, lost, unknown); ``desired`` run, stop or evict."""

    id: str
    job: str
    namespace: str
    node: str
    node_name: str
    desired: str
    status: str
    deployment_healthy: bool | None
    cpu_mhz: int
    memory_mb: int
    disk_mb: int
    create_index: int
    events: tuple[TaskEvent, ...]

    @property
    def terminal(self) -> bool:
        return self.status in ("complete", "failed", "lost")


@dataclass(frozen=True, slots=True)
class Node:
    """A node as the bulk list has it. Resources are what is left for allocations once the reserved part is taken off."""

    id: str
    name: str
    datacenter: str
    status: str
    eligible: bool
    draining: bool
    drivers: tuple[str, ...]
    cpu_mhz: int
    cores: int
    memory_mb: int
    disk_mb: int
    version: str
    modify_index: int
    macs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeStub:
    """A node as the list has it, without what it has."""

    id: str
    name: str
    status: str
    modify_index: int


@dataclass(frozen=True, slots=True)
class NodeDetail:
    """What only a node's own page has. ``updated_s``: Unix time of the last change of its status."""

    id: str
    name: str
    attributes: tuple[tuple[str, str], ...]
    meta: tuple[tuple[str, str], ...]
    host_networks: tuple[str, ...]
    updated_s: int

    def label(self, name: str) -> str | None:
        return dict(self.meta).get(name)


@dataclass(frozen=True, slots=True)
class Member:
    """A server as the gossip knows it."""

    name: str
    status: str
    version: str
    region: str
    address: str


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent at the address. ``clock_s``: its time when it answered, Unix seconds; None if it didn't say.

    ``tls``: it talks to other agents under mutual TLS alone.
    """

    name: str
    version: str
    region: str
    acl: bool
    clock_s: float | None
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """Who we are to Nomad; ``type`` is management or client; ``anonymous`` where no token was given."""

    name: str
    type: str
    policies: tuple[str, ...]
    anonymous: bool


@dataclass(frozen=True, slots=True)
class VariableStub:
    """``index`` is its modify index."""

    path: str
    index: int


@dataclass(frozen=True, slots=True)
class Variable:
    path: str
    items: tuple[tuple[str, str], ...]
    index: int

    def item(self, key: str) -> str | None:
        return dict(self.items).get(key)
