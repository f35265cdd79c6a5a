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
        Path | None, typer.Option("--out", metavar="DIR", help="Where to; default: `jobspecs` beside the grid's folder.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; print what would change and exit with 1.")] = False,
) -> None:
    """Write one jobspec for each service, and remove those of services that are gone."""
    from simulacra.cli import rendering
    from simulacra.render.templates import beside

    place = out if out is not None else beside(grid_folder(context)) / "jobspecs"
    outcome = rendering.render_folder(grid_folder(context), place, write=not check)
    if check and outcome.difference:
        typer.echo(outcome.difference, nl=False)
        typer.echo(f"{place}: {outcome.summary}; write it with `simulacra render`", err=True)
        raise typer.Exit(DIFFERENT)
    typer.echo(f"{place}: {outcome.summary}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(validate)
    app.command()(render)
