"""``simulacra clouds`` and ``clouds user-data``: what can be rented, what is rented now, and what a new server is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli import completion
from simulacra.cli.context import EXIT_CODES, UNREACHABLE, Json, grid_folder, load_grid, print_json, say_error, say_patience
from simulacra.faults import Fault, Usage

if TYPE_CHECKING:
    from simulacra.model.cloud import Cloud, Slot
    from simulacra.model.grid import Grid
    from simulacra.observe.clouds import CloudAnswer


app = typer.Typer(help="Show what each cloud offers at which price, and the grid's servers there.", invoke_without_command=True)


def register(main: typer.Typer) -> None:
    """Add this module's commands."""
    main.add_typer(app, name="clouds")


@app.callback()
def clouds(context: typer.Context, as_json: Json = False) -> None:
    """Show what each cloud offers at which price, and the grid's servers there; exit 3 if a provider can't be reached."""
    if context.invoked_subcommand is not None:
        return
    from simulacra.gateways.cloud_settings import stand_in_of
    from simulacra.observe.clouds import clouds_seen

    grid, stand_in = load_grid(context), stand_in_of(os.environ)
    answers, faults = zip(*(_ask(grid, cloud) for cloud in grid.clouds), strict=True) if grid.clouds else ((), ())
    seen = clouds_seen(grid, answers)
    if as_json:
        from simulacra.cli.show_clouds import clouds_plain

        print_json(clouds_plain(seen))
    else:
        from simulacra.cli.show_clouds import show_clouds
        from simulacra.cli.show_lines import stdout

        show_clouds(stdout(), grid, seen, stand_in.place if stand_in is not None else "")
    failed = [fault for fault in faults if fault is not None]
    for fault in failed:
        say_error(str(fault))
    if failed:
        codes = {next(code for kind, code in EXIT_CODES if isinstance(fault, kind)) for fault in failed}
        raise typer.Exit(UNREACHABLE if UNREACHABLE in codes else max(codes))


@app.command("user-data")
def user_data(
    context: typer.Context,
    slot: Annotated[str, typer.Argument(metavar="SLOT", help="A server to be, as burst-t3-small-1.", autocompletion=completion.slots)],
) -> None:
    """Print what a new server is told at its first boot (cloud-init): how it joins the overlay and Nomad. No secret stands in it."""
    from simulacra.render.templates import users_templates
    from simulacra.render.user_data import user_data as render

    grid = load_grid(context)
    cloud, found = _slot(grid, slot)
    typer.echo(render(grid, cloud, found, users_templates(grid_folder(context))), nl=False)


def _ask(grid: Grid, cloud: Cloud) -> tuple[CloudAnswer, Fault | None]:
    """What the cloud says, and what went wrong with it: then the other clouds are shown all the same."""
    from simulacra.gateways.cloud import connect_cloud
    from simulacra.observe.clouds import CloudAnswer

    offers = None
    try:
        gateway = connect_cloud(grid.name, cloud, tell=say_patience)
        offers = gateway.offers()
        return CloudAnswer(cloud, offers, gateway.servers()), None
    except Fault as fault:
        return CloudAnswer(cloud, offers, problem=str(fault)), fault


def _slot(grid: Grid, name: str) -> tuple[Cloud, Slot]:
    from difflib import get_close_matches

    from simulacra.model.cloud import slots_of

    slots = {slot.name: (cloud, slot) for cloud in grid.clouds for slot in slots_of(cloud)}
    if name not in slots:
        near = get_close_matches(name, sorted(slots), 1)
        hint = f"did you mean {near[0]}?" if near else "`simulacra clouds` shows the clouds and their sizes"
        raise Usage(f"no cloud of grid {grid.name} has a slot {name}; {hint}")
    return slots[name]
