"""``simulacra fmt``: definitions and jobspecs in the layout of `nomad fmt`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli.context import DIFFERENT, grid_folder, say_error
from simulacra.faults import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulacra.cli.layout import Layout
    from simulacra.definitions.problems import Problem

STANDARD_INPUT = Path("-")


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(fmt)


def fmt(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE|DIR|-]...",
            help="Files, folders with all definitions in them, or - for standard input to standard output; default: the folder of --grid.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; name the files that would change and exit with 1.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change and exit with 1.")] = False,
) -> None:
    """Lay out definitions, and jobspecs given by name, as `nomad fmt` does; names the files that it changed."""
    from simulacra.cli.layout import chosen

    named = paths or [grid_folder(context)]
    tell, writes = _show if diff else _name, not (check or diff)
    if STANDARD_INPUT not in named:
        differing = _format(chosen(named), tell, writes)
    elif len(named) == 1:
        differing = _filter(tell, writes)
    else:
        raise Usage("- is standard input and stands alone: leave the files and folders out, or the -")
    if differing and not writes:
        told = "1 file isn't" if differing == 1 else f"{differing} files aren't"
        say_error(f"{told} laid out as `simulacra fmt` does it")
        raise typer.Exit(DIFFERENT)


def _format(files: Sequence[Path], tell: Callable[[Layout], None], writes: bool) -> int:
    """How many of the files differ. Raises `Usage` once all have been seen to, with what is wrong with those that were left alone."""
    from simulacra.cli.layout import Layout, layout_of_file, write

    differing = 0
    problems: list[Problem] = []
    for file in files:
        found = layout_of_file(file)
        if not isinstance(found, Layout):
            problems += found
        elif found.differs:
            failed = write(file, found.new) if writes else None
            if failed is None:
                differing += 1
                tell(found)
            else:
                problems.append(failed)
    if problems:
        raise Usage("\n".join(map(str, problems)))
    return differing


def _filter(tell: Callable[[Layout], None], writes: bool) -> int:
    """The same for standard input, to standard output."""
    from simulacra.cli.layout import Layout, layout_of

    found = layout_of("<stdin>", sys.stdin.buffer.read())
    if not isinstance(found, Layout):
        raise Usage("\n".join(map(str, found)))
    if writes:
        typer.echo(found.new.encode(), nl=False)
    elif found.differs:
        tell(found)
    return int(found.differs)


def _name(layout: Layout) -> None:
    typer.echo(layout.name)


def _show(layout: Layout) -> None:
    typer.echo(layout.difference, nl=False)
