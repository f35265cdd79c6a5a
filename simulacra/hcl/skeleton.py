"""HCL text with everything blanked out that python-hcl2 reads in another way than HashiCorp's parser."""

from __future__ import annotations

from collections.abc import Iterable

from simulacra.hcl.lexer import COMMENT, NEWLINE, QUOTE, Token
from simulacra.hcl.strict import NotPlain

_KEPT = frozenset(("true", "false", "null"))


def skeleton(text: str, tokens: list[Token], not_plain: Iterable[NotPlain]) -> str:
    """A text of the same length and structure: only names, zeros, blank strings, brackets and separators are left in it.

    Values that aren't plain data become a name. Newlines between square brackets, which mean nothing, become spaces.
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
        if start in hidden:
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
