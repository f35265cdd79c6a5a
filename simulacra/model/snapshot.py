"""The grid as it is at one moment: all that a plan is made from, beside the definitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulacra.model.cluster import Node
from simulacra.model.coordinates import Coordinate
from simulacra.model.journal import Belonging, GateRecord, Record, Report
from simulacra.model.ledger import Ledger
from simulacra.model.service import JobType
from simulacra.model.workload import Allocation, Demand, Job


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Nomad's scheduler configuration. ``preempts`` are the types of jobs that may push out others of a lower priority.

    ``assumed``: why it couldn't be read, so that these are Nomad's own defaults; empty where it was read.
    """

    algorithm: str = "binpack"
    preempts: tuple[JobType, ...] = ("system",)
    assumed: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every tuple is ordered by name (or id). ``now_s`` is Unix time.

    ``nodes`` holds one node for each name: the one that is on, else the newest; ``twins`` are others of the same name that are on too, as
    two servers of one slot are. ``jobs`` are those of all allocations and demands, and services that should run and don't.
    ``demands`` is what waits. ``servers`` are the names of machines with a Nomad server that is alive, ``voters`` how many servers
    there are in all. ``belongings`` and ``gates`` are what is remembered of nodes' zones and tiers, and of services with ``needs``;
    ``coordinates`` are Consul's, by machine; empty where there is no Consul, or nobody needs them. ``clouds`` is what is remembered of
    clouds, by name, with the newest that their providers have said.
    """

    now_s: float
    nodes: tuple[Node, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    jobs: tuple[Job, ...] = ()
    demands: tuple[Demand, ...] = ()
    records: tuple[Record, ...] = ()
    reports: tuple[Report, ...] = ()
    scheduler: Scheduler = Scheduler()
    servers: tuple[str, ...] = ()
    voters: int = 0
    belongings: tuple[Belonging, ...] = ()
    gates: tuple[GateRecord, ...] = ()
    coordinates: tuple[Coordinate, ...] = ()
    clouds: tuple[Ledger, ...] = ()
    twins: tuple[Node, ...] = ()
