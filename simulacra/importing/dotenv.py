"""Files of variables, ``.env`` and those of `env_file`, as Compose reads them.

Source: compose-go's ``dotenv``: names may follow ``export``, values may stand in quotes over several lines, a ``#`` behind a blank
begins a comment, and variables are filled in where the value isn't in single quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from simulacra.importing.interpolation import Filler, Malformed
from simulacra.importing.notes import Broken

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANKS = re.compile(r"[ \t]*")
_NAME = re.compile(r"(?:export[ \t]+)?([A-Za-z0-9_.\[\]-]+)[ \t]*")
_QUOTED = re.compile(r"""'((?:\\'|[^'])*)'|"((?:\\.|[^"\\])*)\"""", re.DOTALL)
_LINE = re.compile(r"[^\n]*")
_COMMENT = re.compile(r"[ \t]#.*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "$": "$$"}


def read_dotenv(text: str, file: str, around: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The file's variables in order; ``around`` are those that it may refer to, beside its own.

    A name that stands alone takes its value from around, or is left out. Raises `Broken` with the file and its line.
    """
    found: dict[str, str] = {}
    at = _end_of(_BLANK, text, 0)
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        named = _NAME.match(text, at)
        if named is None or text[named.end() : named.end() + 1] not in ("=", ":", "", "\n", "\r"):
            raise Broken(line, "isn't a line NAME=value", file)
        name, at = named[1], named.end()
        if text[at : at + 1] in ("=", ":"):
            try:
                found[name], at = _value(text, at + 1, {**found, **around})
            except Malformed as error:
                raise Broken(line, f"{name}: {error}", file) from None
        elif name in around:
            found[name] = around[name]
        at = _end_of(_BLANK, text, at)
    return tuple(found.items())


def read_raw(text: str) -> tuple[tuple[str, str], ...]:
    """The variables of a file in the format ``raw``: each line is taken as it is."""
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return tuple({name.strip(): value for name, _, value in (line.partition("=") for line in lines)}.items())


def _value(text: str, at: int, variables: Mapping[str, str]) -> tuple[str, int]:
    """The value that begins behind the equals sign, and the place after it."""
    begin, filler = _end_of(_BLANKS, text, at), Filler(variables)
    if text[begin : begin + 1] in ("'", '"'):
        quoted = _QUOTED.match(text, begin)
        if quoted is None:
            raise Malformed("its quotes aren't closed")
        after = _end_of(_LINE, text, quoted.end())
        if quoted[1] is not None:
            return quoted[1].replace("\\'", "'"), after
        return filler.fill(_ESCAPE.sub(lambda it: _ESCAPED.get(it[1], it[1]), quoted[2])), after
    end = _end_of(_LINE, text, at)
    return filler.fill(_COMMENT.sub("", text[at:end]).strip()), end


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
