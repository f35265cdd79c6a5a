"""One definition: a block at the top of a file, and where its parts stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulacra.model.source import Source


@dataclass(frozen=True, slots=True)
class Definition:
    """A block's model value, and the line of each of its keys and blocks.

    ``whole`` is False where some of it couldn't be read: then only the names that it refers to are worth checking.
    """

    kind: str
    value: Any
    lines: tuple[tuple[str, int], ...] = ()
    whole: bool = True

    @property
    def name(self) -> str:
        return str(self.value.name)

    @property
    def source(self) -> Source:
        source = self.value.source
        assert isinstance(source, Source)
        return source

    def at(self, key: str) -> Source:
        """Where a key stands (one of an inner block as ``wake.mac``); the block itself where it isn't written out."""
        return Source(self.source.file, dict(self.lines).get(key, self.source.line))

    def gives(self, key: str) -> bool:
        """Whether a key or block is written out."""
        return any(name == key for name, _ in self.lines)
