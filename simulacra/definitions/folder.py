"""A folder of definitions: its files, read at once and in parallel, or taken from the cache."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulacra.definitions import cache
from simulacra.definitions.parallel import in_parallel
from simulacra.definitions.problems import BrokenDefinitions, Problem
from simulacra.definitions.reader import FileRead, read_file
from simulacra.faults import Usage

if TYPE_CHECKING:
    from simulacra.model.grid import Grid

_BESIDE = (".nomad.hcl", ".vars.hcl")
"""What may stand among the definitions and isn't one of them."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """``name`` is the file's name for people and in jobspecs: the folder's own name and the path below it."""

    name: str
    content: bytes
    digest: str


def source_files(folder: Path) -> tuple[SourceFile, ...]:
    """Every file of definitions in a folder, read, by name; see `source_paths`.

    Raises `Usage` where there is none, or one that can't be read or named.
    """
    top = folder.resolve()
    try:
        files = tuple(_source_file(top, path) for path in source_paths(folder))
    except OSError as error:
        raise _unreadable(error) from error
    if not files:
        raise Usage(f"the folder {str(folder)!r} has no definitions (*.hcl): write a first set with `simulacra init`")
    return files


def source_paths(folder: Path) -> tuple[str, ...]:
    """The path in the folder of every ``*.hcl`` below it, in order; jobspecs (``*.nomad.hcl``) and hidden files and folders are left out.

    Links are followed. Raises `Usage` where there is no such folder, or one in it can't be looked into.
    """
    if not folder.is_dir():
        raise _no_folder(folder)
    try:
        paths = tuple(sorted(_below(folder.resolve(), "")))
    except OSError as error:
        raise _unreadable(error) from error
    if "autoscaler/agent.hcl" in paths and any(path.startswith("grid/") for path in paths) and all("/" in path for path in paths):
        raise Usage(f"the folder {str(folder)!r} isn't a grid's, it has one: `--grid {folder / 'grid'}`")
    return paths


def _no_folder(folder: Path) -> Usage:
    """That there is none; with the folder that is meant where that can be told."""
    if folder.is_file():
        return Usage(f"{str(folder)!r} is a file: --grid takes the folder that it is in, `--grid {folder.parent}`")
    said = f"there is no folder {str(folder)!r} with a grid's definitions"
    inside = folder == Path("grid")  # nobody named one, and stands in the very folder
    if inside and any(not file.name.startswith(".") and not file.name.endswith(_BESIDE) for file in Path().glob("*.hcl")):
        return Usage(f"{said}; some are here: name this folder with `--grid .`")
    return Usage(f"{said}: name one with --grid, or make one with `simulacra init`")


def carried(grid: Grid, files: tuple[SourceFile, ...]) -> dict[str, str]:
    """What the autoscaler's job takes along, where the grid wants that job, by path in the folder; else nothing.

    These are the definitions, and the jobspecs that they name; values for variables aren't: they may be secrets. Raises `Usage` for a
    jobspec that stands outside of the folder.
    """
    if not grid.autoscaler.job:
        return {}
    found = {file.name.partition("/")[2]: file.content.decode() for file in files}
    top = f"{files[0].name.partition('/')[0]}/"
    for service in grid.services:
        if service.jobspec is not None:
            path = posixpath.normpath(service.jobspec.file)
            if not path.startswith(top):
                said = "the autoscaler's job takes the grid's folder along, and this file isn't in it: move it there"
                raise Usage(f"{service.source}: {path}: {said}")
            found[path.removeprefix(top)] = service.jobspec.text
    return found


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells, without reading a file, whether the definitions may have changed: names, times of change (ns), sizes (bytes).

    Jobspecs and values for their variables in the folder count too.
    """
    top = folder.resolve()
    try:
        return tuple(_looks(path, top / path) for path in sorted(_below(top, "", beside=True)))
    except OSError as error:
        raise _unreadable(error) from error


def looks_of(folder: Path, files: Iterable[str]) -> tuple[tuple[str, int, int], ...]:
    """The same of files that definitions name, wherever they are; those that aren't there are left out."""
    found = []
    for file in sorted(files):
        with suppress(OSError):
            found.append(_looks(file, path_of(folder, file)))
    return tuple(found)


def path_of(folder: Path, file: str) -> Path:
    """Where a file stands that definitions call so: their names are seen from where the grid's folder is."""
    return folder.resolve().parent / file


def _looks(name: str, path: Path) -> tuple[str, int, int]:
    found = path.stat()
    return name, found.st_mtime_ns, found.st_size


def _unreadable(error: OSError) -> Usage:
    return Usage(f"{error.filename}: {error.strerror}: the definitions can't be read")


def _source_file(top: Path, path: str) -> SourceFile:
    name = f"{top.name}/{path}"
    if not name.isprintable():  # it stands in messages and in the jobspecs' first line
        raise Usage(f"{top}: the name of the file {path!r} holds characters that can't be shown: rename it")
    if not (top / path).is_file() and (top / path).exists():
        raise Usage(f"{top / path}: isn't a file that can be read: move it away")
    content = (top / path).read_bytes()
    return SourceFile(name, content, cache.digest(content))


def _below(top: Path, inside: str, above: tuple[str, ...] = (), beside: bool = False) -> Iterator[str]:
    """The files of one folder and those in it; ``above`` are the folders around it, where a link may lead back to.

    ``beside``: with those that aren't definitions themselves.
    """
    here = os.path.realpath(top / inside)
    if here in above:
        return
    with os.scandir(here) as entries:
        for entry in entries:
            path = f"{inside}{entry.name}"
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _below(top, f"{path}/", (*above, here), beside)
            elif entry.name.endswith(".hcl") and (beside or not entry.name.endswith(_BESIDE)):
                yield path


def read_folder(folder: Path, files: tuple[SourceFile, ...]) -> dict[str, FileRead]:
    """Each file's definitions by the file's name; unchanged files come from the cache."""
    from simulacra.definitions.store import from_json

    place = cache.cache_file(folder, "definitions")
    kept = cache.read_cache(place)
    digests = {file.name: file.digest for file in files}
    known = {name: FileRead(from_json(kept[name][1])) for name in digests if name in kept and kept[name][0] == digests[name]}
    fresh = _read_all(tuple(file for file in files if file.name not in known))
    if fresh or kept.keys() != digests.keys():
        _keep(place, kept, digests, known, fresh)
    return {name: fresh.get(name) or known[name] for name in digests}


def _keep(place: Path, kept: dict[str, Any], digests: dict[str, str], known: dict[str, FileRead], fresh: dict[str, FileRead]) -> None:
    from simulacra.definitions.store import to_json

    entries = {name: kept[name] for name in known}
    entries |= {name: [digests[name], to_json(read.definitions)] for name, read in fresh.items() if not read.problems}
    cache.write_cache(place, entries)


def _read_all(files: tuple[SourceFile, ...]) -> dict[str, FileRead]:
    return dict(zip((file.name for file in files), in_parallel(_read, files), strict=True))


def _read(file: SourceFile) -> FileRead:
    return read_file(file.name, file.content)


def broken(folder: Path, problems: tuple[Problem, ...]) -> BrokenDefinitions:
    """The problems with their files as one can open them from here."""
    return BrokenDefinitions(opened(folder, problems))


def opened(folder: Path, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems with their files as one can open them from here."""
    top, beside = folder.resolve(), Path(os.path.normpath(folder / ".."))
    if beside.resolve() != top.parent:  # the folder is a link
        beside = top.parent

    def path(file: str) -> str:
        if not file or file.startswith(f"{top.name}/"):
            return str(folder / file.removeprefix(f"{top.name}/"))
        return os.path.normpath(beside / file)

    return tuple(replace(problem, file=path(problem.file)) for problem in problems)
