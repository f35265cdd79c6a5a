"""``simulacra peripherals`` and ``peripherals discover``: devices as they are on the overlay, and those that could be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import Json, load_grid, print_json, say_error, say_patience

if TYPE_CHECKING:
    from simulacra.observe.peripherals import SeenPeripheral


app = typer.Typer(help="Show where each peripheral is on the overlay, and how it is.", invoke_without_command=True)


def register(main: typer.Typer) -> None:
    """Add this module's commands."""
    main.add_typer(app, name="peripherals")


@app.callback()
def peripherals(context: typer.Context, as_json: Json = False) -> None:
    """Show where each peripheral is on the overlay, who serves it, and whether the device is well."""
    if context.invoked_subcommand is not None:
        return
    seen = _seen(context)
    if as_json:
        from simulacra.cli.show_peripherals import peripherals_plain

        print_json(peripherals_plain(seen))
        return
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_peripherals import show_peripherals

    show_peripherals(stdout(), seen)


def _seen(context: typer.Context) -> tuple[SeenPeripheral, ...]:
    from simulacra.gateways.journal import Journal
    from simulacra.gateways.nomad import connect
    from simulacra.observe.answers import ask
    from simulacra.observe.peripherals import see_peripherals
    from simulacra.observe.services import grid_status

    grid = load_grid(context, values=False)
    if not grid.peripherals:
        return ()
    nomad = connect(grid, tell=say_patience)
    journal = Journal(nomad)
    answers = ask(grid, nomad, journal.records, journal.gates)
    if answers.unread:
        say_error(f"peripherals are as Nomad sees them, without the grid's journal: {answers.unread}")
    return see_peripherals(grid, answers, grid_status(grid, answers), nomad)


@app.command("discover")
def discover(
    context: typer.Context,
    zones: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ZONE]...", help="Only in these zones.", show_default=False, autocompletion=completion.zones),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write them to a new file, instead of printing them.", show_default=False)
    ] = None,
    listen: Annotated[str, typer.Option("--for", metavar="DURATION", help="So long a machine of each zone listens.")] = "10s",
    as_json: Json = False,
) -> None:
    """Propose definitions for the devices that a machine of each zone finds on its LANs; nothing is exposed by that."""
    from simulacra.cli.device_search import search

    search(context, tuple(zones or ()), out, listen, as_json)
