"""The grid's folder may be named before the command or after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from simulacra.cli.main import app

GRID = Path(__file__).resolve().parents[2] / "e2e" / "grid"


@pytest.mark.parametrize(
    "words",
    [
        ("--grid", GRID, "validate"),
        ("validate", "--grid", GRID),
        ("--grid", "/nowhere", "validate", "--grid", GRID),
    ],
    ids=["before", "after", "the latter counts"],
)
def test_it_is_taken_before_a_command_and_after_it(words: tuple[str | Path, ...]) -> None:
    ran = CliRunner().invoke(app, [str(word) for word in words])
    assert (ran.exit_code, ran.stdout.partition(" is sound")[0]) == (0, "grid e2e"), ran.output


@pytest.mark.parametrize("words", [("lab", "up", "--grid"), ("lab", "--grid"), ("lab", "cloud", "--grid")])
def test_commands_of_a_group_take_it_too(words: tuple[str, ...]) -> None:
    more = ("up",) if words == ("lab", "--grid") else ()
    ran = CliRunner().invoke(app, [*words, "/nowhere", *more, "--help"])
    assert ran.exit_code == 0, ran.output


def test_after_every_command_there_is_one() -> None:
    root: Any = typer.main.get_command(app)
    context = root.make_context("simulacra", ["validate"])
    found = [each for name in root.commands for each in _all(root.get_command(context, name))]
    assert len(found) > 40
    assert [sum("--grid" in it.opts for it in each.params) for each in found] == [1] * len(found)


def _all(command: Any) -> list[Any]:
    return [command, *(each for one in getattr(command, "commands", {}).values() for each in _all(one))]


def test_what_isnt_given_leaves_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "grid.hcl").write_text('grid "other" {}\n')
    ran = CliRunner().invoke(app, ["--grid", str(tmp_path), "validate"])
    assert ran.stdout.startswith("grid other is sound"), ran.output
