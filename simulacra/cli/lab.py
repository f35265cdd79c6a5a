from __future__ import annotations

import typer

app = typer.Typer(help="A whole grid on one machine.", no_args_is_help=True)
