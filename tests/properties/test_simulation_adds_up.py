"""Every policy over small random traces: what the meter says is what can be seen, every job runs once, and nobody is below the bound."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from watched_world import Watched, staged, watched

from simulacra.model.cloud import Cloud, SizeFacts
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Sleep, Tier, WakeCommand, WakeLan, Watts
from simulacra.model.place import Zone
from simulacra.model.settings import Power
from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.scoring import POLICIES
from simulacra.simulate.simulating import bound_of
from simulacra.simulate.stage import Settings, Stage
from simulacra.simulate.trace import TraceJob

SEEDS = 40
BURST = Cloud(
    "burst", "EC2", "cloud", "small", ("s", "m"), "image", max=2, boot_time_s=60,
    facts=(SizeFacts("s", 0.02, 4000, 4096), SizeFacts("m", 0.05, 8000, 16384)),
)  # fmt: skip


def drawn(seed: int) -> Stage:
    """Equal machines in every other case; in every fourth one some that differ, and a cloud."""
    chance = random.Random(seed)
    grid = equal_grid(EqualMachines(chance.randint(1, 4), 4, 8192, boot_s=chance.choice([5, 30, 95])), _power(chance)) if seed % 2 else None
    grid = grid or _uneven(chance, (BURST,) if seed % 4 == 0 else ())
    at = 0.0
    jobs = []
    for number in range(1, chance.randint(2, 14)):
        at += chance.choice([0, 0, 3, 60, 400, 5000])
        run_s, cores = chance.choice([1, 7.5, 90, 1000, 6000]), chance.choice([0.5, 1, 2, 4, 4, 7])
        memory, zone = chance.choice([0, 0, 1024, 8192]), chance.choice([None, None, None, grid.zones[0].name])
        jobs.append(TraceJob(number, at, run_s, cores, memory, zone=zone, priority=chance.choice([50, 50, 90])))
    return staged(grid, *jobs)


def _power(chance: random.Random) -> Power:
    return Power(sleep_after_s=chance.choice([60, 600]), minimum_uptime_s=chance.choice([0, 300]), moves_per_day=chance.choice([3, 48]))


def _uneven(chance: random.Random, clouds: tuple[Cloud, ...]) -> Grid:
    nas = Machine("nas", "attic", never_sleeps=True, has=_has(2, "raw_exec"), watts=Watts(10, 20))
    others = (
        Machine(
            f"m{number}", "attic", boot_time_s=chance.choice([20, 60]), has=_has(chance.choice([4, 8])), sleep=Sleep(),
            watts=Watts(idle := chance.choice([20, 60]), idle * 3, 1.5),
            wake=WakeLan(f"52:54:00:00:00:0{number}") if chance.random() < 0.5 else WakeCommand(("wake", f"m{number}")),
        )
        for number in range(chance.randint(1, 3))
    )  # fmt: skip
    zones, tiers = (Zone("attic"), Zone("cloud")), (Tier("small", 10),)
    return Grid("uneven", mode="act", power=_power(chance), zones=zones, tiers=tiers, machines=(*others, nas), clouds=clouds)


def _has(cores: int, *drivers: str) -> Has:
    return Has(cores * 1000, cores * 2048, cores=cores, drivers=("exec", *drivers))


@pytest.fixture(params=range(SEEDS), scope="module")
def told(request: pytest.FixtureRequest) -> tuple[Stage, dict[str, Watched]]:
    """A stage, and the world that each policy leaves behind."""
    stage = drawn(request.param)
    settings = Settings(request.param, idle_timeout_s=(60, 1800)[request.param % 2], boot_failures=0.3 * (request.param % 3 == 0))
    return stage, {policy: watched(stage, policy, settings) for policy in POLICIES}


def test_the_meter_says_what_can_be_seen(told: tuple[Stage, dict[str, Watched]]) -> None:
    for policy, world in told[1].items():
        meter = world.meter
        found, seen = (meter.kwh * 3.6e6, meter.on_s, meter.idle_j), (world.joules, world.on_s, world.idle_j)
        assert found == pytest.approx(seen, rel=1e-9, abs=1e-3), policy


def test_every_job_runs_once(told: tuple[Stage, dict[str, Watched]]) -> None:
    stage, worlds = told
    expected = {at for at, work in enumerate(stage.works) if not work.never}
    for policy, world in worlds.items():
        assert set(world.ended.values()) <= {1}, policy
        assert set(world.ended) == set(world.waited_s) == set(world.waited_s) & expected, policy
        assert world.finished == len(world.ended), policy
        assert min(world.waited_s.values(), default=0.0) >= 0, policy
        if policy != "target-value":  # who only counts may never wake the machine that a job is for
            assert set(world.ended) == expected, policy


def test_machines_go_through_all_their_states(told: tuple[Stage, dict[str, Watched]]) -> None:
    follows = {("booting", "on"), ("booting", "stopping"), ("booting", "off"), ("on", "stopping"), ("stopping", "off"), ("off", "booting")}
    for policy, world in told[1].items():
        for name, log in world.log.items():
            changes = {(before, after) for (_, before), (_, after) in pairwise(log)}
            assert changes <= follows, (policy, name)


def test_nobody_is_below_the_bound(told: tuple[Stage, dict[str, Watched]]) -> None:
    stage, worlds = told
    if stage.grid.clouds:
        return  # work on rented servers draws nothing of one's own
    least, boot_s = bound_of(stage), max(it.boot_time_s for it in stage.grid.machines)
    for policy, world in worlds.items():
        if world.done and max(world.waited_s.values(), default=0.0) <= boot_s:
            assert least.kwh <= world.meter.kwh * (1 + 1e-9), policy
            assert least.machine_hours <= world.meter.on_s / 3600 * (1 + 1e-9), policy
