"""Variables in a Compose file: ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and their kin, as Compose fills them in.

Source: compose-spec's chapter "Interpolation", and compose-go's ``template`` where that is silent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulacra.importing.notes import Note, broken, left_out
from simulacra.importing.tree import Items, Map, Node, Scalar

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-?+]")
_DEEPEST = 50


class Malformed(ValueError):
    """A text whose dollar signs Compose refuses, or a variable that it demands; the message is for people."""


@dataclass(slots=True)
class Filler:
    """Fills variables in; ``unset`` collects the names of those that have no value and no default."""

    variables: Mapping[str, str]
    unset: list[str] = field(default_factory=list)

    def fill(self, text: str, depth: int = 0) -> str:
        """The text with its variables filled in; raises `Malformed`."""
        if depth > _DEEPEST:
            raise Malformed("its defaults are nested too deeply")
        parts: list[str] = []
        at = 0
        while (dollar := text.find("$", at)) >= 0:
            parts.append(text[at:dollar])
            value, at = self._one(text, dollar + 1, depth)
            parts.append(value)
        return "".join(parts) + text[at:]

    def _one(self, text: str, at: int, depth: int) -> tuple[str, int]:
        """What a dollar sign stands for, given the place behind it, and the place after all that."""
        if text.startswith("$", at):
            return "$", at + 1
        if text.startswith("{", at):
            end = _closing(text, at)
            return self._braced(text[at + 1 : end], depth), end + 1
        named = _NAME.match(text, at)
        if named is None:
            raise Malformed("a `$` stands there that begins no variable: write `$$` for a dollar sign")
        return self._value(named[0]), named.end()

    def _braced(self, inside: str, depth: int) -> str:
        named = _NAME.match(inside)
        operator = _OPERATOR.match(inside, named.end()) if named else None
        if named is None or (operator is None and named.end() < len(inside)):
            raise Malformed(f"`${{{inside}}}` is no variable: write `$${{` for a dollar sign and a brace")
        if operator is None:
            return self._value(named[0])
        value = self.variables.get(named[0])
        there = bool(value) if operator[0][0] == ":" else value is not None
        rest = inside[operator.end() :]
        match operator[0][-1]:
            case "-":
                return (value or "") if there else self.fill(rest, depth + 1)
            case "+":
                return self.fill(rest, depth + 1) if there else ""
        if not there:
            said = self.fill(rest, depth + 1)
            raise Malformed(f"the variable {named[0]} must be set{f' ({said})' if said else ''}: set it in .env")
        return value or ""

    def _value(self, name: str) -> str:
        if name not in self.variables:
            self.unset.append(name)
        return self.variables.get(name, "")


def _closing(text: str, at: int) -> int:
    """The place of the brace that closes the one at ``at``."""
    depth = 0
    for place in range(at, len(text)):
        if text[place] == "}":
            depth -= 1
            if not depth:
                return place
        elif text[place] == "{" and (place == at or text[place - 1] == "$"):
            depth += 1
    raise Malformed("a `${` isn't closed: write `$${` for a dollar sign and a brace")


def interpolate(node: Node, variables: Mapping[str, str]) -> tuple[Node, tuple[Note, ...]]:
    """The tree with the variables in its values filled in (keys are left alone), and a note for each that isn't set.

    Raises `Broken` for a text that Compose refuses.
    """
    notes: list[Note] = []
    return _filled(node, variables, notes), tuple(notes)


def _filled(node: Node, variables: Mapping[str, str], notes: list[Note]) -> Node:
    if isinstance(node, Map):
        return replace(node, pairs=tuple((key, _filled(value, variables, notes)) for key, value in node.pairs))
    if isinstance(node, Items):
        return replace(node, items=tuple(_filled(item, variables, notes) for item in node.items))
    if "$" not in node.text:
        return node
    filler = Filler(variables)
    try:
        text = filler.fill(node.text)
    except Malformed as error:
        raise broken(node, f"{error}") from None
    notes += [left_out(node, f"the variable {name} isn't set, so it is empty: set it in .env") for name in filler.unset]
    return Scalar(text, node.line, node.path, plain=False)
