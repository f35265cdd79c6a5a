"""HCL text as tokens, the way HashiCorp's scanner cuts it.

Source of the rules: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md and ``hclsyntax/scan_tokens.rl``.
"""

from __future__ import annotations

import re
from unicodedata import ucd_3_2_0

Token = tuple[str, int, int]
"""Kind, start, end. A symbol's kind is its own text; the other kinds are the names below."""

IDENTIFIER = "identifier"
NUMBER = "number"
COMMENT = "comment"
NEWLINE = "newline"
QUOTE = '"'
CLOSING_QUOTE = "closing quote"
UNCLOSED_QUOTE = "unclosed quote"
HEREDOC = "heredoc"
CLOSING_HEREDOC = "closing heredoc"
QUOTED_TEXT = "quoted text"
HEREDOC_TEXT = "heredoc text"
INTERPOLATION = "${"
DIRECTIVE = "%{"
SEQUENCE_END = "sequence end"
INVALID = "invalid"
END = "end"

BYTE_ORDER_MARK = "\ufeff"
WHITESPACE = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What HashiCorp's parser takes as white space around a heredoc's closing marker and in its indentation."""

_WORD = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\-\x80-\U0010ffff]*"

_PLAIN = re.compile(
    rf"""[ \t]*(?:
        (?P<identifier>{_WORD})
      | (?P<newline>\r?\n)
      | (?P<number>[0-9](?:\.*(?:[0-9]|[eE][+-]?[0-9]))*)
      | (?P<comment>(?:\#|//)[^\n]*\n?|/\*(?s:.*?)\*/)
      | (?P<heredoc><<-?{_WORD}\r?\n)
      | (?P<symbol>[=!<>]=|=>|&&|\|\||::|\.\.\.|~\}}|["=(){{}}\[\],.:?+*/%<>!-])
      | (?P<invalid>(?s:.))
    )?""",
    re.VERBOSE,
)

_RUN = r"\$\$\{|%%\{|\$(?!\{)|%(?!\{)"
_QUOTED = re.compile(rf'(?P<text>(?:[^$%"\\\r\n]++|\\[^\r\n]|{_RUN})++)|(?P<sequence>[$%]\{{~?)|(?P<quote>")|(?P<invalid>[\\\r\n])')
_HEREDOC = re.compile(rf"(?P<text>(?:[^$%\r\n]++|{_RUN})*+\r?\n|(?:[^$%\r\n]++|{_RUN})++)|(?P<sequence>[$%]\{{~?)|(?P<invalid>\r)")


def tokenize(text: str) -> list[Token]:
    """Every token of the text in order, comments and newlines included, then one of kind `END`.

    Never fails: what HCL has no place for becomes tokens of kind `INVALID`. A quoted string that its line ends without closing
    is closed there by an empty `UNCLOSED_QUOTE`.
    """
    lexer = _Lexer(text)
    position = 1 if text.startswith(BYTE_ORDER_MARK) else 0
    size = len(text)
    while position < size:
        position = lexer.template(position) if lexer.in_template else lexer.plain(position)
    if lexer.in_template and lexer.templates[-1] is None:
        lexer.tokens.append((UNCLOSED_QUOTE, size, size))
    lexer.tokens.append((END, size, size))
    return lexer.tokens


def identifier_end(text: str, start: int, end: int) -> int:
    """Where the identifier that begins at ``start`` ends, at most at ``end``; ``start`` if none begins there.

    Letters beyond ASCII count if Unicode 3.2 has them: HashiCorp's tables are older than Python's, this edition is in both.
    """
    word = text[start:end]
    if word.isascii():
        return end
    for offset, character in enumerate(word):
        if character == "-" and offset:
            continue
        if not (f"_{character}" if offset else character).isidentifier() or ucd_3_2_0.category(character) == "Cn":
            return start + offset
    return end


class _Lexer:
    """``templates`` are the open strings (None) and heredocs (their marker), ``braces`` the braces open in each sequence around."""

    __slots__ = ("at_line_start", "braces", "in_template", "templates", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.templates: list[str | None] = []
        self.braces: list[int] = []
        self.in_template = False
        self.at_line_start = True

    def plain(self, position: int) -> int:
        """Tokens outside templates, up to where a template begins or goes on."""
        text, append, match = self.text, self.tokens.append, _PLAIN.match
        while True:
            found = match(text, position)
            kind = found.lastgroup if found else None
            if found is None or kind is None:
                return len(text)
            start, position = found.span(kind)
            if kind == "symbol":
                symbol = text[start:position]
                if symbol in ("{", "}", "~}", '"'):
                    if self._bracket(symbol, start, position):
                        return position
                else:
                    append((symbol, start, position))
            elif kind == IDENTIFIER:
                end = identifier_end(text, start, position)
                position = max(end, start + 1)
                append((IDENTIFIER if end > start else INVALID, start, position))
            elif kind == HEREDOC:
                return self._open_heredoc(start, position)
            else:
                append((kind, start, position))

    def _bracket(self, symbol: str, start: int, end: int) -> bool:
        """Takes a brace or a quote; whether the text goes on as a template."""
        if symbol == '"':
            self.tokens.append((QUOTE, start, end))
            self.templates.append(None)
            self.in_template = True
        elif symbol == "{":
            self.tokens.append((symbol, start, end))
            if self.braces:
                self.braces[-1] += 1
        elif self.braces and self.braces[-1] == 0:
            self.tokens.append((SEQUENCE_END, start, end))
            self.braces.pop()
            self.in_template = True
        else:
            self.tokens.append((symbol, start, end) if symbol == "}" else (INVALID, start, end))
            if self.braces:
                self.braces[-1] -= 1
        return self.in_template

    def _open_heredoc(self, start: int, end: int) -> int:
        marker = self.text[start:end].rstrip("\r\n").removeprefix("<<").removeprefix("-")
        if identifier_end(marker, 0, len(marker)) < len(marker):
            self.tokens.append((INVALID, start, start + 2))
            return start + 2
        self.tokens.append((HEREDOC, start, end))
        self.templates.append(marker)
        self.in_template = self.at_line_start = True
        return end

    def template(self, position: int) -> int:
        """One token of the innermost template."""
        marker = self.templates[-1]
        found = (_QUOTED if marker is None else _HEREDOC).match(self.text, position)
        assert found is not None
        end = found.end()
        match found.lastgroup:
            case "text" if marker is None:
                self.tokens.append((QUOTED_TEXT, position, end))
            case "text":
                self._heredoc_text(position, end, marker or "")
            case "sequence":
                self.tokens.append((self.text[position : position + 2], position, end))
                self.braces.append(0)
                self.in_template = self.at_line_start = False
            case "quote":
                self.tokens.append((CLOSING_QUOTE, position, end))
                self._leave()
            case _ if marker is None and found.group() != "\\":
                self.tokens.append((UNCLOSED_QUOTE, position, position))
                self._leave()
                return position
            case _:
                self.tokens.append((INVALID, position, end))
        return end

    def _heredoc_text(self, start: int, end: int, marker: str) -> None:
        line = self.text[start:end]
        ends_line = line.endswith("\n")
        if self.at_line_start and ends_line and line.strip(WHITESPACE) == marker:
            newline = end - (2 if line.endswith("\r\n") else 1)
            self.tokens.append((CLOSING_HEREDOC, start, newline))
            self.tokens.append((NEWLINE, newline, end))
            self._leave()
            return
        self.tokens.append((HEREDOC_TEXT, start, end))
        self.at_line_start = ends_line

    def _leave(self) -> None:
        self.templates.pop()
        self.in_template = False
