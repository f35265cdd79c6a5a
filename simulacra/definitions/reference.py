"""The language as a reference has it: each block with its keys, what stands in it, and an example."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from simulacra.definitions.language import LANGUAGE
from simulacra.definitions.schema import Key, Part, Schema, Verbatim
from simulacra.definitions.stanzas import STANZAS
from simulacra.hcl.format import format_text
from simulacra.hcl.syntax import Block, parse


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """``left_out`` is what holds where the key is left out, in words or as one would write it; empty where nothing does."""

    name: str
    takes: str
    doc: str
    required: bool
    left_out: str


@dataclass(frozen=True, slots=True)
class PartEntry:
    """A block that may stand in another: ``paths`` are those of its entries, several where there are several ways."""

    type: str
    doc: str
    many: bool
    paths: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class BlockEntry:
    """One kind of block.

    ``path`` are the types of the blocks around it and its own, with the label where that tells ways apart (``wake "lan"``).
    ``label`` is what its name may be, empty where it has none or only that one. ``nomads`` tells that blocks of Nomad's own stand in it,
    or nothing else, ``stanzas`` which of Nomad's belong there. ``example`` is HCL in the layout of `nomad fmt`.
    """

    path: tuple[str, ...]
    doc: str
    label: str
    keys: tuple[KeyEntry, ...]
    parts: tuple[PartEntry, ...]
    nomads: bool
    stanzas: tuple[str, ...]
    example: str


@cache
def reference() -> tuple[BlockEntry, ...]:
    """Every block of the language, each before those that stand in it."""
    return tuple(entry for kind, schema in LANGUAGE.items() for entry in _entries((kind,), schema, schema.doc, _examples(kind)))


def entries(name: str) -> tuple[BlockEntry, ...]:
    """The blocks of that type, wherever they stand, and those in them; empty where there is none."""
    return tuple(entry for entry in reference() if any(step.partition(" ")[0] == name for step in entry.path))


def block_types() -> tuple[str, ...]:
    """The types of all blocks, by name."""
    return tuple(sorted({entry.path[-1].partition(" ")[0] for entry in reference()}))


def blocks_with(key: str) -> tuple[str, ...]:
    """The types of the blocks that take such a key, by name; empty where none does."""
    return tuple(sorted({entry.path[-1].partition(" ")[0] for entry in reference() if any(it.name == key for it in entry.keys)}))


def _examples(kind: str) -> tuple[Block, ...]:
    """The blocks of that kind's file of examples."""
    return parse((files("simulacra.definitions.language") / "examples" / f"{kind}.hcl").read_text(encoding="utf-8")).blocks


def _entries(path: tuple[str, ...], of: Schema | Verbatim, doc: str, examples: tuple[Block, ...]) -> Iterator[BlockEntry]:
    """The entry of a block, and of those in it; ``examples`` are blocks that stand where it may."""
    kind, _, way = path[-1].partition(" ")
    own = tuple(block for block in examples if block.type == kind and (not way or _quoted(block) == way))
    example = format_text(own[0].text)
    if not isinstance(of, Schema):
        yield BlockEntry(path, doc, "", (), (), True, STANZAS.get(kind, ()), example)
        return
    keys = tuple(_key(of, name, key) for name, key in of.keys.items())
    parts = tuple(PartEntry(name, part.doc, part.many, _paths(path, name, part)) for name, part in of.parts.items())
    label = of.label.takes if of.label is not None and not way else ""
    yield BlockEntry(path, of.doc, label, keys, parts, of.rest is not None, (), example)
    inner = tuple(block for outer in own for block in outer.body.blocks)
    for name, part in of.parts.items():
        ways = tuple(part.of.values()) if isinstance(part.of, Mapping) else (part.of,)
        for where, it in zip(_paths(path, name, part), ways, strict=True):
            yield from _entries(where, it, part.doc, inner)


def _paths(path: tuple[str, ...], name: str, part: Part) -> tuple[tuple[str, ...], ...]:
    if isinstance(part.of, Mapping):
        return tuple((*path, f'{name} "{way}"') for way in part.of)
    return ((*path, name),)


def _quoted(block: Block) -> str:
    return " ".join(f'"{label}"' for label in block.labels)


def _key(schema: Schema, name: str, key: Key) -> KeyEntry:
    return KeyEntry(name, key.kind.takes, key.doc, key.required, "" if key.required else key.left_out or _default(schema, name, key))


def _default(schema: Schema, name: str, key: Key) -> str:
    """The default of the model's field, as one would write it; empty where there is none, or where that is nothing."""
    model = inspect.signature(schema.build, eval_str=True).return_annotation
    field = {field.name: field for field in dataclasses.fields(model)}.get(key.field or name)
    if field is None or field.default in (None, "", (), dataclasses.MISSING):
        return ""
    return f"`{key.kind.write(field.default)}`"
