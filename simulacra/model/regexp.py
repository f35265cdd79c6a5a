"""Regular expressions as Nomad's servers read them: Go's syntax (RE2), in terms of Python's.

What Go refuses (look-around, references back, possessive repeats) is refused here too, so that what no machine can meet is known as such.
Source: https://pkg.go.dev/regexp/syntax. Only whether something matches is asked, so greed makes no difference. Unicode classes
(``\\p{Greek}``) and the negation of a named class (``[[:^alpha:]]``) are refused, unlike by Go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t\n\v\f\r ", "upper": "A-Z",
    "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_NEGATED = {
    "d": r"\x00-/:-\U0010ffff", "w": r"\x00-/:-@\[-\^`{-\U0010ffff", "s": r"\x00-\x08\x0b\x0e-\x1f!-\U0010ffff",
}  # fmt: skip
_REPEAT = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")
_GROUP = re.compile(r"\(\?(?:P?<([A-Za-z0-9_]+)>|([imsU]*)(?:-([imsU]+))?([:)]))")
_CODE = re.compile(r"x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2})|([afnrtv])")
_NAMED = re.compile(r"\[:(\^?)([a-z]+):\]")
_MOST_REPEATS = 1000


class _RefusedError(ValueError):
    """Go wouldn't take it."""


@lru_cache(maxsize=1024)
def compiled(expression: str) -> re.Pattern[str] | None:
    """The expression for Python's ``search``, or None where Go would refuse it: then nothing matches."""
    try:
        return re.compile(_Translation(expression).whole())
    except (_RefusedError, re.error, OverflowError, RecursionError):
        return None


@dataclass
class _Translation:
    """One walk over the text; ``flags`` are those in force, ``scopes`` those to return to at the end of each group."""

    text: str
    at: int = 0
    flags: frozenset[str] = frozenset()
    scopes: list[frozenset[str]] = field(default_factory=list)

    def whole(self) -> str:
        parts: list[str] = []
        repeatable = False
        while self.at < len(self.text):
            repeat = self._repeat()
            if repeat is not None:
                if not repeatable:
                    raise _RefusedError
                parts.append(repeat)
                repeatable = False
                continue
            piece, repeatable = self._piece()
            parts.append(piece)
        if self.scopes:
            raise _RefusedError
        return "".join(parts)

    def _repeat(self) -> str | None:
        """A repetition without its greed, or None where none stands here."""
        char = self.text[self.at]
        if char in "*+?":
            self.at += 1
            repeat = char
        else:
            found = _REPEAT.match(self.text, self.at) if char == "{" else None
            if found is None:
                return None
            least, most = int(found[1]), int(found[3]) if found[3] else int(found[1])
            if max(least, most) > _MOST_REPEATS or least > most:
                raise _RefusedError
            self.at = found.end()
            repeat = found[0]
        if self.text.startswith("?", self.at):
            self.at += 1
        return repeat

    def _piece(self) -> tuple[str, bool]:
        """The next piece, and whether it may be repeated."""
        char = self.text[self.at]
        if char == "(":
            return self._open(), False
        self.at += 1
        match char:
            case ")":
                if not self.scopes:
                    raise _RefusedError
                self.flags = self.scopes.pop()
                return ")", True
            case "|":
                return "|", False
            case "^":
                return ("(?m:^)" if "m" in self.flags else r"(?:\A)"), True
            case "$":
                return ("(?m:$)" if "m" in self.flags else r"(?:\Z)"), True
            case ".":
                return ("(?s:.)" if "s" in self.flags else r"[^\n]"), True
            case "[":
                return self._cased(self._set()), True
            case "\\":
                return self._escape(), True
        return self._cased(re.escape(char)), True

    def _cased(self, piece: str) -> str:
        return f"(?i:{piece})" if "i" in self.flags else piece

    def _open(self) -> str:
        if not self.text.startswith("(?", self.at):
            self.at += 1
            self.scopes.append(self.flags)
            return "(?:"
        found = _GROUP.match(self.text, self.at)
        if found is None or found[3] == "":
            raise _RefusedError
        self.at = found.end()
        before = self.flags
        if found[1] is None:
            self.flags = (before | set(found[2] or "")) - set(found[3] or "")
            if found[4] == ")":  # in force until the group around it ends
                return ""
        self.scopes.append(before)
        return "(?:"

    def _escape(self) -> str:
        if self.at >= len(self.text):
            raise _RefusedError
        char = self.text[self.at]
        if char == "Q":
            end = self.text.find(r"\E", self.at + 1)
            literal = self.text[self.at + 1 : end if end >= 0 else len(self.text)]
            self.at = end + 2 if end >= 0 else len(self.text)
            return f"(?:{self._cased(re.escape(literal))})"
        if char in "AzbB":
            self.at += 1
            return {"A": r"(?:\A)", "z": r"(?:\Z)", "b": r"(?:(?a:\b))", "B": r"(?:(?a:\B))"}[char]
        if char in "dws" or char in "DWS":
            self.at += 1
            return f"[{'^' if char.isupper() else ''}{_CLASSES[char.lower()]}]"
        return self._cased(re.escape(self._character()))

    def _character(self) -> str:
        """What an escape of one character stands for; ``at`` is behind the backslash."""
        found = _CODE.match(self.text, self.at)
        if found is None:
            char = self.text[self.at]
            if char.isalnum() or ord(char) > 0x7F:
                raise _RefusedError
            self.at += 1
            return char
        self.at = found.end()
        if found[4]:
            return {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}[found[4]]
        code = int(found[3], 8) if found[3] else int(found[1] or found[2], 16)
        if code > 0x10FFFF:
            raise _RefusedError
        return chr(code)

    def _set(self) -> str:
        """A character class; ``at`` is behind its opening bracket."""
        negated = self.text.startswith("^", self.at)
        self.at += negated
        parts: list[str] = []
        first = True
        while first or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise _RefusedError
            parts.append(self._member())
            first = False
        self.at += 1
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _member(self) -> str:
        posix = _NAMED.match(self.text, self.at)
        if posix is not None:
            if posix[2] not in _POSIX or posix[1]:
                raise _RefusedError
            self.at = posix.end()
            return _POSIX[posix[2]]
        if self.text[self.at] == "\\" and self.text[self.at + 1 : self.at + 2] in set("dwsDWS"):
            char = self.text[self.at + 1]
            self.at += 2
            return _NEGATED[char.lower()] if char.isupper() else _CLASSES[char]
        low = self._set_character()
        if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at) and self.at + 1 < len(self.text):
            self.at += 1
            high = self._set_character()
            if high < low:
                raise _RefusedError
            return f"{_in_set(low)}-{_in_set(high)}"
        return _in_set(low)

    def _set_character(self) -> str:
        char = self.text[self.at]
        self.at += 1
        if char != "\\":
            return char
        if self.at >= len(self.text):
            raise _RefusedError
        return self._character()


def _in_set(char: str) -> str:
    return "\\" + char if char in "\\]^-[&~|" else char
