"""The page of what was simulated: docs/simulations.md, from results as they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import fill

from simulation_goals import LEAST_OF_BOUND, TELLS_S, Goal, goals
from simulation_results import Result

from simulacra.simulate.outcome import Simulation
from simulacra.simulate.telling import ALWAYS_ON, Sheet, conditions, for_the_owner, refusals, sheets, span

FOLDER = "simulations"
WIDE = 140
_INTRODUCTION = (
    "simulacra and three other ways to switch machines, each with the same work on the same machines. Beside them stands a bound: no "
    "schedule takes less energy, as long as no job waits longer than a machine boots. [Simulate](simulate.md) says what each of them does, "
    "what the columns mean and what is modelled. `simulacra simulate` does the same for your own work."
)
_GOALS = (
    f"simulacra is to save at least {LEAST_OF_BOUND:.0%} of what the bound allows, against machines that are always on. And no fixed idle "
    "timeout is to take less energy than simulacra where jobs wait no longer, in the mean, than with simulacra."
)
_COMMAND = "python bench/simulations.py --trace NASA-iPSC-1993-3.1-cln.swf.gz"
_MADE = (
    "This page, its pictures and the results beside them in `docs/simulations` are made by the command below. The trace is one of the "
    "[Parallel Workloads Archive](https://www.cs.huji.ac.il/labs/parallel/workload/). Without it, its section stays as it was. `--page` "
    "makes the page of the results that are there, and simulates nothing. The figures are the same on every computer, but for how long it "
    "takes."
)


def page(results: Sequence[Result]) -> str:
    """In Markdown; the results in the order in which they are shown."""
    parts = [
        "# Simulations",
        fill(_INTRODUCTION, WIDE),
        *_overview(results),
        *(section(it) for it in results),
        "## Make it again",
        fill(_MADE, WIDE),
        f"    {_COMMAND}",
    ]
    return "\n\n".join(parts) + "\n"


def _overview(results: Sequence[Result]) -> Iterable[str]:
    yield "## What was aimed at"
    yield fill(_GOALS, WIDE)
    names = [goal.name for goal in goals(results[0].simulation)]
    rows = [(f"[{it.title}](#{_anchor(it.title)})", *map(_told, goals(it.simulation))) for it in results]
    yield _table(Sheet(("workload", *names), tuple(rows)), "---")


def section(result: Result) -> str:
    """One workload: what it is, the tables, the goals, the pictures, and how long it took."""
    simulation = result.simulation
    drawn, waited = sheets(simulation)
    parts = [
        f"## {result.title}",
        fill(f"{result.about} {_size(simulation)} on {result.machines}. Simulated under {conditions(simulation)}.", WIDE),
        _table(drawn, "---:"),
        _table(waited, "---:"),
        *(fill(f"{it}.", WIDE) for it in refusals(simulation)),
        fill(_crowded(simulation), WIDE),
        "\n".join(f"- {it.name}: {_told(it)}." for it in goals(simulation)),
        for_the_owner(simulation),
        f"![{result.title}: machines on against demand]({FOLDER}/{result.slug}-machines.svg)",
        f"![{result.title}: energy against waiting]({FOLDER}/{result.slug}-energy.svg)",
        f"All of it, with {len(simulation.idle_timeouts)} idle timeouts, took {result.took_s:,} s on {result.cpus} cores.",
    ]
    return "\n\n".join(it for it in parts if it)


def _size(simulation: Simulation) -> str:
    return f"{simulation.jobs:,} jobs in {simulation.days:,.1f} days"


def _crowded(simulation: Simulation) -> str:
    """What the bound is worth where even all machines are too few at times."""
    waits_s = simulation.outcome(ALWAYS_ON).wait.mean
    if waits_s < TELLS_S:
        return ""
    return (
        f"Jobs wait for room even where all machines are on, {span(waits_s)} in the mean: no schedule lets all of them begin in time, so "
        "the bound isn't a strict one here."
    )


def _told(goal: Goal) -> str:
    return f"{'met' if goal.met else '**not met**'}, {goal.told}"


def _anchor(title: str) -> str:
    """As the site has it, and GitHub too."""
    return "".join(it for it in title.lower().replace(" ", "-") if it.isalnum() or it in "-_")


def _table(sheet: Sheet, others: str) -> str:
    """``others``: how all columns but the first are aligned."""
    rows = [sheet.heads, ("---", *([others] * (len(sheet.heads) - 1))), *sheet.rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
