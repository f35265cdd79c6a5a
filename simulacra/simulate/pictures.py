"""A simulation's two pictures, as SVG text: machines on against demand over time, and energy against waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulacra.simulate.binning import DAY_S, WEEK_S, busiest_week, by_day, in_detail, means
from simulacra.simulate.svg import BLUE, GREEN, INK, PURPLE, VERMILION, svg
from simulacra.simulate.telling import energy, span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulacra.simulate.binning import Window
    from simulacra.simulate.outcome import Outcome, Simulation

COLOURS: Mapping[str, str] = {"simulacra": BLUE, "always-on": PURPLE, "idle-timeout": VERMILION, "target-value": GREEN}
_PANEL_INCHES, _MARGIN_INCHES, _WIDTH_INCHES = 1.25, 0.7, 10.0
_LONG_S = WEEK_S + 3 * DAY_S
"""What is longer gets an overview beside its busiest week."""
_HEADROOM = 1.15


def machines_over_time(simulation: Simulation, name: str = "machines") -> str:
    """A panel for each policy: its machines on, before the demand; of a long trace all days, and the busiest week in detail.

    Raises `Usage` where matplotlib is missing.
    """
    rows = max(1, len(simulation.outcomes))
    return svg(lambda figure: _draw_machines(figure, simulation), (_WIDTH_INCHES, _MARGIN_INCHES + _PANEL_INCHES * rows), name)


def _draw_machines(figure: Figure, simulation: Simulation) -> None:
    windows = _windows(simulation)
    shares = [1.0] if len(windows) == 1 else [1.0, 1.4]
    grid = figure.subplots(max(1, len(simulation.outcomes)), len(windows), squeeze=False, sharex="col", sharey=True, width_ratios=shares)
    top = _HEADROOM * max((value for outcome in simulation.outcomes for _, value in outcome.on), default=1.0)
    for row, outcome in zip(grid, simulation.outcomes, strict=False):
        for axes, (_, window) in zip(row, windows, strict=True):
            _panel(axes, simulation, outcome, window)
            axes.set_ylim(0.0, max(top, 1.0))
        title = f"{outcome.policy}: machines on ({energy(outcome.kwh)} kWh)"
        row[0].set_title(title, color=COLOURS.get(outcome.policy, INK), fontweight="bold")
    for axes, (words, _) in zip(grid[-1], windows, strict=True):
        axes.set_xlabel(words)
    if simulation.outcomes and simulation.demand:
        _label_demand(grid[0][-1], simulation, windows[-1][1])


def _windows(simulation: Simulation) -> tuple[tuple[str, Window], ...]:
    """What is drawn beside each other, each with the words for its axis."""
    ends_s = max(simulation.days * DAY_S, 1.0)
    if ends_s <= _LONG_S:
        window = in_detail(0.0, ends_s)
        return ((f"day of the trace (means of {span(window.width_s)})", window),)
    week = busiest_week(simulation.demand, ends_s)
    return (
        ("day of the trace (means of days)", by_day(ends_s)),
        (f"the busiest week (means of {span(week.width_s)})", week),
    )


def _panel(axes: Axes, simulation: Simulation, outcome: Outcome, window: Window) -> None:
    days = window.edges / DAY_S
    axes.stairs(means(simulation.demand, window), days, fill=True, color=INK, alpha=0.35, linewidth=0)
    axes.stairs(means(outcome.on, window), days, baseline=None, color=COLOURS.get(outcome.policy, INK))
    axes.set_xlim(window.from_s / DAY_S, window.until_s / DAY_S)


def _label_demand(axes: Axes, simulation: Simulation, window: Window) -> None:
    """Above the first panel; what goes beyond it is told as a number."""
    seen = means(simulation.demand, window)
    most, top = float(seen.max()), axes.get_ylim()[1]
    words = "grey: demand, in machines' worth" + (f" (up to {most:,.0f})" if most > top else "")
    axes.set_title(words, loc="right", color=INK)


def energy_against_waiting(simulation: Simulation, name: str = "energy") -> str:
    """A point for each policy, idle-timeout's by its seconds as a line, and the bound. Raises `Usage` where matplotlib is missing."""
    return svg(lambda figure: _draw_energy(figure, simulation), (_WIDTH_INCHES, 5.0), name)


def _draw_energy(figure: Figure, simulation: Simulation) -> None:
    axes = figure.subplots()
    tried = [(it.wait.mean, it.kwh) for _, it in simulation.idle_timeouts]
    points = [(it.wait.mean, it.kwh) for it in simulation.outcomes]
    if tried:
        axes.plot(*zip(*tried, strict=True), color=VERMILION, marker=".", linestyle="--", zorder=1)
    for outcome, (wait_s, kwh) in zip(simulation.outcomes, points, strict=True):
        axes.plot([wait_s], [kwh], marker="o", markersize=8, color=COLOURS.get(outcome.policy, INK), linestyle="none", zorder=3)
    axes.axhline(simulation.bound.kwh, color=INK, linestyle=":")
    waits = [it for it, _ in (*points, *tried)]
    _wait_axis(axes, max(waits, default=0.0))
    axes.set_ylim(0.0, _HEADROOM * max((kwh for _, kwh in (*points, *tried, (0.0, simulation.bound.kwh))), default=1.0) or 1.0)
    axes.set_ylabel("energy (kWh)")
    axes.set_xlabel("mean waiting of a job")
    _label_points(axes, simulation)


def _wait_axis(axes: Axes, longest_s: float) -> None:
    """Seconds as far as they matter, above 100 by orders of magnitude; there is room for the labels at the right."""
    ticks = [it for it in (0.0, 1.0, 10.0, 60.0, 600.0, 3600.0, 6 * 3600.0, 86400.0, 7 * 86400.0) if it <= 2 * longest_s]
    if longest_s > 100.0:
        axes.set_xscale("symlog", linthresh=10.0, linscale=1.0)
        axes.set_xlim(-1.0, 8 * longest_s)
        axes.set_xticks(ticks, [span(it) for it in ticks])
        axes.minorticks_off()
    else:
        longest_s = max(longest_s, 1.0)
        axes.set_xlim(-0.02 * longest_s, 1.35 * longest_s)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} s")


def _label_points(axes: Axes, simulation: Simulation) -> None:
    """Beside each point its name; where points lie close the names are moved apart, and a thin line leads to each."""
    named = [
        (it.kwh, it.wait.mean, f"{it.policy}: {energy(it.kwh)} kWh, {span(it.wait.mean)}", COLOURS.get(it.policy, INK))
        for it in simulation.outcomes
    ]
    if simulation.idle_timeouts:
        ends = dict.fromkeys((simulation.idle_timeouts[0], simulation.idle_timeouts[-1]))
        named += [(it.kwh, it.wait.mean, f"idle-timeout of {span(seconds)}", VERMILION) for seconds, it in ends]
    bound = f"no schedule goes below {energy(simulation.bound.kwh)} kWh"
    axes.annotate(bound, (0.01, simulation.bound.kwh), (0, -3), axes.get_yaxis_transform(), "offset points", va="top")
    heights = _apart([it[0] for it in sorted(named)], 0.05 * axes.get_ylim()[1])
    for (kwh, wait_s, words, colour), height in zip(sorted(named), heights, strict=True):
        axes.annotate(
            words,
            (wait_s, kwh),
            xytext=(_beside(axes, wait_s), height),
            textcoords=axes.get_yaxis_transform(),
            color=colour,
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkB": 4},
        )


def _beside(axes: Axes, wait_s: float) -> float:
    """A little to the right of it, as a share of the axis."""
    at = axes.transAxes.inverted().transform(axes.transData.transform((wait_s, 0.0)))[0]
    return float(at) + 0.025


def _apart(heights: list[float], gap: float) -> list[float]:
    """The heights, in their order, each at least ``gap`` above the one before; as a whole as near to where they were as can be."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + gap) if moved else max(height, gap))
    return moved
