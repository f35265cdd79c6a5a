"""Where imported definitions go: never over a file that is there, and only if the grid is sound with them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from simulacra.definitions import load
from simulacra.definitions.cache import digest
from simulacra.definitions.folder import SourceFile, source_files, source_paths
from simulacra.definitions.problems import BrokenDefinitions
from simulacra.definitions.reader import read_file
from simulacra.faults import Refusal, Usage
from simulacra.render.jobspec import render_job

_THERE = "is there already, and stays: move it away, or give --out DIR or --prefix TEXT"


def check_machine(grid_folder: Path, machine: str | None) -> None:
    """Raises `Usage` where there is a grid that doesn't know the machine."""
    if machine is None or not _is_grid(grid_folder):
        return
    grid = load(grid_folder)
    if grid.machine(machine) is None:
        near = get_close_matches(machine, [it.name for it in grid.machines], 1)
        hint = f"did you mean {near[0]!r}?" if near else "add a machine block for it"
        raise Usage(f"--machine {machine}: grid {grid.name} has no such machine; {hint}")


def place_files(grid_folder: Path, out: Path | None, texts: Mapping[str, str]) -> dict[Path, str]:
    """The texts by the files that they go to: ``out``, or the folder ``services`` of the grid.

    Raises `Refusal` where one is there, and `Usage` where the grid would be broken with them.
    """
    folder = out if out is not None else grid_folder / "services"
    placed = {folder / f"{name}.hcl": text for name, text in texts.items()}
    there = [str(path) for path in placed if path.exists() or path.is_symlink()]
    if there:
        raise Refusal("\n".join(f"{path} {_THERE}" for path in there))
    _check(grid_folder, placed, set(texts))
    return placed


def write_new(placed: Mapping[Path, str]) -> Iterator[Path]:
    """Write the files, one after the other; raises `Usage` for what can't be written and `Refusal` for one that has come in between."""
    try:
        for folder in {path.parent for path in placed}:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Usage(f"{problem.filename}: {problem.strerror}: it can't be a folder; name another one with --out") from None
    for path, text in placed.items():
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            raise Refusal(f"{path} {_THERE}") from None
        except OSError as problem:
            raise Usage(f"{path} can't be written: {problem.strerror}; name another folder with --out") from None
        yield path


def _check(grid_folder: Path, placed: Mapping[Path, str], names: set[str]) -> None:
    """The grid with the new files in it; where there is no grid, or it isn't its folder, the files for themselves."""
    files = tuple(_source(grid_folder, path, text) for path, text in placed.items())
    inside = all(path.absolute().is_relative_to(grid_folder.absolute()) for path in placed)
    if not (inside and _is_grid(grid_folder)):
        problems = [problem for file in files for problem in read_file(file.name, file.content).problems]
        if problems:
            raise BrokenDefinitions(problems)
        return
    before = source_files(grid_folder)
    load(grid_folder, before)  # what is wrong with the grid itself is told for itself
    try:
        whole = load(grid_folder, (*before, *files))
    except BrokenDefinitions as broken:
        raise Usage(f"{broken}\nnothing was written: other names (--prefix TEXT) or another folder (--out DIR) may help") from None
    for service in whole.services:
        if service.name in names:
            render_job(whole, service)


def _is_grid(folder: Path) -> bool:
    return folder.is_dir() and bool(source_paths(folder))


def _source(grid_folder: Path, path: Path, text: str) -> SourceFile:
    inside = os.path.relpath(path.absolute(), grid_folder.absolute())
    content = text.encode()
    return SourceFile(f"{grid_folder.resolve().name}/{Path(inside).as_posix()}", content, digest(content))
