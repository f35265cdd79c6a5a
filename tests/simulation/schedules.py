"""What a seed stands for: a small grid, work that comes and goes, what happens to machines, what strikes the calls of who steers."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Literal

from simulacra.model.grid import Grid
from simulacra.model.journal import PowerState
from simulacra.model.machine import Has, Machine, QuietHours, Sleep, WakeCommand, WakeLan, Watts
from simulacra.model.place import Zone
from simulacra.model.service import Moves, Service
from simulacra.model.settings import Power
from tests.simulation.cloud_schedules import clouded
from tests.simulation.happenings import Happening, Kind, Schedule, Strike, Work

NOON, NIGHT = 1_700_049_600.0, 1_700_049_600.0 + 10.9 * 3600
"""2023-11-15 12:00:00 and 22:54:00 UTC."""
QUIET = (QuietHours(23 * 60, 7 * 60),)

STRIKES: tuple[tuple[Kind, int], ...] = (
    ("killed before", 3), ("killed after", 4), ("refused", 2), ("unreachable", 2), ("lost", 4), ("repeated", 1), ("old look", 4),
    ("stalls before", 4), ("stalls after", 4),
)  # fmt: skip


def schedule_of(seed: int) -> Schedule:
    """The same seed gives the same schedule, on any machine."""
    random = Random(seed)
    grid = _grid(random)
    until_s = random.choice([240.0, 360.0, 360.0, 600.0])
    agents = ("first", "second") if random.random() < 0.3 else ("first",)
    sleepers = [it.name for it in grid.machines if it.sleep is not None]
    on = tuple(it.name for it in grid.machines if it.sleep is None or random.random() < 0.45 or it.server)
    known = tuple(it.name for it in grid.machines if it.name in on or random.random() < 0.7)
    made = Schedule(
        seed=seed,
        grid=grid,
        starts_s=NIGHT if any(it.quiet_hours for it in grid.machines) else NOON,
        until_s=until_s,
        on=on,
        known=known,
        works=tuple(_work(random, grid, f"job{at}", until_s) for at in range(random.choice([1, 1, 2, 2, 3]))),
        happenings=_happenings(random, grid, sleepers, agents, until_s),
        strikes=_strikes(random, agents),
        agents=agents,
        misses_after_s=random.choice([15.0, 40.0]),
    )
    return clouded(made)


# the grid


def _grid(random: Random) -> Grid:
    zones = ("attic", "hosting", "office")[: random.choice([1, 1, 2, 2, 3])]
    names = ("nas", "tower", "mini", "desk", "lap", "shed")[: random.choice([2, 2, 3, 3, 3, 4, 4, 5, 6])]
    three = random.random() < 0.3 and len(names) > 2
    quiet = random.random() < 0.15
    machines = [_machine(random, name, zones, three, quiet) for name in names]
    bounded = random.random()
    power = Power(
        evaluate_every_s=10.0,
        sleep_after_s=random.choice([20.0, 40.0]),
        minimum_uptime_s=random.choice([20.0, 60.0]),
        moves_per_day=random.choice([1, 2, 3, 12]),
        drain_within_s=random.choice([30.0, 90.0]),
        machines_min=random.choice([0, 0, 0, 1, 2]),
        machines_max=random.randint(2, len(names)) if bounded < 0.3 else None,
    )
    defined = tuple(sorted(machines, key=lambda it: it.name))
    moves: tuple[Moves, ...] = ("any", "any", "never")
    services = tuple(Service(f"job{at}", moves=random.choice(moves)) for at in range(3))
    mode: Literal["act", "observe"] = "observe" if random.random() < 0.03 else "act"
    return Grid("trial", mode=mode, zones=tuple(Zone(it) for it in zones), machines=defined, services=services, power=power)


def _machine(random: Random, name: str, zones: tuple[str, ...], servers: bool, quiet: bool) -> Machine:
    memory = random.choice([4000, 8000, 16000])
    has = Has(cpu_mhz=8000, memory_mb=memory, disk_mb=100000, cores=4, drivers=("exec", "raw_exec"))
    watts = random.choice([10.0, 35.0, 60.0])
    zone = zones[0] if name == "nas" else random.choice(zones)
    made = Machine(name, zone, has=has, watts=Watts(watts, watts * 2), boot_time_s=random.choice([15.0, 40.0]))
    if name == "nas":
        return replace(made, never_sleeps=True, server=True)
    if name == "mini":
        return replace(made, never_sleeps=random.random() < 0.7, server=servers)
    by_lan = random.random() < 0.8
    number = ("tower", "desk", "lap", "shed").index(name) + 1
    return replace(
        made,
        wake=WakeLan(f"52:54:00:00:00:{number:02x}") if by_lan else WakeCommand(("plug", name)),
        sleep=Sleep("suspend" if random.random() < 0.3 else "poweroff"),
        server=servers and name in ("tower", "desk"),
        quiet_hours=QUIET if quiet and random.random() < 0.7 else (),
        after=("nas",) if random.random() < 0.1 else (),
    )


# the work


def _work(random: Random, grid: Grid, name: str, until_s: float) -> Work:
    comes = random.choice([0.0, round(random.uniform(0, until_s / 2), 1)])
    goes = round(comes + random.uniform(20, until_s), 1) if random.random() < 0.6 else None
    batch = random.random() < 0.2
    again = goes is not None and random.random() < 0.3
    where = random.random()
    zones = tuple(it.name for it in grid.zones)
    return Work(
        name,
        memory_mb=random.choice([500, 1500, 3000, 6000]),
        count=random.choice([1, 1, 1, 2, 3]),
        comes_s=comes,
        goes_s=comes + 60.0 if again else goes if goes is not None and goes < until_s else None,
        again_s=random.choice([120.0, 200.0]) if again else None,
        takes_s=random.choice([20.0, 60.0, 150.0]) if batch else None,
        zones=(random.choice(zones),) if where < 0.25 else (),
        machine=random.choice([it.name for it in grid.machines]) if 0.25 < where < 0.4 else None,
        apart=where > 0.85,
        priority=random.choice([30, 50, 70]),
    )


# what goes wrong


def _happenings(random: Random, grid: Grid, sleepers: list[str], agents: tuple[str, ...], until_s: float) -> tuple[Happening, ...]:
    found: list[Happening] = []
    for _ in range(random.choice([0, 1, 2, 3, 4, 5])):
        at_s = round(random.uniform(0, until_s), 1)
        made = _happening(random, grid, sleepers, agents, at_s)
        found += _in_the_act(random, made, at_s, sleepers) if sleepers and made[0].after is None and random.random() < 0.5 else made
    return tuple(sorted((it for it in found if it.at_s <= until_s), key=lambda it: (it.at_s, it.what, it.whom)))


def _in_the_act(random: Random, made: tuple[Happening, ...], at_s: float, sleepers: list[str]) -> list[Happening]:
    """The same just when a machine is being switched: it is then that things go wrong."""
    near = made[0].whom if made[0].whom in sleepers else random.choice(sleepers)
    state: PowerState = random.choice(("draining", "draining", "sleeping", "sleeping", "asleep", "waking", "on"))
    soon_s = random.choice([0.5, 1.5, 4.0, 11.0, 25.0])
    return [replace(it, at_s=round(soon_s + it.at_s - at_s, 1), after=state, near=near) for it in made]


def _happening(random: Random, grid: Grid, sleepers: list[str], agents: tuple[str, ...], at_s: float) -> tuple[Happening, ...]:
    """One thing, and its end where it has one."""
    anybody = random.choice([it.name for it in grid.machines])
    sleeper = random.choice(sleepers) if sleepers else anybody
    lasts = round(random.choice([5.0, 30.0, 100.0]) * random.uniform(0.5, 1.5), 1)
    match random.randrange(16):
        case 0:
            return Happening(at_s, "power cut", anybody), Happening(at_s + lasts, "by hand", anybody)
        case 1:
            return Happening(at_s, "by hand", sleeper), Happening(at_s, "comes back", sleeper, random.choice([2.0, 10.0]))
        case 2 | 3:
            return Happening(at_s, "sits down", sleeper), Happening(at_s + lasts, "leaves", sleeper)
        case 4:
            return (Happening(at_s, random.choice(("sleep now", "stay awake")), sleeper, lasts),)
        case 5:
            lasts *= random.choice([1, 4])
            return Happening(at_s, "relay goes", anybody), Happening(at_s + lasts, "relay comes", anybody)
        case 6 | 14:
            zone = random.choice([it.name for it in grid.zones][-2:])
            return Happening(at_s, "cut", zone), Happening(at_s + lasts + random.choice([0.0, 60.0]), "heal", zone)
        case 7 | 8:
            return (Happening(at_s, "packet", sleeper, float(random.randrange(1, 4))),)
        case 9:
            who = random.choice([*agents, anybody])
            return (Happening(at_s, "clock", who, random.choice([-300.0, -40.0, -5.0, 5.0, 40.0, 300.0])),)
        case 15:
            return (
                Happening(0.5, "relay goes", sleeper, after="draining", near=sleeper),
                Happening(random.choice([2.0, 8.0]), "hold", sleeper, 200.0, after="sleeping", near=sleeper),
                Happening(random.choice([22.0, 32.0, 45.0]), "relay comes", sleeper, after="sleeping", near=sleeper),
            )
        case 13:
            return Happening(at_s, "refuses"), Happening(at_s + lasts, "takes again")
        case 10:
            return (Happening(at_s, "garbage"),)
        case 11:
            held = Happening(at_s, "hold", sleeper, lasts + 150.0)
            return held, Happening(at_s, random.choice(("wake command", "sleep command")), sleeper)
        case _:
            who = random.choice(agents)
            return Happening(at_s, "agent dies", who), Happening(at_s + lasts, "agent comes", who)


def _strikes(random: Random, agents: tuple[str, ...]) -> tuple[Strike, ...]:
    kinds = [kind for kind, weight in STRIKES for _ in range(weight)]
    found = {}
    for _ in range(random.choice([0, 1, 2, 3, 5])):
        agent, writes = random.choice(agents), random.random() < 0.7
        at = random.randrange(1, 30 if writes else 250)
        found[agent, writes, at] = Strike(agent, writes, at, random.choice(kinds), random.choice([3.0, 12.0, 40.0, 70.0]))
    return tuple(found[key] for key in sorted(found))
