"""The reference as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from simulacra.definitions.reference import BlockEntry, KeyEntry, PartEntry

HEAD = """\
<!-- Written by `simulacra reference`; what it says stands in simulacra/definitions/language. -->

# Reference

Every block and every key of the definitions, as the reader has them; [Definitions](definitions.md) says how they belong together.
`simulacra reference machine` prints one block's part. Of each key: what it takes, what holds where it is left out (–: nothing in
particular), and what it is. `simulacra validate` answers a wrong key with the nearest right one.

"""
_NOMADS = "Its body is Nomad's own and is taken over as it is, comments and all."
_STRING = re.compile(r'"[^"]*"')
_CODE = re.compile(r"(`[^`]*`)")


def page(entries: Iterable[BlockEntry]) -> str:
    """The whole reference, as the documentation has it."""
    entries = tuple(entries)
    tops = [f"| [`{entry.path[0]}`](#{_anchor(entry.path)}) | {_cell(entry.doc)} |\n" for entry in entries if len(entry.path) == 1]
    return f"{HEAD}| block | what it is |\n| --- | --- |\n{''.join(tops)}\n{sections(entries)}"


def sections(entries: Iterable[BlockEntry]) -> str:
    """Some blocks of it."""
    return "\n".join(map(_section, entries))


def _section(entry: BlockEntry) -> str:
    parts = [f"{'#' * min(len(entry.path) + 1, 3)} {_title(entry.path)}\n", f"{_sentence(entry.doc)}\n"]
    if entry.label:
        parts.append(f'Written `{entry.path[-1]} "NAME" {{ … }}`; NAME is {entry.label}.\n')
    if entry.nomads:
        parts.append(f"{_of_nomad(entry)}\n")
    parts.append(f"```hcl\n{entry.example}```\n")
    if entry.keys:
        parts.append("| key | takes | if left out | what it is |\n| --- | --- | --- | --- |\n" + "".join(map(_key, entry.keys)))
    if entry.parts:
        parts.append("| block in it | how many | what it is |\n| --- | --- | --- |\n" + "".join(map(_part, entry.parts)))
    return "\n".join(parts)


def _of_nomad(entry: BlockEntry) -> str:
    if entry.keys:
        return "Blocks of Nomad's own in it are taken over as they are."
    if not entry.stanzas:
        return _NOMADS
    return f"{_NOMADS} Of Nomad's stanzas these belong here: {', '.join(f'`{name}`' for name in entry.stanzas)}."


def _key(key: KeyEntry) -> str:
    left_out = "required" if key.required else key.left_out or "–"
    takes = _STRING.sub(lambda found: f"`{found[0]}`", key.takes)
    return f"| `{key.name}` | {_cell(takes)} | {_cell(left_out)} | {_cell(key.doc)} |\n"


def _part(part: PartEntry) -> str:
    links = " or ".join(f"[`{path[-1]}`](#{_anchor(path)})" for path in part.paths)
    return f"| {links} | {'any number' if part.many else 'at most one'} | {_cell(part.doc)} |\n"


def _title(path: tuple[str, ...]) -> str:
    return ": ".join(path)


def _anchor(path: tuple[str, ...]) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w -]", "", _title(path).lower()).replace(" ", "-")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _cell(text: str) -> str:
    """Text in a table; outside of code nothing in it is HTML."""
    parts = _CODE.split(text)
    return "".join(part if index % 2 else part.replace("<", "&lt;") for index, part in enumerate(parts)).replace("|", "\\|")
