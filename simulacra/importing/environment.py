"""Variables for the process: `environment` and `env_file`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulacra.hcl.strings import unfaithful
from simulacra.importing.dotenv import read_dotenv, read_raw
from simulacra.importing.notes import Note, broken, differs, left_out
from simulacra.importing.piece import Piece
from simulacra.importing.project import Composed
from simulacra.importing.reading import items, mapping, pairs, text, truth, unknown_keys
from simulacra.importing.tree import Items, Map, Node, Scalar

KEYS = ("environment", "env_file")

_FILE_KEYS = ("path", "required", "format")
_FILLED_IN = re.compile(r"\$\{([^{}]+)\}")
_NOMADS = ("NOMAD_", "attr.", "device.", "env.", "meta.", "node.")
"""What Nomad fills in by itself in a variable's value, beside the task's other variables."""


def environment(service: Composed) -> Piece:
    """The variables; of equal names the last counts, and `environment` comes after the files."""
    found: list[tuple[str, str]] = []
    notes: list[Note] = []
    for node in _files(service.get("env_file")):
        variables, said = _file(service, node)
        found += variables
        notes += said
    for pair in pairs(service.get("environment")):
        value = pair.value if pair.value is not None else service.project.variables.get(pair.key)
        if value is None:
            notes.append(left_out(pair.node, f"nothing says what {pair.key} is: set it in .env, or write its value"))
        else:
            found.append((pair.key, value))
    names = {name for name, _ in found}
    for name, value in found:
        if reason := unfaithful(name) or unfaithful(value):
            raise broken(service.keys, f"the variable {name!r} {reason}")
        if its := [it[0] for it in _FILLED_IN.finditer(value) if it[1].startswith(_NOMADS) or it[1] in names]:
            notes.append(differs(service.keys, f"Nomad fills in {its[0]} in the variable {name}; there is no way to keep it from that"))
    return Piece(environment=tuple(found), notes=tuple(notes))


def _files(node: Node | None) -> tuple[Node, ...]:
    return items(node) if isinstance(node, Items) else (node,) if node is not None else ()


def _file(service: Composed, node: Node) -> tuple[tuple[tuple[str, str], ...], tuple[Note, ...]]:
    """One file's variables, from a path or a map with one."""
    if isinstance(node, Scalar):
        return _variables(service, node, text(node), raw=False, required=True), ()
    entry = mapping(node)
    path, required, layout = entry.get("path"), entry.get("required"), entry.get("format")
    if path is None:
        raise broken(entry, "lacks `path`")
    raw = layout is not None and text(layout) == "raw"
    found = _variables(service, path, text(path), raw, required is None or truth(required))
    return found, tuple(_said(entry, layout))


def _said(entry: Map, layout: Node | None) -> Iterator[Note]:
    yield from unknown_keys(entry, _FILE_KEYS)
    if layout is not None and text(layout) != "raw":
        yield left_out(layout, "there is no such format: the file was read as Compose reads .env")


def _variables(service: Composed, node: Node, path: str, raw: bool, required: bool) -> tuple[tuple[str, str], ...]:
    content = service.project.settings.text(path)
    if content is None:
        if not required:
            return ()
        raise broken(node, f"the file {path!r} can't be read: bring it here, or take the line out")
    return read_raw(content) if raw else read_dotenv(content, path, service.project.variables)
