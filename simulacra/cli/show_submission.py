"""What a submission would do and what came of it, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from simulacra.cli.show_diff import job_diff
from simulacra.cli.show_lines import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from simulacra.act.progress import Verdict, Watched
    from simulacra.act.submit import JobStep, Submission

SIGNS = {"going": ("…", ""), "done": ("✓", "green"), "waiting": ("◌", "yellow"), "failed": ("✗", "red")}


def show_plan(console: Console, submission: Submission, words: Mapping[str, str], hidden: Sequence[str] = ()) -> None:
    """Every job's diff; ``words`` says for a service why some of it would wait, ``hidden`` are values that aren't shown."""
    for step in submission.steps:
        if step.planned is not None and step.kind != "unchanged":
            say(console, job_diff(step.planned.diff, hidden))
            _show_notes(console, step, words)
            say(console, "")
    for step in submission.refused:
        say(console, f"! {step.wanted.service}: {step.reason}", "red")
    for stop in submission.stops:
        say(
            console,
            Text("- ", style="red").append(f'job "{stop.job}"', style="bold").append(f" would be stopped with --prune: {stop.reason}"),
        )
    say(console, summary(submission))


def _show_notes(console: Console, step: JobStep, words: Mapping[str, str]) -> None:
    assert step.planned is not None
    if step.wanted.service in words:
        say(console, f"  would wait: {words[step.wanted.service]}", "yellow")
    for line in step.planned.warnings.strip().splitlines():
        say(console, f"  {line}", "yellow")


def summary(submission: Submission, *, done: bool = False, pruned: bool = False) -> str:
    """One line: how many of what. ``done``: it is carried out, not planned; ``pruned``: what is left over isn't left."""
    kinds = [step.kind for step in submission.steps]
    create, change = ("created", "changed") if done else ("to create", "to change")
    parts = [f"{kinds.count('create')} {create}", f"{kinds.count('update')} {change}", f"{kinds.count('unchanged')} unchanged"]
    if submission.refused:
        parts.append(f"{len(submission.refused)} refused")
    if submission.stops:
        parts.append(f"{len(submission.stops)} {('stopped' if done else 'to stop') if pruned else 'left over'}")
    return ", ".join(parts)


def follow(console: Console, rounds: Iterator[tuple[tuple[Watched, Verdict], ...]]) -> tuple[tuple[Watched, Verdict], ...]:
    """Show the rounds as they come, a live table on a terminal and a line per change elsewhere; the last one."""
    if console.is_terminal:
        last: tuple[tuple[Watched, Verdict], ...] = ()
        with Live(console=console, transient=True, auto_refresh=False) as live:
            for last in rounds:
                live.update(_table(last), refresh=True)
        return last
    told: dict[Watched, str] = {}
    for last in rounds:
        for job, verdict in last:
            line = _progress(verdict)
            if verdict.state == "going" and told.get(job) != line:
                say(console, f"{job.job}: {line}")
                told[job] = line
    return last


def _table(rounds: Iterable[tuple[Watched, Verdict]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for job, verdict in rounds:
        sign, style = SIGNS[verdict.state]
        table.add_row(Text(sign, style=style), Text(job.job, style="bold"), Text(_progress(verdict)))
    return table


def _progress(verdict: Verdict) -> str:
    return f"{verdict.healthy} of {verdict.wanted} healthy, {verdict.text}" if verdict.wanted else verdict.text


def show_verdict(console: Console, service: str, verdict: Verdict, why: str) -> None:
    """What came of one job; ``why`` says in words what it waits for."""
    sign, style = SIGNS[verdict.state]
    line = Text(f"{sign} ", style=style).append(service, style="bold")
    if verdict.state != "waiting":
        line.append(f": {_progress(verdict)}")
    elif verdict.healthy:
        line.append(f": {verdict.healthy} of {verdict.wanted} healthy; the rest waits: {why}")
    else:
        line.append(f" waits: {why}")
    say(console, line)
    for event in verdict.events:
        say(console, f"    {event.task}: {event.type}: {event.message}", "red" if event.fails else "")
