"""What is to run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from simulacra.model.jobspec import Jobspec
from simulacra.model.source import NOWHERE, Source
from simulacra.model.verbatim import Verbatim

Moves = Literal["never", "quiet_hours", "any"]
JobType = Literal["service", "batch", "system", "sysbatch"]
EVERYWHERE_TYPES: tuple[JobType, ...] = ("system", "sysbatch")
"""Jobs that run on every machine that takes them: nothing of them is counted."""


@dataclass(frozen=True, slots=True)
class NeedsTier:
    tier: str
    machines: int = 1


@dataclass(frozen=True, slots=True)
class Needs:
    """What the grid as a whole must have before a service comes online."""

    machines: int = 0
    cpu_mhz: int = 0
    memory_mb: int = 0
    disk_mb: int = 0
    zones: int = 0
    services: tuple[str, ...] = ()
    tiers: tuple[NeedsTier, ...] = ()


@dataclass(frozen=True, slots=True)
class Driver:
    """The task driver of a service's own task; ``config`` is the body of Nomad's ``config`` block."""

    name: str
    config: Verbatim = field(default_factory=Verbatim)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a service's own task asks for; ``cpu`` in MHz, the rest in MiB, as Nomad's ``resources`` block has them."""

    cpu: int | None = None
    cores: int | None = None
    memory: int | None = None
    memory_max: int | None = None
    more: Verbatim = field(default_factory=Verbatim)


@dataclass(frozen=True, slots=True)
class Port:
    """A port on the overlay, registered in Nomad's service catalog. ``check`` bodies are Nomad's own."""

    name: str
    to: int | None = None
    static: int | None = None
    checks: tuple[Verbatim, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


EACH: Literal["each"] = "each"
Zones = Literal["each"] | int | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Service:
    """One Nomad job.

    ``zones`` is what its definition says: ``"each"``, a number, names, or None for no redundancy.
    ``count`` is None where the definition leaves it out: `simulacra.model.spread.count_of` fills it in.
    ``jobspec`` is one of the user's own, whose text is kept; ``template`` the name of one of the user's templates, which is filled in with
    ``variables``. ``proxies`` are peripherals that the job brings onto the overlay: it is no definition's own. Where there is none of
    these, the job is made of what stands here.
    """

    name: str
    type: JobType = "service"
    tier: str | None = None
    count: int | None = None
    zones: Zones = None
    on_demand: bool = True
    moves: Moves | None = None
    urgent: bool = False
    run_twice: bool = False
    priority: int | None = None
    description: str = ""
    links: tuple[Link, ...] = ()
    needs: Needs | None = None
    driver: Driver | None = None
    resources: Resources | None = None
    ports: tuple[Port, ...] = ()
    job: Verbatim = field(default_factory=Verbatim)
    group: Verbatim = field(default_factory=Verbatim)
    tasks: tuple[tuple[str, Verbatim], ...] = ()
    jobspec: Jobspec | None = None
    template: str | None = None
    variables: tuple[tuple[str, str], ...] = ()
    proxies: tuple[str, ...] = ()
    source: Source = NOWHERE
