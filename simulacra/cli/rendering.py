"""From a folder of definitions to a folder of jobspecs, doing only what has changed since the last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulacra.definitions import cache
from simulacra.definitions.folder import SourceFile, source_files


@dataclass(frozen=True, slots=True)
class Outcome:
    """``difference`` is a unified diff, empty where there is none or where it was written; ``summary`` says it in words."""

    summary: str
    difference: str = ""


def users_templates(folder: Path) -> Path | None:
    """The templates beside a grid's folder, which win over the shipped ones."""
    templates = folder.resolve().parent / "templates"
    return templates if templates.is_dir() else None


def render_folder(folder: Path, out: Path, *, write: bool) -> Outcome:
    """Bring ``out`` in line with the definitions in ``folder``; with ``write`` false only tell what would change."""
    files = source_files(folder)
    place = cache.cache_file(folder, "rendered")
    inputs = _inputs(folder, files)
    if _still_there(out, cache.read_cache(place), inputs):
        return Outcome(f"{_counted(len(_jobspecs(out)))}, nothing changed")
    from simulacra.definitions import load
    from simulacra.render.files import apply, changes, difference
    from simulacra.render.jobspec import jobspec_file, render_job

    grid = load(folder, files)
    templates = users_templates(folder)
    rendered = {jobspec_file(service): render_job(grid, service, templates) for service in grid.services}
    change = changes(out, rendered, grid.name)
    if write:
        apply(out, change)
    if write or not change:
        texts = {name: cache.digest(text.encode()) for name, text in rendered.items()}
        others = sorted(_jobspecs(out).keys() - texts.keys())
        cache.write_cache(place, {"inputs": inputs, "out": str(out.resolve()), "texts": texts, "others": others})
    new = sum(old is None for _, old, _ in change.written)
    parts = [(new, "new"), (len(change.written) - new, "changed"), (len(change.removed), "removed")]
    told = ", ".join(f"{count} {what}" for count, what in parts if count) or "nothing changed"
    return Outcome(f"{_counted(len(rendered))}, {told}", "" if write else difference(out, change))


def _counted(jobspecs: int) -> str:
    return f"{jobspecs} jobspec" + ("" if jobspecs == 1 else "s")


def _inputs(folder: Path, files: tuple[SourceFile, ...]) -> str:
    """A digest of all that the jobspecs depend on: definitions, templates, and (with the cache itself) our own code."""
    from simulacra.render.templates import template_folders

    parts = [f"{file.name}\0{file.digest}" for file in files]
    for templates in template_folders(users_templates(folder)):
        parts += [f"{path.name}\0{cache.digest(path.read_bytes())}" for path in sorted(templates.rglob("*.j2"))]
    return cache.digest("\n".join(parts).encode())


def _jobspecs(out: Path) -> Mapping[str, Path]:
    return {path.name: path for path in out.glob("*.hcl")}


def _still_there(out: Path, kept: Mapping[str, object], inputs: str) -> bool:
    """Whether the folder holds just what was rendered last, from the very same inputs."""
    texts = kept.get("texts")
    if kept.get("inputs") != inputs or kept.get("out") != str(out.resolve()) or not isinstance(texts, dict):
        return False
    there = _jobspecs(out)
    if sorted(there.keys() - texts.keys()) != kept.get("others"):
        return False
    return all(name in there and cache.digest(there[name].read_bytes()) == text for name, text in texts.items())
