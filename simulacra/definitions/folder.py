"""A folder of definitions: its files, read at once and in parallel, or taken from the cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulacra.definitions import cache
from simulacra.definitions.problems import BrokenDefinitions, Problem
from simulacra.definitions.reader import FileRead, read_file
from simulacra.faults import Usage

_PARALLEL_FROM = 40
"""From so many files on a second process pays."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """``name`` is the file's name for people and in jobspecs: the folder's own name and the path below it."""

    name: str
    content: bytes
    digest: str


def source_files(folder: Path) -> tuple[SourceFile, ...]:
    """Every ``*.hcl`` below a folder, by name; jobspecs (``*.nomad.hcl``) and hidden files and folders are left out.

    Links are followed. Raises `Usage` where there is no such folder, no file in it, or one that can't be read or named.
    """
    if not folder.is_dir():
        raise Usage(
            f"there is no folder {str(folder)!r} with a grid's definitions: name one with --grid, or make one with `simulacra init`"
        )
    top = folder.resolve()
    try:
        files = tuple(_source_file(top, path) for path in sorted(_below(top, "")))
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}: the definitions can't be read") from error
    if not files:
        raise Usage(f"the folder {str(folder)!r} has no definitions (*.hcl): write a first set with `simulacra init`")
    return files


def texts(files: tuple[SourceFile, ...]) -> dict[str, str]:
    """The files' texts by their paths in the folder."""
    return {file.name.partition("/")[2]: file.content.decode() for file in files}


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells, without reading a file, whether the definitions may have changed: names, times of change (ns), sizes (bytes)."""
    top = folder.resolve()
    try:
        return tuple((path, (looks := (top / path).stat()).st_mtime_ns, looks.st_size) for path in sorted(_below(top, "")))
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}: the definitions can't be read") from error


def _source_file(top: Path, path: str) -> SourceFile:
    name = f"{top.name}/{path}"
    if not name.isprintable():  # it stands in messages and in the jobspecs' first line
        raise Usage(f"{top}: the name of the file {path!r} holds characters that can't be shown: rename it")
    if not (top / path).is_file() and (top / path).exists():
        raise Usage(f"{top / path}: isn't a file that can be read: move it away")
    content = (top / path).read_bytes()
    return SourceFile(name, content, cache.digest(content))


def _below(top: Path, inside: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The files of one folder and those in it; ``above`` are the folders around it, where a link may lead back to."""
    here = os.path.realpath(top / inside)
    if here in above:
        return
    with os.scandir(here) as entries:
        for entry in entries:
            path = f"{inside}{entry.name}"
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _below(top, f"{path}/", (*above, here))
            elif entry.name.endswith(".hcl") and not entry.name.endswith(".nomad.hcl"):
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
    workers = min(len(os.sched_getaffinity(0)), len(files) // _PARALLEL_FROM)
    if workers < 2:
        return {file.name: _read(file) for file in files}
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    chunk = -(-len(files) // (workers * 4))
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        return dict(zip((file.name for file in files), pool.map(_read, files, chunksize=chunk), strict=True))


def _read(file: SourceFile) -> FileRead:
    return read_file(file.name, file.content)


def broken(folder: Path, problems: tuple[Problem, ...]) -> BrokenDefinitions:
    """The problems with their files as one can open them from here."""
    top = folder.resolve().name

    def opened(problem: Problem) -> Problem:
        name = problem.file.removeprefix(f"{top}/")
        return Problem(str(folder / name) if problem.file else str(folder), problem.line, problem.message)

    return BrokenDefinitions(map(opened, problems))
