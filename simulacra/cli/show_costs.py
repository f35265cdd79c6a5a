"""What was drawn and spent, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from simulacra.cli.durations import iso, local
from simulacra.cli.show_lines import say
from simulacra.cli.show_status import print_, row, table
from simulacra.model.costs import NOBODYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from simulacra.model.costs import Money
    from simulacra.model.grid import Grid
    from simulacra.observe.costs import Costs, MachineCost, MonthCosts, ServiceCost

UNDEFINED, OTHER_JOBS = "(not defined)", "(other jobs)"
TOLD_FROM_HOURS = 1 / 60
"""What is shorter isn't worth a line."""


def costs_plain(grid: Grid, seen: MonthCosts) -> dict[str, Any]:
    """The fixed shape of ``costs --json``."""
    return {
        "grid": grid.name,
        "month": seen.month,
        "counted_until": iso(seen.counted_until_s) if seen.counted_until_s else None,
        **_plain(seen.whole),
        "days": [{"day": day.isoformat(), **_plain(costs)} for day, costs in seen.days],
    }


def _plain(costs: Costs) -> dict[str, Any]:
    total = costs.total
    return {
        "kwh": _number(total.kwh or 0.0),
        "electricity": _money_plain(total.electricity),
        "rent": _money_plain(total.rent),
        "spared_kwh": _number(total.spared_kwh),
        "spared": _money_plain(total.spared),
        "not_counted_hours": _number(costs.gap_hours),
        "machines": [_machine_plain(it) for it in costs.machines],
        "services": [
            {
                "service": it.service or None,
                "kwh": _number(it.kwh),
                "electricity": _money_plain(it.electricity),
                "rent": _money_plain(it.rent),
            }
            for it in costs.services
        ],
        "prices_unknown": list(costs.unpriced),
    }


def _machine_plain(it: MachineCost) -> dict[str, Any]:
    return {
        "machine": it.machine or None,
        "hours_on": _number(it.hours),
        "kwh": _number(it.kwh) if it.kwh is not None else None,
        "own_kwh": _number(it.own_kwh),
        "electricity": _money_plain(it.electricity),
        "rent": _money_plain(it.rent),
        "spared_kwh": _number(it.spared_kwh),
        "watts_unknown_hours": _number(it.unknown_hours),
    }


def _number(amount: float) -> float:
    return round(amount, 6)


def _money_plain(money: Money) -> dict[str, float]:
    return {currency: _number(amount) for currency, amount in money}


def show_costs(console: Console, grid: Grid, seen: MonthCosts, now_s: float) -> None:
    """A table of machines, one of services, one of days; below them what isn't in there."""
    if not seen.days:
        say(console, f"nothing is counted for {seen.month}: that is done while somebody steers the grid, and a day is kept for a year")
        return
    until = f", counted until {local(grid, seen.counted_until_s, now_s)}" if seen.counted_until_s else ""
    say(console, Text(f"grid {grid.name}", style="bold").append(f", {seen.month}{until}", style="not bold"))
    print_(console, "")
    _show_machines(console, grid, seen.whole)
    if seen.whole.services:
        print_(console, "")
        _show_services(console, grid, seen.whole.services)
    print_(console, "")
    _show_days(console, grid, seen)
    notes = list(_notes(grid, seen.whole))
    if notes:
        print_(console, "")
    for note in notes:
        say(console, note)


def _heads(grid: Grid) -> tuple[str, ...]:
    """The columns for money that the grid has any use for."""
    return (*(("ELECTRICITY",) if grid.electricity is not None else ()), *(("RENT",) if grid.clouds else ()))


def _cells(grid: Grid, electricity: Money, rent: Money) -> tuple[str, ...]:
    return (*((_money(electricity),) if grid.electricity is not None else ()), *((_money(rent),) if grid.clouds else ()))


def _show_machines(console: Console, grid: Grid, costs: Costs) -> None:
    rows = table("MACHINE", "HOURS ON", "KWH", "OF IT IDLE", *_heads(grid))
    for name, it in (*((it.machine or UNDEFINED, it) for it in costs.machines), ("all", costs.total)):
        kwh = "not known" if it.kwh is None else f"{it.kwh:.3f}"
        row(rows, name, f"{it.hours:.1f}", kwh, f"{it.own_kwh:.3f}", *_cells(grid, it.electricity, it.rent))
    print_(console, rows)


def _show_services(console: Console, grid: Grid, services: tuple[ServiceCost, ...]) -> None:
    rows = table("SERVICE", "KWH", *_heads(grid))
    for it in services:
        row(rows, it.service if it.service != NOBODYS else OTHER_JOBS, f"{it.kwh:.3f}", *_cells(grid, it.electricity, it.rent))
    print_(console, rows)


def _show_days(console: Console, grid: Grid, seen: MonthCosts) -> None:
    rows = table("DAY", "HOURS ON", "KWH", *_heads(grid), "NOT COUNTED")
    for day, costs in seen.days:
        total = costs.total
        gap = f"{costs.gap_hours:.1f} h" if costs.gap_hours >= TOLD_FROM_HOURS else "-"
        row(rows, day.isoformat(), f"{total.hours:.1f}", f"{total.kwh or 0.0:.3f}", *_cells(grid, total.electricity, total.rent), gap)
    print_(console, rows)


def _notes(grid: Grid, costs: Costs) -> Iterator[str]:
    """What the figures leave out, and what they would be otherwise."""
    total = costs.total
    if total.spared_kwh > 0:
        worth = f", {_money(total.spared)}" if total.spared else ""
        yield f"sleep has spared {total.spared_kwh:.3f} kWh{worth} at least: what sleepers would have drawn, left on without work"
    if costs.gap_hours >= TOLD_FROM_HOURS:
        yield f"{costs.gap_hours:.1f} h aren't counted: nobody steered the grid then"
    unknown = [it.machine or UNDEFINED for it in costs.machines if it.unknown_hours > 0]
    if unknown:
        yield f"what these draw isn't known, or wasn't all the time (a machine's `watts` block tells it): {', '.join(unknown)}"
    if costs.unpriced:
        yield f"what these cost isn't known (a cloud's `size` block tells it): {', '.join(costs.unpriced)}"
    if grid.electricity is None:
        yield "what a kWh costs isn't known (`electricity` in the grid's definition tells it)"


def _money(money: Money) -> str:
    """Amounts of two currencies stand beside each other."""
    return " + ".join(f"{amount:.2f} {currency}" for currency, amount in money) or "-"
