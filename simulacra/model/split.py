"""What would be if a cable were cut: the cuts, what each half still runs, and what becomes of each service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CutKind = Literal["uplink", "zone", "machine", "zones"]
"""``zones``: several of them together against the rest, as somebody asked for it."""

Fate = Literal["untouched", "both sides", "one side", "moved", "doubled", "fewer", "lost"]
"""What becomes of a service. ``both sides``: each half goes on with some of it. ``one side``: as many run as before, all in one half,
which is where they were. ``moved``: what was stopped in one half was started in the other. ``doubled``: more run than were wanted.
``fewer``: it goes on with fewer than before. ``lost``: nobody runs it any more."""

Running = tuple[tuple[str, int], ...]
"""Services and how many instances run, ordered by name; none that doesn't run."""


@dataclass(frozen=True, slots=True)
class Cut:
    """``behind`` are the machines that are cut off together, by name; the others are the other half. ``name`` is as people write it."""

    kind: CutKind
    name: str
    behind: frozenset[str]

    @property
    def label(self) -> str:
        return self.name if self.kind == "zones" else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Half:
    """``zones`` are those with a machine in this half, by name: after a machine's cut its zone may be in both. ``machines`` counts those
    that are on. ``leader``: Nomad's servers here elect one, or keep it; elsewhere nothing is placed or replaced.
    """

    zones: tuple[str, ...]
    machines: int
    leader: bool
    services: Running = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a cut makes of a service that it touches, and why, in words."""

    service: str
    fate: Fate
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A cut once all has settled. The first half is what is cut off. ``verdicts`` are those of the services that the cut touches,
    by name; ``broken`` says in words which promises it breaks.
    """

    cut: Cut
    halves: tuple[Half, Half]
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def led(self) -> bool:
        """Whether somebody has a leader."""
        return any(half.leader for half in self.halves)


@dataclass(frozen=True, slots=True)
class Parting:
    """What a cut does to the servers. ``led`` is the number of machines in the half with a leader, None where neither has one; ``bigger``
    that of the bigger half.
    """

    cut: Cut
    led: int | None
    bigger: int


@dataclass(frozen=True, slots=True)
class Seats:
    """Where servers should stand, in the order of names; ``reasons`` are words, one sentence each.

    ``now`` are those there are. ``headless`` are the cuts that leave nobody with a leader now, ``smaller`` those that leave the
    bigger half without one; ``left_smaller`` those of the advised ones that do so still.
    """

    now: tuple[str, ...]
    advised: tuple[str, ...]
    reasons: tuple[str, ...]
    headless: tuple[str, ...] = ()
    smaller: tuple[str, ...] = ()
    left_smaller: tuple[str, ...] = ()

    @property
    def stand_well(self) -> bool:
        return self.now == self.advised
