"""What HashiCorp's parser refuses, and which values are more than plain data.

The grammar is walked as https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md has it, and nothing is kept of it: the
syntax tree is python-hcl2's business.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.hcl.cursor import DEEPEST, Found, Refused
from simulacra.hcl.expressions import Expressions
from simulacra.hcl.lexer import END, IDENTIFIER, INVALID, NEWLINE, QUOTE, UNCLOSED_QUOTE, Token

_OPENS = {"{": "}", "[": "]", "(": ")"}
_HINTS = {
    "'": "strings stand in double quotes",
    ";": "a new line ends an argument",
    "`": "write text over several lines as a heredoc, like <<EOT",
    "&": "and is written &&",
    "|": "or is written ||",
    "“": 'use a straight quote (")',
    "”": 'use a straight quote (")',
    "\r": "end lines with a line feed",
}


@dataclass(frozen=True, slots=True)
class NotPlain:
    """The extent of an attribute's value that isn't plain data; ``what`` makes it so and stands at ``offset``."""

    start: int
    end: int
    offset: int
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Faults in the order of the text; values that aren't plain data, likewise."""

    faults: tuple[Found, ...]
    not_plain: tuple[NotPlain, ...]


def examine(text: str, tokens: list[Token]) -> Verdict:
    """Walks a whole file, past faults as far as the text still makes sense."""
    walk = _Bodies(text, tokens)
    walk.lexical(tokens)
    walk.body(END, 0, "")
    return Verdict(tuple(sorted(walk.faults, key=lambda fault: fault.offset)), tuple(walk.not_plain))


class _Bodies(Expressions):
    __slots__ = ("level", "not_plain")

    def __init__(self, text: str, tokens: list[Token]) -> None:
        super().__init__(text, tokens)
        self.not_plain: list[NotPlain] = []
        self.level = 0

    def lexical(self, tokens: list[Token]) -> None:
        """Characters that have no place in HCL, and strings that run on over the end of their line."""
        for kind, start, end in tokens:
            if kind == INVALID:
                character = self.text[start:end]
                hint = _HINTS.get(character, "remove it, or put it into a string")
                self.faults.append(Found(start, f"`{character}` has no meaning in HCL here: {hint}"))
            elif kind == UNCLOSED_QUOTE:
                self.faults.append(Found(start, 'a string must end on the line it begins on: close it with `"`, or write it as a heredoc'))

    def body(self, closing: str, opened: int, name: str) -> None:
        """The items up to the closing token, which stays under the cursor."""
        names: dict[str, int] = {}
        while (kind := self.kinds[self.at]) != closing:
            if kind == NEWLINE:
                self.at += 1
                continue
            if kind == END:
                if not self.faults:
                    self.faults.append(Found(opened, f"the block `{name}` isn't closed: a `}}` is missing"))
                return
            first = self.at
            try:
                self.item(names)
            except Refused as refused:
                self.faults.append(Found(refused.offset, refused.message))
                self.recover(first)

    def item(self, names: dict[str, int]) -> None:
        """``names`` are those of the body's attributes up to here, with the offset of each."""
        start, name = self.offset(), self.word()
        if not name:
            if self.kinds[self.at] == QUOTE:
                raise self.refuse("a name must not stand in quotes here: remove them")
            if self.kinds[self.at] == "}":
                raise self.refuse("this `}` closes nothing: remove it")
            raise self.refuse(f"expected a name, as in `name = value` or `name {{`, found {self.named()}")
        self.at += 1
        match self.kinds[self.at]:
            case "=":
                if names.setdefault(name, start) != start:
                    line = self.text.count("\n", 0, names[name]) + 1
                    self.faults.append(Found(start, f"`{name}` is set twice, first at line {line}: remove one"))
                self.attribute(name)
                self.end_of_line(f"`{name} = …`")
            case "{" | '"' | "identifier":
                self.block(name, start)
                self.end_of_line(f"the block `{name}`")
            case "newline" | "end":
                raise Refused(start, f"`{name}` stands alone: put its `= value` or `{{` on the same line")
            case _:
                raise self.refuse(f"expected `=` or `{{` after `{name}`, found {self.named()}")

    def end_of_line(self, what: str) -> None:
        if self.kinds[self.at] not in (NEWLINE, END):
            raise self.refuse(f"a new line must follow {what}, found {self.named()}")

    def attribute(self, name: str) -> None:
        self.at += 1
        start = self.offset()
        if self.kinds[self.at] in (NEWLINE, END):
            raise Refused(self.tokens[self.at - 1][1], f"the value of `{name}` is missing: it must begin on the line of its `=`")
        self.depth = 0
        opaque = self.expression()
        if opaque:
            self.not_plain.append(NotPlain(start, self.tokens[self.at - 1][2], *opaque))

    def block(self, name: str, start: int) -> None:
        while self.kinds[self.at] != "{":
            self.label(name)
        if self.level == DEEPEST:
            raise self.refuse(f"blocks are nested more than {DEEPEST} levels deep: make them flatter")
        self.at += 1
        if self.kinds[self.at] in (NEWLINE, END, "}"):
            self.level += 1
            self.body("}", start, name)
            self.level -= 1
        else:
            self.single(name)
        if self.kinds[self.at] == "}":
            self.at += 1

    def label(self, name: str) -> None:
        kind = self.kinds[self.at]
        if kind == IDENTIFIER:
            self.at += 1
            return
        if kind != QUOTE:
            if kind == NEWLINE:
                raise self.refuse(f"the `{{` of the block `{name}` must stand on the same line as its name")
            raise self.refuse(f"expected a label or `{{` after `{name}`, found {self.named()}")
        start = self.offset()
        if self.template():
            raise Refused(start, "a label can't hold a template: write `$${` for `${` and `%%{` for `%{`")

    def single(self, name: str) -> None:
        """The one attribute of a block on one line."""
        attribute = self.word()
        if not attribute or self.kinds[self.at + 1] != "=":
            raise self.refuse(f"a block on one line can hold a single `name = value` only: put the content of `{name}` on lines of its own")
        self.at += 1
        self.attribute(attribute)
        if self.kinds[self.at] != "}":
            raise self.refuse(f"a block on one line ends after its first argument: put each argument of `{name}` on a line of its own")

    def recover(self, first: int) -> None:
        """Moves on to the line after the item that began at token ``first``, over the brackets that it opened if they are closed."""
        self.free = False
        self.depth = 0
        stop = self.at
        brackets: list[str] = []
        for at in range(first, len(self.tokens)):
            kind = self.kinds[at]
            if kind in _OPENS:
                brackets.append(_OPENS[kind])
            elif kind in _OPENS.values() and brackets:
                if brackets.pop() != kind:
                    break
            elif (kind == NEWLINE and not brackets and at >= stop) or (kind == "}" and at > first):
                self.at = at
                return
        rest = range(max(stop, first + 1), len(self.tokens))
        self.at = next((at for at in rest if self.kinds[at] in (NEWLINE, END)), len(self.tokens) - 1)
