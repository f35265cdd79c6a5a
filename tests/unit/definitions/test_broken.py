"""Deliberately broken definitions: each fault is marked on its line with ``# ! part of the message``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulacra.definitions import load
from simulacra.definitions.problems import BrokenDefinitions, Problem

BROKEN = Path(__file__).parent / "broken"
MARK = re.compile(r"# ! (.*)$")


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(BrokenDefinitions) as caught:
        load(folder)
    return caught.value.problems


@pytest.mark.parametrize("case", sorted(BROKEN.glob("*.hcl")), ids=lambda path: path.stem)
def test_each_marked_line_is_named_and_no_other(case: Path, tmp_path: Path) -> None:
    (tmp_path / case.name).write_text(case.read_text())
    expected = {number: found[1] for number, line in enumerate(case.read_text().splitlines(), 1) if (found := MARK.search(line))}
    problems = problems_of(tmp_path)
    assert {problem.file for problem in problems} == {str(tmp_path / case.name)}
    told = {problem.line: problem.message for problem in problems}
    assert sorted(told) == sorted(expected), "\n".join(map(str, problems))
    for line, part in expected.items():
        assert part in told[line], f"line {line}: {told[line]}"
