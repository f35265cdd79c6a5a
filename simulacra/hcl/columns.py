"""How many columns text takes for `nomad fmt`: one for each grapheme cluster.

Source: Unicode Standard Annex #29. Where Python's tables don't tell (pictographs), the ranges are those of Unicode 15.
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
_FOLLOWS = {"L": "LVAB", "V": "VT", "A": "VT", "B": "T", "T": "T"}
"""Which kinds of Hangul a kind of Hangul takes into its cluster: leading, vowel, trailing; A is LV, B is LVT."""


def columns(text: str) -> int:
    """The number of grapheme clusters."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    count = 0
    before = ""
    joins = False
    pair_open = False
    for character in text:
        kind = _kind(character)
        if not count or not (kind in _GLUED.get(before, "") or _sticks(before, kind, joins, pair_open)):
            count += 1
            pair_open = kind == "regional"
            in_pictograph = kind == "pictograph"
            joins = False
        else:
            pair_open = False
            in_pictograph = in_pictograph or kind == "pictograph"
            joins = kind == "joiner" and in_pictograph
        before = kind
    return count


_GLUED = {"cr": "lf"}


def _sticks(before: str, kind: str, joins: bool, pair_open: bool) -> bool:
    """Whether a character of this kind belongs to the cluster that ends with ``before``."""
    if "control" in (before, kind) or before in ("cr", "lf") or kind in ("cr", "lf"):
        return False
    if kind in ("extending", "joiner") or before == "prepended":
        return True
    if kind == "pictograph":
        return joins
    if kind == "regional":
        return pair_open
    return kind in _FOLLOWS.get(before, "")


def _kind(character: str) -> str:
    if character.isascii():
        return {"\r": "cr", "\n": "lf"}.get(character, "control" if character < " " or character == "\x7f" else "other")
    if character == _JOINER:
        return "joiner"
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return "regional"
    if _EXTENDING.match(character):
        return "extending"
    if _PREPENDED.match(character):
        return "prepended"
    if _PICTOGRAPH.match(character):
        return "pictograph"
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Mc"):
        return "other" if _STANDING_MARK.match(character) else "extending"
    if category in ("Cc", "Cf", "Zl", "Zp", "Cs"):
        return "control"
    return _hangul(character)


def _hangul(character: str) -> str:
    if "\uac00" <= character <= "\ud7a3":
        return "B" if (ord(character) - 0xAC00) % 28 else "A"
    if "\u1100" <= character <= "\u115f" or "\ua960" <= character <= "\ua97c":
        return "L"
    if "\u1160" <= character <= "\u11a7" or "\ud7b0" <= character <= "\ud7c6":
        return "V"
    if "\u11a8" <= character <= "\u11ff" or "\ud7cb" <= character <= "\ud7fb":
        return "T"
    return "other"
