"""One block's syntax to one value of the model, by its schema; all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulacra.definitions.kinds import Wrong
from simulacra.definitions.problems import Problem, did_you_mean, nearest, quoted
from simulacra.definitions.schema import Found, Part, Schema
from simulacra.hcl.strings import unfaithful
from simulacra.hcl.syntax import Block
from simulacra.hcl.values import Literal
from simulacra.model.source import Source


def decode(schema: Schema, block: Block, file: str) -> tuple[Found, tuple[Problem, ...]]:
    """Read a block: all that can be read of it, and the problems of the rest."""
    label, problems = _label(schema, block, file)
    values: dict[str, Any] = {}
    lines = {attribute.name: attribute.line for attribute in block.body.attributes}
    problems += _attributes(schema, block, file, values)
    problems += _blocks(schema, block, file, values, lines)
    return Found(values, label, Source(file, block.line), lines), tuple(problems)


def value_of(schema: Schema, block: Block, file: str) -> tuple[Any, tuple[Problem, ...]]:
    """The model's value of a block; None where there are problems."""
    found, problems = decode(schema, block, file)
    if problems:
        return None, problems
    try:
        return schema.build(found), ()
    except Wrong as wrong:
        return None, (Problem(file, wrong.line, str(wrong)),)


def _label(schema: Schema, block: Block, file: str) -> tuple[str, list[Problem]]:
    if schema.label is None:
        if block.labels:
            return "", [Problem(file, block.line, f"`{block.type}` takes no name: write `{block.type} {{`")]
        return "", []
    if len(block.labels) != 1:
        return "", [Problem(file, block.line, f'`{block.type}` takes one name: write `{block.type} "name" {{`')]
    if reason := unfaithful(block.labels[0]):
        return "", [Problem(file, block.line, f"the name of this `{block.type}` {reason}")]
    try:
        return schema.label.read(Literal(block.line, block.labels[0])), []
    except Wrong as wrong:  # further problems of the block name it as it is written
        return block.labels[0], [Problem(file, block.line, f"the name of this `{block.type}`: {wrong}")]


def _attributes(schema: Schema, block: Block, file: str, values: dict[str, Any]) -> list[Problem]:
    problems = []
    for attribute in block.body.attributes:
        key = schema.keys.get(attribute.name)
        if key is None:
            problems.append(Problem(file, attribute.line, _unknown(schema, block, attribute.name, is_block=False)))
            continue
        try:
            values[key.field or attribute.name] = key.kind.read(attribute.value)
        except Wrong as wrong:
            problems.append(Problem(file, wrong.line, f"`{attribute.name}` {wrong}"))
    given = {attribute.name for attribute in block.body.attributes}
    for name, key in schema.keys.items():
        if key.required and name not in given:
            problems.append(Problem(file, block.line, f"{_titled(block)} lacks `{name}`: {key.doc}; it takes {key.kind.takes}"))
    return problems


def _blocks(schema: Schema, block: Block, file: str, values: dict[str, Any], lines: dict[str, int]) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    rest: list[Block] = []
    for inner in block.body.blocks:
        part = schema.parts.get(inner.type)
        if part is None:
            if schema.rest is not None:
                rest.append(inner)
            else:
                problems.append(Problem(file, inner.line, _unknown(schema, block, inner.type, is_block=True)))
            continue
        mark = (inner.type, inner.labels[0] if part.many and inner.labels else "")
        if mark in seen and not (part.many and not inner.labels):
            title = f"{inner.type} {quoted(mark[1])}" if mark[1] else inner.type
            problems.append(
                Problem(file, inner.line, f"`{title}` is already there, at line {seen[mark]}: put both into one, or remove one")
            )
            continue
        seen[mark] = inner.line
        lines.setdefault(inner.type, inner.line)
        if part.many:
            lines.setdefault(" ".join((inner.type, *inner.labels)), inner.line)
        else:
            lines |= _inner_lines(inner)
        problems += _part(part, inner, file, values)
    if schema.rest is not None and not problems:
        more, wrong = schema.rest(block, file)
        problems += wrong
        values["more"] = more
    return problems


def _part(part: Part, inner: Block, file: str, values: dict[str, Any]) -> list[Problem]:
    field = part.field or inner.type
    if isinstance(part.of, Schema):
        value, problems = value_of(part.of, inner, file)
    elif isinstance(part.of, Mapping):
        value, problems = _variant(part.of, inner, file)
    else:
        value, problems = part.of(inner, file)
    if not problems:
        values[field] = (*values.get(field, ()), value) if part.many else value
    return list(problems)


def _inner_lines(inner: Block) -> dict[str, int]:
    """Where the keys and labelled blocks of a block stand: ``wake.mac``, ``needs.tier server``."""
    keys = {f"{inner.type}.{attribute.name}": attribute.line for attribute in inner.body.attributes}
    return keys | {f"{inner.type}.{' '.join((block.type, *block.labels))}": block.line for block in inner.body.blocks}


def _variant(variants: Mapping[str, Schema], inner: Block, file: str) -> tuple[Any, tuple[Problem, ...]]:
    label = inner.labels[0] if len(inner.labels) == 1 else ""
    if label not in variants:
        ways = " or ".join(f'`{inner.type} "{name}" {{`' for name in variants)
        return None, (Problem(file, inner.line, f"`{inner.type}` takes the name of one way: write {ways}"),)
    return value_of(variants[label], inner, file)


def _titled(block: Block) -> str:
    return f"{block.type} {quoted(block.labels[0])}" if block.labels else f"`{block.type}`"


def _unknown(schema: Schema, block: Block, name: str, *, is_block: bool) -> str:
    from simulacra.definitions.stanzas import place_of

    other = schema.keys if is_block else schema.parts
    if name in other:
        how = f"an attribute: write `{name} = …`" if is_block else f"a block: {_how_written(name, schema.parts[name])}"
        return f"`{name}` in {_titled(block)} is {how}"
    what = "block" if is_block else "key"
    hint = did_you_mean(name, schema.parts if is_block else schema.keys)
    stanza = place_of(name, block.labels[0] if block.labels else "") if block.type == "service" else ""
    if inside := "" if is_block else _inside(schema, name):
        hint = f" A key of that name stands in {inside}."
    elif stanza and "Did you mean" not in hint:
        hint = f" It is Nomad's own: put it into {stanza}, from where it is taken over as it is."
    elif (close := nearest(name, (*schema.keys, *schema.parts))) in other:
        how = "" if is_block else f" ({_how_written(close, schema.parts[close])})"
        hint = f" Did you mean the {'key' if is_block else 'block'} {close!r}?{how}"
    return f"`{name}` isn't a {what} of {_titled(block)}.{hint}"


def _how_written(name: str, part: Part) -> str:
    """A block without a name is shown, of others the reference has an example."""
    if isinstance(part.of, Schema) and part.of.label is None:
        return f"write `{name} {{ … }}`"
    return f"`simulacra reference {name}` shows how it is written"


def _inside(schema: Schema, name: str) -> str:
    """The blocks in a block that take such a key, as people write them; empty where none does."""
    return " or ".join(f"`{head} {{ }}`" for kind, part in schema.parts.items() for head, of in _ways(kind, part) if name in of.keys)


def _ways(kind: str, part: Part) -> list[tuple[str, Schema]]:
    if isinstance(part.of, Mapping):
        return [(f'{kind} "{way}"', of) for way, of in part.of.items()]
    if isinstance(part.of, Schema):
        return [(kind if part.of.label is None else f'{kind} "…"', part.of)]
    return []
