"""The command line's composition root: every command stands in a module of its own and imports heavy things when it runs."""

from __future__ import annotations

import errno
import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from simulacra.cli import (
    clouds,
    costs,
    definitions,
    demo,
    fmt,
    importing,
    joining,
    lab,
    nomad_jobs,
    peripherals,
    power,
    reasons,
    recording,
    reference,
    simulating,
    split,
    state,
    zones,
)
from simulacra.cli.context import EXIT_CODES, WRONG, say_error
from simulacra.cli.grid_option import GridOption, WithGrid
from simulacra.faults import Fault

app = typer.Typer(
    name="simulacra",
    help="A personal grid of machines that looks after itself, on HashiCorp Nomad.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    cls=WithGrid,
)


def _version(wanted: bool) -> None:
    if wanted:
        from simulacra import __version__

        typer.echo(f"simulacra {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    grid: GridOption = Path("grid"),
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")] = False,
) -> None:
    context.obj = grid


for module in (
    definitions,
    fmt,
    importing,
    reference,
    nomad_jobs,
    state,
    reasons,
    split,
    power,
    joining,
    demo,
    zones,
    peripherals,
    clouds,
    costs,
    simulating,
    recording,
):
    module.register(app)
app.add_typer(lab.app, name="lab")


def main() -> None:
    """Run the command line; faults become one clear message and the exit code that belongs to their kind."""
    gc.disable()  # a command is short: walking a large grid's values again and again frees nothing
    _open_closed_streams()
    try:
        app()
    except Fault as fault:
        say_error(str(fault))
        sys.exit(next(code for kind, code in EXIT_CODES if isinstance(fault, kind)))
    except KeyboardInterrupt:
        say_error("stopped")
        sys.exit(130)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left to be written there can't be, and must not be tried again
        say_error(f"{error.filename or 'standard output'}: {error.strerror}: make room, or write elsewhere")
        sys.exit(WRONG)


def _open_closed_streams() -> None:
    """A standard stream that was closed (``>&-``) is as /dev/null: nothing else takes its place, be it the next file that is opened."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115 - it lasts as long as we do


if __name__ == "__main__":
    main()
