"""What waits and what runs, as Nomad's scheduler counts it: jobs with their groups, and allocations.

A group's own, its job's and its tasks' constraints are one tuple here, since a node must meet them all; what its tasks ask for is summed.
Source: https://developer.hashicorp.com/nomad/docs/job-specification
"""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.service import JobType

BATCH_TYPES: tuple[JobType, ...] = ("batch", "sysbatch")


@dataclass(frozen=True, slots=True)
class Constraint:
    """As Nomad has it: LTarget (``${attr.kernel.name}``), Operand, RTarget; either side may be interpolated or literal."""

    left: str
    operator: str
    right: str


@dataclass(frozen=True, slots=True)
class Distinct:
    """At most ``allowed`` allocations on nodes with one value of ``attribute`` (``${meta.zone}``); a node without it takes none.

    ``attribute`` is empty for ``distinct_hosts``. ``whole_job``: those of all the job's groups count, else the group's own.
    """

    attribute: str
    allowed: int = 1
    whole_job: bool = False


@dataclass(frozen=True, slots=True)
class Affinity:
    left: str
    operator: str
    right: str
    weight: int


@dataclass(frozen=True, slots=True)
class SpreadTarget:
    value: str
    percent: int


@dataclass(frozen=True, slots=True)
class Spread:
    attribute: str
    weight: int
    targets: tuple[SpreadTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class PortAsk:
    """``number`` is None for a dynamic port. ``host_network`` names the node's network whose address it is bound to. ``shared``: it is no
    matter who else has it (``ignore_collision``).
    """

    label: str
    number: int | None = None
    host_network: str = "default"
    shared: bool = False


@dataclass(frozen=True, slots=True)
class DeviceAsk:
    """``name`` is ``type``, ``vendor/type`` or ``vendor/type/name``."""

    name: str
    count: int = 1
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class VolumeAsk:
    """``type`` is ``host`` or ``csi``."""

    source: str
    type: str = "host"
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Disconnect:
    """What becomes of instances on a node that Nomad's servers don't reach.

    ``lost_after_s``: for so long they are unknown, and go on; 0: they are lost at once. ``replace``: others take the place of unknown
    ones. ``stop_after_s``: their client stops them itself, so long after it last reached a leader, and they are lost; None: it doesn't.
    """

    lost_after_s: float = 0.0
    replace: bool = True
    stop_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """``drivers`` are those of its tasks. ``cpu_mhz`` counts tasks without ``cores``. What tasks may use beyond that is no claim."""

    name: str
    count: int = 1
    cpu_mhz: int = 0
    cores: int = 0
    memory_mb: int = 0
    disk_mb: int = 0
    sticky_disk: bool = False
    drivers: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    distincts: tuple[Distinct, ...] = ()
    affinities: tuple[Affinity, ...] = ()
    spreads: tuple[Spread, ...] = ()
    network_mode: str = ""
    ports: tuple[PortAsk, ...] = ()
    devices: tuple[DeviceAsk, ...] = ()
    volumes: tuple[VolumeAsk, ...] = ()
    disconnect: Disconnect = Disconnect()


@dataclass(frozen=True, slots=True)
class Job:
    """``definition`` is the service it was rendered from (``service.NAME`` without the kind), None for a job of somebody else's."""

    id: str
    namespace: str = "default"
    type: JobType = "service"
    priority: int = 50
    datacenters: tuple[str, ...] = ("*",)
    node_pool: str = "default"
    groups: tuple[Group, ...] = ()
    definition: str | None = None

    def group(self, name: str) -> Group | None:
        return next((group for group in self.groups if group.name == name), None)


@dataclass(frozen=True, slots=True)
class Allocation:
    """One that takes up room on a node. ``running`` is False while it is pending, or its node is out of reach.

    ``ports`` are host ports with the host network's address; of these ``drawn_ports`` weren't asked for by number, and ``shared_ports``
    no matter who else has them. ``cores`` are ids of reserved cores; ``devices`` pairs of ``vendor/type/name`` and how many, and
    ``device_ids`` say which, where that is known. ``node`` is the node's id.
    """

    id: str
    job: str
    group: str
    node: str
    namespace: str = "default"
    running: bool = True
    cpu_mhz: int = 0
    cores: tuple[int, ...] = ()
    memory_mb: int = 0
    disk_mb: int = 0
    ports: tuple[tuple[str, int], ...] = ()
    drawn_ports: tuple[int, ...] = ()
    shared_ports: tuple[int, ...] = ()
    devices: tuple[tuple[str, int], ...] = ()
    device_ids: tuple[str, ...] = ()
    leaving: bool = False
    """Its desired state is to stop: it still takes up room, but nothing needs to be found for it."""


@dataclass(frozen=True, slots=True)
class Demand:
    """``count`` instances of a group that the scheduler found no room for. ``since_s``: Unix time, when that was."""

    job: str
    namespace: str
    group: str
    count: int
    since_s: float = 0.0
