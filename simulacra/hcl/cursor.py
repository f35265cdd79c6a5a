"""A cursor over HCL's tokens, and the faults found under it."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.hcl.lexer import COMMENT, END, HEREDOC, IDENTIFIER, NEWLINE, QUOTE, Token

DEEPEST = 64
"""Levels of nesting that are read; HashiCorp's parser has no limit."""

_NAMES = {NEWLINE: "the end of the line", END: "the end of the file", QUOTE: "a quoted string", HEREDOC: "a heredoc"}


class Refused(Exception):
    """The text can't go on like this at ``offset``."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


@dataclass(frozen=True, slots=True)
class Found:
    """A fault at an offset."""

    offset: int
    message: str


class Cursor:
    """A place in the tokens.

    ``free`` says whether newlines mean nothing here, as between brackets: then the cursor never rests on one.
    """

    __slots__ = ("at", "depth", "faults", "free", "kinds", "text", "tokens")

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = [token for token in tokens if token[0] != COMMENT or text[token[2] - 1] == "\n"]
        self.kinds = [NEWLINE if kind == COMMENT else kind for kind, _, _ in self.tokens]
        self.at = 0
        self.free = False
        self.depth = 0
        self.faults: list[Found] = []

    def advance(self) -> None:
        self.at += 1
        if self.free:
            self.skip_newlines()

    def skip_newlines(self) -> None:
        while self.kinds[self.at] == NEWLINE:
            self.at += 1

    def word(self) -> str:
        """The identifier under the cursor, or an empty string."""
        kind, start, end = self.tokens[self.at]
        return self.text[start:end] if kind == IDENTIFIER else ""

    def offset(self) -> int:
        return self.tokens[self.at][1]

    def named(self) -> str:
        """What is under the cursor, for a message."""
        kind = self.kinds[self.at]
        _, start, end = self.tokens[self.at]
        return _NAMES.get(kind) or f"`{self.text[start:end]}`"

    def refuse(self, message: str) -> Refused:
        return Refused(self.offset(), message)

    def expect(self, kind: str, where: str) -> None:
        if self.kinds[self.at] != kind:
            raise self.refuse(f"expected `{kind}` {where}, found {self.named()}")
        self.advance()

    def close(self, kind: str, outside: bool, opened: int, what: str) -> None:
        """Takes a closing bracket; from there on newlines count as they did outside."""
        if self.kinds[self.at] == END:
            raise Refused(opened, f"{what} isn't closed: a `{kind}` is missing")
        if self.kinds[self.at] != kind:
            raise self.refuse(f"expected `{kind}` to end {what}, found {self.named()}")
        self.free = outside
        self.advance()
