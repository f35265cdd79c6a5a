"""A command line as words, as Compose splits it: no shell, but a shell's quotes.

Source: go-shellwords, which compose-go splits commands with; it stops at an operator of the shell that isn't quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulacra.importing.notes import broken
from simulacra.importing.reading import is_null, text, texts
from simulacra.importing.tree import Node, Scalar

_PART = re.compile(
    r"""\\(?P<escaped>.)|'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|(?P<kept>\$\([^)]*\)|`[^`]*`|[^\s'"\\`;&|<>()])""", re.DOTALL
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_OPERATORS = ";&|<>"


@dataclass(frozen=True, slots=True)
class Words:
    """``dropped`` is what stood behind an operator of the shell."""

    words: tuple[str, ...]
    dropped: str = ""


def split(line: str) -> Words:
    """The line's words; raises `ValueError` where quotes or parentheses aren't closed."""
    words: list[str] = []
    begun: list[str] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            words += ["".join(begun)] if begun else []
            begun, at = [], at + 1
            continue
        if line[at] in _OPERATORS:
            break
        part = _PART.match(line, at)
        if part is None:
            raise ValueError("its quotes or parentheses aren't closed")
        begun.append(
            _ESCAPE.sub(r"\1", part["double"]) if part["double"] is not None else part["escaped"] or part["single"] or part["kept"] or ""
        )
        at = part.end()
    return Words((*words, "".join(begun)) if begun else tuple(words), line[at:])


def command(node: Node) -> Words:
    """What a list of words or a command line says; raises `Broken` as `split` does."""
    if not isinstance(node, Scalar) or is_null(node):
        return Words(texts(node))
    try:
        return split(text(node))
    except ValueError as error:
        raise broken(node, f"{error}") from None
