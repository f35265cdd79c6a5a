"""Plain data in python-hcl2's syntax tree as values."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from simulacra.hcl.strings import heredoc, unfaithful, unquote
from simulacra.hcl.values import Literal, NotPlainData, Object, Pair

if TYPE_CHECKING:
    from lark import Tree

_DIGITS = re.compile(r"[0-9][0-9.eE+-]*\Z")
_WORDS = {"true": True, "false": False, "null": None}
_LARGEST = Decimal(10) ** 150
"""HashiCorp's numbers have 512 bits: whole numbers are exact up to here."""


def evaluate(tree: Tree[Any], source: str) -> Literal:
    """The value of an expression whose offsets are those of ``source``; `NotPlainData` where no value of ours equals it."""
    start, end = tree.meta.start_pos, tree.meta.end_pos
    line = source.count("\n", 0, start) + 1
    while tree.data == "expr_term":
        tree = tree.children[0]
    match tree.data:
        case "string":
            return Literal(line, _text(source[start:end], line))
        case "int_lit" | "float_lit" | "unary_op":
            return Literal(line, _number(source[start:end], line))
        case "literal_value":
            return Literal(line, _WORDS[source[start:end]])
        case "tuple":
            return Literal(line, tuple(evaluate(child, source) for child in tree.children if _is_value(child)))
        case "object":
            return Literal(line, _object([child for child in tree.children if _is_value(child)], source))
        case _:
            raise NotPlainData(line, "something else")


def _is_value(child: Any) -> bool:
    return getattr(child, "data", "new_line_or_comment") != "new_line_or_comment"


def _object(elements: list[Tree[Any]], source: str) -> Object:
    pairs: dict[str, Pair] = {}
    for element in elements:
        name, _, value = element.children
        written = source[name.meta.start_pos : name.meta.end_pos]
        line = source.count("\n", 0, name.meta.start_pos) + 1
        key = _text(written if written.startswith('"') else f'"{written}"', line)
        if key in pairs:
            raise NotPlainData(line, f"an object that sets `{key}` twice")
        pairs[key] = Pair(key, line, evaluate(value, source))
    return Object(tuple(pairs.values()))


def _text(written: str, line: int) -> str:
    value = heredoc(written) if written.startswith("<<") else unquote(written[1:-1])
    if reason := unfaithful(value):
        raise NotPlainData(line, f"text that {reason}")
    return value


def _number(written: str, line: int) -> int | float:
    found = _DIGITS.search(written)
    assert found is not None
    number = Decimal(found.group())
    if written.startswith("-"):
        number = -number
    if abs(number) > _LARGEST:
        raise NotPlainData(line, "a number as large as that")
    return int(number) if number == number.to_integral_value() else float(number)
