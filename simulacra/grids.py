"""The grid of a folder, read again when something in it has changed: for what lives as long as the grid does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simulacra.definitions import load_all
from simulacra.definitions.folder import looks_of, signature
from simulacra.definitions.jobspecs import digests_of
from simulacra.faults import Fault
from simulacra.model.grid import Grid

Tell = Callable[[str], None]
Looks = tuple[tuple[str, int, int], ...]


class Grids:
    """The grid of a folder, read again when a file in it, or one that it names, has changed; definitions that became wrong leave the last
    good grid.
    """

    def __init__(self, folder: Path, tell: Tell) -> None:
        self._folder, self._tell = folder, tell
        self._looks: tuple[Looks, Looks] = (), ()
        self._read(signature(folder))

    def now(self) -> Grid:
        try:
            looks = signature(self._folder), looks_of(self._folder, self._loaded.named)
            if looks != self._looks:
                self._looks = looks  # definitions that are wrong aren't read again before they change
                self._read(looks[0])
        except Fault as fault:
            self._tell(f"the definitions can't be read now; going on with those before: {fault}")
        return self._loaded.grid

    def _read(self, looks: Looks) -> None:
        """Read the definitions, which looked so before. What they name is known only then: what changed meanwhile is read again."""
        self._loaded = load_all(self._folder, values=False)
        named = looks_of(self._folder, self._loaded.named)
        same = digests_of(self._folder, self._loaded.named) == self._loaded.named
        self._looks = looks, named if same else ()
