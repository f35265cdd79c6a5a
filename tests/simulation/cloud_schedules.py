"""What a seed with a cloud has beside the rest: the cloud, work that is too much for the machines of one's own, and the cloud's trouble."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from random import Random

from simulacra.model.cloud import Cloud, Offer, slots_of
from simulacra.model.journal import PowerState
from simulacra.model.machine import Machine, Tier
from simulacra.model.place import Zone
from simulacra.model.service import Service
from simulacra.model.settings import Power
from simulacra.plan.budget import DESTROYED_WITHIN_S
from tests.simulation.happenings import Happening, Provider, Schedule, Work

CLOUDED = 0.2
"""Of so many seeds the grid has a cloud: one in five."""
DECEMBER = 1_701_388_800.0
"""2023-12-01 00:00:00 UTC."""
NOWHERE = "burst-huge-1"
"""The slot of a size that the definitions don't have."""
SIZES = {"small": (4096, 4000, Decimal("0.06")), "large": (16384, 8000, Decimal("0.20"))}


def clouded(schedule: Schedule) -> Schedule:
    """The schedule as it is, or with a cloud; the same seed gives the same one."""
    random = Random(f"cloud {schedule.seed}")
    if random.random() >= CLOUDED:
        return schedule
    names = random.choice([("nas",), ("nas", "tower"), ("nas", "tower"), ("mini", "nas", "tower"), ("mini", "nas", "tower", "desk", "lap")])
    few = [it for it in schedule.grid.machines if it.name in names]
    cloud = _cloud(random, schedule.grid.power, [it.name for it in schedule.grid.zones])
    zones = sorted({*schedule.grid.zones, Zone(cloud.zone)}, key=lambda it: it.name)
    grid = replace(
        schedule.grid,
        zones=tuple(zones),
        tiers=(Tier("server", 20),),
        machines=tuple(_known(it, few) for it in few),
        clouds=(cloud,),
        power=schedule.grid.power if random.random() < 0.2 else replace(schedule.grid.power, machines_max=None),
        services=(*schedule.grid.services, Service("job3", moves=random.choice(["any", "any", "never"]))),
    )
    there = {it.name for it in few}
    until_s = random.choice([300.0, 480.0, 720.0])
    ends = schedule.starts_s % 86400 == 43200 and random.random() < 0.15
    return replace(
        schedule,
        grid=grid,
        starts_s=DECEMBER - random.choice([150.0, 400.0]) if ends else schedule.starts_s,
        until_s=until_s,
        on=tuple(name for name in schedule.on if name in there),
        known=tuple(name for name in schedule.known if name in there),
        works=(*(it for it in schedule.works if it.machine is None or it.machine in there), _work(random, cloud, until_s)),
        happenings=_sorted(
            (
                *(it for it in schedule.happenings if it.whom in (*there, "") or it.near in there),
                *_trouble(random, cloud, schedule, until_s),
            )
        ),
        provider=_provider(random),
    )


def _known(machine: Machine, there: list[Machine]) -> Machine:
    return replace(machine, after=tuple(first for first in machine.after if any(it.name == first for it in there)))


def _cloud(random: Random, power: Power, zones: list[str]) -> Cloud:
    unit_s, boot_s = random.choice([60.0, 60.0, 300.0, 300.0, 900.0, 3600.0]), random.choice([20.0, 45.0])
    units = math.ceil((boot_s + power.drain_within_s + DESTROYED_WITHIN_S) / unit_s)
    sizes = random.choice([("small",), ("small", "large"), ("small", "large")])
    least = float(SIZES[random.choice(sizes)][2]) * units * unit_s / 3600
    factor = random.choice([None, None, None, 0.5, 1.4, 1.4, 2.0, 4.0, 12.0])
    return Cloud(
        "burst",
        "EC2",
        zone="cloud" if random.random() < 0.85 else random.choice(zones),
        tier="server",
        sizes=sizes,
        image="an image",
        region="somewhere",
        min=1 if random.random() < 0.15 else 0,
        max=random.choice([1, 1, 2, 3]),
        monthly_budget=round(least * factor, 6) if factor is not None else None,
        billed_by_s=unit_s,
        boot_time_s=boot_s,
    )


def _provider(random: Random) -> Provider:
    sells = tuple(Offer(name, memory, 20000, 2, cpu, price) for name, (memory, cpu, price) in sorted(SIZES.items()))
    return Provider(
        sells,
        answers_s=random.choice([0.4, 2.0, 6.0]),
        lag_s=random.choice([0.0, 0.0, 0.0, 5.0, 15.0, 30.0]),
        stop_s=random.choice([1.0, 10.0, 40.0]),
        tokens=random.random() < 0.5,
        gives=random.choice([0.92, 0.92, 0.92, 0.8]),
    )


def _work(random: Random, cloud: Cloud, until_s: float) -> Work:
    comes = random.choice([0.0, round(random.uniform(0, until_s / 3), 1)])
    goes = round(comes + random.uniform(60, until_s), 1) if random.random() < 0.6 else None
    return Work(
        "job3",
        memory_mb=random.choice([2000, 3000, 3500, *([7000, 14000] if "large" in cloud.sizes else [])]),
        count=random.choice([1, 2, 3, 4]),
        comes_s=comes,
        goes_s=goes if goes is not None and goes < until_s else None,
        takes_s=random.choice([20.0, 90.0, 150.0]) if random.random() < 0.25 else None,
        zones=(cloud.zone,) if random.random() < 0.6 else (),
        priority=random.choice([30, 50, 70]),
    )


# what goes wrong


def _trouble(random: Random, cloud: Cloud, schedule: Schedule, until_s: float) -> list[Happening]:
    found: list[Happening] = []
    for _ in range(random.choice([0, 1, 2, 2, 3, 4])):
        at_s = round(random.uniform(0, until_s), 1)
        made = _happening(random, cloud, schedule.agents, at_s)
        found += _in_the_act(random, made, at_s, cloud) if random.random() < 0.65 else made
    return found


def _sorted(found: tuple[Happening, ...]) -> tuple[Happening, ...]:
    return tuple(sorted(found, key=lambda it: (it.at_s, it.what, it.whom)))


def _in_the_act(random: Random, made: tuple[Happening, ...], at_s: float, cloud: Cloud) -> list[Happening]:
    """The same just when a server is being created or destroyed."""
    near = made[0].whom if made[0].whom.startswith(f"{cloud.name}-") and made[0].whom != NOWHERE else _slot(random, cloud)
    state: PowerState = random.choice(("waking", "waking", "waking", "on", "draining", "sleeping", "sleeping", "failed", "asleep"))
    soon_s = random.choice([0.2, 1.5, 4.0, 11.0, 25.0, 60.0])
    return [replace(it, at_s=round(soon_s + it.at_s - at_s, 1), after=state, near=near) for it in made]


def _slot(random: Random, cloud: Cloud) -> str:
    """The first of a size mostly: it is what is rented first."""
    firsts = [it.name for it in slots_of(cloud) if it.number == 1]
    return random.choice([firsts[0], firsts[0], firsts[-1], random.choice([it.name for it in slots_of(cloud)])])


def _happening(random: Random, cloud: Cloud, agents: tuple[str, ...], at_s: float) -> tuple[Happening, ...]:
    """One thing, and its end where it has one."""
    slot = _slot(random, cloud)
    lasts = round(random.choice([5.0, 30.0, 100.0, 300.0]) * random.uniform(0.5, 1.5), 1)
    match random.randrange(20):
        case 0 | 1:
            return Happening(at_s, "provider down"), Happening(at_s + lasts, "provider well")
        case 2:
            return Happening(at_s, "provider slow", much=random.choice([8.0, 15.0, 40.0])), Happening(at_s + lasts, "provider well")
        case 3:
            return Happening(at_s, "provider full"), Happening(at_s + lasts, "provider well")
        case 4:
            return (Happening(at_s, "answer lost"),)
        case 5 | 6:
            return (Happening(at_s, "answer lost for good"),)
        case 7 | 8:
            return (Happening(at_s, "boots", much=float(random.choice([1, 2]))),)
        case 9:
            return (Happening(at_s, "server stops", slot),)
        case 10:
            return (Happening(at_s, "server hangs", slot),)
        case 11:
            return (Happening(at_s, "destroyed by hand", slot),)
        case 12 | 13:
            return (Happening(at_s, "stranger", random.choice([slot, slot, NOWHERE]), float(random.choice([1, 2, 3]))),)
        case 14:
            return (Happening(at_s, "size goes"),)
        case 15:
            return Happening(at_s, "cut", cloud.zone), Happening(at_s + lasts, "heal", cloud.zone)
        case 16:
            who = random.choice(agents)
            return Happening(at_s, "agent dies", who), Happening(at_s + min(lasts, 100.0), "agent comes", who)
        case 17:
            return (Happening(at_s, "clock", random.choice(agents), random.choice([-300.0, -40.0, 40.0, 300.0])),)
        case 18:
            held = Happening(at_s, "hold", slot, lasts + 60.0)
            return held, Happening(at_s, random.choice(("wake command", "sleep command")), slot)
        case _:
            return Happening(at_s, "sits down", slot), Happening(at_s + lasts, "leaves", slot)
