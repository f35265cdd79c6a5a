"""Commands on definitions alone, with no server: `validate` and `render`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulacra.cli.context import DIFFERENT, grid_folder, load_grid


def validate(context: typer.Context) -> None:
    """Check the grid's definitions; names every problem with its file and line."""
    grid = load_grid(context)
    counted = [
        f"{len(found)} {one if len(found) == 1 else many}"
        for found, one, many in (
            (grid.machines, "machine", "machines"),
            (grid.zones, "zone", "zones"),
            (grid.tiers, "tier", "tiers"),
            (grid.clouds, "cloud", "clouds"),
            (grid.services, "service", "services"),
            (grid.peripherals, "peripheral", "peripherals"),
        )
        if found
    ]
    typer.echo(f"grid {grid.name} is sound: {', '.join(counted) or 'nothing defined yet'}")


def render(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where jobspecs go; default: `jobspecs` beside the grid's folder.")
    ] = None,
    autoscaler_out: Annotated[
        Path | None,
        typer.Option(
            "--autoscaler-out",
            metavar="DIR",
            help="Where the autoscaler's files go; default: `autoscaler` beside the grid's folder, nowhere with --out.",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; print what would change and exit with 1.")] = False,
) -> None:
    """Write one jobspec for each service and the Nomad Autoscaler's files, and remove what is no longer defined."""
    from simulacra.cli import rendering
    from simulacra.render.templates import beside

    home = beside(grid_folder(context))
    around = autoscaler_out if autoscaler_out is not None or out is not None else home / "autoscaler"
    folders = rendering.Folders(out if out is not None else home / "jobspecs", around)
    outcomes = rendering.render_folder(grid_folder(context), folders, write=not check)
    differing = [outcome for outcome in outcomes if check and outcome.difference]
    for outcome in differing:
        typer.echo(outcome.difference, nl=False)
        typer.echo(f"{outcome.place}: {outcome.summary}; write it with `simulacra render`", err=True)
    if differing:
        raise typer.Exit(DIFFERENT)
    for outcome in outcomes:
        typer.echo(f"{outcome.place}: {outcome.summary}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(validate)
    app.command()(render)
