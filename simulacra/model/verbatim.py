"""Nomad's own stanzas, as their author wrote them."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.source import NOWHERE, Source


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Nomad's own stanzas, as their author wrote them: one body's text without its braces.

    ``text`` is in `nomad fmt`'s layout at indentation 0, comments included, and ends in a newline unless empty.
    ``fixed`` holds the indices of its lines that no indentation may touch: insides of heredocs and block comments.
    ``names`` are what stands at its top level, with the lines of the definition: attributes by name, blocks by type and
    labels (``port http``). ``lifted`` are the bodies of blocks that were taken out of ``text`` because simulacra has a share
    in them (``meta``, ``network``). ``canary`` is the line of an ``update`` block's canary, 0 for none.
    """

    text: str = ""
    fixed: tuple[int, ...] = ()
    names: tuple[tuple[str, int], ...] = ()
    lifted: tuple[tuple[str, Verbatim], ...] = ()
    canary: int = 0
    source: Source = NOWHERE

    def __bool__(self) -> bool:
        return bool(self.text)

    def has(self, name: str) -> bool:
        """Whether an attribute or a block of that name stands at the top level, lifted ones included."""
        return self.line_of(name) > 0

    def line_of(self, name: str) -> int:
        """The line of the first attribute or block of that name (or ``type label``) at the top level; 0 where there is none."""
        return next((line for found, line in self.names if found == name or found.startswith(f"{name} ")), 0)

    def lifted_body(self, name: str) -> Verbatim:
        """The body of a block that was taken out of the text; empty where there was none."""
        return next((body for kind, body in self.lifted if kind == name), Verbatim())

    def indented(self, spaces: int) -> str:
        """The text with every line but the fixed ones moved to the right; without its last newline."""
        pad = " " * spaces
        lines = self.text.rstrip("\n").split("\n")
        return "\n".join(line if not line or index in self.fixed else pad + line for index, line in enumerate(lines))
