"""``simulacra simulate``: what a workload would take on a grid, in energy, money and waiting, under several ways to steer it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli.context import Json
from simulacra.cli.simulation_questions import MADE_UP_DAYS
from simulacra.faults import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulacra.model.grid import Grid
    from simulacra.simulate.outcome import Simulation
    from simulacra.simulate.simulating import Settings
    from simulacra.simulate.trace import Trace

_EQUAL, _PICTURES = "Equal machines instead of a grid's", "Pages and pictures"
_MOST_MIB, _MOST_W, _MOST_PER_KWH = 1 << 30, 100_000, 1000  # as in definitions
_OF_EQUAL = ("cores", "memory_mb", "boot_s", "watts_idle", "watts_busy", "price")

TraceOption = Annotated[
    str, typer.Argument(metavar="TRACE", help="A file (.swf, .csv, each also .gz), or home or ci: a workload made up by the seed.")
]
DaysOption = Annotated[
    int | None,
    typer.Option(
        "--days", min=1, max=3660, help="So many days of the trace.", show_default=f"all of a file, {MADE_UP_DAYS} of what is made up"
    ),
]
ScaleOption = Annotated[float, typer.Option("--scale", min=0.01, max=1000, help="So many times the jobs, of what is made up.")]
SeedOption = Annotated[int, typer.Option("--seed", help="What chance decides: the same seed, the same answer.")]
TimeoutOption = Annotated[float, typer.Option("--idle-timeout", metavar="S", min=1, help="Seconds without work until idle-timeout acts.")]
FailuresOption = Annotated[float, typer.Option("--boot-failures", metavar="P", min=0, max=1, help="The share of boots that fail.")]
CurveOption = Annotated[bool, typer.Option("--curve/--no-curve", help="Try idle-timeout with times from 60 to 3,600 s too.")]
WhatIfOption = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if",
        metavar="CHANGE",
        help="Simulate the grid changed, too: machines=+1 or -1 (equal ones), without=NAME, another=NAME, price=0.40, boot=60s, "
        "or a key of `power` as sleep_after=5m. More than once: all of it together.",
        show_default=False,
    ),
]
MachinesOption = Annotated[
    int | None, typer.Option("--machines", metavar="N", min=1, max=9999, help="How many.", rich_help_panel=_EQUAL, show_default=False)
]
CoresOption = Annotated[int, typer.Option("--cores", metavar="C", min=1, max=1024, help="Cores of each.", rich_help_panel=_EQUAL)]
MemoryOption = Annotated[
    int, typer.Option("--memory-mb", metavar="M", min=1, max=_MOST_MIB, help="Memory of each, in MiB.", rich_help_panel=_EQUAL)
]
BootOption = Annotated[
    float, typer.Option("--boot-s", metavar="S", min=0, max=3600, help="Seconds from waking until it runs work.", rich_help_panel=_EQUAL)
]
IdleOption = Annotated[
    float, typer.Option("--watts-idle", metavar="W", min=0, max=_MOST_W, help="Drawn without work.", rich_help_panel=_EQUAL)
]
BusyOption = Annotated[
    float, typer.Option("--watts-busy", metavar="W", min=0, max=_MOST_W, help="Drawn with all cores busy.", rich_help_panel=_EQUAL)
]
PriceOption = Annotated[
    float, typer.Option("--price", metavar="P", min=0, max=_MOST_PER_KWH, help="Of a kWh, in EUR.", rich_help_panel=_EQUAL)
]
SvgOption = Annotated[
    Path | None,
    typer.Option("--svg", metavar="DIR", help="Write both pictures into this folder.", rich_help_panel=_PICTURES, show_default=False),
]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write one page with everything.", rich_help_panel=_PICTURES, show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(simulate)


def simulate(
    context: typer.Context,
    trace: TraceOption,
    what_if: WhatIfOption = None,
    days: DaysOption = None,
    scale: ScaleOption = 1.0,
    seed: SeedOption = 1,
    idle_timeout: TimeoutOption = 1800.0,
    boot_failures: FailuresOption = 0.0,
    curve: CurveOption = True,
    as_json: Json = False,
    svg: SvgOption = None,
    html: HtmlOption = None,
    machines: MachinesOption = None,
    cores: CoresOption = 8,
    memory_mb: MemoryOption = 16384,
    boot_s: BootOption = 30.0,
    watts_idle: IdleOption = 60.0,
    watts_busy: BusyOption = 180.0,
    price: PriceOption = 0.30,
) -> None:
    """Simulate a workload on the grid: energy, money, waiting and switching under simulacra, three other policies and a bound."""
    from simulacra.cli.simulation_answers import require_pictures, tell, write
    from simulacra.cli.simulation_questions import defined_grid, equal_machines, require_finite, trace_of
    from simulacra.simulate.simulating import Settings
    from simulacra.simulate.what_if import all_changed, parse

    if svg is not None or html is not None:
        require_pictures()
    require_finite({"--idle-timeout": idle_timeout, "--boot-failures": boot_failures, "--scale": scale})
    changes = tuple(map(parse, what_if or ()))
    if machines is None:
        _refuse(context, _OF_EQUAL, "is for equal machines: say how many with --machines")
        before = defined_grid(context)
    else:
        _refuse(context, ("grid",), "can't stand beside --machines, which makes a grid of its own: leave one out")
        before = equal_machines(machines, (cores, memory_mb), boot_s, (watts_idle, watts_busy), price)
    grids = (before, all_changed(before, changes)) if changes else (before,)
    jobs = trace_of(trace, days, seed, scale)
    answers = _answers(jobs, grids, Settings(seed, idle_timeout, boot_failures, curve))
    words = tuple(map(str, changes))
    tell(answers, words, as_json)
    write(answers, words, svg, html)


def _refuse(context: typer.Context, options: tuple[str, ...], why: str) -> None:
    """Raises `Usage` where one of the options is given."""
    given = [it for it in options if getattr(context.get_parameter_source(it), "name", "") == "COMMANDLINE"]
    if given:
        raise Usage(f"--{given[0].replace('_', '-')} {why}")


def _answers(trace: Trace, grids: Sequence[Grid], settings: Settings) -> tuple[Simulation, ...]:
    """One for each grid; how far it is shows on a terminal."""
    from simulacra.cli.simulation_answers import progress
    from simulacra.simulate.simulating import simulate

    with progress(len(grids)) as passed:
        return tuple(simulate(trace, grid, settings, passed[at]) for at, grid in enumerate(grids))
