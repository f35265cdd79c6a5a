"""A folder of rendered files: what would change in it, and the change itself, each file replaced as a whole."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulacra.faults import Refusal

_MARK = re.compile(r'# Rendered by simulacra: grid "([^"]*)"')


@dataclass(frozen=True, slots=True)
class Changes:
    """File names and texts: ``written`` are new or differ (old text, None for a new one; new text), ``removed`` are gone."""

    written: tuple[tuple[str, str | None, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


def changes(folder: Path, rendered: Mapping[str, str], grid: str, same: frozenset[str] = frozenset()) -> Changes:
    """How the folder differs from what was rendered for a grid; ``same`` are files known to be as they should.

    Only files that carry this grid's mark are ever removed. Raises `Refusal` for a file that would be overwritten
    but wasn't rendered by simulacra.
    """
    old = {path.name: _read(path) for path in folder.glob("*.hcl") if path.name not in same}
    foreign = [name for name in rendered if name in old and _grid_of(old[name]) is None]
    if foreign:
        raise Refusal(
            "\n".join(
                f"{folder / name}: wasn't written by simulacra, and a service would overwrite it: move it away, or rename the service"
                for name in sorted(foreign)
            )
        )
    return Changes(
        tuple((name, old.get(name), text) for name, text in sorted(rendered.items()) if old.get(name) != text),
        tuple((name, text) for name, text in sorted(old.items()) if name not in rendered and _grid_of(text) == grid),
    )


def apply(folder: Path, change: Changes) -> None:
    """Make it so; a file is either the old or the new one, whenever one looks."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, _, text in change.written:
        _replace(folder / name, text)
    for name, _ in change.removed:
        (folder / name).unlink(missing_ok=True)


def difference(folder: Path, change: Changes) -> str:
    """The change as a unified diff."""
    from difflib import unified_diff

    pairs = [*((name, old or "", new) for name, old, new in change.written), *((name, old, "") for name, old in change.removed)]
    lines: list[str] = []
    for name, old, new in sorted(pairs):
        before, after = str(folder / name) if old else "/dev/null", str(folder / name) if new else "/dev/null"
        lines += unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), before, after)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def _grid_of(text: str) -> str | None:
    """The grid that a file was rendered for; None for a file that simulacra didn't write."""
    found = _MARK.match(text)
    return found[1] if found else None


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
