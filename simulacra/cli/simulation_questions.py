"""What is simulated: a trace from a file or made up, on a grid as it is defined or of equal machines."""

from __future__ import annotations

import os
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from simulacra.cli.context import grid_folder, say_error
from simulacra.faults import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    import typer

    from simulacra.model.grid import Grid
    from simulacra.simulate.trace import Trace

MADE_UP_DAYS = 30
_DAY_S = 86400.0


def defined_grid(context: typer.Context) -> Grid:
    """The grid of ``--grid``; raises `Usage` with all that is wrong with its definitions."""
    from simulacra.definitions import load_all

    folder = grid_folder(context)
    try:
        why = "" if folder.is_dir() else "there is no such folder"
    except OSError as problem:
        why = f"can't be read ({problem.strerror})"
    if why:
        raise Usage(f"{folder}: {why}: name the one of a grid's definitions with --grid, or simulate --machines N equal ones")
    grid = load_all(folder, values=False, environment=os.environ).grid
    if not grid.machines and not grid.clouds:
        raise Usage(f"{folder}: the grid has no machines to simulate: define some, or simulate --machines N equal ones")
    return grid


def require_finite(options: Mapping[str, float]) -> None:
    """Raises `Usage` for what is no number to count with: ``nan`` is neither below a least nor above a most."""
    for name, value in options.items():
        if not isfinite(value):
            raise Usage(f"{name} takes a finite number, not {value}: correct it")


def equal_machines(count: int, size: tuple[int, int], boot_s: float, watts: tuple[float, float], price: float) -> Grid:
    """``size`` are cores and MiB, ``watts`` idle and busy, ``price`` is that of a kWh in EUR."""
    from simulacra.model.settings import Electricity
    from simulacra.simulate.equal import EqualMachines, equal_grid

    if not all(map(isfinite, (boot_s, *watts, price))):
        raise Usage("--boot-s, --watts-idle, --watts-busy and --price take finite numbers: correct them")
    if watts[1] < watts[0]:
        raise Usage(f"--watts-busy {watts[1]:g} is less than --watts-idle {watts[0]:g}: a machine at work draws no less")
    return equal_grid(EqualMachines(count, *size, boot_s, *watts), electricity=Electricity(price))


def trace_of(named: str, days: int | None, seed: int, scale: float) -> Trace:
    """The workload that is made up by that name, else the file's; what of a file isn't simulated is said."""
    from simulacra.model.words import listed
    from simulacra.simulate.generating import GENERATORS, generate
    from simulacra.simulate.reading import read_trace

    if named in GENERATORS:
        return generate(named, MADE_UP_DAYS if days is None else days, seed, scale)
    if scale != 1.0:
        raise Usage(f"--scale is for workloads that are made up ({', '.join(sorted(GENERATORS))}), and a file has the jobs that it has")
    if not Path(named).suffix and not Path(named).exists():
        raise Usage(
            f"there is no workload {named!r}: {listed(sorted(GENERATORS))} are made up, all others are files that end in .swf or .csv"
        )
    trace = read_trace(Path(named))
    for reason, count in trace.left_out:
        say_error(f"{named}: {count:,} {'line isn' if count == 1 else 'lines aren'}'t simulated: {reason}")
    return trace if days is None else _first(trace, days)


def _first(trace: Trace, days: int) -> Trace:
    """The jobs that came within so many days."""
    from dataclasses import replace

    jobs = tuple(it for it in trace.jobs if it.submit_s < days * _DAY_S)
    if not jobs:
        raise Usage(f"{trace.name}: no job came within its first {days} days: take more with --days")
    return replace(trace, jobs=jobs)
