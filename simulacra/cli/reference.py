"""``simulacra reference``: every block and key of the definitions."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from simulacra.cli import completion
from simulacra.faults import Usage


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(reference)


def reference(
    block: Annotated[
        str | None,
        typer.Argument(
            metavar="[BLOCK]",
            help="Only this kind of block, as machine or wake.",
            show_default=False,
            autocompletion=completion.block_types,
        ),
    ] = None,
) -> None:
    """Print what each block and key of the definitions takes, its default and an example; Markdown where it isn't a terminal."""
    from simulacra.cli.show_reference import page, sections
    from simulacra.definitions.reference import entries
    from simulacra.definitions.reference import reference as everything

    found = entries(block) if block is not None else ()
    if block is not None and not found:
        raise Usage(_unknown(block))
    text = sections(found) if block is not None else page(everything())
    if not sys.stdout.isatty():
        typer.echo(text, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))


def _unknown(name: str) -> str:
    from simulacra.definitions.problems import did_you_mean
    from simulacra.definitions.reference import block_types, blocks_with
    from simulacra.model.words import listed

    blocks = blocks_with(name)
    if not blocks:
        return f"there is no block {name!r} in the definitions.{did_you_mean(name, block_types())}"
    return f"{name!r} is a key, of the block{'s' * (len(blocks) > 1)} {listed(blocks)}: `simulacra reference {blocks[0]}` shows it"
