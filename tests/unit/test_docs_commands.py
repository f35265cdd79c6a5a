"""Every command that a page shows is run in the setting that its fence names, or is listed with the reason why not."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pages
import pytest
import typer
from pages import Block

from simulacra.cli.main import app

BLOCKS = pages.blocks()
LANGUAGES = {"sh", "text", "hcl", "ini", "json", "yaml", "lua", "vim"}
HERE = pages.shown("")
CLI: Any = typer.main.get_command(app)
COMMANDS = CLI.commands


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.where)
def test_a_fence_names_its_language_and_its_setting(block: Block) -> None:
    assert block.language in LANGUAGES, "commands stand in ```sh, output in ```text"
    assert set(block.setting) <= {*pages.FOLDERS, *pages.SERVERS}
    assert bool(block.folder) == bool(block.setting), "a setting begins with its folder"
    if block.language == "sh" and not block.setting:
        assert not [it for it in block.commands if it not in pages.NOT_RUN], (
            "in no setting: name one, or list the command in tests/pages.py"
        )


def test_the_lists_hold_nothing_that_no_page_shows() -> None:
    commands = {command for block in BLOCKS for command in block.commands}
    assert not {*pages.NOT_RUN, *pages.STAND_INS} - commands


@pytest.mark.parametrize("page", HERE)
def test_what_needs_no_server_works_as_shown(page: str, tmp_path: Path) -> None:
    pages.check_page(HERE[page], tmp_path, pages.environment(os.environ))


def spoken_of() -> list[tuple[str, str]]:
    """The commands named within texts, with or without ``simulacra`` before them."""
    found = []
    for page, code in sorted(set(pages.inline_code())):
        words = re.split(r"&&|\|", code)[0].split()
        if words[:1] == ["simulacra"] or (words[0] in COMMANDS and any(it.startswith("--") for it in words)):
            found.append((page, " ".join(words).removeprefix("simulacra").strip()))
    return found


@pytest.mark.parametrize(("page", "words"), spoken_of())
def test_a_command_named_in_a_text_exists_with_its_options(page: str, words: str) -> None:
    command, rest = CLI, words.split()
    while rest and getattr(command, "commands", {}) and not rest[0].startswith("-"):
        assert rest[0] in command.commands, f"{page}: simulacra {words}: no {rest[0]}"
        command = command.get_command(command.context_class(command), rest.pop(0))
    command.make_parser(command.context_class(command)).parse_args(rest)  # raises what it doesn't know
