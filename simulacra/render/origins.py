"""Where the lines of rendered jobspecs stand in the definitions: Nomad knows the former only, and people write the latter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from simulacra.hcl.syntax import SyntaxFaults, parse
from simulacra.model.grid import Grid
from simulacra.model.service import Service
from simulacra.model.source import Source
from simulacra.model.verbatim import Verbatim
from simulacra.render.existing import own_line
from simulacra.render.jobspec import render_job

_DEEPEST = 16
"""Spaces that Nomad's own stanzas are moved to the right by; the shipped template does by 8 at most."""


def origins(grid: Grid, templates: Path | None) -> Callable[[str, int], Source | None]:
    """What tells, by a service's name and a line of its jobspec, where that stands; None where it is written nowhere but in a template."""

    def origin(name: str, line: int) -> Source | None:
        service = grid.service(name)
        return origin_of(grid, service, line, templates) if service is not None else None

    return origin


def origin_of(grid: Grid, service: Service, line: int, templates: Path | None = None) -> Source | None:
    """The same of one service. Lines count from 1."""
    if service.jobspec is not None:
        own = own_line(grid, service, line, templates)
        return Source(service.jobspec.file, own) if own else None
    text, done = render_job(grid, service, templates), 0
    for verbatim in filter(None, _in_order(service)):
        begin, end = _place_of(verbatim, text, done)
        first = text.count("\n", 0, begin) + 1
        if end and first <= line <= text.count("\n", 0, end) + 1:
            return _stood_at(verbatim, line - first + 1)
        done = end or done
    return None


def _in_order(service: Service) -> Iterator[Verbatim]:
    """What stands in the definition as it is, as the shipped template has it one below the other."""
    yield service.job.lifted_body("meta")
    yield service.job
    yield service.group.lifted_body("network")
    yield from (check for port in service.ports for check in port.checks)
    yield service.group
    if service.driver is not None:
        yield service.driver.config
    if service.resources is not None:
        yield service.resources.more
    yield from (body for name, body in service.tasks if name == service.name)
    yield from (body for name, body in service.tasks if name != service.name)


def _place_of(verbatim: Verbatim, text: str, done: int) -> tuple[int, int]:
    """Where it begins and ends in the text, behind ``done`` if it can be; zeros where a template of the user's leaves it out."""
    for start in (done, 0):
        for spaces in range(_DEEPEST + 1):
            written = f"\n{verbatim.indented(spaces)}\n"
            if (found := text.find(written, max(start - 1, 0))) >= 0:
                return found + 1, found + len(written) - 1
    return 0, 0


def _stood_at(verbatim: Verbatim, line: int) -> Source:
    """Where a line of it stood in its file: layout moves no line within an attribute or a block of the top level.

    What was put in front of them, and what a definition's layout broke, stood at the body's own line.
    """
    lifted = {kind for kind, _ in verbatim.lifted}
    stood = [at for name, at in verbatim.names if name.partition(" ")[0] not in lifted]
    try:
        items = parse(verbatim.text).items
    except SyntaxFaults:
        return verbatim.source
    above = [(item.line, at) for item, at in zip(reversed(items), reversed(stood), strict=False) if item.line <= line]
    return Source(verbatim.source.file, above[0][1] + line - above[0][0]) if above else verbatim.source
