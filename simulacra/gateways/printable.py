"""Words that machines choose themselves, as people may be shown them: a name must not end a line of a log, or steer a terminal."""

from __future__ import annotations

LONGEST = 1024
"""So much is read of a text: more digits than Python makes a number of would be a fault of whoever compares them."""
INSTEAD = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """The text with a mark in the place of each character that can't be printed: one name for it, whoever reads it, and nobody else's."""
    text = text[:LONGEST]
    return text if text.isprintable() else "".join(it if it.isprintable() else INSTEAD for it in text)
