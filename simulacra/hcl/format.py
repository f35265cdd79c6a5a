"""HCL text in the layout of `nomad fmt`.

Only white space between tokens changes, never a line break: lines are indented by the brackets that are open, tokens are spaced
by their kind, and the ``=`` and the trailing comments of consecutive lines are aligned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from simulacra.hcl.columns import columns
from simulacra.hcl.lexer import (
    BYTE_ORDER_MARK,
    CLOSING_HEREDOC,
    CLOSING_QUOTE,
    COMMENT,
    DIRECTIVE,
    END,
    HEREDOC,
    HEREDOC_TEXT,
    IDENTIFIER,
    INTERPOLATION,
    NEWLINE,
    NUMBER,
    QUOTE,
    QUOTED_TEXT,
    SEQUENCE_END,
    Token,
    tokenize,
)

_OPENING = frozenset(("{", "[", "(", INTERPOLATION, DIRECTIVE))
_CLOSING = frozenset(("}", "]", ")", SEQUENCE_END))
_NESTING = dict.fromkeys(_OPENING, 1) | dict.fromkeys(_CLOSING, -1)
_TEXT = frozenset((QUOTED_TEXT, HEREDOC_TEXT))
_OPENS_TEXT = _TEXT | {QUOTE, HEREDOC}
_CLOSES_TEXT = _TEXT | {CLOSING_QUOTE, CLOSING_HEREDOC}
_PIECE = re.compile(r"\$\$\{~?|%%\{~?|[$%]|[^$%]+")
"""Template text is scanned, and so counted, in pieces: what combines with a dollar or a percent sign counts on its own."""
_TIGHT_BEFORE = frozenset((NEWLINE, ".", ",", "..."))
_TIGHT_PAIRS = frozenset(
    ((IDENTIFIER, "("), (IDENTIFIER, "::"), ("::", IDENTIFIER), (SEQUENCE_END, INTERPOLATION), (SEQUENCE_END, DIRECTIVE))
)
_BEFORE_A_SIGN = frozenset(
    ("", "(", "{", "[", "=", ":", ",", "?", "+", "*", "/", "%", "-", "==", "!=", ">", ">=", "<", "<=", "&&", "||", "!")
)
"""What a minus follows if it is a sign, not a subtraction."""


@dataclass(slots=True)
class _Line:
    """One line's cells. ``value`` is from the ``=`` on if the brackets opened there are closed there."""

    lead: str
    lead_columns: int
    value: str = ""
    value_columns: int = 0
    comment: str = ""

    def pad_value(self, spaces: int) -> None:
        self.value = " " * spaces + self.value
        self.value_columns += spaces

    def pad_comment(self, spaces: int) -> None:
        self.comment = " " * spaces + self.comment


def format_text(text: str) -> str:
    """The text of a file, or of the body between a block's braces, as `nomad fmt` lays it out; the text must be valid HCL.

    Blanks after the last line break stay, as they do there. A byte order mark goes away. Unlike `nomad fmt`, a comment between a
    block's name and its first label isn't lost.
    """
    tokens = tokenize(text)
    indents: list[int] = []
    lines = [_line(text, line, indents) for line in _split(text, tokens)]
    _align(lines, lambda line: bool(line.value), lambda line: line.lead_columns, _Line.pad_value)
    _align(lines, lambda line: bool(line.comment), lambda line: line.lead_columns + line.value_columns, _Line.pad_comment)
    return "".join([line.lead + line.value + line.comment for line in lines]) + _last_blanks(text, tokens)


def _last_blanks(text: str, tokens: list[Token]) -> str:
    end = tokens[-2][2] if len(tokens) > 1 else len(BYTE_ORDER_MARK) * text.startswith(BYTE_ORDER_MARK)
    return " " * (len(text) - end)


def _split(text: str, tokens: list[Token]) -> Iterable[list[Token]]:
    """The tokens of each line; a heredoc and a comment over several lines are part of the line they begin on."""
    begin = 0
    for at, (kind, _, end) in enumerate(tokens):
        if kind == NEWLINE or (kind == COMMENT and text[end - 1] == "\n"):
            yield tokens[begin : at + 1]
            begin = at + 1
    if tokens[begin][0] != END:
        yield tokens[begin:-1]


def _line(text: str, tokens: list[Token], indents: list[int]) -> _Line:
    comment = ""
    if len(tokens) > 1 and tokens[-1][0] == COMMENT:
        comment = text[tokens[-1][1] : tokens[-1][2]]
        tokens = tokens[:-1]
    lead, value = _cells(tokens)
    written, width = _cell(text, lead)
    spaces = 0 if lead[0][0] == NEWLINE else 2 * _indent(lead, value, indents)
    line = _Line(" " * spaces + written, spaces + width, comment=comment)
    if value:
        line.value, line.value_columns = _cell(text, value)
    return line


def _cells(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    for at, (kind, _, _) in enumerate(tokens):
        if kind == "=" and at:
            if _nesting(tokens[at:]) == 0:
                return tokens[:at], tokens[at:]
            break
    return tokens, []


def _nesting(tokens: Iterable[Token]) -> int:
    return sum(_NESTING.get(kind, 0) for kind, _, _ in tokens)


def _indent(lead: list[Token], value: list[Token], indents: list[int]) -> int:
    """The line's level. ``indents`` holds how many brackets each open level has still to close; it goes on to the next line."""
    heredoc = next((at for at, token in enumerate(lead) if token[0] == HEREDOC), len(lead))
    change = _nesting(lead[:heredoc]) + _nesting(value)
    level = len(indents)
    if change > 0:
        indents.append(change)
        return level
    while change < 0 and indents:
        closed = min(-change, indents[-1])
        change += closed
        if closed == indents[-1]:
            indents.pop()
        else:
            indents[-1] -= closed
    return len(indents)


def _cell(text: str, tokens: Sequence[Token]) -> tuple[str, int]:
    """The tokens with the spaces between them, and how many columns they take."""
    pieces: list[str] = []
    width = 0
    before = subject = ""
    keyword = False
    for kind, start, end in tokens:
        if subject and _spaced(before, subject, kind, keyword):
            pieces.append(" ")
            width += 1
        written = text[start:end]
        pieces.append(written)
        width += columns(written) if written.isascii() or kind not in _TEXT else sum(map(columns, _PIECE.findall(written)))
        before, subject = subject, kind
        keyword = kind == IDENTIFIER and written == "in" and before == IDENTIFIER
    return "".join(pieces), width


def _spaced(before: str, subject: str, after: str, keyword: bool) -> bool:
    """Whether a space stands between two tokens. ``before`` precedes ``subject``, which may be the keyword ``in``."""
    if after in _TIGHT_BEFORE or subject == "." or (subject, after) in _TIGHT_PAIRS:
        return False
    if subject == ",":
        return True
    if subject in _OPENS_TEXT or after in _CLOSES_TEXT:
        return False
    if keyword:
        return True
    if (after == "[" and (subject in (IDENTIFIER, NUMBER) or subject in _CLOSING)) or subject == "!":
        return False
    if subject == "-":
        return before not in _BEFORE_A_SIGN
    if subject == "{" or after == "}":
        return (subject, after) != ("{", "}")
    if after == "{" and subject in (INTERPOLATION, DIRECTIVE):
        return True
    if subject == "}" and after == SEQUENCE_END:
        return True
    return not (subject in _OPENING or after in _CLOSING)


def _align(lines: list[_Line], has: Callable[[_Line], bool], width: Callable[[_Line], int], pad: Callable[[_Line, int], None]) -> None:
    """Pads a cell of consecutive lines that have it so that it begins in the same column."""
    group: list[_Line] = []
    for line in [*lines, None]:
        if line and has(line):
            group.append(line)
        elif group:
            widest = max(width(member) for member in group)
            for member in group:
                pad(member, widest - width(member) + 1)
            group = []
