"""The names in Nomad's own stanzas that Nomad's parser would refuse: keys that it doesn't know, variables that nobody declares."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.definitions.nomad_grammar import ANYTHING, GRAMMAR, Stanza
from simulacra.definitions.problems import Problem, did_you_mean
from simulacra.hcl.lexer import COMMENT, IDENTIFIER, NEWLINE, tokenize
from simulacra.hcl.syntax import Attribute, Block, Body

_OF_DYNAMIC = frozenset(("for_each", "iterator", "labels"))


def unknown_names(body: Body, kind: str, file: str) -> Iterator[Problem]:
    """Attributes and blocks that Nomad has no place for in a block of that kind (`nomad_grammar.GRAMMAR`), and in those within it."""
    stanza = GRAMMAR[kind]
    for attribute in body.attributes:
        if attribute.name not in stanza.keys:
            yield _misplaced(attribute, stanza, kind, file)
    for block in body.blocks:
        yield from unknown_block(block, stanza, kind, file)


def unknown_block(block: Block, stanza: Stanza, kind: str, file: str) -> Iterator[Problem]:
    """The same of one block that stands in a ``stanza`` of that kind."""
    if block.type == "dynamic" and len(block.labels) == 1:
        yield from _dynamic(block, stanza, kind, file)
    elif block.type not in stanza.blocks:
        yield _misplaced(block, stanza, kind, file)
    else:
        yield from _inside(block.body, stanza.blocks[block.type], file)


def _dynamic(block: Block, stanza: Stanza, kind: str, file: str) -> Iterator[Problem]:
    """A block that makes blocks: what it is called by is what they are."""
    made = block.labels[0]
    if made not in stanza.blocks:
        yield Problem(file, block.line, f"Nomad knows no block `{made}` in `{_shown(kind)}`.{did_you_mean(made, stanza.blocks)}")
        return
    for item in block.body.items:
        if isinstance(item, Block) and item.type == "content":
            yield from _inside(item.body, stanza.blocks[made], file)
        elif isinstance(item, Block) or item.name not in _OF_DYNAMIC:
            name = item.type if isinstance(item, Block) else item.name
            yield Problem(file, item.line, f"a `dynamic` block takes `for_each`, `iterator`, `labels` and a block `content`, not `{name}`")


def _inside(body: Body, kind: str, file: str) -> Iterator[Problem]:
    if kind != ANYTHING:
        yield from unknown_names(body, kind, file)


def _misplaced(item: Attribute | Block, stanza: Stanza, kind: str, file: str) -> Problem:
    is_block = isinstance(item, Block)
    name = item.type if isinstance(item, Block) else item.name
    there = f"in `{_shown(kind)}`"
    if is_block and name in stanza.keys:
        return Problem(file, item.line, f"`{name}` {there} is an attribute: write `{name} = …`")
    if not is_block and name in stanza.blocks:
        return Problem(file, item.line, f"`{name}` {there} is a block: write `{name} {{ … }}`")
    near = did_you_mean(name, (*stanza.blocks, *stanza.keys))
    return Problem(file, item.line, f"Nomad knows no {'block' if is_block else 'key'} `{name}` {there}.{near}")


def _shown(kind: str) -> str:
    """What people call a block of the kind: as it is written."""
    return kind.partition(" of ")[0].rpartition(" ")[2]


def undeclared(body: Body, file: str) -> Iterator[Problem]:
    """``var.…`` and ``local.…``, which are a jobspec's own: definitions declare neither."""
    text = body.text
    if "var" not in text and "local" not in text:
        return
    tokens = [it for it in tokenize(text) if it[0] not in (COMMENT, NEWLINE)]
    for at, (kind, start, end) in enumerate(tokens[:-2]):
        if kind != IDENTIFIER or text[start:end] not in _ROOTS or tokens[at + 1][0] not in (".", "[") or (at and tokens[at - 1][0] == "."):
            continue
        named = text[start : tokens[at + 2][2]] if tokens[at + 1][0] == "." else text[start:end]
        line = body.source.count("\n", 0, body.start + start) + 1
        yield Problem(file, line, f"`{named}` is {_ROOTS[text[start:end]]}, and a definition declares none: {_INSTEAD}")


_ROOTS = {"var": "a variable of a jobspec", "local": "a local value of a jobspec"}
_INSTEAD = "write the value itself, or keep the job as a `jobspec` of your own"
