"""The kinds of faults that chaos knows: whom each may befall, for how long, and what it takes away meanwhile.

A kind that is added here needs a deed of the same name in `simulacra.lab.chaos.deeds`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

from simulacra.model.grid import Grid
from simulacra.model.journal import UNDER_WAY, PowerState
from simulacra.model.machine import WakeLan

QUORUM = "the quorum"
"""What every fault takes that leaves the servers with one less: two at a time would leave too few."""
STEERING = "the steering"
AGENT_FROZEN, CLIENT_KILLED, PERSON, POWER_CUT = "agent frozen", "client killed", "person", "power cut"
ZONE_CUT, MACHINE_CUT, PACKETS_LOST, SLOW_CABLE = "zone cut", "machine cut", "packets lost", "slow cable"
"""The kinds that something else is about too."""
STEERS, WAITS = "the one that steers", "the one that waits"
WHOEVER = "whoever"
"""The machine that is just being switched."""
AND = " and "
"""Between the names of several."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is to strike, each by name. ``sleepers`` wake by packet; ``keepers`` never sleep; ``servers`` are machines with one."""

    zones: tuple[str, ...]
    zone_of: tuple[tuple[str, str], ...]
    servers: tuple[str, ...]
    keepers: tuple[str, ...]
    sleepers: tuple[str, ...]

    @property
    def machines(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.zone_of)

    def within(self, zone: str) -> tuple[str, ...]:
        """The machines of the zone."""
        return tuple(name for name, where in self.zone_of if where == zone)


def ground_of(grid: Grid, servers: tuple[str, ...]) -> Ground:
    """The grid as what may be struck."""
    machines = sorted(grid.machines, key=lambda it: it.name)
    return Ground(
        zones=tuple(sorted({it.zone for it in machines})),
        zone_of=tuple((it.name, it.zone) for it in machines),
        servers=tuple(sorted(servers)),
        keepers=tuple(it.name for it in machines if it.never_sleeps),
        sleepers=tuple(it.name for it in machines if isinstance(it.wake, WakeLan) and not it.never_sleeps),
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """``whom`` are those that it may befall, ``takes`` what it takes away from the others while it lasts: two that take the same don't
    overlap, nor do two at the same machine. It lasts from ``least_s`` to ``most_s``; both 0: it is over at once. ``weight``: how often.
    ``after_s``: for so long afterwards what it took stays taken. ``in_the_act``: it may also wait for a machine to get into such a state.
    """

    name: str
    weight: int
    whom: Callable[[Ground], tuple[str, ...]]
    least_s: float = 0.0
    most_s: float = 0.0
    takes: Callable[[Ground, str], tuple[str, ...]] = lambda _ground, whom: (whom,)
    after_s: float = 10.0
    in_the_act: tuple[PowerState, ...] = ()


def _machine_and_quorum(ground: Ground, whom: str) -> tuple[str, ...]:
    return (whom, QUORUM) if whom in ground.servers else (whom,)


def _zone(ground: Ground, whom: str) -> tuple[str, ...]:
    return (*ground.within(whom), QUORUM)


def _place(ground: Ground, whom: str) -> tuple[str, ...]:
    return _zone(ground, whom) if whom in ground.zones else (whom,)


def _most_servers(ground: Ground) -> tuple[str, ...]:
    """Each choice of just so many servers that those left can't go on."""
    return tuple(AND.join(some) for some in combinations(ground.servers, len(ground.servers) // 2 + 1))


def _steering(_ground: Ground, _whom: str) -> tuple[str, ...]:
    return (STEERING,)


def _quorum(_ground: Ground, _whom: str) -> tuple[str, ...]:
    return (QUORUM,)


KINDS: tuple[Kind, ...] = (
    Kind("agent killed", 3, lambda _: (STEERS, WAITS), takes=_steering, after_s=20.0, in_the_act=UNDER_WAY),
    Kind("plugin killed", 3, lambda _: ("simulacra-apm", "simulacra-target"), takes=_steering, in_the_act=UNDER_WAY),
    Kind(AGENT_FROZEN, 2, lambda _: (STEERS,), 12.0, 40.0, _steering, after_s=20.0, in_the_act=UNDER_WAY),
    Kind("server killed", 3, lambda it: it.servers, 3.0, 40.0, _machine_and_quorum),
    Kind("leader killed", 3, lambda _: ("Nomad's leader",), 3.0, 20.0, _quorum, after_s=15.0),
    Kind("quorum lost", 2, _most_servers, 3.0, 8.0, _quorum, after_s=30.0),
    Kind(CLIENT_KILLED, 2, lambda it: it.machines, 1.0, 30.0, in_the_act=("draining", "on")),
    Kind(PACKETS_LOST, 3, lambda it: (*it.zones, *it.sleepers), 15.0, 40.0, _place),
    Kind(SLOW_CABLE, 2, lambda it: it.zones, 15.0, 40.0, _zone),
    Kind(ZONE_CUT, 7, lambda it: it.zones, 10.0, 110.0, _zone, after_s=20.0),
    Kind(MACHINE_CUT, 3, lambda it: it.machines, 10.0, 90.0, _machine_and_quorum, after_s=20.0, in_the_act=UNDER_WAY),
    Kind("unplugged", 2, lambda it: it.sleepers, 30.0, 90.0, in_the_act=("waking",)),
    Kind("slow boot", 1, lambda it: it.sleepers, 30.0, 60.0),
    Kind(PERSON, 3, lambda it: it.sleepers, 20.0, 60.0, lambda _, whom: (f"the chair at {whom}",), in_the_act=("draining", "on")),
    Kind(POWER_CUT, 3, lambda it: it.machines, 8.0, 40.0, _machine_and_quorum, after_s=30.0, in_the_act=UNDER_WAY),
    Kind("button pressed", 1, lambda it: it.sleepers, in_the_act=("sleeping", "asleep")),
)


def befallen(ground: Ground, whom: str) -> Iterator[str]:
    """The machines that a fault at this place or machine may reach; none where it is at something else."""
    if whom in ground.zones:
        yield from ground.within(whom)
    elif whom in ground.machines:
        yield whom
