"""``simulacra status`` and ``simulacra doctor``: how the grid is."""

from __future__ import annotations

from typing import Annotated

import typer

from simulacra.cli.context import DIFFERENT, load_grid, print_json, say_patience

Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(status)
    app.command()(doctor)


def status(context: typer.Context, as_json: Json = False) -> None:
    """Show machines by zone and tier, and services with where they run."""
    from simulacra.gateways.nomad import connect
    from simulacra.observe.answers import ask
    from simulacra.observe.services import grid_status

    grid = load_grid(context)
    seen = grid_status(grid, ask(grid, connect(grid, tell=say_patience)))
    if as_json:
        from simulacra.cli.show_status import as_plain

        print_json(as_plain(seen))
        return
    from simulacra.cli.show_lines import stdout
    from simulacra.cli.show_status import show_status

    show_status(stdout(), grid, seen)


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Examine Nomad and the machines; say what to do about what ails; exit 1 if there is a problem."""
    import time
    from dataclasses import asdict

    from simulacra.gateways.nomad import connect
    from simulacra.observe.doctor import examine, findings

    grid = load_grid(context)
    nomad = connect(grid, tell=say_patience)
    agent = nomad.agent()
    found = findings(grid, nomad.settings.address, examine(nomad, agent, time.time()))
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        from simulacra.cli.show_lines import stdout
        from simulacra.cli.show_status import show_findings

        show_findings(stdout(), found)
    if any(finding.level == "problem" for finding in found):
        raise typer.Exit(DIFFERENT)
