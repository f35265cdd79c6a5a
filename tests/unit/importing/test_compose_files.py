"""Compose files as people have them become these definitions, and what is lost or other is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from compose_cases import CASES, EXPECTED, NOTES, import_case, outcome

from simulacra.definitions.reader import read_file
from simulacra.hcl.format import format_text


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
class TestCase:
    def test_becomes_these_definitions(self, folder: Path) -> None:
        assert outcome(folder)[0] == (folder / EXPECTED).read_text()

    def test_is_told_what_is_lost_or_other(self, folder: Path) -> None:
        assert outcome(folder)[1] == (folder / NOTES).read_text()

    def test_definitions_are_read_without_a_problem_and_laid_out(self, folder: Path) -> None:
        text = (folder / EXPECTED).read_text()
        read = read_file("services.hcl", text.encode())
        assert read.problems == ()
        assert {it.name for it in read.definitions} == {it.name for it in import_case(folder).definitions}
        assert format_text(text) == text
