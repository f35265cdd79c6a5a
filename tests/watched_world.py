"""A simulated world that is metered a second time, from what can be seen of it, and in which nothing may be that can't be."""

from __future__ import annotations

from collections import Counter
from random import Random

from simulacra.gateways.backoff import mean_backoff
from simulacra.model.grid import Grid
from simulacra.simulate.machine import Simulated
from simulacra.simulate.policy import run
from simulacra.simulate.scoring import policy_of
from simulacra.simulate.stage import Settings, Stage, machines_of, stage_of
from simulacra.simulate.trace import Trace, TraceJob
from simulacra.simulate.world import World


def staged(grid: Grid, *jobs: TraceJob, begins_s: float = 0.0) -> Stage:
    return stage_of(Trace("by hand", jobs, begins_s), grid)


class Watched(World):
    """``joules``, ``on_s`` and ``idle_j`` are integrals over the states between one event and the next; ``log`` has what every machine
    began to do, and when.
    """

    def __init__(self, stage: Stage, settings: Settings) -> None:
        limits = {cloud.name: cloud.max for cloud in stage.grid.clouds}
        super().__init__(stage.fleet, machines_of(stage), stage.works, Random(settings.seed), settings.boot_failures, limits)
        self.joules, self.on_s, self.idle_j = 0.0, 0.0, 0.0
        self.log: dict[str, list[tuple[float, str]]] = {it.name: [] for it in self.machines}
        self.ended: Counter[int] = Counter()

    def pass_to(self, when_s: float) -> None:
        while True:
            next_s = self.next_s
            until_s = when_s if next_s is None else min(next_s, when_s)
            self._metered(until_s)
            before = {id(run): run.at for here in self.placing.standing for run in here if run.began_s is not None}
            super().pass_to(until_s)
            self._holds()
            after = {id(run) for here in self.placing.standing for run in here} | {id(run) for run in self.placing.waiting}
            self.ended.update(at for number, at in before.items() if number not in after)
            if until_s == when_s and (self.next_s is None or self.next_s > when_s):
                return

    def stop(self, machine: Simulated) -> None:
        assert self.is_empty(machine), f"{machine.name} is stopped under work at {self.now_s}"
        super().stop(machine)

    def _metered(self, until_s: float) -> None:
        for it in self.machines:
            seen = self.log[it.name]
            if it.doing != (seen[-1][1] if seen else "off"):
                seen.append((self.now_s, it.doing))
        took_s = until_s - self.now_s
        for it in self.machines:
            has, here = int(self.fleet.cpu_mhz[it.at]), self.placing.standing[it.at]
            share = sum(run.work.shape.cpu_mhz for run in here if run.began_s is not None) / has
            watts = it.asleep_w if it.doing == "off" else it.idle_w + (it.busy_w - it.idle_w) * share
            self.joules += watts * took_s
            self.on_s += took_s * (it.doing != "off")
            self.idle_j += it.idle_w * took_s * (it.doing != "off" and not here)

    def _holds(self) -> None:
        placing = self.placing
        assert min(placing.cpu_mhz.min(), placing.memory_mb.min()) >= 0, "a machine holds more than it has"
        assert all(it.doing == "on" for it in self.machines if placing.standing[it.at]), "work stands on a machine that isn't on"
        assert 0 <= self.meter.on <= len(self.machines)
        assert self.meter.on == sum(it.doing != "off" for it in self.machines)
        for cloud, most in self.clouds.items():
            rented = [it for it in self.machines if it.rented is not None and it.rented.cloud == cloud and it.doing != "off"]
            assert len(rented) <= most, f"{len(rented)} servers of {cloud}"


def watched(stage: Stage, policy: str, settings: Settings | None = None) -> Watched:
    """The world after all of the trace."""
    settings = settings or Settings()
    world = Watched(stage, settings)
    steers = policy_of(stage, world, policy, settings, mean_backoff)
    run(world, steers, stage.grid.power.evaluate_every_s, max(stage.trace.ends_s, 1.0), lambda _: None)
    return world
