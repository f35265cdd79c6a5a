"""A simulation for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from simulacra.cli.show_lines import say
from simulacra.cli.show_status import print_, table
from simulacra.simulate.telling import OURS, conditions, difference, excess, for_the_owner, found, refusals, sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from simulacra.model.costs import Money
    from simulacra.simulate.outcome import Outcome, Simulation, Waiting
    from simulacra.simulate.telling import Sheet

    Changes = Sequence[str]


def as_json(simulation: Simulation) -> dict[str, Any]:
    """The fixed shape of ``simulate --json``, with more beside it."""
    return {
        "trace": simulation.trace,
        "jobs": simulation.jobs,
        "policies": {it.policy: _outcome_plain(it) for it in simulation.outcomes},
        "bound": {"kwh": _number(simulation.bound.kwh), "machine_hours": _number(simulation.bound.machine_hours)},
        "days": _number(simulation.days),
        "machines": simulation.machines,
        "seed": simulation.seed,
        "idle_timeouts": [{"timeout_s": _number(seconds), **_outcome_plain(it)} for seconds, it in simulation.idle_timeouts],
        "conditions": dict(simulation.conditions),
    }


def compared_json(before: Simulation, changes: Changes, after: Simulation) -> dict[str, Any]:
    """The same of the grid as it is, and under ``what_if`` the changes, the same of the changed grid, and simulacra's differences."""
    old, new = found(before, OURS), found(after, OURS)
    apart: dict[str, Any] | None = None
    if old is not None and new is not None:
        apart = {
            "kwh": _number(new.kwh - old.kwh),
            "machine_hours": _number(new.machine_hours - old.machine_hours),
            **_money_plain(excess(new.cost, old.cost)),
            "wait_s": {"mean": _number(new.wait.mean - old.wait.mean)},
            "transitions": new.transitions - old.transitions,
            "finished": new.finished - old.finished,
        }
    return {**as_json(before), "what_if": {"changes": list(changes), **as_json(after), "difference": apart}}


def _outcome_plain(it: Outcome) -> dict[str, Any]:
    return {
        "kwh": _number(it.kwh),
        "idle_kwh": _number(it.idle_kwh),
        "machine_hours": _number(it.machine_hours),
        **_money_plain(it.cost),
        "rents": _by_currency(it.rent),
        "wait_s": _waiting_plain(it.wait),
        "transitions": it.transitions,
        "switched": dict(it.switched),
        "finished": it.finished,
        "refused": dict(it.refused),
    }


def _money_plain(it: Money) -> dict[str, Any]:
    """``cost`` is null where it is of several currencies: these are never added up."""
    return {"cost": None if len(it) > 1 else _number(sum(amount for _, amount in it)), "costs": _by_currency(it)}


def _by_currency(it: Money) -> dict[str, float]:
    return {currency: _number(amount) for currency, amount in it}


def _waiting_plain(it: Waiting) -> dict[str, float]:
    return {"mean": _number(it.mean), "p50": _number(it.p50), "p95": _number(it.p95), "p99": _number(it.p99)}


def _number(amount: float) -> float:
    return round(amount, 6)


def show_simulation(console: Console, simulation: Simulation, title: str = "") -> None:
    """Two tables, what never ran, the conditions, and what it comes to for the grid's owner."""
    head = f"{simulation.trace}: {simulation.jobs:,} jobs in {simulation.days:,.1f} days on {simulation.machines} machines"
    say(console, Text(title or "simulation", style="bold").append(f" of {head}", style="not bold"))
    for sheet in sheets(simulation):
        print_(console, "")
        _show_sheet(console, sheet)
    print_(console, "")
    for line in refusals(simulation):
        say(console, Text("! ", style="yellow").append(line, style="default"))
    if simulation.conditions:
        say(console, f"simulated under {conditions(simulation)}", "dim")
    if sentence := for_the_owner(simulation):
        say(console, sentence, "bold")


def show_compared(console: Console, before: Simulation, changes: Changes, after: Simulation) -> None:
    """The grid as it is, the grid with the changes, and what these make of simulacra's figures."""
    show_simulation(console, before)
    say(console, "")
    show_simulation(console, after, f"with {', '.join(changes)}: simulation")
    if told := difference(before, after):
        say(console, told, "bold")


def _show_sheet(console: Console, sheet: Sheet) -> None:
    """Names at the left, amounts at the right of their columns."""
    rows = table(*(it.upper() for it in sheet.heads))
    for column in rows.columns[1:]:
        column.justify = "right"
        column.no_wrap = True
    for cells in sheet.rows:
        rows.add_row(*(Text(it, style="bold" if cells[0] == OURS else "") for it in cells))
    print_(console, rows)
