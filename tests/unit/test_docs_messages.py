"""The messages that pages quote are those that the programs say."""

from __future__ import annotations

import ast
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pages
import pytest

from simulacra.definitions import load
from simulacra.faults import Usage

QUOTING = ("docs/troubleshooting.md", "docs/how-it-decides.md")
EMPTY = "\n"
LEAST_LETTERS = 8
"""A text that says less for itself would fit anything."""
FILLED_IN_AT_MOST = 3
"""What is filled in has so many words, or is said by the code too."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the code: the fixed parts of it, with something filled in between them."""

    fixed: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, fixed: tuple[str, ...]) -> Said:
        return cls(fixed, re.compile("(.*?)".join(map(re.escape, fixed)), re.DOTALL))

    def filled_in(self, message: str) -> tuple[str, ...] | None:
        """What is filled in where the message is this text; None where it isn't."""
        found = self.pattern.fullmatch(message) if all(part in message for part in self.fixed) else None
        return found.groups() if found is not None else None


@cache
def code() -> tuple[Said, ...]:
    sources = [*(pages.ROOT / "simulacra").rglob("*.py"), *(pages.ROOT / "templates" / "node").glob("*.py")]
    return tuple(Said.of(fixed) for fixed in sorted({it for path in sources for it in texts(path)}))


def texts(path: Path) -> list[tuple[str, ...]]:
    """The strings of a module and its f-strings, as fixed parts."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        fixed = [""]
        for part in node.values if isinstance(node, ast.JoinedStr) else [node]:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                fixed[-1] += part.value
            else:
                fixed.append("")
        if sum(map(len, fixed)) >= LEAST_LETTERS:
            found.append(tuple(fixed))
    return found


def quoted(page: str) -> list[str]:
    """What stands in quotes in a page's text; those in code aren't meant."""
    found = []
    for inline in pages.inlines(pages.ROOT / page):
        plain = "".join("" if it.type == "code_inline" and '"' in it.content else _as_written(it.type, it.content) for it in inline)
        found += re.findall(r'"([^"]+)"', plain)
    return found


def _as_written(kind: str, content: str) -> str:
    return f"`{content}`" if kind == "code_inline" else " " if kind == "softbreak" else content


def said(message: str) -> bool:
    """Whether the code says so; … at the end stands for more."""
    begin = message.removesuffix("…").strip()
    return any(
        (begin != message and text.fixed[0].startswith(begin))
        or ((values := text.filled_in(message)) is not None and all(map(_may_be_filled_in, values)))
        for text in code()
    )


def _may_be_filled_in(value: str) -> bool:
    return said(value) or all(len(it.split()) <= FILLED_IN_AT_MOST or (it != value and said(it)) for it in re.split("[;:] ", value))


@pytest.mark.parametrize(("page", "message"), [(page, message) for page in QUOTING for message in quoted(page)])
def test_a_message_is_said_by_the_code(page: str, message: str) -> None:
    assert said(message), f"{page}: nothing in the code says: {message}"


def test_the_problems_shown_are_those_of_such_definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = tmp_path / "grid"
    grid.mkdir()
    shutil.copy(pages.ROOT / "grid" / "tiers.hcl", grid)
    (grid / "grid.hcl").write_text('grid "home" {}\n\nzone "attic" {}\n')
    (grid / "machines.hcl").write_text(f'{EMPTY * 28}machine "nas" {{\n  zone      = "attic"\n  boot_time = "soon"\n}}\n')
    (grid / "services.hcl").write_text(f'{EMPTY * 11}service "blog" {{\n  tier = "phones"\n\n  driver "docker" {{}}\n}}\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Usage) as refused:
        load(Path("grid"))
    assert f"{refused.value}\n" in [block.text for block in pages.blocks() if block.page == "docs/definitions.md"]


def test_others_would_be_found_out() -> None:
    assert len(quoted(QUOTING[0])) > 40
    assert not said("no machine that could send its postcard is on in zone attic")
    assert not said("the grid is asleep…")
