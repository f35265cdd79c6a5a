"""The HCL that pages show is valid, and looks as `simulacra fmt` leaves it."""

from __future__ import annotations

import pages
import pytest
from pages import Block

from simulacra.definitions.language import LANGUAGE
from simulacra.definitions.reader import read_file
from simulacra.hcl.format import format_text
from simulacra.hcl.syntax import parse

REFERENCE = "docs/reference.md"
"""It shows blocks out of their places; a test of its own puts them there."""
SHOWN = tuple(block for block in pages.blocks() if block.language == "hcl")


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.where)
def test_hcl_that_is_shown_is_valid(block: Block) -> None:
    body = parse(block.text)
    assert format_text(block.text) == block.text
    if block.page != REFERENCE and body.blocks and all(it.type in LANGUAGE for it in body.blocks):
        assert not [str(problem) for problem in read_file(block.where, block.text.encode()).problems]
