"""What a schedule is made of: a grid, work, what happens to machines and clouds, and what strikes the calls of who steers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from simulacra.model.cloud import Offer
from simulacra.model.grid import Grid
from simulacra.model.journal import PowerState

Happens = Literal[
    "power cut", "by hand", "comes back", "sits down", "leaves", "sleep now", "stay awake", "relay goes", "relay comes", "cut", "heal",
    "packet", "clock", "garbage", "hold", "release", "wake command", "sleep command", "agent dies", "agent comes", "refuses", "takes again",
    "provider down", "provider slow", "provider full", "provider well", "answer lost", "answer lost for good", "boots", "server stops",
    "server hangs", "destroyed by hand", "stranger", "size goes",
]  # fmt: skip
Kind = Literal["killed before", "killed after", "refused", "unreachable", "lost", "repeated", "old look", "stalls before", "stalls after"]


@dataclass(frozen=True, slots=True)
class Work:
    """A job that is there from ``comes_s`` to ``goes_s`` (None: it stays); ``again_s``: and again so much later, until the trouble ends.

    ``takes_s``: of batch work, how long an instance runs.
    """

    name: str
    memory_mb: int
    count: int
    comes_s: float
    goes_s: float | None = None
    again_s: float | None = None
    takes_s: float | None = None
    zones: tuple[str, ...] = ()
    machine: str | None = None
    apart: bool = False
    priority: int = 50


@dataclass(frozen=True, slots=True)
class Happening:
    """``what`` befalls ``whom`` (a machine, a zone, a steering agent, or nobody) at so many seconds; ``much`` is a time, or which answer.

    ``comes back``: the next time that it falls asleep somebody switches it on again so soon. ``after``: the seconds are from when the
    machine ``near`` first gets into that power state. ``provider …``: from then on, until it is well again; ``slow``: each answer takes
    so long. ``answer lost``: the next creation or destruction takes effect all the same; ``boots``: how the next server does.
    """

    at_s: float
    what: Happens
    whom: str = ""
    much: float = 0.0
    after: PowerState | None = None
    near: str = ""


@dataclass(frozen=True, slots=True)
class Strike:
    """The ``at``-th call that ``agent`` makes, of those that write or of those that read, meets with ``kind``; ``for_s``: for so long."""

    agent: str
    writes: bool
    at: int
    kind: Kind
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Provider:
    """How the provider of the grid's cloud is when all is well: it answers within so long, from a picture that is ``lag_s`` old. A server
    that is destroyed goes on stopping for ``stop_s``. ``tokens``: a creation asked for again is the same one to it. ``gives``: a server
    has that share of the memory that its size is said to have.
    """

    sells: tuple[Offer, ...]
    answers_s: float = 1.0
    lag_s: float = 0.0
    stop_s: float = 10.0
    tokens: bool = True
    gives: float = 0.92


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times are seconds from ``starts_s``; nothing happens after ``until_s``. ``on`` are the machines that are on at the beginning,
    ``known`` those that Nomad has seen before. ``provider`` is that of the grid's cloud, where it has one.
    """

    seed: int
    grid: Grid
    starts_s: float
    until_s: float
    on: tuple[str, ...]
    known: tuple[str, ...]
    works: tuple[Work, ...]
    happenings: tuple[Happening, ...] = ()
    strikes: tuple[Strike, ...] = ()
    agents: tuple[str, ...] = ("first",)
    misses_after_s: float = 40.0
    provider: Provider | None = None

    def calm(self) -> Schedule:
        """The same without anything that goes wrong."""
        return replace(self, happenings=(), strikes=())


def times_of(work: Work, until_s: float) -> Iterator[tuple[float, float | None]]:
    """When it comes, and when it goes (None: it stays)."""
    comes_s, goes_s = work.comes_s, work.goes_s
    yield comes_s, goes_s
    while work.again_s is not None and goes_s is not None and comes_s + work.again_s < until_s:
        comes_s, goes_s = comes_s + work.again_s, goes_s + work.again_s
        yield comes_s, goes_s
