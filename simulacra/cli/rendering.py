"""From a folder of definitions to folders of what is rendered, doing only what has changed since the last time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulacra.definitions import cache
from simulacra.definitions.folder import SourceFile, carried, source_files
from simulacra.definitions.jobspecs import digests_of
from simulacra.faults import Usage
from simulacra.model.words import numbered
from simulacra.render.files import files_below, hcl_files
from simulacra.render.templates import template_folders, users_templates

if TYPE_CHECKING:
    from simulacra.definitions import Loaded
    from simulacra.model.service import Service
    from simulacra.render.files import Changes


@dataclass(frozen=True, slots=True)
class Folders:
    """Where to: jobspecs, and the Nomad Autoscaler's files (None: not this time)."""

    jobspecs: Path
    autoscaler: Path | None

    @property
    def places(self) -> list[tuple[Path, Callable[[Path], dict[str, Path]]]]:
        """Each folder, and what gives the files in it that may be ours."""
        return [(self.jobspecs, hcl_files), *([(self.autoscaler, files_below)] if self.autoscaler is not None else [])]

    @property
    def names(self) -> list[str]:
        """The folders as the cache remembers them."""
        return [str(out.resolve()) for out, _ in self.places]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``difference`` is a unified diff, empty where there is none or where it was written; ``summary`` says it in words."""

    place: Path
    summary: str
    difference: str = ""


@dataclass(frozen=True, slots=True)
class _Rendered:
    """What was rendered last, as the cache remembers it.

    ``out``: the folders; ``inputs``: a digest of all that went in, but for the files that definitions name: ``named`` has those by name;
    ``keys``: what each jobspec depends on; ``there``: digests of the files that stood in the folders afterwards, others' files among
    them; ``counts``: how many files each has of ours.
    """

    out: list[str]
    inputs: str
    named: Mapping[str, str]
    keys: Mapping[str, str]
    there: list[dict[str, str]]
    counts: list[int]

    def still_good(self, keys: Mapping[str, str], there: Mapping[str, str]) -> frozenset[str]:
        """The jobspecs that needn't be rendered again: they depend on the same, and nobody touched them."""
        before = self.there[0]
        return frozenset(name for name, key in keys.items() if key == self.keys.get(name) and there.get(name, "") == before.get(name))


def render_folder(folder: Path, to: Folders, *, write: bool) -> tuple[Outcome, ...]:
    """Bring the folders in line with the definitions in ``folder``; with ``write`` false only tell what would change.

    The outcomes are those of the jobspecs, then of the autoscaler's files.
    """
    files = source_files(folder)
    place = cache.cache_file(folder, "rendered")
    templates, there = users_templates(folder), [_there(out, listed) for out, listed in to.places]
    looks = digest_of_templates(templates)
    inputs = cache.digest("\n".join([*(f"{file.name}\0{file.digest}" for file in files), looks]).encode())
    last = _last_rendered(place, to)
    if last is not None and (last.inputs, last.there, last.named) == (inputs, there, digests_of(folder, last.named)):
        return _outcomes(to, last.counts, ())
    from simulacra.definitions import load_all
    from simulacra.render.autoscaler import places, render_autoscaler
    from simulacra.render.extra_jobs import extra_jobs
    from simulacra.render.files import apply, changes
    from simulacra.render.jobspec import jobspec_file, render_job

    loaded = load_all(folder, files)
    grid = loaded.grid
    extra = extra_jobs(grid, templates, carried(grid, files))
    keys = _keys(loaded, files, looks if templates is None else f"{inputs} {sorted(loaded.named.items())}")
    keys |= {name: cache.digest(it.encode()) for name, it in extra.items()}
    same = last.still_good(keys, there[0]) if last is not None else frozenset()
    jobs = {name: render_job(grid, service, templates) for service in grid.services if (name := jobspec_file(service)) not in same}
    rendered = [jobs | {name: text for name, text in extra.items() if name not in same}]
    if to.autoscaler is not None:
        rendered.append(render_autoscaler(grid, places(folder, to.autoscaler), templates))
    counts = [len(keys), *(len(texts) for texts in rendered[1:])]
    known = (same, frozenset[str]())
    differ = [changes(out, texts, grid.name, kept, listed) for (out, listed), texts, kept in zip(to.places, rendered, known, strict=False)]
    if write:
        for (out, _), change in zip(to.places, differ, strict=True):
            apply(out, change)
        now = [_afterwards(*one) for one in zip(there, differ, rendered, strict=True)]
        cache.write_cache(place, asdict(_Rendered(to.names, inputs, loaded.named, keys, now, counts)))
    return _outcomes(to, counts, differ, not write)


def _outcomes(to: Folders, counts: Sequence[int], differ: Sequence[Changes], show: bool = False) -> tuple[Outcome, ...]:
    """For each folder; ``differ`` is empty where nothing has changed anywhere."""
    if not differ:
        told = [("nothing changed", "")] * len(counts)
    else:
        from simulacra.render.files import difference

        told = [(_told(change), difference(out, change) if show else "") for (out, _), change in zip(to.places, differ, strict=True)]
    counted = (numbered(number, what) for number, what in zip(counts, ("jobspec", "file"), strict=False))
    return tuple(Outcome(out, f"{number}, {words}", text) for (out, _), number, (words, text) in zip(to.places, counted, told, strict=True))


def _afterwards(there: Mapping[str, str], change: Changes, rendered: Mapping[str, str]) -> dict[str, str]:
    """The digests of a folder's files after the change."""
    removed = {name for name, _ in change.removed}
    kept = {name: digest for name, digest in there.items() if name not in removed}
    return kept | {name: cache.digest(text.encode()) for name, text in rendered.items()}


def _last_rendered(place: Path, to: Folders) -> _Rendered | None:
    """What was rendered last into these very folders; None where nothing is known of them."""
    kept = cache.read_cache(place)
    return _Rendered(**kept) if kept.get("out") == to.names else None


def _told(change: Changes) -> str:
    new = sum(old is None for _, old, _ in change.written)
    parts = [(new, "new"), (len(change.written) - new, "changed"), (len(change.removed), "removed")]
    return ", ".join(f"{count} {what}" for count, what in parts if count) or "nothing changed"


def _there(out: Path, listed: Callable[[Path], dict[str, Path]]) -> dict[str, str]:
    """The files that stand in the folder now, and their digests. Raises `Usage` where it can't be looked into."""
    try:
        return {name: _looks(path) for name, path in listed(out).items()}
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}: what is rendered can't be kept there; name another folder") from error


def _looks(path: Path) -> str:
    """A digest of a file; another one for a program that can't be executed."""
    content = path.read_bytes()
    stuck = content.startswith(b"#!") and not os.access(path, os.X_OK)
    return cache.digest(content) + ("-" if stuck else "")


def digest_of_templates(users: Path | None) -> str:
    """A digest of every template; one of the user's may include files of any name. Raises `Usage` where one can't be read."""
    found = [path for folder in template_folders(users) for path in sorted(folder.rglob("*")) if path.is_file()]
    try:
        return cache.digest(b"\n".join(os.fsencode(path) + cache.digest(path.read_bytes()).encode() for path in found))
    except OSError as error:
        raise Usage(f"{error.filename}: {error.strerror}: the template can't be read") from error


def _keys(loaded: Loaded, files: tuple[SourceFile, ...], looks: str) -> dict[str, str]:
    """What each jobspec depends on: the file that its service stands in and where, the files it names, the grid but for its services, and
    the templates.

    ``looks`` stands for the templates; one of the user's may look at anything, so for those it stands for all that went in.
    """
    from simulacra.render.jobspec import jobspec_file

    around = cache.digest(f"{replace(loaded.grid, services=())!r}{looks}".encode())
    digests = {file.name: file.digest for file in files}

    def own(service: Service) -> str:
        named = [] if service.jobspec is None else [service.jobspec.file, *(it.file for it in service.jobspec.variable_files)]
        return " ".join([str(service.source), digests[service.source.file], *(loaded.named[it] for it in named), around])

    return {jobspec_file(service): own(service) for service in loaded.grid.services}
