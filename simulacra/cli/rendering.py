"""From a folder of definitions to a folder of jobspecs, doing only what has changed since the last time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulacra.definitions import cache
from simulacra.definitions.folder import SourceFile, source_files
from simulacra.faults import Usage
from simulacra.render.files import hcl_files
from simulacra.render.templates import template_folders, users_templates

if TYPE_CHECKING:
    from simulacra.model.grid import Grid


@dataclass(frozen=True, slots=True)
class Outcome:
    """``difference`` is a unified diff, empty where there is none or where it was written; ``summary`` says it in words."""

    summary: str
    difference: str = ""


def render_folder(folder: Path, out: Path, *, write: bool) -> Outcome:
    """Bring ``out`` in line with the definitions in ``folder``; with ``write`` false only tell what would change."""
    files = source_files(folder)
    place = cache.cache_file(folder, "rendered")
    kept = cache.read_cache(place)
    if kept.get("out") != str(out.resolve()):
        kept = {}
    there = _there(out)
    inputs = _inputs(folder, files)
    if kept and kept["inputs"] == inputs and kept["there"] == there:
        return Outcome(f"{_counted(len(kept['keys']))}, nothing changed")
    from simulacra.definitions import load
    from simulacra.render.files import apply, changes, difference
    from simulacra.render.jobspec import jobspec_file, render_job

    grid = load(folder, files)
    templates = users_templates(folder)
    keys = _keys(grid, files, inputs, templates)
    same = {name for name, key in keys.items() if kept and key == kept["keys"].get(name) and there.get(name) == kept["there"].get(name)}
    rendered = {name: render_job(grid, service, templates) for service in grid.services if (name := jobspec_file(service)) not in same}
    change = changes(out, rendered, grid.name, frozenset(same))
    if write:
        apply(out, change)
        gone = {name for name, _ in change.removed}
        now = {name: digest for name, digest in there.items() if name not in gone}
        now |= {name: cache.digest(text.encode()) for name, text in rendered.items()}
        cache.write_cache(place, {"out": str(out.resolve()), "inputs": inputs, "keys": keys, "there": now})
    new = sum(old is None for _, old, _ in change.written)
    parts = [(new, "new"), (len(change.written) - new, "changed"), (len(change.removed), "removed")]
    told = ", ".join(f"{count} {what}" for count, what in parts if count) or "nothing changed"
    return Outcome(f"{_counted(len(keys))}, {told}", "" if write else difference(out, change))


def _there(out: Path) -> dict[str, str]:
    """The files that stand in the folder now, and their digests. Raises `Usage` where it can't be looked into."""
    try:
        return {path.name: cache.digest(path.read_bytes()) for path in hcl_files(out)}
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}: jobspecs can't be kept there; name another folder with --out") from error


def _counted(jobspecs: int) -> str:
    return f"{jobspecs} jobspec" + ("" if jobspecs == 1 else "s")


def _inputs(folder: Path, files: tuple[SourceFile, ...]) -> str:
    """A digest of all that the jobspecs depend on: definitions and templates (our own code is in the cache's version)."""
    return cache.digest("\n".join([*(f"{file.name}\0{file.digest}" for file in files), _templates(users_templates(folder))]).encode())


def _templates(users: Path | None) -> str:
    """A digest of every template; one of the user's may include files of any name."""
    found = [path for folder in template_folders(users) for path in sorted(folder.rglob("*")) if path.is_file()]
    try:
        return cache.digest(b"\n".join(os.fsencode(path) + cache.digest(path.read_bytes()).encode() for path in found))
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}: the template can't be read") from error


def _keys(grid: Grid, files: tuple[SourceFile, ...], inputs: str, templates: Path | None) -> Mapping[str, Any]:
    """What each jobspec depends on: the file that its service stands in and where, the grid but for its services, the templates.

    A template of the user's may look at anything, so with one of those every jobspec depends on everything.
    """
    from simulacra.render.jobspec import jobspec_file

    around = inputs if templates is not None else cache.digest(f"{replace(grid, services=())!r}{_templates(None)}".encode())
    digests = {file.name: file.digest for file in files}
    return {jobspec_file(service): f"{service.source} {digests[service.source.file]} {around}" for service in grid.services}
