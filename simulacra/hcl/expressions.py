"""The grammar of HCL's expressions, walked over tokens.

Every method that walks an expression returns None for plain data, else what makes it more than that and where.
"""

from __future__ import annotations

import re

from simulacra.hcl.cursor import DEEPEST, Found
from simulacra.hcl.lexer import END, IDENTIFIER, NEWLINE, NUMBER, QUOTE
from simulacra.hcl.templates import Opaque, Templates

OPERATORS = frozenset(("+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"))
NUMBER_FORM = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,5})?")


class Expressions(Templates):
    """Walks expressions."""

    __slots__ = ()

    def expression(self) -> Opaque:
        start = self.offset()
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refuse(f"this is nested more than {DEEPEST} levels deep: make it flatter")
        opaque = self.operand()
        while self.kinds[self.at] in OPERATORS:
            self.advance()
            self.operand()
            opaque = (start, "an operator")
        if self.kinds[self.at] == "?":
            self.advance()
            self.expression()
            self.expect(":", "between the two values of a conditional")
            self.expression()
            opaque = (start, "a conditional")
        self.depth -= 1
        return opaque

    def operand(self) -> Opaque:
        """A term with the attributes and indexes that follow it."""
        start = self.offset()
        opaque = self.term()
        while True:
            kind = self.kinds[self.at]
            if kind == ".":
                self.attribute_access()
            elif kind == "[":
                self.index()
            else:
                return opaque
            opaque = opaque or (start, "a part of another value")

    def term(self) -> Opaque:
        kind, start, _ = self.tokens[self.at]
        match kind:
            case "identifier":
                return self.name()
            case '"' | "heredoc":
                return self.template()
            case "number":
                self.number()
                return None
            case "[":
                return self.list_value()
            case "{":
                return self.object_value()
            case "(":
                outside, self.free = self.free, True
                self.advance()
                self.expression()
                self.close(")", outside, start, "the parenthesis")
                return (start, "an expression in parentheses")
            case "-" | "!":
                return self.unary()
            case _:
                raise self.refuse(f"a value is missing here: found {self.named()}")

    def unary(self) -> Opaque:
        start = self.offset()
        negative = self.kinds[self.at] == "-"
        self.advance()
        number = self.kinds[self.at] == NUMBER
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.refuse(f"more than {DEEPEST} signs in a row: leave out those that cancel out")
        opaque = self.operand()
        self.depth -= 1
        return None if negative and number and not opaque else (start, "an operator")

    def number(self) -> None:
        _, start, end = self.tokens[self.at]
        if not NUMBER_FORM.fullmatch(self.text, start, end):
            self.faults.append(Found(start, f"`{self.text[start:end]}` isn't a number: write it like 12, 1.5 or 2e3"))
        self.advance()

    def name(self) -> Opaque:
        start = self.offset()
        word = self.word()
        self.advance()
        if self.kinds[self.at] in ("(", "::"):
            self.call()
            return (start, "a function call")
        if word in ("true", "false", "null"):
            return None
        part = self.kinds[self.at] in (".", "[")
        return (start, "a variable" if part else f'a variable (text stands in quotes: "{word}")')

    def call(self) -> None:
        while self.kinds[self.at] == "::":
            self.advance()
            if self.kinds[self.at] != IDENTIFIER:
                raise self.refuse("a function's name must follow `::`")
            self.advance()
        opened, outside = self.offset(), self.free
        if self.kinds[self.at] != "(":
            raise self.refuse("a function's name must be followed by `(`")
        self.free = True
        self.advance()
        while self.kinds[self.at] not in (")", END):
            self.expression()
            if self.kinds[self.at] == "...":
                self.advance()
                break
            if self.kinds[self.at] != ",":
                break
            self.advance()
        self.close(")", outside, opened, "the function call")

    def attribute_access(self) -> None:
        self.advance()
        if self.kinds[self.at] == "*":
            self.advance()
            while self.kinds[self.at] == ".":
                self.advance()
                self.attribute_name()
        else:
            self.attribute_name()

    def attribute_name(self) -> None:
        if self.kinds[self.at] == NUMBER:
            _, start, end = self.tokens[self.at]
            if "." in self.text[start:end]:
                raise self.refuse("two indexes after dots in a row: write them in brackets, like [0][1]")
            self.number()
        elif self.kinds[self.at] == IDENTIFIER:
            self.advance()
        else:
            raise self.refuse(f"a name must follow the dot, found {self.named()}")

    def index(self) -> None:
        opened, outside = self.offset(), self.free
        self.advance()
        if self.kinds[self.at] == "*":
            self.advance()
        else:
            self.free = True
            self.skip_newlines()
            self.expression()
        self.close("]", outside, opened, "the index")

    def list_value(self) -> Opaque:
        opened, outside = self.offset(), self.free
        self.free = True
        self.advance()
        if self.word() == "for":
            return self.for_expression("]", outside, opened)
        opaque: Opaque = None
        while self.kinds[self.at] not in ("]", END):
            item = self.expression()
            opaque = opaque or item
            if self.kinds[self.at] != ",":
                break
            self.advance()
        if self.kinds[self.at] not in ("]", END):
            raise self.refuse(f"expected `,` or `]` after a value of the list, found {self.named()}")
        self.close("]", outside, opened, "the list")
        return opaque

    def object_value(self) -> Opaque:
        opened, outside = self.offset(), self.free
        self.free = False
        self.at += 1
        before = self.at
        self.skip_newlines()
        if self.word() == "for":
            self.free = True
            return self.for_expression("}", outside, opened)
        self.at = before
        opaque: Opaque = None
        while True:
            self.skip_newlines()
            if self.kinds[self.at] in ("}", END):
                break
            item = self.pair()
            opaque = opaque or item
            if self.kinds[self.at] not in (",", NEWLINE):
                break
            self.advance()
        if self.kinds[self.at] not in ("}", END):
            raise self.refuse(f"expected `,`, a new line or `}}` after a value of the object, found {self.named()}")
        self.close("}", outside, opened, "the object")
        return opaque

    def pair(self) -> Opaque:
        kind, start, _ = self.tokens[self.at]
        first = self.at
        key = self.expression()
        plain = (kind == IDENTIFIER and self.at == first + 1) or (kind == QUOTE and not key)
        if self.kinds[self.at] not in ("=", ":"):
            raise self.refuse(f"expected `=` after a key of the object, found {self.named()}")
        self.advance()
        value = self.expression()
        return value if plain else key or (start, "an object key that is neither a name nor a string")

    def for_expression(self, closing: str, outside: bool, opened: int) -> Opaque:
        self.advance()
        self.for_names()
        self.expression()
        self.expect(":", "after what `for` goes through")
        self.expression()
        if self.kinds[self.at] == "=>":
            if closing == "]":
                raise self.refuse("`=>` has no place in a `for` that makes a list: use braces, or leave out the key")
            self.advance()
            self.expression()
        elif closing == "}":
            raise self.refuse("a `for` that makes an object needs `key => value`")
        if self.kinds[self.at] == "...":
            if closing == "]":
                raise self.refuse("`...` has no place in a `for` that makes a list")
            self.advance()
        if self.word() == "if":
            self.advance()
            self.expression()
        self.close(closing, outside, opened, "the `for` expression")
        return (opened, "a `for` expression")
