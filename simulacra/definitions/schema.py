"""How blocks of definitions are described: the tables of `simulacra.definitions.language` are made of these values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from simulacra.definitions.kinds import Kind

if TYPE_CHECKING:
    from simulacra.definitions.problems import Problem
    from simulacra.hcl.syntax import Block
    from simulacra.model.source import Source


@dataclass(frozen=True, slots=True)
class Key:
    """One attribute; ``field`` is the model's name for it where that differs.

    ``doc`` says what it is and ``left_out`` what holds where it is left out, if the model's default doesn't tell: parts of a sentence.
    """

    kind: Kind
    doc: str
    field: str = ""
    required: bool = False
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from one block, for ``build``: values by model field, the label, the place, the line of each key."""

    values: Mapping[str, Any]
    label: str
    source: Source
    lines: Mapping[str, int]


class Verbatim(Protocol):
    """Reads a block whose body is Nomad's own: its model value, or problems."""

    def __call__(self, block: Block, file: str) -> tuple[Any, tuple[Problem, ...]]: ...


@dataclass(frozen=True, slots=True)
class Schema:
    """One kind of block. ``label`` is None for a block without one.

    ``build`` makes the model's value, of the class that it is annotated to return: the defaults of that class's fields are the keys'.
    """

    doc: str
    build: Callable[[Found], Any]
    keys: Mapping[str, Key] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    label: Kind | None = None
    rest: Verbatim | None = None
    """Takes the blocks that aren't ``parts``, as Nomad's own (into the field ``more``)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A block within a block: one schema, one for each label, or Nomad's own body."""

    of: Schema | Mapping[str, Schema] | Verbatim
    doc: str
    field: str = ""
    many: bool = False
