"""``simulacra record``: the grid's own work as a trace that grows each time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli.context import interruptible, load_grid, say_error, say_patience
from simulacra.faults import Refusal, Unreachable, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulacra.model.grid import Grid
    from simulacra.observe.finished import Finished, History
    from simulacra.simulate.trace import Trace

EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one look, in lines for people. ``added``: so many jobs were new; ``notes`` tell of what isn't in the file."""

    added: int
    headline: str
    notes: tuple[str, ...] = ()


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(record)


def record(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The trace: made if it isn't there, else what is new is added.")],
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C: look every minute.")] = False,
) -> None:
    """Write the work that ran and ended on the grid into a trace for `simulate`, as far back as Nomad remembers (a day)."""
    import time

    from simulacra.gateways.nomad import connect

    _check(file)
    grid = load_grid(context, values=False)
    nomad = connect(grid, tell=say_patience)
    if not follow:
        told = record_once(grid, nomad, file)
        for line in (told.headline, *told.notes):
            typer.echo(line)
        return
    with interruptible():
        keep_recording(lambda: record_once(grid, nomad, file), time.sleep)


def keep_recording(look: Callable[[], Told], pause: Callable[[float], None]) -> None:
    """Look again and again, and say what is other than the time before. A Nomad that doesn't answer is asked again the next time."""
    before: Told | None = None
    while True:
        try:
            told = look()
        except Unreachable as fault:
            say_error(f"{fault}: asked again in {EVERY_S:.0f} s")
        else:
            for line in _news(told, before):
                typer.echo(line)
            before = told
        pause(EVERY_S)


def _news(told: Told, before: Told | None) -> tuple[str, ...]:
    if before is None:
        return (told.headline, *told.notes)
    return (*((told.headline,) if told.added else ()), *(note for note in told.notes if note not in before.notes))


def record_once(grid: Grid, history: History, file: Path) -> Told:
    """Add what has ended to the file, in one step, and only where something has. Two that record into the same file at once lose nothing:
    what one overwrites of the other's is new to the next.
    """
    from simulacra.observe.finished import finished, slowest_core_mhz
    from simulacra.simulate.recording import recorded

    before = _before(file)
    seen = finished(grid, history, {job.id for job in before.jobs})
    after = recorded(before, seen.work, before.core_mhz or slowest_core_mhz(grid, history.nodes())) if seen.work else before
    if after is not before:
        _write(file, after)
    added = len(after.jobs) - len(before.jobs)
    return Told(added, _headline(file, added, len(after.jobs)), tuple(_notes(seen)))


def _check(file: Path) -> None:
    if file.suffix.lower() != ".csv":
        raise Usage(f"{file}: what is recorded is CSV: give it a name that ends in .csv")
    if not file.absolute().parent.is_dir():
        raise Usage(f"{file}: there is no folder {file.parent}: make it, or name another one")


def _before(file: Path) -> Trace:
    from simulacra.simulate.reading import read_trace
    from simulacra.simulate.trace import Trace

    if not file.exists() or (file.is_file() and file.stat().st_size == 0):
        return Trace(file.stem, ())
    trace = read_trace(file)
    if not trace.begins_s:
        todo = "name another file, or say it in a line above its header: # begins 2026-11-01T00:00:00Z"
        raise Refusal(f"{file}: doesn't say when it begins, so that nothing can be added to it: {todo}")
    return trace


def _write(file: Path, trace: Trace) -> None:
    import stat

    from simulacra.render.files import replace_file
    from simulacra.simulate.csv_trace import as_csv

    place = file.resolve()  # where it is a link, the file that it leads to is replaced, and not the link
    try:
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o644
        replace_file(place, as_csv(trace), mode)
    except OSError as problem:
        raise Usage(f"{file} can't be written: {problem.strerror}: make room or let it be written, or name another file") from None


def _headline(file: Path, added: int, all_: int) -> str:
    from simulacra.model.words import numbered

    if not all_:
        return f"{file}: isn't there yet, since no work has ended that Nomad remembers"
    return f"{file}: {numbered(added, 'job') if added else 'nothing'} added, {all_} in all"


def _notes(seen: Finished) -> Iterator[str]:
    """What isn't in the file, and why."""
    from simulacra.model.words import listed, numbered

    parts = [f"{count} {what}" for count, what in ((seen.running, "still running"), (seen.waiting, "waiting")) if count]
    if parts:
        yield f"{listed(parts)}: written once they have ended"
    if seen.left_out:
        yield f"not work of its own: {', '.join(f'{count} {reason}' for reason, count in seen.left_out)}"
    if seen.endless:
        yield f"not recorded: {numbered(seen.endless, 'job')} of type service, system or sysbatch, which don't end, or run on every machine"
