"""YAML text to values that know their lines; the only place that knows the parser.

Scalars keep their text: what it means is Compose's to say, not YAML 1.1's (there ``22:22`` is a number in base 60 and ``no`` is false).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from simulacra.importing.notes import Broken

_MOST_NODES = 100_000
"""A file that aliases blow up to more is no Compose file."""
_MERGE = "tag:yaml.org,2002:merge"
_KNOWN_TAGS = "tag:yaml.org,2002:"
_OVERRIDE, _RESET = "!override", "!reset"
"""Compose's own tags: of them it needs neither when it reads a single file, but files that are read with others carry them."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """``plain`` is true where it stands without quotes: then it may be a number, true, false or null."""

    text: str
    line: int
    path: str
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Items:
    """A list's values in order, each with a line of its own."""

    items: tuple[Node, ...]
    line: int
    path: str


@dataclass(frozen=True, slots=True)
class Map:
    """Keys in the order of the file; a value's line is that of its key."""

    pairs: tuple[tuple[str, Node], ...]
    line: int
    path: str

    def get(self, key: str) -> Node | None:
        """The value under a key, None where there is no such key."""
        return next((value for name, value in self.pairs if name == key), None)


Node = Scalar | Items | Map


def read_yaml(text: str) -> Node:
    """The document's value; raises `Broken` for what isn't YAML, for several documents and for keys that stand there twice."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        if "single document" in said:
            said = "holds several documents (---): import each as a file of its own"
        raise Broken(mark.line + 1 if mark else 1, f"isn't YAML that can be read: {said}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Broken(line, f"isn't YAML: the character {chr(error.character)!r} can't stand there") from None
    except RecursionError:
        raise Broken(1, "is nested too deeply") from None
    if root is None:
        raise Broken(1, "is empty: a Compose file has `services:`")
    return _Reader().node(root, root.start_mark.line + 1, "")


class _Reader:
    """Copies the parser's graph into a tree; aliases are followed, and counted."""

    def __init__(self) -> None:
        self.left = _MOST_NODES
        self.above: list[int] = []

    def node(self, found: yaml.Node, line: int, path: str) -> Node:
        self.left -= 1
        if self.left < 0:
            raise Broken(line, f"{path}: the file's aliases make it larger than {_MOST_NODES} values")
        if id(found) in self.above:
            raise Broken(line, f"{path}: the alias leads back to what it stands in")
        if not found.tag.startswith(_KNOWN_TAGS) and found.tag not in (_OVERRIDE, _RESET):
            raise Broken(line, f"{path}: Compose has no tag {found.tag!r}: remove it")
        self.above.append(id(found))
        try:
            return self._copied(found, line, path)
        finally:
            self.above.pop()

    def _copied(self, found: yaml.Node, line: int, path: str) -> Node:
        if isinstance(found, yaml.MappingNode):
            return Map(tuple(self._pairs(found, path)), line, path)
        if isinstance(found, yaml.SequenceNode):
            items = tuple(self.node(it, it.start_mark.line + 1, f"{path}[{at}]") for at, it in enumerate(found.value))
            return Items(items, line, path)
        assert isinstance(found, yaml.ScalarNode)
        return Scalar(found.value, line, path, plain=found.style is None)

    def _pairs(self, found: yaml.MappingNode, path: str) -> Iterator[tuple[str, Node]]:
        """A map's own pairs, then those of what is merged into it (``<<``) that it doesn't have itself."""
        own: dict[str, int] = {}
        merged: list[tuple[yaml.Node, int]] = []
        for key, value in found.value:
            line = key.start_mark.line + 1
            if key.tag == _MERGE:
                merged.append((value, line))
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise Broken(line, f"{path or 'the file'}: a key must be a plain string")
            if key.value in own:
                raise Broken(line, f"{_below(path, key.value)}: stands there already, in line {own[key.value]}: remove one")
            own[key.value] = line
            if value.tag != _RESET:
                yield key.value, self.node(value, line, _below(path, key.value))
        for value, line in merged:
            for name, node in self._merged(value, line, path):
                if name not in own:
                    own[name] = line
                    yield name, node

    def _merged(self, value: yaml.Node, line: int, path: str) -> Iterator[tuple[str, Node]]:
        for one in value.value if isinstance(value, yaml.SequenceNode) else (value,):
            if not isinstance(one, yaml.MappingNode):
                raise Broken(line, f"{path}: `<<` takes a map, or a list of maps")
            node = self.node(one, line, path)
            assert isinstance(node, Map)
            yield from node.pairs


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
