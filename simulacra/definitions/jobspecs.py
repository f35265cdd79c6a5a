"""The files that definitions name: jobspecs of the user's own, and values for their variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulacra.definitions import cache
from simulacra.definitions.folder import path_of
from simulacra.definitions.parallel import in_parallel
from simulacra.definitions.problems import Problem, problem

if TYPE_CHECKING:
    from simulacra.definitions.definition import Definition
    from simulacra.model.jobspec import Jobspec, Outline, VariableFile
    from simulacra.model.service import JobType, Service

Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """The definitions with the files that they name, and what is wrong with those; ``files``: digests of the contents by path."""

    definitions: tuple[Definition, ...]
    problems: Problems
    files: dict[str, str]


def attach(folder: Path, definitions: Sequence[Definition], values: bool, environment: Mapping[str, str]) -> Attached:
    """Read what the services' definitions name. A definition whose files are broken stays without an outline of them, and isn't whole.

    ``values`` False: a file of variables needn't be there. What depends on one that isn't can't be told then, and isn't judged.
    ``environment``: what it has for the jobspecs' variables counts too.
    """
    named = [it for it in definitions if it.kind == "service" and it.value.jobspec is not None]
    if not named:
        return Attached(tuple(definitions), (), {})
    contents, problems = _contents(folder, named, values)
    outlines = _outlines(folder, {it.value.jobspec.file for it in named}, contents)
    problems += [wrong for _, found in sorted(outlines.items()) for wrong in found[1]]
    done: list[Definition] = []
    for it in definitions:
        if it.kind == "service" and it.value.jobspec is not None:
            filled, wrong = _filled(it.value.jobspec, contents, outlines, values)
            filled = _surrounded(filled, environment)
            problems += wrong
            it = replace(it, value=_typed(it.value, filled), whole=it.whole and filled.outline is not None)
        done.append(it)
    return Attached(tuple(done), tuple(problems), {path: cache.digest(text.encode()) for path, text in contents.items()})


def _surrounded(jobspec: Jobspec, environment: Mapping[str, str]) -> Jobspec:
    """With what the environment has for the variables that it declares."""
    from simulacra.model.jobspec import ENVIRONMENT

    names = sorted({it.name for it in jobspec.outline.declared}) if jobspec.outline is not None else ()
    around = tuple((name, environment[f"{ENVIRONMENT}{name}"]) for name in names if f"{ENVIRONMENT}{name}" in environment)
    return replace(jobspec, around=around) if around else jobspec


def _typed(service: Service, jobspec: Jobspec) -> Service:
    """The service with what was read of its jobspec, and with the type that the job has by it."""
    said = jobspec.plain(jobspec.outline.type.written) if jobspec.outline is not None else ""
    known: Mapping[str, JobType] = {"service": "service", "batch": "batch", "system": "system", "sysbatch": "sysbatch"}
    return replace(service, jobspec=jobspec, type=known.get(said, "service"))


def digests_of(folder: Path, files: Iterable[str]) -> dict[str, str]:
    """The digests of the files' contents as they are now, by name; those that can't be read are left out."""
    found = {}
    for file in files:
        with suppress(OSError):
            found[file] = cache.digest(path_of(folder, file).read_bytes())
    return found


def _contents(folder: Path, named: Sequence[Definition], values: bool) -> tuple[dict[str, str], list[Problem]]:
    """The texts of all files that are named, by their names; a problem for each that can't be read, where it is named."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for it in named:
        for key, file in _files(it.value.jobspec):
            if file in texts:
                continue
            try:
                texts[file] = path_of(folder, file).read_bytes().decode()
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                problems.append(Problem(file, line, "isn't UTF-8 text: save the file as UTF-8"))
            except OSError as error:
                if key == "var_files" and not values:
                    continue
                problems.append(problem(it.at(key), f'service "{it.name}": {file}: {error.strerror}: correct `{key}`'))
    return texts, problems


def _files(jobspec: Jobspec) -> Iterator[tuple[str, str]]:
    yield "jobspec", jobspec.file
    yield from (("var_files", it.file) for it in jobspec.variable_files)


def _outlines(folder: Path, files: Iterable[str], contents: dict[str, str]) -> dict[str, tuple[Outline | None, Problems]]:
    """Each jobspec's outline by its name; those of files that haven't changed come from the cache."""
    from simulacra.definitions.store import from_json, to_json

    place = cache.cache_file(folder, "jobspecs")
    kept = cache.read_cache(place)
    there = {file: cache.digest(contents[file].encode()) for file in sorted(files) if file in contents}
    known: dict[str, tuple[Outline | None, Problems]] = {
        file: (from_json(kept[file][1]), ()) for file, digest in there.items() if file in kept and kept[file][0] == digest
    }
    fresh = dict(in_parallel(_read, [(file, contents[file]) for file in there if file not in known]))
    if fresh or kept.keys() != there.keys():
        entries: dict[str, Any] = {file: kept[file] for file in known}
        entries |= {file: [there[file], to_json(outline)] for file, (outline, wrong) in fresh.items() if not wrong}
        cache.write_cache(place, entries)
    return known | fresh


def _read(named: tuple[str, str]) -> tuple[str, tuple[Outline | None, Problems]]:
    from simulacra.definitions.jobspec_outline import read_outline

    return named[0], read_outline(*named)


def _filled(
    jobspec: Jobspec, contents: dict[str, str], outlines: dict[str, tuple[Outline | None, Problems]], values: bool
) -> tuple[Jobspec, list[Problem]]:
    from simulacra.definitions.jobspec_outline import read_values

    problems: list[Problem] = []
    files: list[VariableFile] = []
    named = [it for it in jobspec.variable_files if values or it.file in contents]
    for it in named:
        given, wrong = read_values(it.file, contents.get(it.file, ""))
        problems += wrong
        files.append(replace(it, text=contents.get(it.file, ""), values=given))
    outline, _ = outlines.get(jobspec.file, (None, ()))
    missing = problems or any(it.file not in contents for it in files)
    filled = replace(jobspec, text=contents.get(jobspec.file, ""), variable_files=tuple(files), outline=None if missing else outline)
    return replace(filled, lacks_values=len(named) < len(jobspec.variable_files)), problems
