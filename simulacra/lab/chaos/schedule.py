"""What a seed stands for: faults with their times, and work that comes and goes. The same seed gives the same, on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from simulacra.lab.chaos.kinds import KINDS, WHOEVER, Ground, Kind
from simulacra.model.journal import PowerState

_GAP_S = (3.0, 18.0)
_BREATH_EVERY, _BREATH_S = 6, 45.0
"""After so many faults nothing new happens for so long: whatever was begun can come to its end."""
_TRIES = 40
WAITS_S = 75.0
"""So long the moment is waited for in which a machine is switched."""
_THE_ACT, _IN_THE_ACT = "the act", 0.5


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault of ``kind`` (`simulacra.lab.chaos.kinds`) befalls ``whom``, and is healed ``lasts_s`` later. Seconds from the start.

    ``when``: not before a machine has just got into that power state, which is waited for from ``at_s`` on; ``WHOEVER`` is that machine.
    """

    at_s: float
    kind: str
    whom: str
    lasts_s: float = 0.0
    when: PowerState | None = None

    @property
    def until_s(self) -> float:
        return self.at_s + self.lasts_s

    @property
    def title(self) -> str:
        return f"{self.kind}: {self.whom}{f', as one is {self.when}' if self.when is not None else ''}"


Shape = Literal["batch", "service"]


@dataclass(frozen=True, slots=True)
class Work:
    """A job that comes ``at_s``. Of batch work an instance takes ``takes_s``; a service goes after as long. ``zone``: only there."""

    at_s: float
    name: str
    shape: Shape
    count: int
    memory_mb: int
    takes_s: float
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Strikes and works by their times; no strike lasts longer than ``lasts_s``, and no work comes later."""

    seed: int
    lasts_s: float
    strikes: tuple[Strike, ...]
    works: tuple[Work, ...]


def schedule_of(seed: int, minutes: float, ground: Ground, kinds: tuple[Kind, ...] = KINDS) -> Schedule:
    """So many minutes of faults, and of work for them to meet."""
    lasts_s = minutes * 60.0
    # one for each, so that a kind of fault that is added doesn't change the work
    return Schedule(
        seed, lasts_s, _strikes(Random(f"strikes {seed}"), lasts_s, ground, kinds), _works(Random(f"works {seed}"), lasts_s, ground)
    )


def _strikes(random: Random, lasts_s: float, ground: Ground, kinds: tuple[Kind, ...]) -> tuple[Strike, ...]:
    made: list[Strike] = []
    taken: dict[str, float] = {}
    at_s = random.uniform(*_GAP_S)
    while at_s < lasts_s:
        found = _strike(random, round(at_s, 1), lasts_s, ground, kinds, taken)
        if found is not None:
            made.append(found)
        at_s += _BREATH_S if made and found is not None and len(made) % _BREATH_EVERY == 0 else random.uniform(*_GAP_S)
    return tuple(made)


def _strike(random: Random, at_s: float, lasts_s: float, ground: Ground, kinds: tuple[Kind, ...], taken: dict[str, float]) -> Strike | None:
    """One that meets nothing that is taken, and takes what it needs; None where none was found."""
    for _ in range(_TRIES):
        (it,) = random.choices(kinds, [kind.weight for kind in kinds])
        found = it.whom(ground)
        if not found:
            continue
        made = Strike(at_s, it.name, random.choice(found), round(random.uniform(it.least_s, it.most_s), 1))
        if it.in_the_act and random.random() < _IN_THE_ACT:
            whom = WHOEVER if made.whom in ground.machines else made.whom
            made = replace(made, whom=whom, when=random.choice(it.in_the_act))
        needs, until_s = _takes(made, it, ground)
        if made.until_s > lasts_s or any(taken.get(name, 0.0) > at_s for name in needs):
            continue
        taken.update(dict.fromkeys(needs, until_s))
        return made
    return None


def _takes(made: Strike, kind: Kind, ground: Ground) -> tuple[tuple[str, ...], float]:
    """What it takes from others, and until when. Whom one in the act will meet isn't known: only sleepers are switched."""
    if made.when is None:
        return kind.takes(ground, made.whom), made.until_s + kind.after_s
    others = () if made.whom == WHOEVER else kind.takes(ground, made.whom)
    return (_THE_ACT, *others), made.until_s + WAITS_S + kind.after_s


_BURST, _BURST_GAP_S, _LULL_S, _SERVICE_GAP_S = (3, 7), (0.0, 5.0), (50.0, 100.0), (40.0, 80.0)
"""So many batch jobs come one soon after the other, then none for long enough that machines go to sleep."""
_TAKES_S, _STAYS_S = (5.0, 15.0, 30.0, 60.0), (60.0, 120.0)
_SMALL_MB, _MIDDLE_MB, _LARGE_MB = 600, 3000, 9000
"""Some beside each other anywhere, one or more on a sleeper, one on the largest alone."""


def _works(random: Random, lasts_s: float, ground: Ground) -> tuple[Work, ...]:
    made = [*_batches(random, lasts_s, ground)]
    at_s, services = 5.0, 0
    while at_s < lasts_s:
        made.append(Work(round(at_s, 1), f"errand-{services}", "service", 2, _SMALL_MB, round(random.uniform(*_STAYS_S), 1)))
        at_s, services = at_s + random.uniform(*_SERVICE_GAP_S), services + 1
    return tuple(sorted(made, key=lambda it: (it.at_s, it.name)))


def _batches(random: Random, lasts_s: float, ground: Ground) -> Iterator[Work]:
    with_sleepers = sorted({zone for name, zone in ground.zone_of if name in ground.sleepers})
    at_s, count = 2.0, 0
    while at_s < lasts_s:
        for _ in range(random.randint(*_BURST)):
            memory = random.choices((_SMALL_MB, _MIDDLE_MB, _LARGE_MB), (4, 5, 2))[0]
            zone = random.choice(with_sleepers) if memory != _LARGE_MB and with_sleepers and random.random() < 0.3 else None
            if at_s < lasts_s:
                yield Work(round(at_s, 1), f"batch-{count}", "batch", 1, memory, random.choice(_TAKES_S), zone)
            at_s, count = at_s + random.uniform(*_BURST_GAP_S), count + 1
        at_s += random.uniform(*_LULL_S)
