"""``--grid`` after a command's name, where most people write it, beside the one before it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup, TyperOption

_HELP = "The folder with the grid's definitions."
GridOption = Annotated[Path, typer.Option("--grid", metavar="DIR", envvar="SIMULACRA_GRID", help=_HELP)]
"""Before the command."""


class WithGrid(TyperGroup):
    """All commands below it take ``--grid`` too."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            _extend(found, next(it.type for it in self.params if "--grid" in it.opts))
        return found


def _extend(command: Any, folder: Any) -> None:
    """The command, and those of a group."""
    if not any("--grid" in it.opts for it in command.params):
        option = TyperOption(
            param_decls=["--grid"],
            type=folder,
            metavar="DIR",
            help=_HELP,
            show_default="that before the command",
            expose_value=False,
            callback=_given,
        )
        command.params.append(option)
    for one in getattr(command, "commands", {}).values():
        _extend(one, folder)


def _given(context: typer.Context, _: object, value: Path | str | None) -> None:
    if value is not None:
        context.obj = Path(value)
