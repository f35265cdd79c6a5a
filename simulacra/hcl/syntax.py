"""HCL text as bodies, attributes and blocks, as HashiCorp's parser takes it.

python-hcl2 makes the syntax tree. It is more lenient than HashiCorp's parser in places and stricter in others, so it is shown a
text of the same length in which only the structure is left (`simulacra.hcl.skeleton`), and only after `simulacra.hcl.strict` has
found nothing wrong. Offsets in the tree are offsets in the text.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulacra.hcl.evaluate import evaluate
from simulacra.hcl.lexer import BYTE_ORDER_MARK, COMMENT, NEWLINE, QUOTE, Token, tokenize
from simulacra.hcl.skeleton import bodies_but_for, skeleton
from simulacra.hcl.strict import NotPlain, Verdict, examine
from simulacra.hcl.strings import unquote
from simulacra.hcl.values import Literal, NotData, NotPlainData, Object, Pair, Value

if TYPE_CHECKING:
    from lark import Tree


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """``message`` says what is wrong and what to do; ``line`` counts from 1."""

    line: int
    message: str


class SyntaxFaults(Exception):
    """HashiCorp's parser would refuse the text. At most one fault for each line, in order."""

    def __init__(self, faults: tuple[SyntaxFault, ...]) -> None:
        super().__init__("\n".join(f"{fault.line}: {fault.message}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Extent:
    """Where an item stands in its source: ``start`` to ``end`` itself, ``lead`` to ``tail`` with its comments.

    ``lead`` is the start of the line of the first of the comments directly above it, else of its own line, and ``tail`` is past
    the line break after it and the comment on its last line; of an item that shares its line with a brace, its own ends.
    """

    lead: int
    start: int
    end: int
    tail: int


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    line: int
    extent: Extent
    source: str = field(repr=False)
    _expression: Tree[Any] = field(repr=False, compare=False)
    _not_plain: NotPlain | None = field(repr=False, compare=False)

    @property
    def value(self) -> Value:
        """The attribute's value, evaluated now."""
        if self._not_plain:
            return NotData(_line(self.source, self._not_plain.offset), self._not_plain.what)
        try:
            return evaluate(self._expression, self.source)
        except NotPlainData as found:
            return found.reason

    @property
    def expression(self) -> tuple[int, int]:
        """Where the value stands in the source."""
        return int(self._expression.meta.start_pos), self.extent.end

    @property
    def written(self) -> str:
        """The value as written."""
        start, end = self.expression
        return self.source[start:end]

    @property
    def text(self) -> str:
        """The attribute as written, with the comments directly above it and on its last line."""
        return self.source[self.extent.lead : self.extent.tail]


@dataclass(frozen=True, slots=True)
class Block:
    type: str
    labels: tuple[str, ...]
    line: int
    body: Body
    extent: Extent
    source: str = field(repr=False)

    @property
    def text(self) -> str:
        """The block as written, with the comments directly above it and on its last line."""
        return self.source[self.extent.lead : self.extent.tail]


@dataclass(frozen=True, slots=True)
class Body:
    """A file, or what stands between a block's braces.

    ``items`` are the attributes and blocks in the order of the text. ``start`` and ``end`` are offsets into ``source``, the whole
    file; ``line`` is where the body begins.
    """

    items: tuple[Attribute | Block, ...]
    line: int
    start: int
    end: int
    source: str = field(repr=False)

    @property
    def text(self) -> str:
        """The body as written, without its braces."""
        return self.source[self.start : self.end]

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return tuple(item for item in self.items if isinstance(item, Attribute))

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(item for item in self.items if isinstance(item, Block))


def parse(text: str, only: frozenset[str] | None = None) -> Body:
    """A whole file's body; `SyntaxFaults` with all that is wrong if HashiCorp's parser would refuse it.

    ``only``: the types of blocks whose bodies are wanted; those of others have no items then, which saves most of the time.
    """
    tokens = tokenize(text)
    verdict = _faultless(text, tokens)
    from hcl2 import parses_to_tree  # slow to import
    from lark.exceptions import UnexpectedInput

    hollow = bodies_but_for(only, text, tokens) if only is not None else {}
    shown = skeleton(text, tokens, verdict.not_plain, hollow)
    try:
        tree = parses_to_tree(shown)
    except UnexpectedInput as error:
        message = "python-hcl2 can't read this, though HashiCorp's parser can: write it in a plainer form"
        raise SyntaxFaults((SyntaxFault(max(error.line, 1), message),)) from error
    reader = _Reader(text, tokens, {value.start: value for value in verdict.not_plain})
    start = 1 if text.startswith(BYTE_ORDER_MARK) else 0
    return reader.body(tree.children[0], start, len(text))


def check(text: str) -> None:
    """Raises `SyntaxFaults` with all that is wrong if HashiCorp's parser would refuse the text."""
    _faultless(text, tokenize(text))


def _faultless(text: str, tokens: list[Token]) -> Verdict:
    verdict = examine(text, tokens)
    if verdict.faults:
        raise SyntaxFaults(_one_per_line((_line(text, fault.offset), fault.message) for fault in verdict.faults))
    return verdict


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _one_per_line(faults: Any) -> tuple[SyntaxFault, ...]:
    first: dict[int, str] = {}
    for line, message in faults:
        first.setdefault(line, message)
    return tuple(SyntaxFault(line, message) for line, message in sorted(first.items()))


class _Reader:
    __slots__ = ("not_plain", "starts", "text", "tokens")

    def __init__(self, text: str, tokens: list[Token], not_plain: dict[int, NotPlain]) -> None:
        self.text = text
        self.tokens = tokens
        self.starts = [start for _, start, _ in tokens]
        self.not_plain = not_plain

    def body(self, tree: Tree[Any], start: int, end: int) -> Body:
        items = tuple(
            self.attribute(child) if child.data == "attribute" else self.block(child)
            for child in tree.children
            if child.data in ("attribute", "block")
        )
        return Body(items, _line(self.text, start), start, end, self.text)

    def attribute(self, tree: Tree[Any]) -> Attribute:
        children: list[Any] = tree.children
        name, _, expression = children
        start, end = name.meta.start_pos, name.meta.end_pos
        not_plain = self.not_plain.get(expression.meta.start_pos)
        extent = self.extent(start, expression.meta.end_pos)
        return Attribute(self.text[start:end], _line(self.text, start), extent, self.text, expression, not_plain)

    def block(self, tree: Tree[Any]) -> Block:
        children: list[Any] = tree.children
        kind, *labels, opening, body, closing = children
        start = kind.meta.start_pos
        return Block(
            type=self.text[start : kind.meta.end_pos],
            labels=tuple(self.label(label) for label in labels),
            line=_line(self.text, start),
            body=self.body(body, opening.end_pos, closing.start_pos),
            extent=self.extent(start, closing.end_pos),
            source=self.text,
        )

    def label(self, tree: Tree[Any]) -> str:
        written = self.text[tree.meta.start_pos : tree.meta.end_pos]
        return unquote(written[1:-1]) if written.startswith(QUOTE) else written

    def extent(self, start: int, end: int) -> Extent:
        lead, tail = self.lead(start), self.tail(end)
        return Extent(lead, start, end, tail)

    def lead(self, start: int) -> int:
        """Where the comments directly above the item begin, or its line."""
        at = bisect_left(self.starts, start)
        lead = start
        while at > 0:
            kind, begin, _ = self.tokens[at - 1]
            if kind == COMMENT and self.alone(at - 1):
                lead = begin
            elif kind != NEWLINE or self.alone(at - 1) or self.tokens[at - 2][0] != COMMENT:
                break
            at -= 1
        indent = self.text.rfind("\n", 0, lead) + 1
        return indent if not self.text[indent:lead].strip(" \t") else lead

    def alone(self, at: int) -> bool:
        """Whether nothing stands before token ``at`` on its line."""
        return at == 0 or self.text[self.tokens[at - 1][2] - 1] == "\n"

    def tail(self, end: int) -> int:
        """Past the comment and the line break that follow the item on its last line."""
        at = bisect_left(self.starts, end)
        kind, _, tail = self.tokens[at]
        while kind == COMMENT and self.text[tail - 1] != "\n":
            end, at = tail, at + 1
            kind, _, tail = self.tokens[at]
        return tail if kind in (COMMENT, NEWLINE) else end


__all__ = ["Attribute", "Block", "Body", "Extent", "Literal", "NotData", "Object", "Pair", "SyntaxFault", "SyntaxFaults", "Value", "parse"]
