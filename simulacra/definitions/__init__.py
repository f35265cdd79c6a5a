"""Definitions: HCL text to a Grid, or every problem at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simulacra.model.proxy import proxies_of, proxy_service

if TYPE_CHECKING:
    from simulacra.definitions.definition import Definition
    from simulacra.definitions.folder import SourceFile
    from simulacra.model.grid import Grid

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Loaded:
    """``named``: digests of the files that the definitions name (jobspecs, values for them), by name."""

    grid: Grid
    named: Mapping[str, str]


def load(folder: Path, files: tuple[SourceFile, ...] | None = None, environment: Mapping[str, str] = NOTHING) -> Grid:
    """Read every ``*.hcl`` below ``folder`` (or these files of it). ``environment`` may have values for jobspecs' variables (NOMAD_VAR_*).

    Raises `simulacra.definitions.problems.BrokenDefinitions` with every problem, each with its file and line.
    """
    return load_all(folder, files, environment=environment).grid


def load_all(
    folder: Path, files: tuple[SourceFile, ...] | None = None, values: bool = True, environment: Mapping[str, str] = NOTHING
) -> Loaded:
    """The same, with the files that the definitions name. ``values`` False: those with variables' values needn't be there."""
    from simulacra.definitions.folder import broken, read_folder, source_files
    from simulacra.definitions.jobspecs import attach
    from simulacra.definitions.references import check

    reads = read_folder(folder, files if files is not None else source_files(folder)).values()
    attached = attach(folder, [definition for read in reads for definition in read.definitions], values, environment)
    definitions = attached.definitions
    problems = [*(problem for read in reads for problem in read.problems), *attached.problems]
    if all(read.readable for read in reads):
        problems += check(definitions, [name for read in reads for name in read.broken])
    if problems:
        raise broken(folder, tuple(problems))
    return Loaded(_grid(definitions), attached.files)


def _grid(definitions: Sequence[Definition]) -> Grid:
    by_name = sorted(definitions, key=attrgetter("name"))

    def every(kind: str) -> tuple[Any, ...]:
        return tuple(definition.value for definition in by_name if definition.kind == kind)

    grid: Grid = every("grid")[0]
    proxies = [proxy_service(it) for it in proxies_of(replace(grid, peripherals=every("peripheral")))]
    return replace(
        grid,
        uplinks=every("uplink"),
        zones=every("zone"),
        tiers=every("tier"),
        machines=every("machine"),
        clouds=every("cloud"),
        services=tuple(sorted((*every("service"), *proxies), key=attrgetter("name"))),
        peripherals=every("peripheral"),
    )
