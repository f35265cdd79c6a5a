"""Transitions, plans, reasons and trials, for people and for programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from simulacra.cli.durations import iso, local
from simulacra.cli.show_lines import say
from simulacra.cli.show_status import COLOURS, print_, row, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulacra.cli.following import Outcome
    from simulacra.cli.wake_trial import Trial
    from simulacra.model.grid import Grid
    from simulacra.model.journal import LogEntry, Record
    from simulacra.model.plan import Action, Plan
    from simulacra.observe.explained import Explanation


def about(line: str, machines: Sequence[str]) -> bool:
    """Whether a line of the steward's concerns one of the machines, and isn't a transition: those are told by themselves."""
    return " -> " not in line and any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", line) for name in machines)


def transition(took_s: float, machine: str, record: Record) -> str:
    """A line of progress."""
    return f"{took_s:6.1f} s {machine} is {record.power}: {record.reason or 'as found'}"


def on_already(grid: Grid, machine: str, record: Record | None, now_s: float) -> str:
    """What becomes of a machine that was to be woken and is on."""
    if record is None or record.held_until_s <= now_s:
        return f"{machine} is on already"
    until = local(grid, record.held_until_s, now_s)
    ends = f"`simulacra sleep {machine}` or `simulacra hold {machine} --release` ends that"
    return f"{machine} is on already, and is kept so until {until}; {ends}"


def verdict(outcome: Outcome) -> str:
    """What became of a machine, in a line."""
    power, machine = outcome.record.power, outcome.machine
    if outcome.reached:
        return f"{machine} is {power}, after {outcome.took_s:.1f} s"
    if outcome.at_rest:
        return f"{machine} is {power} after {outcome.took_s:.1f} s: {outcome.record.reason}"
    return f"{machine} is still {power} after {outcome.took_s:.0f} s; `simulacra log --machine {machine}` shows how it goes on"


def plan_as_plain(plan: Plan) -> dict[str, Any]:
    """The fixed shape of ``scale --dry-run --json``."""
    return {
        "desired": plan.desired,
        "on": plan.on,
        "actions": [{"action": it.action, "machine": it.machine, "reason": it.reason} for it in plan.actions],
        "waiting": [{"job": it.job, "group": it.group, "count": it.count, "reason": it.reason} for it in plan.waiting],
    }


def show_plan(console: Console, plan: Plan, acting: bool = False) -> None:
    """What would be done (``acting``: is now), and what waits."""
    say(console, f"{plan.on} machine{'' if plan.on == 1 else 's'} on or coming, {plan.desired} wanted")
    for action in plan.actions:
        say(console, Text("" if acting else "would ").append_text(_doing(action)).append(f": {action.reason}"))
    for it in plan.waiting:
        name = it.job if it.group == it.job else f"{it.job}/{it.group}"
        say(console, Text("not placed: ", style="yellow").append(name, style="bold").append(f" ({it.count}): {it.reason}"))
    if not plan.actions:
        say(console, "nothing is to be woken or put to sleep now")


def _doing(action: Action) -> Text:
    name = Text(action.machine, style="bold")
    return Text("wake ").append_text(name) if action.action == "wake" else Text("put ").append_text(name).append(" to sleep")


def log_as_plain(entries: Iterable[LogEntry]) -> list[dict[str, Any]]:
    """The fixed shape of ``log --json``, newest last."""
    return [
        {"at": iso(it.at_s), "machine": it.machine, "from": it.before, "to": it.after, "reason": it.reason, "by": it.by} for it in entries
    ]


def show_log(console: Console, grid: Grid, entries: Sequence[LogEntry], now_s: float) -> None:
    """A line an entry, newest last, in the grid's local time."""
    if not entries:
        say(console, "no machine has been switched yet")
        return
    rows = table("AT", "MACHINE", "FROM", "TO", "BY", "WHY")
    for it in entries:
        row(rows, local(grid, it.at_s, now_s, seconds=True), it.machine, it.before, _coloured(it.after), it.by, it.reason)
    print_(console, rows)


def explanation_as_plain(it: Explanation) -> dict[str, Any]:
    """The fixed shape of ``explain --json``."""
    return {"name": it.name, "state": it.state, "since": it.since, "reasons": list(it.reasons)}


def show_explanation(console: Console, it: Explanation) -> None:
    """What it is, since when, and a line a reason."""
    since = f" since {it.since}" if it.since else ""
    say(console, Text(it.name, style="bold").append(" is ", style="not bold").append(_coloured(it.state)).append(since, style="not bold"))
    for reason in it.reasons:
        say(console, f"  {reason}")


def show_trials(console: Console, trials: Iterable[Trial]) -> None:
    """A line a machine."""
    rows = table("MACHINE", "RELAY", "TRIES", "SECONDS", "RESULT")
    for it in trials:
        result = Text("✓ wakes", style="green") if it.failed is None else Text(f"✗ {it.failed}", style="red")
        row(rows, it.machine, it.relay or "-", str(it.tries), f"{it.seconds:.1f}" if it.seconds is not None else "-", result)
    print_(console, rows)


def _coloured(state: str) -> Text:
    return Text(state, style=COLOURS.get(state, "yellow"))
