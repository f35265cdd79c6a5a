"""Nomad's own stanzas in a service's definition: taken over as they are, comments and all.

Only the layout is brought into `nomad fmt`'s. Blocks that simulacra has a share in are lifted out, to be put together again.
"""

from __future__ import annotations

from simulacra.definitions.nomad_grammar import ANYTHING, GRAMMAR
from simulacra.definitions.nomad_names import undeclared, unknown_block, unknown_names
from simulacra.definitions.problems import Problem
from simulacra.hcl.format import format_text
from simulacra.hcl.lexer import CLOSING_HEREDOC, COMMENT, HEREDOC, HEREDOC_TEXT, QUOTED_TEXT, tokenize
from simulacra.hcl.strings import unfaithful, unquote
from simulacra.hcl.syntax import Attribute, Block, Body
from simulacra.hcl.values import Literal
from simulacra.model.service import Driver
from simulacra.model.source import Source
from simulacra.model.verbatim import Verbatim

Problems = tuple[Problem, ...]

_CHECK_DEFAULTS = (("interval", '"10s"'), ("timeout", '"2s"'))
"""Nomad demands both; a service's definition needn't."""


def job(block: Block, file: str) -> tuple[Verbatim, Problems]:
    """A service's ``job { }``."""
    return _unlabelled(block, file, "meta")


def group(block: Block, file: str) -> tuple[Verbatim, Problems]:
    """A service's ``group { }``."""
    return _unlabelled(block, file, "network")


def task(block: Block, file: str) -> tuple[tuple[str, Verbatim], Problems]:
    """A service's ``task "name" { }``: its name and its body."""
    problems = (*_one_label(block, file, "the name of a task"), *_refused(block.body, "task", file))
    if not problems and any(character in block.labels[0] for character in "/\0"):
        problems = (Problem(file, block.line, "the name of a task can't hold a slash or a null character: Nomad makes a folder of it"),)
    return (block.labels[0] if block.labels else "", verbatim(block.body, file, block.line)), problems


def driver(block: Block, file: str) -> tuple[Driver, Problems]:
    """A service's ``driver "name" { }``: the body of Nomad's ``config``."""
    what = 'the name of a task driver, for example `driver "docker" {`'
    problems = (*_one_label(block, file, what), *_refused(block.body, ANYTHING, file))
    return Driver(block.labels[0] if block.labels else "", verbatim(block.body, file, block.line)), problems


def check(block: Block, file: str) -> tuple[Verbatim, Problems]:
    """A port's ``check { }``, with the interval and the timeout that Nomad demands."""
    given = {attribute.name for attribute in block.body.attributes}
    problems = tuple(
        Problem(file, block.line, message)
        for message, wrong in (
            ("`check` takes no name: write `check {`", bool(block.labels)),
            ('`check` lacks `type`: how it is checked, for example "http" (with `path`) or "tcp"', "type" not in given),
        )
        if wrong
    )
    missing = "".join(f"{name} = {value}\n" for name, value in _CHECK_DEFAULTS if name not in given)
    return verbatim(block.body, file, block.line, more=missing), (*problems, *_refused(block.body, "check", file))


def other_blocks(block: Block, file: str) -> tuple[Verbatim, Problems]:
    """The blocks of a body whose attributes are simulacra's own keys (``device`` and ``numa`` in ``resources``)."""
    text = "\n".join(inner.text.strip("\n") + "\n" for inner in block.body.blocks)
    unknown = (wrong for inner in block.body.blocks for wrong in unknown_block(inner, GRAMMAR["resources"], "resources", file))
    return _made(text, _names(*block.body.blocks), Source(file, block.line)), (*unknown, *_refused(block.body, ANYTHING, file))


def verbatim(body: Body, file: str, line: int, *, lift: str = "", more: str = "", after: str = "") -> Verbatim:
    """A body in `nomad fmt`'s layout. The block of type ``lift`` is taken out; ``more`` is put in front, ``after`` behind."""
    lifted = tuple((inner.type, _lifted(inner, file)) for inner in body.blocks if inner.type == lift)
    text = more + _rest(body, lift).lstrip("\n")
    if after:
        text = f"{text.rstrip()}\n{after}"
    return _made(text, _names(*body.items), Source(file, line), lifted, _canary(body))


def names_of(body: Body, file: str, line: int) -> Verbatim:
    """What stands in a body, without its text."""
    return Verbatim("", (), _names(*body.items), (), _canary(body), Source(file, line))


def _made(
    text: str, names: tuple[tuple[str, int], ...], source: Source, lifted: tuple[tuple[str, Verbatim], ...] = (), canary: int = 0
) -> Verbatim:
    if not text.strip():
        return Verbatim("", (), names, lifted, canary, source)
    formatted = format_text(_line_feeds(text).strip() + "\n")
    return Verbatim(formatted, _fixed_lines(formatted), names, lifted, canary, source)


def _names(*items: Attribute | Block) -> tuple[tuple[str, int], ...]:
    return tuple((item.name if isinstance(item, Attribute) else " ".join(_type_and_labels(item)), item.line) for item in items)


def _type_and_labels(block: Block) -> tuple[str, ...]:
    """What a block is; ``dynamic "update"`` makes blocks of type ``update``, whose labels only Nomad works out."""
    return block.labels if block.type == "dynamic" and block.labels else (block.type, *block.labels)


def _rest(body: Body, lift: str) -> str:
    """The body's text without the blocks that are lifted out, and without the blank lines that they would leave."""
    parts, at = [], body.start
    for inner in body.blocks:
        if inner.type == lift:
            parts.append(body.source[at : inner.extent.lead].rstrip() + "\n\n")
            at = inner.extent.tail
    rest = body.source[at : body.end]
    return "".join(parts) + (rest.lstrip("\n") if parts else rest)


def _lifted(block: Block, file: str) -> Verbatim:
    """A lifted block's body, between the comments that stood above the block and behind it."""
    above = block.source[block.extent.lead : block.extent.start].strip()
    behind = block.source[block.extent.end : block.extent.tail].strip()
    return verbatim(block.body, file, block.line, more=f"{above}\n" if above else "", after=behind)


def _canary(body: Body) -> int:
    """The line of an ``update`` block's canary in a body, 0 for none."""
    return next((found for inner in body.blocks if _type_and_labels(inner)[0] == "update" and (found := _canary_of(inner))), 0)


def _canary_of(update: Block) -> int:
    bodies = (update.body, *(inner.body for inner in update.body.blocks))  # of a dynamic block the `content`
    for attribute in (attribute for body in bodies for attribute in body.attributes):
        value = attribute.value
        if attribute.name == "canary" and not (isinstance(value, Literal) and value.value == 0):
            return attribute.line
    return 0


def _line_feeds(text: str) -> str:
    """The text with plain line feeds, but for heredocs: there a carriage return is part of what Nomad gets."""
    if "\r" not in text:
        return text
    parts, at, depth = [], 0, 0
    for kind, start, end in tokenize(text):
        if kind == HEREDOC:
            if not depth:
                parts.append(text[at:start].replace("\r\n", "\n"))
                at = start
            depth += 1
        elif kind == CLOSING_HEREDOC:
            depth -= 1
            if not depth:
                parts.append(text[at:end])
                at = end
    return "".join(parts) + text[at:].replace("\r\n", "\n")


def _fixed_lines(text: str) -> tuple[int, ...]:
    """The lines that begin inside a heredoc or a block comment."""
    if "<<" not in text and "/*" not in text:
        return ()
    fixed: set[int] = set()
    opened: list[int] = []
    for kind, start, end in tokenize(text):
        if kind == HEREDOC:
            opened.append(text.count("\n", 0, end))
        elif kind == CLOSING_HEREDOC:
            fixed.update(range(opened.pop(), text.count("\n", 0, end) + 1))
        elif kind == COMMENT and "\n" in text[start : end - 1]:
            fixed.update(range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 1))
    return tuple(sorted(fixed))


def _refused(body: Body, kind: str, file: str) -> Problems:
    """What Nomad's parser wouldn't take of a body of that kind (of `nomad_grammar.GRAMMAR`), or would take for something else."""
    unknown = unknown_names(body, kind, file) if kind != ANYTHING else ()
    return (*unknown, *undeclared(body, file), *_unfaithful(body, file))


def _unfaithful(body: Body, file: str) -> Problems:
    """The strings of a body that Nomad would read as others than they are written."""
    text = body.text
    if text.isascii() and "\\u" not in text and "\\U" not in text:
        return ()
    found: dict[int, str] = {}
    for kind, start, end in tokenize(text):
        if kind in (QUOTED_TEXT, HEREDOC_TEXT):
            raw = text[start:end]
            reason = unfaithful(unquote(raw) if kind == QUOTED_TEXT else raw)
            if reason:
                found.setdefault(body.source.count("\n", 0, body.start + start) + 1, f"this string {reason}")
    return tuple(Problem(file, line, message) for line, message in found.items())


def _unlabelled(block: Block, file: str, lift: str) -> tuple[Verbatim, Problems]:
    problems = (
        [Problem(file, block.line, f"`{block.type}` takes no name, it is the service's: write `{block.type} {{`")] if block.labels else []
    )
    lifted = [inner for inner in block.body.blocks if inner.type == lift]
    problems += [
        Problem(file, inner.line, f"`{lift}` is already there, at line {lifted[0].line}: put both into one") for inner in lifted[1:]
    ]
    problems += [
        Problem(file, attribute.line, f"`{lift}` must be a block here, because simulacra adds to it: write `{lift} {{ … }}`")
        for attribute in block.body.attributes
        if attribute.name == lift
    ]
    problems += [
        Problem(file, inner.line, f"`{lift}` must be a plain block here, because simulacra adds to it: write `{lift} {{ … }}`")
        for inner in block.body.blocks
        if _type_and_labels(inner)[0] == lift and (inner.type != lift or inner.labels)
    ]
    told = {problem.line for problem in problems}
    refused = (problem for problem in _refused(block.body, block.type, file) if problem.line not in told)
    return verbatim(block.body, file, block.line, lift=lift), (*problems, *refused)


def _one_label(block: Block, file: str, what: str) -> Problems:
    if len(block.labels) != 1 or not block.labels[0].strip():
        return (Problem(file, block.line, f"`{block.type}` takes {what}"),)
    reason = unfaithful(block.labels[0])
    return (Problem(file, block.line, f"the name of this `{block.type}` {reason}"),) if reason else ()
