"""What every command shares: the exit codes, the grid's folder, and the way to say something to people."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulacra.faults import Fault, Refusal, Unreachable, Usage

if TYPE_CHECKING:
    from simulacra.model.grid import Grid
    from simulacra.steering import Steering

Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
DONE, DIFFERENT, WRONG, UNREACHABLE = 0, 1, 2, 3
EXIT_CODES: tuple[tuple[type[Fault], int], ...] = ((Refusal, DIFFERENT), (Usage, WRONG), (Unreachable, UNREACHABLE), (Fault, DIFFERENT))


def grid_folder(context: typer.Context) -> Path:
    """The folder given with ``--grid``, or the current folder's ``grid``."""
    folder = context.obj
    assert isinstance(folder, Path)
    return folder


def load_grid(context: typer.Context, values: bool = True) -> Grid:
    """The grid of ``--grid``; raises `Usage` with every problem of its definitions.

    NOMAD_VAR_* count, as with Nomad's own command. ``values`` False: files with variables' values needn't be there. They may be secret, and
    who only looks needs none of them.
    """
    from simulacra.definitions import load_all

    return load_all(grid_folder(context), values=values, environment=os.environ).grid


def expect_of_nomad(grid: Grid, what: str, name: str, defined: Iterable[str]) -> None:
    """A name that isn't among the defined ones only Nomad may know. Raises `Unreachable` at once where it doesn't answer."""
    names = set(defined)
    if name in names:
        return
    from dataclasses import replace

    from simulacra.definitions.problems import did_you_mean
    from simulacra.gateways.nomad import Nomad
    from simulacra.gateways.nomad_settings import settings_from

    try:
        Nomad(replace(settings_from(os.environ, grid.nomad), patience_s=0.0)).leader()
    except Unreachable as fault:
        said = f"grid {grid.name} defines no {what} {name}.{did_you_mean(name, names)}"
        raise Unreachable(f"{said}\nwhether Nomad knows one can't be told: {fault}") from None


def say_error(text: str) -> None:
    """Say it on standard error, as it is."""
    print(text, file=sys.stderr)


def say_patience(text: str) -> None:
    """Say why it takes time: whoever sits there wants to know, and so does whoever reads a pipeline's log."""
    say_error(text)


def print_json(value: Any) -> None:
    """Print a value of plain dicts, lists, strings and numbers as indented JSON."""
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def interruptible() -> Iterator[None]:
    """A polite request to end is an interrupt: what was started is removed first."""
    import signal

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    heeded = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def steered(context: typer.Context, tell: Callable[[str], None], check: Callable[[Grid], None] = lambda _: None) -> Iterator[Steering]:
    """The grid's steering; in the end others may lead. Ctrl-C says that what has begun goes on without us.

    ``check`` raises a `Fault` for what the definitions alone tell, before anybody is asked.
    """
    from simulacra.steering import open_steering

    with interruptible():
        steering = open_steering(grid_folder(context), {}, tell)
        check(steering.defined())
        try:
            yield steering
        except Unreachable:
            raise  # nothing can be given back to one who doesn't answer: the lease runs out by itself
        except KeyboardInterrupt:
            steering.close()
            say_error("stopped waiting: what has begun is written down, and whoever leads the grid carries it on")
            raise typer.Exit(130) from None
        except BaseException:
            steering.close()
            raise
        else:
            steering.close()
