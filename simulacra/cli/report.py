"""Problems of definitions as text for people, as GitHub's workflow commands, and as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from simulacra.model.problem import Problem

Places = dict[str, str | int | None]


def text_lines(problems: Sequence[Problem]) -> Iterator[str]:
    """``file:line: message``, as editors and terminals find the way by it; warnings say that they are."""
    for it in problems:
        kind = "warning: " if it.level == "warning" else ""
        yield f"{it.where}: {kind}{it.message}" if it.where else f"{kind}{it.message}"


def github_lines(problems: Sequence[Problem]) -> Iterator[str]:
    """A workflow command for each: GitHub shows it at the line, and in the log, where only the message is seen.

    Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions and the runner's ``ActionCommand``.
    """
    for it in seen_from(repository(), problems):
        said = {"file": it.file, "line": str(it.line or ""), "title": f"simulacra: {it.rule}"}
        properties = ",".join(f"{name}={_property(value)}" for name, value in said.items() if value)
        yield f"::{it.level} {properties}::{_data(str(it))}"


def as_json(problems: Sequence[Problem]) -> list[Places]:
    """A list of objects: ``rule``, ``level``, ``file`` (null: the grid as a whole), ``line`` (null: the whole file), ``message``."""
    return [
        {"rule": it.rule, "level": it.level, "file": it.file or None, "line": it.line or None, "message": it.message}
        for it in seen_from(Path.cwd(), problems)
    ]


def repository() -> Path:
    """The folder that GitHub takes files' names from: its workspace, else the current folder."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    return Path(workspace) if workspace else Path.cwd()


def seen_from(base: Path, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems with their files as seen from a folder, in the order of these; a file that isn't below it keeps its name."""
    return tuple(replace(it, file=_relative(base, it.file)) for it in problems)


def _relative(base: Path, file: str) -> str:
    whole, top = Path(os.path.abspath(file)), Path(os.path.abspath(base))  # noqa: PTH100 - resolve() would follow links
    if file and whole.is_relative_to(top):
        return whole.relative_to(top).as_posix()
    return os.path.normpath(file) if file else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
