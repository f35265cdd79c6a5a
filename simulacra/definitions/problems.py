"""Problems of definitions, all at once, and the words that they have in common."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from simulacra.faults import Usage
from simulacra.model.problem import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BrokenDefinitions", "Problem", "did_you_mean", "nearest", "problem", "quoted"]


class BrokenDefinitions(Usage):
    """Definitions that don't make a grid; ``problems`` are all of them, by file and line."""

    def __init__(self, problems: Iterable[Problem], folder: str = "") -> None:
        self.problems = tuple(sorted(set(problems)))
        self.folder = folder
        super().__init__("\n".join(map(str, self.problems)))


_SHOWN = 80
"""So many characters of a string that somebody wrote are shown to them."""

_NAMED = 8
"""So many of the names that there are, where none is near."""


def quoted(text: str) -> str:
    """A string of the definitions' as a message shows it: on one line, no longer than can be read, nothing a terminal would obey."""
    clean = "".join(character if character.isprintable() else _ESCAPES.get(character, f"\\u{ord(character):04x}") for character in text)
    return f'"{clean}"' if len(clean) <= _SHOWN else f'"{clean[:_SHOWN]}…"'


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, else the names that there are; starts with a space, ends a sentence."""
    names = sorted(known)
    if close := nearest(name, names):
        return f" Did you mean {close!r}?"
    if not names:
        return ""
    shown = names if len(names) <= _NAMED + 1 else names[:_NAMED]  # "and 1 more" is no shorter than its name
    more = f" and {len(names) - _NAMED} more" if len(shown) < len(names) else ""
    return f" There are: {', '.join(shown)}{more}."


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like it; empty where none is."""
    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=0.6)), "")
