"""A jobspec's text to its outline: what stands where in it, as far as the grid's own stanzas have to do with it."""

from __future__ import annotations

import re

from simulacra.definitions.nomad_bodies import names_of
from simulacra.definitions.problems import Problem
from simulacra.hcl.lexer import COMMENT, END, IDENTIFIER, NEWLINE, QUOTED_TEXT, SEQUENCE_END, tokenize
from simulacra.hcl.syntax import Attribute as SyntaxAttribute
from simulacra.hcl.syntax import Block, Body, SyntaxFaults, parse
from simulacra.hcl.values import Literal
from simulacra.model import jobspec as model
from simulacra.model.marks import LABEL_ZONE, META_DEFINITION, META_GRID

_OPENING_LINE = re.compile(r"(?:[ \t]|/\*(?s:.*?)\*/)*(?:(?:#|//)[^\n]*)?\r?\n")
"""What may follow an opening brace up to the end of its line."""
_LOOKED_INTO = frozenset(("content", "dynamic", "group", "job", "meta", "resources", "task", "update", "variable", "variables"))
_INDENT = re.compile(r"[ \t]*")


def read_outline(file: str, text: str) -> tuple[model.Outline | None, tuple[Problem, ...]]:
    """The outline of a jobspec; None where there are problems."""
    if text.lstrip().startswith("{"):
        return None, (Problem(file, 1, "is JSON: write the jobspec as HCL, or turn it into definitions"),)
    try:
        body = parse(text, _LOOKED_INTO)
    except SyntaxFaults as faults:
        return None, tuple(Problem(file, fault.line, fault.message) for fault in faults.faults)
    jobs = [block for block in body.blocks if block.type == "job"]
    if not jobs:
        return None, (Problem(file, 0, 'has no `job "name" { }` block: it isn\'t a jobspec'),)
    problems = [Problem(file, job.line, f"a jobspec holds one job, and there is one at line {jobs[0].line} already") for job in jobs[1:]]
    if len(jobs[0].labels) != 1:
        problems.append(Problem(file, jobs[0].line, '`job` takes one name: write `job "name" {`'))
    nameless = (it for it in jobs[0].body.blocks if it.type == "group" and len(it.labels) != 1)
    problems += [Problem(file, it.line, '`group` takes one name: write `group "name" {`') for it in nameless]
    meta, wrong = _meta(file, jobs[0].body)
    problems += wrong
    return (None, tuple(problems)) if problems else (_outline(file, body, jobs[0], meta), ())


def _outline(file: str, body: Body, job: Block, meta: model.Opening | model.Expression | None) -> model.Outline:
    return model.Outline(
        name=job.labels[0],
        line=job.line,
        opening=_opening(job),
        job=names_of(job.body, file, job.line),
        meta=meta,
        groups=tuple(group for block in job.body.blocks for group in _groups(file, block)),
        type=_attribute(job.body, "type"),
        id=_attribute(job.body, "id"),
        zone_rule=_zone_rule(job.body),
        declared=tuple(_declared(body)),
        marked=_marked(job.body),
        bare_tasks=next((it.line for it in job.body.blocks if it.type == "task"), 0),
    )


def read_values(file: str, text: str) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """A file of variables' values as HCL expressions by name, in the order of the file."""
    if text.lstrip().startswith("{"):
        return _json_values(file, text)
    try:
        body = parse(text)
    except SyntaxFaults as faults:
        return (), tuple(Problem(file, fault.line, fault.message) for fault in faults.faults)
    wrong = tuple(
        Problem(file, block.line, f"`{block.type}` is a block, and a file of variables holds values only: write `name = value`")
        for block in body.blocks
    )
    return tuple((it.name, it.written) for it in body.attributes), wrong


def _json_values(file: str, text: str) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    import json

    try:
        data = json.loads(text)
    except ValueError as error:
        return (), (Problem(file, getattr(error, "lineno", 0), f"isn't JSON, though it begins with a brace: {error}"),)
    # JSON is an HCL expression as it stands, and so are the templates in its strings
    return tuple((name, json.dumps(value, ensure_ascii=False)) for name, value in data.items()), ()


def _groups(file: str, block: Block) -> list[model.JobGroup]:
    if block.type == "group":
        return [_group(file, block.labels[0] if block.labels else "", block)]
    if block.type == "dynamic" and block.labels == ("group",):
        return [_group(file, "", content) for content in block.body.blocks if content.type == "content"]
    return []


def _group(file: str, name: str, block: Block) -> model.JobGroup:
    body = block.body
    tasks = tuple(_task(inner.body) for inner in body.blocks if inner.type == "task")
    return model.JobGroup(name, _opening(block), names_of(body, file, block.line), _attribute(body, "count"), _zone_rule(body), tasks)


def _task(body: Body) -> model.JobTask:
    asked = next((it.body for it in body.blocks if it.type == "resources"), None)
    sizes = {it.name: it.written for it in asked.attributes} if asked is not None else {}
    return model.JobTask(_attribute(body, "driver").written, *(sizes.get(name, "") for name in ("cpu", "cores", "memory")))


def _opening(block: Block) -> model.Opening:
    body, text = block.body, block.source
    line = _OPENING_LINE.match(text, body.start)
    outer = _indent_of_line(text, block.extent.start)
    if line is None or line.end() > body.end:
        return model.Opening(body.start, body.end, outer + "  ", one_line=True)
    first = next(iter(body.items), None)
    indent = _indent_of_line(text, first.extent.start) if first is not None else ""
    return model.Opening(line.end(), body.end, indent if len(indent) > len(outer) else outer + "  ")


def _indent_of_line(text: str, offset: int) -> str:
    start = text.rfind("\n", 0, offset) + 1
    found = _INDENT.match(text, start)
    return found[0] if found is not None and found.end() <= offset else ""


def _meta(file: str, body: Body) -> tuple[model.Opening | model.Expression | None, list[Problem]]:
    found = [item for item in body.items if "meta" in (item.name if isinstance(item, SyntaxAttribute) else item.type, *_dynamic(item))]
    problems = [Problem(file, item.line, f"`meta` is already there, at line {found[0].line}: put both into one") for item in found[1:]]
    if not found:
        return None, problems
    if isinstance(found[0], SyntaxAttribute):
        start, end = found[0].expression
        return model.Expression(start, end, bool(_keys(found[0].written))), problems
    if found[0].type == "dynamic":
        problems.append(Problem(file, found[0].line, "`meta` must be a plain block or an attribute here, because simulacra adds to it"))
    return _opening(found[0]), problems


def _keys(written: str) -> dict[str, int]:
    """Where the keys of an object are in an expression that is one, with its opening brace; empty for any other expression."""
    tokens = [it for it in tokenize(written) if it[0] not in (COMMENT, NEWLINE)]
    kinds = [kind for kind, _, _ in tokens]
    if kinds[0] != "{" or (len(kinds) > 2 and written[slice(*tokens[1][1:])] == "for" and kinds[2] not in ("=", ":")):
        return {}
    found, depth = {"{": 0}, 0
    for at, (kind, start, end) in enumerate(tokens):
        depth += {"{": 1, "(": 1, "[": 1, "${": 1, "%{": 1, "}": -1, ")": -1, "]": -1, SEQUENCE_END: -1}.get(kind, 0)
        if not depth:
            return found if kinds[at + 1 :] == [END] else {}
        if depth == 1 and kind in (IDENTIFIER, QUOTED_TEXT):
            found.setdefault(written[start:end], start)
    return {}


def _marked(job: Body) -> int:
    """The line of one of the grid's own marks in the job's ``meta``."""
    for item in job.items:
        if isinstance(item, Block) and item.type == "meta":
            found = [it.line for it in item.body.attributes if it.name in (META_GRID, META_DEFINITION)]
        elif isinstance(item, SyntaxAttribute) and item.name == "meta":
            keys = _keys(item.written)
            found = [item.line + item.written.count("\n", 0, keys[it]) for it in (META_GRID, META_DEFINITION) if it in keys]
        else:
            continue
        if found:
            return found[0]
    return 0


def _dynamic(item: SyntaxAttribute | Block) -> tuple[str, ...]:
    return item.labels if isinstance(item, Block) and item.type == "dynamic" else ()


def _attribute(body: Body, name: str) -> model.Attribute:
    found = next((it for it in body.attributes if it.name == name), None)
    return model.Attribute(found.written, found.line) if found is not None else model.Attribute()


def _zone_rule(body: Body) -> int:
    """The line of a constraint on the machines' zone; an inner dynamic block's counts too."""
    rules = (block for block in body.blocks if "constraint" in (block.type, *_dynamic(block)))
    return next((block.line for block in rules if LABEL_ZONE in block.source[block.extent.start : block.extent.end]), 0)


def _declared(body: Body) -> list[model.Variable]:
    found = []
    for block in body.blocks:
        if block.type == "variable" and block.labels:
            written = {it.name: it.written for it in block.body.attributes}
            found.append(model.Variable(block.labels[0], written.get("type", ""), written.get("default", "")))
        elif block.type == "variables":
            found += [model.Variable(it.name, _type_of(it), it.written) for it in block.body.attributes]
    return found


def _type_of(attribute: SyntaxAttribute) -> str:
    """The type of a variable that has only a default, where it is a string or a number; else empty."""
    value = attribute.value
    plain = value.value if isinstance(value, Literal) else None
    if isinstance(plain, str):
        return "string"
    return "number" if isinstance(plain, (int, float)) and not isinstance(plain, bool) else "any"
