"""What Compose's kinds of values are, from nodes: each raises `Broken` with the line where the value is of another kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from simulacra.hcl.strings import unfaithful
from simulacra.importing.notes import Note, broken, left_out
from simulacra.importing.tree import Items, Map, Node, Scalar

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE, _FALSE = frozenset(("true", "y", "yes", "on", "1")), frozenset(("false", "n", "no", "off", "0"))
_WHOLE = re.compile(r"[-+]?[0-9][0-9_]*|[-+]?0[xX][0-9a-fA-F_]+|[-+]?0[oO][0-7_]+|[-+]?0[bB][01_]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MOST = 1e15


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry of what may be a map or a list of ``key=value``; ``value`` is None where only the key stands there."""

    key: str
    value: str | None
    node: Node


def is_null(node: Node | None) -> bool:
    """Whether there is nothing: no key, or a key without a value."""
    return node is None or (isinstance(node, Scalar) and node.plain and node.text in _NULLS)


def text(node: Node) -> str:
    """A string, as Compose reads it: numbers as it would print them."""
    if not isinstance(node, Scalar):
        raise broken(node, f"takes a string, not {_kind(node)}")
    if reason := unfaithful(node.text):
        raise broken(node, f"the string {reason}")
    return "" if is_null(node) else _printed(node.text) if node.plain else node.text


def _printed(plain: str) -> str:
    """A plain scalar as Compose hands it on: ``0x1F`` is the number 31, and ``1.10`` is 1.1. Source: go-yaml's ``resolve``."""
    if plain.lower() in ("true", "false"):
        return plain.lower() if plain in (plain.lower(), plain.upper(), plain.title()) else plain
    if _WHOLE.fullmatch(plain):
        number = _whole(plain)
        if number is not None:
            return str(number)
    clean = plain.replace("_", "")
    if _FLOAT.fullmatch(clean):
        value = float(clean)
        return str(int(value)) if abs(value) < 1e21 and value == int(value) else repr(value)
    return plain


def _whole(plain: str) -> int | None:
    sign, digits = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
    clean = digits.replace("_", "").lower()
    octal = len(clean) > 1 and clean.isdigit() and clean[0] == "0"
    try:
        value = int(clean, 8) if octal else int(clean, 0)
    except ValueError:  # 08 and 09
        return None
    return -value if sign == "-" else value


def texts(node: Node) -> tuple[str, ...]:
    """A list of strings, or a single string as a list of one."""
    if is_null(node):
        return ()
    return (text(node),) if isinstance(node, Scalar) else tuple(text(it) for it in items(node))


def whole(node: Node) -> int:
    """A whole number, also in quotes."""
    written = text(node)
    number = _whole(written) if _WHOLE.fullmatch(written) else None
    if number is None or not -_MOST < number < _MOST:
        raise broken(node, f"takes a whole number, not {written!r}")
    return number


def number(node: Node) -> float:
    """A number that isn't below 0, also in quotes."""
    written = text(node)
    if not _FLOAT.fullmatch(written) or not 0 <= float(written) < _MOST:
        raise broken(node, f"takes a number from 0 to {_MOST:g}, not {written!r}")
    return float(written)


def file_mode(node: Node) -> int:
    """Permissions, in octal also where they are written as if they were a decimal number."""
    written = node.text if isinstance(node, Scalar) else ""
    digits = written.lower().removeprefix("0o")
    if not digits or not set(digits) <= set("01234567") or int(digits, 8) > 0o7777:
        raise broken(node, f"takes permissions such as 0440, not {written!r}")
    return int(digits, 8)


def truth(node: Node) -> bool:
    """True or false, also in quotes."""
    written = text(node).lower()
    if written not in _TRUE | _FALSE:
        raise broken(node, f"takes true or false, not {written!r}")
    return written in _TRUE


def mapping(node: Node | None) -> Map:
    """A map; empty where there is nothing."""
    if node is None or is_null(node):
        return Map((), node.line if node is not None else 0, node.path if node is not None else "")
    if not isinstance(node, Map):
        raise broken(node, f"takes a map, not {_kind(node)}")
    return node


def items(node: Node | None) -> tuple[Node, ...]:
    """A list's values; none where there is nothing."""
    if node is None or is_null(node):
        return ()
    if not isinstance(node, Items):
        raise broken(node, f"takes a list, not {_kind(node)}")
    return node.items


def pairs(node: Node | None) -> tuple[Pair, ...]:
    """A map's entries, or those of a list of ``key=value``; of equal keys in a list the last wins, as in Compose."""
    if node is None or is_null(node):
        return ()
    if isinstance(node, Map):
        return tuple(Pair(key, None if is_null(value) else text(value), value) for key, value in node.pairs)
    if isinstance(node, Scalar):
        raise broken(node, f"takes a map, or a list of NAME=value, not {_kind(node)}")
    found: dict[str, Pair] = {}
    for item in items(node):
        key, equals, value = text(item).partition("=")
        found[key] = Pair(key, value if equals else None, item)
    return tuple(found.values())


def names(node: Node | None) -> tuple[tuple[str, Map], ...]:
    """Names with what is said of each, from a list of names or a map of maps."""
    if isinstance(node, Map):
        return tuple((name, mapping(value)) for name, value in node.pairs)
    return tuple((text(item), Map((), item.line, item.path)) for item in items(node))


def unknown_keys(found: Map, known: Collection[str]) -> Iterator[Note]:
    """A note for each key that isn't known here; ``x-…`` are the author's own."""
    for key, value in found.pairs:
        if key not in known and not key.startswith("x-"):
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else "remove it"
            yield left_out(value, f"Compose has no such key, so nothing was made of it: {hint}")


def _kind(node: Node) -> str:
    if isinstance(node, Map):
        return "a map"
    return "a list" if isinstance(node, Items) else repr(node.text)
