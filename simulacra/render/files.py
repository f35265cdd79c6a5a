"""A folder of rendered files: what would change in it, and the change itself, each file replaced as a whole."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simulacra.faults import Refusal, Usage

_MARK = re.compile(r'(?:#![^\n]*\n)?# Rendered by simulacra: grid "([^"]*)"')
_LARGEST = 1 << 20
"""Bytes of a file that may still be one of ours: programs of others' own may stand beside our launchers."""


@dataclass(frozen=True, slots=True)
class Changes:
    """File names (paths in their folder) and texts: ``written`` are new or differ (old text, None for a new one; new text)."""

    written: tuple[tuple[str, str | None, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


def hcl_files(folder: Path) -> dict[str, Path]:
    """The ``*.hcl`` files of a folder, by name; none where there is no such folder. Raises `OSError` where it isn't one."""
    if not os.path.lexists(folder):
        return {}
    return {path.name: path for path in sorted(folder.iterdir()) if path.name.endswith(".hcl") and path.is_file()}


def files_below(folder: Path) -> dict[str, Path]:
    """The files of a folder and of those directly in it, by path in it, but for hidden and very large ones.

    None where there is no such folder. Raises `OSError` where it isn't one.
    """
    if not os.path.lexists(folder):
        return {}
    seen = [path for path in folder.iterdir() if not path.name.startswith(".")]
    deeper = ((f"{place.name}/", path) for place in seen if place.is_dir() for path in place.iterdir() if not path.name.startswith("."))
    found = {f"{inside}{path.name}": path for inside, path in (*(("", path) for path in seen), *deeper) if path.is_file()}
    return {name: path for name, path in sorted(found.items()) if path.stat().st_size <= _LARGEST}


def changes(
    folder: Path,
    rendered: Mapping[str, str],
    grid: str,
    same: frozenset[str] = frozenset(),
    listed: Callable[[Path], dict[str, Path]] = hcl_files,
) -> Changes:
    """How the folder differs from what was rendered for a grid; ``same`` are files known to be as they should.

    ``listed`` gives the files of the folder that may be ours. A text that begins with ``#!`` is a program: it differs, too, where it
    can't be executed.

    Only files that carry this grid's mark are ever removed. Raises `Refusal` for what would be overwritten but wasn't
    rendered for this grid, and `Usage` for a text without the mark: it could never be told from somebody else's.
    """
    if any(_grid_of(text) != grid for text in rendered.values()):
        raise Usage(f'a rendered file must begin with `# Rendered by simulacra: grid "{grid}"`: correct the template')
    old = {name: _read(path) for name, path in listed(folder).items() if name not in same}
    refused = [f"{folder / name}: {why}" for name in sorted(rendered) if (why := _foreign(folder / name, old.get(name), grid))]
    if refused:
        raise Refusal("\n".join(refused))
    return Changes(
        tuple(
            (name, old.get(name), text)
            for name, text in sorted(rendered.items())
            if old.get(name) != text or _is_stuck(folder / name, text)
        ),
        tuple((name, text) for name, text in sorted(old.items()) if name not in rendered and _grid_of(text) == grid),
    )


def apply(folder: Path, change: Changes) -> None:
    """Make it so; a file is either the old or the new one, whenever one looks. Raises `Usage` where it can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, _, text in change.written:
            (folder / name).parent.mkdir(exist_ok=True)
            replace_file(folder / name, text, 0o755 if text.startswith("#!") else 0o644)
        for name, _ in change.removed:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise Usage(f"{error.filename or folder}: {error.strerror}: it can't be written there; name another folder") from error


def difference(folder: Path, change: Changes) -> str:
    """The change as a unified diff, and what only can't be executed."""
    from difflib import unified_diff

    pairs = [*((name, old or "", new) for name, old, new in change.written), *((name, old, "") for name, old in change.removed)]
    lines: list[str] = []
    for name, old, new in sorted(pairs):
        before, after = str(folder / name) if old else "/dev/null", str(folder / name) if new else "/dev/null"
        if old == new:
            lines.append(f"{after}: it can't be executed\n")
        lines += unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), before, after)
    shown = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return shown.encode(errors="surrogateescape").decode(errors="replace")


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def _foreign(path: Path, old: str | None, grid: str) -> str:
    """Why what stands in a rendered file's place mustn't be overwritten; empty where nothing stands there, or one's own."""
    if old is None:
        return "isn't a file, and what is rendered belongs there: move it away" if os.path.lexists(path) else ""
    other = _grid_of(old)
    if other is None:
        return "wasn't written by simulacra, and what is rendered would overwrite it: move it away, or rename the service"
    if other != grid:
        elsewhere = "name another folder (--out, --autoscaler-out)"
        return f'was rendered for the grid "{other}": {elsewhere}, or delete it if that grid is this one, renamed'
    return ""


def _grid_of(text: str) -> str | None:
    """The grid that a file was rendered for; None for a file that simulacra didn't write."""
    found = _MARK.match(text)
    return found[1] if found else None


def _is_stuck(path: Path, text: str) -> bool:
    """Whether it is a program that can't be executed."""
    return text.startswith("#!") and not os.access(path, os.X_OK)


def replace_file(path: Path, text: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Put another file in a file's place in one step; ``owner`` is a user's and a group's number, given where we may give them."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            if owner is not None:
                with suppress(PermissionError):
                    os.fchown(file.fileno(), *owner)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
