"""Definitions: HCL text to a Grid, or every problem at once."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulacra.definitions.folder import SourceFile
    from simulacra.model.grid import Grid


def load(folder: Path, files: tuple[SourceFile, ...] | None = None) -> Grid:
    """Read every ``*.hcl`` below ``folder`` (or these files of it).

    Raises `simulacra.definitions.problems.BrokenDefinitions` with every problem, each with its file and line.
    """
    from dataclasses import replace

    from simulacra.definitions.folder import broken, read_folder, source_files
    from simulacra.definitions.references import check

    reads = read_folder(folder, files if files is not None else source_files(folder)).values()
    definitions = [definition for read in reads for definition in read.definitions]
    problems = [problem for read in reads for problem in read.problems]
    if all(read.readable for read in reads):
        problems += check(definitions, [name for read in reads for name in read.broken])
    if problems:
        raise broken(folder, tuple(problems))
    by_name = sorted(definitions, key=attrgetter("name"))

    def every(kind: str) -> tuple[Any, ...]:
        return tuple(definition.value for definition in by_name if definition.kind == kind)

    grid: Grid = every("grid")[0]
    return replace(
        grid,
        uplinks=every("uplink"),
        zones=every("zone"),
        tiers=every("tier"),
        machines=every("machine"),
        clouds=every("cloud"),
        services=every("service"),
        peripherals=every("peripheral"),
    )
