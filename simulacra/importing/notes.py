"""What is told of a Compose file: lines that weren't carried over or became something else, and what is wrong in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol


class Placed(Protocol):
    """Anything in the file: its line, and its place in the file's tree (``services.web.ports[0]``)."""

    @property
    def line(self) -> int: ...

    @property
    def path(self) -> str: ...


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One line of the file that the definitions don't carry as it stands there.

    ``said`` is why, and what to do. ``lost`` tells what was left out from what was carried over differently. Notes with ``once`` that say
    the same are shown as one.
    """

    line: int
    path: str
    said: str
    lost: bool
    once: bool = False

    def __str__(self) -> str:
        return on_one_line(f"{self.path}: {'left out: ' if self.lost else ''}{self.said}")


def on_one_line(text: str) -> str:
    """The text with what a terminal wouldn't just show written as Python would: keys of the file may hold anything."""
    return "".join(it if it.isprintable() else repr(it)[1:-1] for it in text)


def left_out(what: Placed, why: str, once: bool = False) -> Note:
    """A note on something that the definitions lack."""
    return Note(what.line, what.path, why, lost=True, once=once)


def differs(what: Placed, how: str, once: bool = False) -> Note:
    """A note on something that the definitions have in another way."""
    return Note(what.line, what.path, how, lost=False, once=once)


class Broken(Exception):
    """Something in a file that Compose wouldn't take either; ``file`` is empty for the Compose file itself."""

    def __init__(self, line: int, message: str, file: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.file = file


def broken(what: Placed, message: str) -> Broken:
    """Something in the Compose file itself."""
    return Broken(what.line, f"{what.path}: {message}")


def shown(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The notes by line; those with ``once`` that say the same as one, which names the other lines."""
    kept: list[Note] = []
    lines: dict[str, list[int]] = {}
    for note in sorted(set(notes)):
        if not note.once or note.said not in lines:
            kept.append(note)
        if note.once:
            lines.setdefault(note.said, []).append(note.line)
    return tuple(_with_lines(note, lines[note.said][1:]) if note.once else note for note in kept)


def _with_lines(note: Note, others: Iterable[int]) -> Note:
    further = sorted(set(others) - {note.line})
    if not further:
        return note
    listed = ", ".join(map(str, further))
    return replace(note, said=f"{note.said} (also line{'s' if len(further) > 1 else ''} {listed})")
