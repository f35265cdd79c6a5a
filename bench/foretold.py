"""Does the real grid do what `simulacra simulate` says? In a lab, the real Nomad and Autoscaler wake machines for some work.

How long they are on, how often they are switched and how long jobs wait is taken from the lab and from Nomad. Then `simulacra record` makes
a trace of what ran, and that is simulated on the same definitions. Both are printed side by side. Needs root.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from bench_lab import BenchLab, bench_lab

from simulacra.definitions import load
from simulacra.gateways.backoff import mean_backoff
from simulacra.simulate.policy import run
from simulacra.simulate.reading import read_trace
from simulacra.simulate.scoring import policy_of
from simulacra.simulate.stage import Settings, stage_of, world_of

NEVER_SLEEPS, SLEEPERS = "nas", ("desk", "loft", "shed", "tower")
BOOT_S, MHZ, IDLE_W, BUSY_W, HUB_W = 8.0, 4000, 50.0, 120.0, 10.0
SIZES_MHZ, SIZES_MB = (480, 960, 1900, 3500), (600, 1000, 2000)
"""Beside the system job, which takes some of a real machine, as many of them fit as do without it."""
LOOK_S = 0.25
GRID = """
grid "foretold" {
  mode     = "act"
  timezone = "UTC"

  power {
    sleep_after    = "2m"
    minimum_uptime = "1m"
    moves_per_day  = 1000
  }
}

zone "attic" {}

machine "nas" {
  zone         = "attic"
  server       = true
  never_sleeps = true

  has {
    cpu_mhz   = 1000
    memory_mb = 512
    cores     = 1
    drivers   = ["raw_exec"]
  }

  watts {
    idle = 10
    busy = 10
  }
}
"""
SLEEPER = """
machine "%s" {
  zone      = "attic"
  boot_time = "%gs"

  has {
    cpu_mhz   = %d
    memory_mb = 4096
    cores     = 4
    drivers   = ["raw_exec"]
  }

  watts {
    idle = %g
    busy = %g
  }

  wake "lan" {
    mac = "52:54:00:f0:00:0%d"
  }

  sleep {
    method = "poweroff"
  }
}
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """A job: when it comes, how long it runs, what it takes."""

    at_s: float
    run_s: int
    cpu_mhz: int
    memory_mb: int


@dataclass
class Watched:
    """What the sleepers did: seconds on (booting and shutting down included), and how often they were switched."""

    on_s: float = 0.0
    switched: int = 0
    was_on: dict[str, bool] = field(default_factory=dict)

    def look(self, switches: dict[str, str], passed_s: float) -> None:
        for name, switch in switches.items():
            on = switch != "asleep"
            self.on_s += passed_s * on
            self.switched += self.was_on.get(name, False) != on
            self.was_on[name] = on


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the sleepers: hours on, kWh, how often they were switched; and how long jobs waited."""

    hours: float
    kwh: float
    switched: int
    mean_wait_s: float
    longest_wait_s: float
    finished: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=20.0, help="of work that comes")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    work = drawn(chosen.minutes * 60.0, Random(chosen.seed))
    with tempfile.TemporaryDirectory() as folder:
        grid, trace = Path(folder) / "grid", Path(folder) / "real.csv"
        grid.mkdir()
        sleepers = [SLEEPER % (name, BOOT_S, MHZ, IDLE_W, BUSY_W, at) for at, name in enumerate(SLEEPERS)]
        (grid / "grid.hcl").write_text(GRID + "".join(sleepers))
        with bench_lab(grid, "--asleep", ",".join(SLEEPERS), "--boot-time", f"{BOOT_S - 2:g}s") as lab:
            real = lived(lab, work)
            lab.simulacra("record", str(trace))
            simulated = foretold(grid, trace)
    print(f"{len(work)} jobs in {chosen.minutes:g} minutes, {len(SLEEPERS)} machines that sleep")
    print(f"{'':22}{'lab':>10}{'simulated':>11}{'ratio':>7}")
    for what, is_, said in (
        ("machine hours", real.hours, simulated.hours),
        ("Wh", 1000 * real.kwh, 1000 * simulated.kwh),
        ("switched", float(real.switched), float(simulated.switched)),
        ("mean wait, s", real.mean_wait_s, simulated.mean_wait_s),
        ("longest wait, s", real.longest_wait_s, simulated.longest_wait_s),
        ("jobs finished", float(real.finished), float(simulated.finished)),
    ):
        print(f"{what:22}{is_:>10.2f}{said:>11.2f}{said / is_ if is_ else 1.0:>7.2f}")


def drawn(until_s: float, random: Random) -> list[Piece]:
    """Bursts, some minutes apart, of jobs that run for half a minute to three."""
    made: list[Piece] = []
    at_s = 0.0
    while at_s < until_s:
        for _ in range(random.choice((1, 1, 2, 4, 7))):
            made.append(Piece(at_s, random.randint(30, 180), random.choice(SIZES_MHZ), random.choice(SIZES_MB)))
            at_s += random.uniform(0.0, 10.0)
        at_s += random.uniform(60.0, 360.0)
    return [it for it in made if it.at_s < until_s]


def lived(lab: BenchLab, work: Sequence[Piece]) -> Figures:
    """The work in the lab, from the first job's submission to the last one's end."""
    lab.simulacra("run", "--detach")
    lab.on_lab("autoscaler")
    _settled(lab)
    watched = Watched()
    began, last, at = time.monotonic(), time.monotonic(), 0
    while at < len(work) or any(it["Status"] != "dead" for it in _jobs(lab)):
        while at < len(work) and work[at].at_s <= time.monotonic() - began:
            lab.nomad("jobs", {"Job": _job(f"job-{at:03}", work[at])})
            at += 1
        residents = lab.state().residents
        now = time.monotonic()
        watched.look({it.name: it.power.switch for it in residents if it.name in SLEEPERS and it.power is not None}, now - last)
        last = now
        print(f"\r{at} of {len(work)} jobs have come", end="", file=sys.stderr, flush=True)
        time.sleep(LOOK_S)
    print(file=sys.stderr)
    return _figures(lab, watched)


def _settled(lab: BenchLab) -> None:
    """Until the planner knows all machines, and lets them sleep."""
    while any(power != "asleep" for name, power in lab.powers().items() if name in SLEEPERS):
        time.sleep(2.0)


def _jobs(lab: BenchLab) -> list[Any]:
    return [it for it in lab.nomad("jobs?prefix=job-") if it["Type"] == "batch"]


def _figures(lab: BenchLab, watched: Watched) -> Figures:
    waits, work_j, finished = [], 0.0, 0
    for it in _jobs(lab):
        job = lab.nomad(f"job/{it['ID']}")
        for allocation in lab.nomad(f"job/{it['ID']}/allocations"):
            task = allocation["TaskStates"]["it"]
            started, ended = (datetime.fromisoformat(task[key]).timestamp() for key in ("StartedAt", "FinishedAt"))
            waits.append(started - job["SubmitTime"] / 1e9)
            work_j += (ended - started) * (BUSY_W - IDLE_W) * job["TaskGroups"][0]["Tasks"][0]["Resources"]["CPU"] / MHZ
            finished += allocation["ClientStatus"] == "complete"
    kwh = (watched.on_s * IDLE_W + work_j) / 3.6e6
    return Figures(watched.on_s / 3600, kwh, watched.switched, statistics.mean(waits), max(waits), finished)


def _job(name: str, piece: Piece) -> dict[str, Any]:
    """With an affinity, as rendered jobs have one: Nomad then looks at all machines."""
    task = {
        "Name": "it",
        "Driver": "raw_exec",
        "Config": {"command": "/bin/sleep", "args": [str(piece.run_s)]},
        "Resources": {"CPU": piece.cpu_mhz, "MemoryMB": piece.memory_mb},
    }
    cheap = {"LTarget": "${meta.simulacra_watts}", "RTarget": "0", "Operand": "=", "Weight": 100}
    group = {"Name": "it", "Count": 1, "Affinities": [cheap], "Tasks": [task]}
    return {"ID": name, "Type": "batch", "Datacenters": ["*"], "TaskGroups": [group]}


def foretold(grid: Path, trace: Path) -> Figures:
    """What is simulated of the trace; without the machine that never sleeps, which is on all the time in both."""
    stage = stage_of(read_trace(trace), load(grid))
    settings = Settings()
    world = world_of(stage, settings)
    policy = policy_of(stage, world, "simulacra", settings, mean_backoff)
    run(world, policy, stage.grid.power.evaluate_every_s, stage.trace.ends_s, lambda _: None)
    waits = list(world.waited_s.values())
    return Figures(
        (world.meter.on_s - world.now_s) / 3600,
        world.meter.kwh - world.now_s * HUB_W / 3.6e6,
        sum(it.switched for it in world.machines),
        statistics.mean(waits),
        max(waits),
        world.finished,
    )


if __name__ == "__main__":
    main()
