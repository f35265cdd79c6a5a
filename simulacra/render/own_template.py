"""A template of the user's as a service's jobspec: filled in, tidied, and held against what the definition asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulacra.faults import Usage
from simulacra.hcl.format import format_text
from simulacra.hcl.lexer import NEWLINE, tokenize
from simulacra.hcl.syntax import SyntaxFaults, parse
from simulacra.model.grid import Grid
from simulacra.model.marks import LABEL_RANK, LABEL_ZONE, META_GRID
from simulacra.model.service import Service
from simulacra.render.environment import fill


def fill_own(grid: Grid, service: Service, view: Mapping[str, Any], templates: Path | None) -> str:
    """The jobspec; ``vars`` are the definition's.

    Raises `Usage` for a template that isn't there, is broken, or leaves out what is asked for.
    """
    title, template = f'service "{service.name}"', service.template or ""
    if templates is None or not (templates / template).is_file():
        where = str(templates) if templates is not None else "the folder `templates` beside the grid's, which isn't there"
        raise Usage(f"{service.source}: {title}: there is no template {template} in {where}: write it, or correct `template`")
    text = fill(template, {**view, "vars": dict(service.variables)}, title, templates)
    head = f'# Rendered by simulacra: grid "{grid.name}", service "{service.name}", from {service.source} by {template}\n\n'
    try:
        parse(text)
    except SyntaxFaults as faults:
        first = faults.faults[0]
        said = f"line {first.line} of what it becomes: {first.message}"
        raise Usage(f"{templates / template}: {title}: {said} (see it with `simulacra render --check`)") from faults
    text = format_text(_tidied(text))
    missing = [f"{what}: write {{{{ stanzas.{macro}() }}}}" for what, macro in _left_out(service, text)]
    if missing:
        raise Usage("\n".join(f"{templates / template}: {title}: it leaves out {it}" for it in missing))
    return head + text.lstrip("\n")


def _left_out(service: Service, text: str) -> Iterator[tuple[str, str]]:
    """What the definition asks for and the text doesn't have, with the macro that writes it."""
    if f"{META_GRID} " not in text:
        yield "the grid's mark, by which it knows its own jobs", "meta"
    if service.tier is not None and LABEL_RANK not in text:
        yield f'the tier "{service.tier}"', "tier"
    if service.zones is not None and (LABEL_ZONE not in text or "distinct_property" not in text):
        yield "the guarantee of `zones`", "zones() }}{{ stanzas.spread"
    if service.needs is not None and f"gate/{service.name}" not in text:
        yield "the gate of `needs`", "count() }}{{ stanzas.gate"
    if service.run_twice and "disconnect" not in text:
        yield "what `run_twice` asks for", "disconnect"


def _tidied(text: str) -> str:
    """Without the blank lines that empty macros leave behind: two in a row, or one behind an opening brace. Heredocs stay as they are."""
    made, done, kinds = [], 0, ["", ""]
    for kind, start, end in tokenize(text):
        if kind == NEWLINE and kinds[1] == NEWLINE and kinds[0] in (NEWLINE, "{"):
            made.append(text[done:start].rstrip(" \t"))
            done = end
        else:
            kinds = [kinds[1], kind]
    return "".join([*made, text[done:]])
