"""The grammar of HCL's quoted strings and heredocs, walked over tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod

from simulacra.hcl.cursor import Cursor, Found, Refused
from simulacra.hcl.lexer import (
    CLOSING_HEREDOC,
    CLOSING_QUOTE,
    DIRECTIVE,
    HEREDOC_TEXT,
    IDENTIFIER,
    INTERPOLATION,
    INVALID,
    QUOTE,
    QUOTED_TEXT,
    SEQUENCE_END,
    UNCLOSED_QUOTE,
)
from simulacra.hcl.strings import BAD_ESCAPE

Opaque = tuple[int, str] | None
"""What makes an expression more than plain data and where, or None if it is plain data."""

_DIRECTIVES = ("if", "else", "endif", "for", "endfor")


class Templates(Cursor, ABC):
    """Walks templates."""

    __slots__ = ()

    @abstractmethod
    def expression(self) -> Opaque:
        """What stands in a template's sequences."""

    def template(self) -> Opaque:
        """A quoted string or a heredoc."""
        kind, start, _ = self.tokens[self.at]
        closing = CLOSING_QUOTE if kind == QUOTE else CLOSING_HEREDOC
        opaque: Opaque = None
        blocks: list[tuple[str, int]] = []
        self.at += 1
        while (kind := self.kinds[self.at]) != closing:
            if kind in (QUOTED_TEXT, HEREDOC_TEXT):
                self.literal(kind)
            elif kind in (INTERPOLATION, DIRECTIVE):
                opaque = (start, f"a template (`{kind}…}}`)")
                self.sequence(kind, blocks)
            elif kind == UNCLOSED_QUOTE:
                break
            elif kind == INVALID:
                self.at += 1
            else:
                what = "string isn't closed: a `\"`" if closing == CLOSING_QUOTE else "heredoc isn't closed: a line with its marker only"
                raise Refused(start, f"the {what} is missing")
        if blocks:
            word, opened = blocks[-1]
            raise Refused(opened, f"`%{{ {word} }}` isn't closed: `%{{ end{word.split()[0]} }}` is missing")
        self.advance()
        return opaque

    def literal(self, kind: str) -> None:
        _, start, end = self.tokens[self.at]
        if kind == QUOTED_TEXT and "\\" in self.text[start:end]:
            for found in BAD_ESCAPE.finditer(self.text, start, end):
                if bad := found["bad"]:
                    self.faults.append(Found(found.start(), _escape_fault(bad)))
        self.at += 1

    def sequence(self, kind: str, blocks: list[tuple[str, int]]) -> None:
        """``${…}`` or ``%{…}``. ``blocks`` are the directives that are open, with where they began."""
        start, outside = self.offset(), self.free
        self.free = True
        self.advance()
        if kind == INTERPOLATION:
            self.expression()
        else:
            self.directive(start, blocks)
        if self.kinds[self.at] != SEQUENCE_END:
            raise Refused(
                start, f"expected `}}` to end `{kind}`, found {self.named()}: text for another program is written `{kind[0]}{kind}`"
            )
        self.free = outside
        self.at += 1

    def directive(self, start: int, blocks: list[tuple[str, int]]) -> None:
        word = self.word()
        if word not in _DIRECTIVES:
            raise Refused(start, f"`%{{` must be followed by one of {', '.join(_DIRECTIVES)}: text for another program is written `%%{{`")
        self.advance()
        if word in ("if", "for"):
            if word == "for":
                self.for_names()
            self.expression()
            blocks.append((word, start))
            return
        opened = blocks[-1][0] if blocks else ""
        if word == "else" and opened == "if":
            blocks[-1] = ("if else", blocks[-1][1])
        elif (word, opened) in (("endif", "if"), ("endif", "if else"), ("endfor", "for")):
            blocks.pop()
        else:
            raise Refused(start, f"`%{{ {word} }}` has nothing open before it that it could belong to")

    def for_names(self) -> None:
        """``a in`` or ``a, b in``."""
        self.for_name()
        if self.kinds[self.at] == ",":
            self.advance()
            self.for_name()
        if self.word() != "in":
            raise self.refuse(f"expected `in` after the names of `for`, found {self.named()}")
        self.advance()

    def for_name(self) -> None:
        if self.kinds[self.at] != IDENTIFIER:
            raise self.refuse(f"a name must follow here in `for`, found {self.named()}")
        self.advance()


def _escape_fault(written: str) -> str:
    digits = {"\\u": "four", "\\U": "eight"}.get(written)
    if digits:
        return f"`{written}` must be followed by the {digits} hexadecimal digits of a character"
    return f"`{written}` is no escape of HCL's: a backslash is written as two"
