"""The page docs/simulations.md: simulacra against other ways to switch machines, on a home's work, a team's builds and logs of real work.

Each workload is simulated under all policies, idle-timeout with many times. What came of it is kept as JSON beside the pictures, in
docs/simulations, and the page is made of all that is kept there: a workload that isn't simulated this time stays in it as it was.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simulation_page import FOLDER, page, section
from simulation_results import Result, as_text, read

from simulacra.faults import Usage
from simulacra.model.settings import Electricity
from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.generating import generate
from simulacra.simulate.pictures import energy_against_waiting, machines_over_time
from simulacra.simulate.reading import read_trace
from simulacra.simulate.simulating import Settings, simulate
from simulacra.simulate.svg import require_matplotlib
from simulacra.simulate.trace import Trace

ROOT = Path(__file__).resolve().parent.parent
SEED, DAYS, DAY_S, PRICE = 1, 30, 86400.0, 0.30
TIMEOUTS_S = (*range(60, 600, 60), *range(600, 3601, 150))
FIRST = ("home", "ci")
"""The order on the page: these, then traces by name."""


@dataclass(frozen=True, slots=True)
class Workload:
    """``machines``: so many of 8 cores; the trace is only made or read when its turn comes."""

    slug: str
    title: str
    about: str
    machines: int
    trace: Callable[[], Trace]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--trace", type=Path, action="append", default=[], metavar="FILE", help="a log of real work (.swf, .csv, .gz)")
    parser.add_argument("--machines", type=int, default=16, metavar="N", help="so many machines of 8 cores for each trace")
    parser.add_argument("--days", type=int, metavar="N", help=f"only the first days ({DAYS} of what is generated, all of a trace)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", metavar="DIR", help="the folder of the page")
    parser.add_argument("--page", action="store_true", help="make the page of what is kept, and simulate nothing")
    chosen = parser.parse_args()
    folder: Path = chosen.out / FOLDER
    try:
        require_matplotlib()
        folder.mkdir(parents=True, exist_ok=True)
        for workload in [] if chosen.page else [*_generated(chosen.days or DAYS), *_logged(chosen.trace, chosen.machines, chosen.days)]:
            result = _simulated(workload, folder)
            (folder / f"{result.slug}.json").write_text(as_text(result))
            print(section(result), end="\n\n", flush=True)
        results = _kept(folder)
        if not results:
            raise Usage(f"{folder}: nothing is kept there: simulate first, without --page")
        (chosen.out / "simulations.md").write_text(page(results))
    except Usage as fault:
        sys.exit(str(fault))
    print(f"written: {chosen.out / 'simulations.md'}")


def _generated(days: int) -> Iterator[Workload]:
    drawn = f"{days} days, made up from documented distributions with seed {SEED}"
    home = f"What a home does (`home`): films, builds, backups at night and small chores; {drawn}."
    team = f"What a team of a dozen builds and tests (`ci`), in bursts; {drawn}."
    yield Workload("home", "A home", home, 10, lambda: generate("home", days, SEED))
    yield Workload("ci", "A team's builds", team, 20, lambda: generate("ci", days, SEED))


def _logged(files: Sequence[Path], machines: int, days: int | None) -> Iterator[Workload]:
    for file in files:
        name = re.sub(r"(\.(swf|csv))?(\.gz)?$", "", file.name, flags=re.IGNORECASE)
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        about = f"`{file.name}`, the log of a real machine{f', its first {days} days' if days else ''}."
        yield Workload(slug, name, about, machines, lambda file=file: _first(read_trace(file), days))  # type: ignore[misc]


def _first(trace: Trace, days: int | None) -> Trace:
    return trace if days is None else replace(trace, jobs=tuple(it for it in trace.jobs if it.submit_s < days * DAY_S))


def _simulated(workload: Workload, folder: Path) -> Result:
    """With its pictures written there."""
    trace, machines = workload.trace(), EqualMachines(workload.machines)
    grid = equal_grid(machines, electricity=Electricity(PRICE))
    print(f"{workload.slug}: {len(trace.jobs):,} jobs", file=sys.stderr, flush=True)
    began = time.monotonic()
    simulation = simulate(trace, grid, Settings(SEED, timeouts_s=tuple(map(float, TIMEOUTS_S))))
    took_s = round(time.monotonic() - began)
    for name, draw in (("machines", machines_over_time), ("energy", energy_against_waiting)):
        (folder / f"{workload.slug}-{name}.svg").write_text(draw(simulation, f"{workload.slug}-{name}"))
    words = (
        f"{machines.count} machines of {machines.cores} cores and {machines.memory_mb:,} MiB, which boot within {machines.boot_s:g} s and "
        f"draw {machines.watts_idle:g} W idle, {machines.watts_busy:g} W busy and nothing asleep"
    )
    return Result(workload.slug, workload.title, workload.about, words, simulation, took_s, os.cpu_count() or 1)


def _kept(folder: Path) -> list[Result]:
    found = [read(file) for file in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda it: (FIRST.index(it.slug) if it.slug in FIRST else len(FIRST), it.slug))


if __name__ == "__main__":
    main()
