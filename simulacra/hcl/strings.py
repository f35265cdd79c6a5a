"""What a quoted string or a heredoc says, as HashiCorp's parser evaluates it."""

from __future__ import annotations

import re
import unicodedata

from simulacra.hcl.columns import skip
from simulacra.hcl.lexer import WHITESPACE

BAD_ESCAPE = re.compile(
    r"""\\(?:["nrt\\]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U(?:0000(?![dD][89a-fA-F])|000[1-9a-fA-F]|0010)[0-9a-fA-F]{4})|(?P<bad>\\.?)""",
    re.DOTALL,
)
"""Finds every escape; the group ``bad`` matches if it is none that HashiCorp's parser takes."""

_ESCAPE = re.compile(r"\\(?:u(....)|U(........)|(.))|(\$\$\{|%%\{)", re.DOTALL)
_TEMPLATE_ESCAPE = re.compile(r"\$\$\{|%%\{")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_MARKS_IN_A_ROW = 30


def unquote(raw: str) -> str:
    """The value of a quoted string without template sequences, given what stands between its quotes."""
    if "\\" not in raw and "{" not in raw:
        return raw
    return _ESCAPE.sub(_unescape, raw)


def _unescape(found: re.Match[str]) -> str:
    short, long, simple, template = found.groups()
    if template:
        return str(template[1:])
    if simple:
        return _SIMPLE[simple]
    return chr(int(short or long, 16))


def heredoc(raw: str) -> str:
    """The value of a heredoc without template sequences, from its ``<<`` to its closing marker."""
    introduction, _, body = raw.partition("\n")
    text = body[: body.rfind("\n") + 1]
    if introduction.startswith("<<-"):
        text = _flush(text)
    return _TEMPLATE_ESCAPE.sub(lambda found: found.group()[1:], text)


def _flush(text: str) -> str:
    """The text without the indentation that all of its lines share; lines of white space only neither count nor change.

    A mark that combines with the last blank of the indentation goes with it.
    """
    lines = text.split("\n")[:-1]
    indents = [None if not line.strip(WHITESPACE) else len(line) - len(line.lstrip(WHITESPACE)) for line in lines]
    shared = min((indent for indent in indents if indent is not None), default=0)
    if not shared:
        return text
    return "".join(f"{line if indent is None else skip(line, shared)}\n" for line, indent in zip(lines, indents, strict=True))


def unfaithful(value: str) -> str | None:
    """Why Nomad would get another text than this one, or None if it arrives exactly.

    HashiCorp's values are in Unicode normal form C, as golang.org/x/text makes it: a run of over 30 combining marks is broken up.
    """
    if value.isascii():
        return None
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "holds half of a surrogate pair"
    if not unicodedata.is_normalized("NFC", value):
        return "isn't in Unicode normal form C: write letters with their accents as one character"
    run = 0
    for character in value:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _MARKS_IN_A_ROW:
            return f"has more than {_MARKS_IN_A_ROW} combining marks in a row"
    return None
