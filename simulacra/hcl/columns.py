"""How many columns text takes for `nomad fmt`: one for each grapheme cluster.

The rules are those of https://github.com/apparentlymart/go-textseg, an approximation of Unicode Standard Annex #29. What
Python's tables don't tell (pictographs) is from Unicode 15.
"""

from __future__ import annotations

import re
import unicodedata

_JOINER = "\u200d"
_PREPENDED = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a"
    "\U00011a84-\U00011a89\U00011d46\U00011f02]"
)
_EXTENDING = re.compile("[\u200c\u0e33\u0eb3\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_STANDING_MARK = re.compile(
    "[\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c\u1a61\u1a63\u1a64\uaa7b\uaa7d\U00011720\U00011721]"
)
_PICTOGRAPH = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2"
    "\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612\u2614-\u2685\u2690-\u2705\u2708-\u2712\u2714\u2716\u271d\u2721"
    "\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763-\u2767\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07"
    "\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f\U0001f16c-\U0001f171"
    "\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f23a\U0001f23c-\U0001f23f\U0001f249-\U0001f3fa\U0001f400-\U0001f53d\U0001f546-\U0001f64f\U0001f680-\U0001f6ff"
    "\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff\U0001f80c-\U0001f80f\U0001f848-\U0001f84f\U0001f85a-\U0001f85f\U0001f888-\U0001f88f"
    "\U0001f8ae-\U0001f8ff\U0001f90c-\U0001f93a\U0001f93c-\U0001f945\U0001f947-\U0001faff\U0001fc00-\U0001fffd]"
)
_EXTENSION = "(?:e|jp?)*"
_HANGUL = f"(?:L+(?:(?:A?V+|B)T*|A?)|AV*T*|V+T*|BT*|T+){_EXTENSION}"
_REST = f"(?:{_HANGUL}|p{_EXTENSION}|j[je]*|ff?{_EXTENSION}|[oe][ej]*)"
_CLUSTER = re.compile(f"rn|[rnc]|P+{_REST}?|{_REST}")
"""A cluster, in the letters of `_kind`."""


def columns(text: str) -> int:
    """The number of grapheme clusters."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(_CLUSTER.findall("".join(map(_kind, text))))


def skip(text: str, clusters: int) -> str:
    """The text without its first grapheme clusters."""
    if text.isascii():
        return text[clusters:]
    found = re.match(f"(?:{_CLUSTER.pattern}){{0,{clusters}}}", "".join(map(_kind, text)))
    return text[found.end() if found else 0 :]


def _kind(character: str) -> str:
    """c: control, e: extends the one before, f: half a flag, j: joiner, p: pictograph, P: prepended, o: other; Hangul: see there."""
    if character.isascii():
        return {"\r": "r", "\n": "n"}.get(character, "c" if character < " " or character == "\x7f" else "o")
    if character == _JOINER:
        return "j"
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return "f"
    if _EXTENDING.match(character):
        return "e"
    if _PREPENDED.match(character):
        return "P"
    if _PICTOGRAPH.match(character):
        return "p"
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Mc"):
        return "o" if _STANDING_MARK.match(character) else "e"
    if category in ("Cc", "Cf", "Zl", "Zp", "Cs") or character == "\ufffd":
        return "c"
    return _hangul(character)


def _hangul(character: str) -> str:
    """L: leading, V: vowel, T: trailing, A: leading and vowel in one, B: all three."""
    if "\uac00" <= character <= "\ud7a3":
        return "B" if (ord(character) - 0xAC00) % 28 else "A"
    if "\u1100" <= character <= "\u115f" or "\ua960" <= character <= "\ua97c":
        return "L"
    if "\u1160" <= character <= "\u11a7" or "\ud7b0" <= character <= "\ud7c6":
        return "V"
    if "\u11a8" <= character <= "\u11ff" or "\ud7cb" <= character <= "\ud7fb":
        return "T"
    return "o"
