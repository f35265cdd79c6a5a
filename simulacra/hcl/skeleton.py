"""HCL text with everything blanked out that python-hcl2 reads in another way than HashiCorp's parser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from simulacra.hcl.lexer import CLOSING_QUOTE, COMMENT, IDENTIFIER, NEWLINE, QUOTE, Token
from simulacra.hcl.strict import NotPlain

_KEPT = frozenset(("true", "false", "null"))
NOTHING: Mapping[int, int] = MappingProxyType({})


def bodies_but_for(kinds: frozenset[str], text: str, tokens: list[Token]) -> dict[int, int]:
    """Where the bodies of blocks of other types are: the end of each by its start. The text must be sound."""
    found: dict[int, int] = {}
    first, before, inside, at = "", "", 0, 0
    while at < len(tokens):
        kind, start, end = tokens[at]
        at += 1
        if kind == "{" and not inside and before in (IDENTIFIER, CLOSING_QUOTE):
            if first not in kinds:
                begin, at = tokens[at][1], _closing(tokens, at)
                found |= {begin: tokens[at][1]} if begin < tokens[at][1] else {}
            first, before = "", ""
            continue
        if kind in ("[", "(", "{"):
            inside += 1
        elif kind in ("]", ")", "}") and inside:
            inside -= 1
        if kind == NEWLINE or (kind == COMMENT and text[end - 1] == "\n"):
            first = first if inside else ""
        elif not first and kind == IDENTIFIER:
            first = text[start:end]
        before = kind if kind != COMMENT else before
    return found


def _closing(tokens: list[Token], at: int) -> int:
    """The index of the brace that closes the body whose first token is at that index."""
    depth = 0
    while tokens[at][0] != "}" or depth:
        depth += {"{": 1, "}": -1}.get(tokens[at][0], 0)
        at += 1
    return at


def skeleton(text: str, tokens: list[Token], not_plain: Iterable[NotPlain], hollow: Mapping[int, int] = NOTHING) -> str:
    """A text of the same length and structure: only names, zeros, blank strings, brackets and separators are left in it.

    Values that aren't plain data become a name, and what is ``hollow`` (starts and ends of blocks' bodies) becomes blank. Newlines between
    square brackets, which mean nothing, become spaces.
    """
    hidden = {value.start: value.end for value in not_plain}
    pieces: list[str] = []
    brackets: list[str] = []
    done = 0
    for kind, start, end in tokens:
        if start < done:
            continue
        if start > done:
            pieces.append(" " * (start - done))
        if start in hollow:
            end = hollow[start]
            pieces.append(" " * (end - start))
        elif start in hidden:
            end = hidden[start]
            pieces.append("_" * (end - start))
        elif kind in (NEWLINE, COMMENT):
            ends_line = text[end - 1] == "\n" and not (brackets and brackets[-1] == "[")
            pieces.append(" " * (end - start - 1) + ("\n" if ends_line else " "))
        else:
            if kind in ("[", "{"):
                brackets.append(kind)
            elif kind in ("]", "}"):
                brackets.pop()
            pieces.append(_shown(kind, text[start:end]))
        done = end
    return "".join(pieces)


def _shown(kind: str, written: str) -> str:
    size = len(written)
    match kind:
        case "identifier":
            return written if written in _KEPT else "_" * size
        case "quoted text" | "heredoc text":
            return "_" * size
        case "heredoc":
            return QUOTE + "_" * (size - 1)
        case "closing heredoc":
            return "_" * (size - 1) + QUOTE
        case "number":
            return "0" * size
        case _:
            return written
