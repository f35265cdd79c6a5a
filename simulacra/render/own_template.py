"""A template of the user's as a service's jobspec: filled in, tidied, and held against what the definition asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulacra.faults import Usage
from simulacra.hcl.format import format_text
from simulacra.hcl.lexer import NEWLINE, tokenize
from simulacra.hcl.syntax import Body, SyntaxFaults, parse
from simulacra.hcl.values import Literal
from simulacra.model.grid import Grid
from simulacra.model.marks import LABEL_RANK, LABEL_ZONE, META_GRID
from simulacra.model.service import Service
from simulacra.model.spread import zone_count
from simulacra.render.environment import fill
from simulacra.render.stanzas import instances_of


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
        body = parse(text)
    except SyntaxFaults as faults:
        first = faults.faults[0]
        line = text.splitlines()[first.line - 1].strip() if first.line <= text.count("\n") + 1 and text else ""
        said = f"line {first.line} of what it becomes, `{line}`: {first.message}"
        raise Usage(f"{templates / template}: {title}: {said}") from faults
    text = format_text(_tidied(text))
    wrong = [*_contrary(grid, service, body)]
    wrong += [f"it leaves out {what}: write {{{{ stanzas.{macro}() }}}}" for what, macro in _left_out(service, text)]
    if wrong:
        raise Usage("\n".join(f"{templates / template}: {title}: {it}" for it in wrong))
    return head + text.lstrip("\n")


def _contrary(grid: Grid, service: Service, body: Body) -> Iterator[str]:
    """Where the job is another than the definition's."""
    jobs = [it for it in body.blocks if it.type == "job"]
    if len(jobs) != 1 or len(jobs[0].labels) != 1:
        yield "it makes no single job: write one block `job {{ service.name | hcl }} { … }`"
        return
    if jobs[0].labels[0] != service.name:
        yield f'its job is named "{jobs[0].labels[0]}", and a service and its job have one name: write job {{{{ service.name | hcl }}}}'
    written = next((it.value for it in jobs[0].body.attributes if it.name == "type"), None)
    kind = "service" if written is None else written.value if isinstance(written, Literal) else None
    if kind != service.type:
        shown = f'of type "{kind}"' if isinstance(kind, str) else "of a type that only Nomad can tell"
        yield f'its job is {shown}, and the definition\'s is "{service.type}": write type = {{{{ service.type | hcl }}}}'
    groups = [it.body for it in jobs[0].body.blocks if it.type == "group"]
    if service.needs is not None and len(groups) != 1:
        yield f"a gate opens one group, and its job has {len(groups)}: give each a job and a service of its own"
    wanted = instances_of(grid, service)
    promised = service.count is not None or service.zones is not None or service.needs is not None
    if promised and wanted is not None and not all(_counts(service, group, wanted, zone_count(grid, service)) for group in groups):
        gated = ", by its gate" if service.needs is not None else ""
        yield f"how many instances a group has isn't what the definition asks for ({wanted}{gated}): write {{{{ stanzas.count() }}}}"


def _counts(service: Service, group: Body, wanted: int, zones: int) -> bool:
    """Whether the group has as many instances as are wanted; as many in each of the zones will do where no number is asked for."""
    written = next((it.value for it in group.attributes if it.name == "count"), None)
    count = 1 if written is None else written.value if isinstance(written, Literal) else None
    if not isinstance(count, int):
        return False
    if service.needs is not None:
        return count == 0
    return count == wanted or (service.count is None and zones > 0 and count > 0 and count % zones == 0)


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
