"""A jobspec of the user's own with the grid's stanzas put into it: every byte of it stays where it is, and order and layout with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from shlex import quote as sh_quote
from textwrap import dedent, indent
from typing import Any

from simulacra.faults import Usage
from simulacra.hcl.lexer import COMMENT, IDENTIFIER, NEWLINE, tokenize
from simulacra.hcl.quote import Unquotable
from simulacra.model.grid import Grid
from simulacra.model.jobspec import Expression, JobGroup, Jobspec, Opening, Outline
from simulacra.model.service import EVERYWHERE_TYPES, Service
from simulacra.model.spread import count_of
from simulacra.model.verbatim import Verbatim
from simulacra.render.environment import macros
from simulacra.render.stanzas import STANZAS, instances_of, stanzas_view

BYTE_ORDER_MARK = "\ufeff"
_READ_FILES = frozenset(("abspath", "file", "filebase64", "fileexists", "fileset", "pathexpand"))
_READS_FILES = re.compile(rf"\b(?:{'|'.join(sorted(_READ_FILES))})\s*\(")
_OF_A_GROUP = ("zones", "spread", "affinity", "disconnect", "update", "gate")

Macros = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A text to be put in at an offset of the jobspec."""

    at: int
    text: str


def add_stanzas(grid: Grid, service: Service, templates: Path | None = None) -> str:
    """The service's own jobspec with what its definition asks for.

    Raises `simulacra.faults.Usage` where a template of the user's is broken, or a string can't arrive as it is.
    """
    spec, title = service.jobspec, f'service "{service.name}"'
    assert spec is not None
    try:
        pieces = stanza_pieces(grid, service, templates)
    except Unquotable as error:
        raise Usage(f"{service.source}: {title} holds a string that Nomad would read as another: it {error}") from error
    return "".join(text for text, _ in _put_together(_head(grid, service, spec), spec, pieces))


def own_line(grid: Grid, service: Service, line: int, templates: Path | None = None) -> int:
    """The line of the service's own jobspec that a line of what `add_stanzas` made of it was; 0 for one that was added."""
    spec, seen = service.jobspec, 1
    assert spec is not None
    for text, at in _put_together(_head(grid, service, spec), spec, stanza_pieces(grid, service, templates)):
        lines = text.split("\n")
        if at is not None and 0 <= line - seen < len(lines) and lines[line - seen].strip():
            return spec.text.count("\n", 0, at) + 1 + line - seen
        seen += len(lines) - 1
    return 0


def _put_together(head: str, spec: Jobspec, pieces: Sequence[Piece]) -> Iterator[tuple[str, int | None]]:
    """The whole in parts; those of the jobspec's own text with where they begin in it."""
    done = len(BYTE_ORDER_MARK) if spec.text.startswith(BYTE_ORDER_MARK) else 0
    line_break = "\r\n" if "\r\n" in spec.text else "\n"
    yield head, None
    for piece in pieces:
        yield spec.text[done : piece.at], done
        yield piece.text.replace("\n", line_break), None
        done = piece.at
    yield spec.text[done:], done


def stanza_pieces(grid: Grid, service: Service, templates: Path | None = None) -> tuple[Piece, ...]:
    """What is put into the service's own jobspec, in the order of its text."""
    spec = service.jobspec
    assert spec is not None
    assert spec.outline is not None
    outline, title = spec.outline, f'service "{service.name}"'
    view = stanzas_view(grid, service, outline.job, Verbatim(), instances_of(grid, service)) | _described(service, outline)
    of_job = macros(STANZAS, view, title, templates)
    pieces = [*_into(spec.text, outline.opening, list(_of_job(service, outline, of_job))), *_meta(spec.text, outline.meta, of_job)]
    for group in outline.groups:
        view = stanzas_view(grid, service, outline.job, group.body, _instances(grid, service, spec, group))
        of_group = macros(STANZAS, view, title, templates)
        pieces += _into(spec.text, group.opening, list(_of_group(service, group, of_group)))
    return tuple(sorted(pieces, key=lambda piece: piece.at))


def reads_files(spec: Jobspec) -> bool:
    """Whether the jobspec calls a function that reads files, which a Nomad server refuses; comments and programs in it may name them."""
    if _READS_FILES.search(spec.text) is None:
        return False
    tokens = [it for it in tokenize(spec.text) if it[0] not in (COMMENT, NEWLINE)]
    calls = (one for one, then in pairwise(tokens) if one[0] == IDENTIFIER and then[0] == "(")
    return any(spec.text[start:end] in _READ_FILES for _, start, end in calls)


def _head(grid: Grid, service: Service, spec: Jobspec) -> str:
    return (
        f'# Rendered by simulacra: grid "{grid.name}", service "{service.name}", from {service.source}\n'
        f"# What it asks for is added to {spec.file}: change it there, not here. Run it: simulacra run {service.name}\n"
        f"{_by_hand(service, spec)}\n"
    )


def _by_hand(service: Service, spec: Jobspec) -> str:
    """How Nomad's own command submits it, seen from where the grid's folder is, if that is one line and reads no other files."""
    given = [*(f"-var-file={it.file}" for it in spec.variable_files), *(f"-var={name}={value}" for name, value in spec.variables)]
    if reads_files(spec) or any(not word.isprintable() for word in given):
        return ""
    file = f"jobspecs/{service.name}.nomad.hcl"
    words = " ".join(map(sh_quote, ["nomad", "job", "run", "-preserve-counts", *given, file]))
    return f"#                 or: {words}\n"


def _described(service: Service, outline: Outline) -> dict[str, Any]:
    """A description is added only where the definition has one: nobody asked for another."""
    return {"describes": bool(service.description or service.links) and not outline.job.has("ui")}


def _instances(grid: Grid, service: Service, spec: Jobspec, group: JobGroup) -> int | None:
    """How many instances of the group there are; None where only Nomad can tell, and of what runs on every machine."""
    if service.type in EVERYWHERE_TYPES:
        return None
    if not group.count.written or service.needs is not None:
        return count_of(grid, service)
    plain = spec.plain(group.count.written)
    return int(plain) if plain.isdigit() else None


def _of_job(service: Service, outline: Outline, text: Macros) -> Iterator[str]:
    if service.priority is not None:
        yield f"priority = {service.priority}"
    yield text("ui")
    if outline.meta is None:
        yield text("meta")
    yield text("tier")


def _of_group(service: Service, group: JobGroup, text: Macros) -> Iterator[str]:
    promised = service.count is not None or service.zones is not None or service.needs is not None
    if promised and not group.count.written and service.type not in EVERYWHERE_TYPES:
        yield text("count")
    yield from map(text, _OF_A_GROUP)


def _into(text: str, opening: Opening, stanzas: list[str]) -> list[Piece]:
    """The stanzas at a block's beginning, moved to where its items stand."""
    body = "\n\n".join(it for stanza in stanzas if (it := dedent(stanza.strip("\n"))))
    return _lines_into(text, opening, indent(body, opening.indent)) if body else []


def _lines_into(text: str, opening: Opening, body: str) -> list[Piece]:
    rest = text[opening.at : opening.end]
    apart = "" if not rest.strip() or re.match(r"[ \t]*\r?\n", rest) else "\n"
    if opening.one_line:
        return [Piece(opening.at, f"\n{body}\n{apart}"), Piece(opening.end, f"\n{opening.indent.removesuffix('  ')}")]
    return [Piece(opening.at, f"{body}\n{apart}")]


def _meta(text: str, meta: Opening | Expression | None, of_job: Macros) -> list[Piece]:
    """The grid's marks, put into the job's own ``meta``."""
    if meta is None:
        return []
    marks = dedent(of_job("marks").strip("\n"))
    if isinstance(meta, Opening):
        return _lines_into(text, meta, indent(marks, meta.indent))
    items = ", ".join(re.sub(r" +=", " =", line) for line in marks.split("\n"))
    if not meta.is_object:
        return [Piece(meta.start, "merge("), Piece(meta.end, f", {{ {items} }})")]
    inside = text[meta.start + 1 : meta.end - 1]
    if re.match(r"[ \t]*\r?\n", inside):
        first = re.search(r"\n([ \t]*)\S", inside)
        return [Piece(meta.start + 1, "\n" + indent(marks, first[1] if first else "    ") + "\n")]
    return [Piece(meta.start + 1, f" {items}" + (", " if inside.strip() and not inside[0].isspace() else "," if inside.strip() else " "))]
