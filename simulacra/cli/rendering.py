"""From a folder of definitions to a folder of jobspecs, doing only what has changed since the last time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulacra.definitions import cache
from simulacra.definitions.folder import SourceFile, source_files
from simulacra.faults import Usage
from simulacra.render.files import hcl_files
from simulacra.render.templates import template_folders, users_templates

if TYPE_CHECKING:
    from simulacra.model.grid import Grid
    from simulacra.render.files import Changes


@dataclass(frozen=True, slots=True)
class Outcome:
    """``difference`` is a unified diff, empty where there is none or where it was written; ``summary`` says it in words."""

    summary: str
    difference: str = ""


@dataclass(frozen=True, slots=True)
class _Rendered:
    """What was rendered last, as the cache remembers it.

    ``out``: the folder; ``inputs``: a digest of all that went in; ``keys``: what each jobspec depends on; ``there``: digests of
    the files that stood in the folder afterwards, others' files among them.
    """

    out: str
    inputs: str
    keys: Mapping[str, str]
    there: Mapping[str, str]

    def still_good(self, keys: Mapping[str, str], there: Mapping[str, str]) -> frozenset[str]:
        """The jobspecs that needn't be rendered again: they depend on the same, and nobody touched them."""
        return frozenset(name for name, key in keys.items() if key == self.keys.get(name) and there.get(name, "") == self.there.get(name))


def render_folder(folder: Path, out: Path, *, write: bool) -> Outcome:
    """Bring ``out`` in line with the definitions in ``folder``; with ``write`` false only tell what would change."""
    files = source_files(folder)
    place = cache.cache_file(folder, "rendered")
    templates, there = users_templates(folder), _there(out)
    looks = _digest_of_templates(templates)
    inputs = cache.digest("\n".join([*(f"{file.name}\0{file.digest}" for file in files), looks]).encode())
    last = _last_rendered(place, out)
    if last is not None and (last.inputs, last.there) == (inputs, there):
        return Outcome(f"{_counted(len(last.keys))}, nothing changed")
    from simulacra.definitions import load
    from simulacra.render.extra_jobs import extra_jobs
    from simulacra.render.files import apply, changes, difference
    from simulacra.render.jobspec import jobspec_file, render_job

    grid = load(folder, files)
    extra = extra_jobs(grid, templates)
    keys = _keys(grid, files, inputs if templates is not None else looks) | {name: cache.digest(it.encode()) for name, it in extra.items()}
    same = last.still_good(keys, there) if last is not None else frozenset()
    rendered = {name: render_job(grid, service, templates) for service in grid.services if (name := jobspec_file(service)) not in same}
    rendered |= {name: text for name, text in extra.items() if name not in same}
    change = changes(out, rendered, grid.name, same)
    if not write:
        return Outcome(_told(len(keys), change), difference(out, change))
    apply(out, change)
    removed = {name for name, _ in change.removed}
    now = {name: digest for name, digest in there.items() if name not in removed}
    now |= {name: cache.digest(text.encode()) for name, text in rendered.items()}
    cache.write_cache(place, asdict(_Rendered(str(out.resolve()), inputs, keys, now)))
    return Outcome(_told(len(keys), change))


def _last_rendered(place: Path, out: Path) -> _Rendered | None:
    """What was rendered last into this very folder; None where nothing is known of it."""
    kept = cache.read_cache(place)
    return _Rendered(**kept) if kept.get("out") == str(out.resolve()) else None


def _told(jobspecs: int, change: Changes) -> str:
    new = sum(old is None for _, old, _ in change.written)
    parts = [(new, "new"), (len(change.written) - new, "changed"), (len(change.removed), "removed")]
    told = ", ".join(f"{count} {what}" for count, what in parts if count) or "nothing changed"
    return f"{_counted(jobspecs)}, {told}"


def _there(out: Path) -> dict[str, str]:
    """The files that stand in the folder now, and their digests. Raises `Usage` where it can't be looked into."""
    try:
        return {path.name: cache.digest(path.read_bytes()) for path in hcl_files(out)}
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}: jobspecs can't be kept there; name another folder with --out") from error


def _counted(jobspecs: int) -> str:
    return f"{jobspecs} jobspec" + ("" if jobspecs == 1 else "s")


def _digest_of_templates(users: Path | None) -> str:
    """A digest of every template; one of the user's may include files of any name."""
    found = [path for folder in template_folders(users) for path in sorted(folder.rglob("*")) if path.is_file()]
    try:
        return cache.digest(b"\n".join(os.fsencode(path) + cache.digest(path.read_bytes()).encode() for path in found))
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}: the template can't be read") from error


def _keys(grid: Grid, files: tuple[SourceFile, ...], looks: str) -> dict[str, str]:
    """What each jobspec depends on: the file that its service stands in and where, the grid but for its services, the templates.

    ``looks`` stands for the templates; one of the user's may look at anything, so for those it stands for all that went in.
    """
    from simulacra.render.jobspec import jobspec_file

    around = cache.digest(f"{replace(grid, services=())!r}{looks}".encode())
    digests = {file.name: file.digest for file in files}
    return {jobspec_file(service): f"{service.source} {digests[service.source.file]} {around}" for service in grid.services}
