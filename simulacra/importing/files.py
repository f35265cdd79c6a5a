"""`configs` and `secrets`: files that Nomad's templates write, mounted where Compose would put them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from simulacra.importing.notes import Note, broken, differs, left_out
from simulacra.importing.piece import Piece
from simulacra.importing.project import Composed
from simulacra.importing.reading import file_mode, items, text, unknown_keys, whole
from simulacra.importing.stanzas import Attribute, Block, document, escaped_for_templates, given
from simulacra.importing.stanzas import text as string
from simulacra.importing.tree import Map, Node

KEYS = ("configs", "secrets")

_LONG = ("source", "target", "uid", "gid", "mode")
_LARGEST = 64 * 1024
"""Characters of a config that are written into a definition: a job is no place for more."""
_DELIMITERS = ("[[[[", "]]]]")
"""For templates whose text holds Nomad's own."""
_FOLDERS = {"configs": "/", "secrets": "/run/secrets/"}


@dataclass(frozen=True, slots=True)
class _Use:
    """One entry: which file, and where to."""

    kind: str
    source: str
    target: str
    node: Node
    settings: Map

    @property
    def place(self) -> str:
        """The file in the task's folder."""
        return f"{'secrets' if self.kind == 'secrets' else 'local'}/{self.source}"


def files(service: Composed) -> Piece:
    """Templates and mounts."""
    uses = [_use(kind, node) for kind in KEYS for node in items(service.get(kind))]
    secrets = [use for use in uses if use.kind == "secrets"]
    put = " ".join((f"nomad var put nomad/jobs/{service.grid_name}", *(_put(service, use) for use in secrets)))
    made: list[tuple[Attribute, ...]] = []
    mounted: list[_Use] = []
    notes = [note for use in uses for note in unknown_keys(use.settings, _LONG)]
    for use in uses:
        body, said = _secret(use, service.grid_name, put) if use.kind == "secrets" else _config(service, use)
        notes += said
        if body:
            made.append((string("destination", use.place), *_owner(use), *body))
            mounted.append(use)
    return Piece(config=tuple(_mount(use) for use in mounted), task=tuple(Block("template", body) for body in made), notes=tuple(notes))


def _use(kind: str, node: Node) -> _Use:
    if isinstance(node, Map):
        source, target = node.get("source"), node.get("target")
        if source is None:
            raise broken(node, "lacks `source`")
        name = text(source)
        where = text(target) if target is not None else name
        return _Use(kind, name, where if where.startswith("/") else _FOLDERS[kind] + where, node, node)
    name = text(node)
    return _Use(kind, name, _FOLDERS[kind] + name, node, Map((), node.line, node.path))


def _defined(service: Composed, use: _Use) -> Map:
    found = service.project.files.get((use.kind, use.source))
    if found is None:
        raise broken(use.node, f"there is nothing named {use.source!r} under the file's `{use.kind}`: define it there")
    return found


def _config(service: Composed, use: _Use) -> tuple[tuple[Attribute, ...], tuple[Note, ...]]:
    written = _text(service, _defined(service, use))
    if written is not None and len(written) <= _LARGEST:
        return _template(use, written)
    what = f"it is larger than {_LARGEST // 1024} KiB" if written is not None else "its text isn't here"
    said = f'{what}; write it into a `template` of the task, with `destination = "{use.place}"`, and mount that at {use.target}'
    return (), (left_out(use.node, said),)


def _text(service: Composed, found: Map) -> str | None:
    """A config's text, as far as it is here and is text."""
    content, variable, file = found.get("content"), found.get("environment"), found.get("file")
    if content is not None:
        return text(content)
    if variable is not None:
        return service.project.variables.get(text(variable))
    raw = service.project.settings.read(service.project.settings.path(text(file))) if file is not None else None
    try:
        return raw.decode() if raw is not None else None
    except UnicodeDecodeError:
        return None


def _template(use: _Use, written: str) -> tuple[tuple[Attribute, ...], tuple[Note, ...]]:
    """A template that fills nothing in."""
    if "{{" not in written:
        return (document("data", written),), ()
    if any(it in written for it in _DELIMITERS):
        said = f"it holds {_DELIMITERS[0]} or {_DELIMITERS[1]} beside {{{{, so Nomad would take it for a template: bring it otherwise"
        return (), (left_out(use.node, said),)
    left, right = _DELIMITERS
    return (string("left_delimiter", left), string("right_delimiter", right), document("data", written)), ()


def _secret(use: _Use, job: str, put: str) -> tuple[tuple[Attribute, ...], tuple[Note, ...]]:
    """A template of one item of the job's own Nomad variable: a secret has no place in a file of definitions."""
    data = f'{{{{ with nomadVar "nomad/jobs/{job}" }}}}{{{{ .{_item(use)} }}}}{{{{ end }}}}'
    said = f"the service waits for its secrets in a Nomad variable: {put}"
    return (string("data", data),), (differs(use.node, said),)


def _item(use: _Use) -> str:
    """The name of the variable's item: templates take it as an identifier."""
    name = re.sub(r"\W", "_", use.source, flags=re.ASCII)
    return f"_{name}" if name[:1].isdigit() else name


def _put(service: Composed, use: _Use) -> str:
    found = _defined(service, use)
    file, variable = found.get("file"), found.get("environment")
    if file is not None:
        return f"{_item(use)}=@{text(file)}"
    if variable is not None:
        return f'{_item(use)}="${text(variable)}"'
    return f"{_item(use)}=…"


def _owner(use: _Use) -> Iterator[Attribute]:
    """Who may read the file, as Nomad's templates have it."""
    for key in ("uid", "gid"):
        node = use.settings.get(key)
        if node is not None:
            yield given(key, whole(node))
    mode = use.settings.get("mode")
    if mode is not None:
        yield string("perms", f"{file_mode(mode):o}")


def _mount(use: _Use) -> Block:
    paths = (string("source", escaped_for_templates(use.place)), string("target", escaped_for_templates(use.target)))
    return Block("mount", (string("type", "bind"), *paths, given("readonly", True)))
