"""From files of HCL to the same in the layout of `nomad fmt`: which files, what would change in each, and the change itself."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simulacra.definitions.folder import source_paths
from simulacra.definitions.problems import Problem, quoted
from simulacra.definitions.reader import text_of
from simulacra.faults import Usage
from simulacra.hcl.format import format_text
from simulacra.hcl.syntax import SyntaxFaults, check
from simulacra.render.files import Changes, difference, replace_file

_ENDINGS = (".hcl", ".nomad")
"""Of the files that `nomad fmt` takes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The text of a file as it is, and as it should be; ``name`` is the file's for people."""

    name: str
    old: str
    new: str

    @property
    def differs(self) -> bool:
        return self.old != self.new

    @property
    def difference(self) -> str:
        """A unified diff."""
        return difference(Path(), Changes(((self.name, self.old, self.new),)))


def chosen(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files that are named, and the definitions in the folders that are; each once, in that order.

    Jobspecs are taken by their own names only. Raises `Usage` for a file whose name isn't HCL's, and for a folder that isn't there or
    has no definitions.
    """
    return tuple(dict.fromkeys(file for path in paths for file in _files(path)))


def _files(path: Path) -> Iterator[Path]:
    if path.suffix in _ENDINGS and not path.is_dir():
        yield path
    elif path.exists() and not path.is_dir():
        raise Usage(f"{path}: only folders and files named *.hcl or *.nomad are formatted; `simulacra fmt -` takes any text")
    elif found := source_paths(path):
        yield from (path / name for name in found)
    else:
        raise Usage(f"{path}: has no definitions (*.hcl); jobspecs are formatted by name: `simulacra fmt {path}/*.nomad.hcl`")


def layout_of_file(path: Path) -> Layout | tuple[Problem, ...]:
    """A file's layout, or why there is none."""
    if not str(path).isprintable():
        return (Problem(quoted(str(path)), 0, "its name holds characters that can't be shown: rename it"),)
    try:
        if path.exists() and not path.is_file():
            return (Problem(str(path), 0, "isn't a file that can be formatted"),)
        return layout_of(str(path), path.read_bytes())
    except OSError as error:
        return (Problem(str(path), 0, f"{error.strerror}: it can't be read"),)


def layout_of(name: str, content: bytes) -> Layout | tuple[Problem, ...]:
    """A text's layout, or all that is wrong with its syntax."""
    text = text_of(name, content)
    if isinstance(text, Problem):
        return (text,)
    try:
        check(text)
    except SyntaxFaults as faults:
        return tuple(Problem(name, fault.line, fault.message) for fault in faults.faults)
    return Layout(name, text, format_text(text))


def write(path: Path, text: str) -> Problem | None:
    """Put the text into the file in one step, of a link into what it leads to; its mode stays, and its owner where we may say so.

    What went wrong, if anything did: then the file is as it was.
    """
    try:
        place = path.resolve()
        looks = place.stat()
        place.open("r+b").close()  # what may not be written to isn't replaced either
        replace_file(place, text, stat.S_IMODE(looks.st_mode), (looks.st_uid, looks.st_gid))
    except OSError as error:
        return Problem(str(path), 0, f"{error.strerror}: it can't be written")
    return None
