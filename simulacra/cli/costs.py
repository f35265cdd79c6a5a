"""``simulacra costs``: what machines and services drew and cost, this month and by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simulacra.cli.context import Json, load_grid, print_json, say_error, say_patience
from simulacra.faults import Usage

if TYPE_CHECKING:
    from simulacra.model.grid import Grid


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(costs)


def costs(
    context: typer.Context,
    month: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help="As 2026-11, instead of this month.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the electricity and the money that machines and services took, this month and by day."""
    import time

    from simulacra.cli.show_costs import costs_plain, show_costs
    from simulacra.cli.show_lines import stdout
    from simulacra.gateways.accounts import Accounts
    from simulacra.gateways.nomad import connect
    from simulacra.observe.costs import month_costs

    now_s = time.time()
    grid = load_grid(context, values=False)
    chosen = _month(grid, month, now_s)
    accounts = Accounts(connect(grid, tell=say_patience), say_error)
    began_s = accounts.began_s()
    year, number = (int(part) for part in chosen.split("-"))
    seen = month_costs(grid.timezone, chosen, accounts.month(year, number), began_s, now_s)
    if as_json:
        print_json(costs_plain(grid, seen))
    else:
        show_costs(stdout(), grid, seen, now_s)


def _month(grid: Grid, wanted: str | None, now_s: float) -> str:
    """The month that is asked for; raises `Usage`."""
    import re

    from simulacra.model.months import day_at

    if wanted is None:
        return f"{day_at(grid.timezone, now_s):%Y-%m}"
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", wanted) or wanted.startswith("0000"):
        raise Usage(f"--month takes a year and a month such as 2026-11, not {wanted!r}")
    return wanted
