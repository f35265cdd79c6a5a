"""What a key's value may be: each kind reads one literal into the model's value, or says what is wrong with it.

Times are in `time_kinds`, addresses in `address_kinds`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulacra.definitions.problems import nearest, quoted
from simulacra.hcl.quote import literal
from simulacra.hcl.values import NotData, Object, Value


class Wrong(Exception):
    """A value that its key doesn't take; ``line`` is where it stands."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Kind:
    """``takes`` describes the values in words (for messages and the reference); ``read`` raises `Wrong`, ``write`` is its opposite."""

    takes: str
    read: Callable[[Value], Any]
    write: Callable[[Any], str] = literal


def scalar(value: Value, takes: str) -> Any:
    """The plain value; raises `Wrong` for one that isn't plain data. ``takes`` are the words for what its key takes."""
    if isinstance(value, NotData):
        raise Wrong(value.line, f"must be plain data, not {value.what}; it takes {takes}")
    return value.value


def shown(plain: object) -> str:
    """A plain value as a message shows it."""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, str):
        return quoted(plain)
    if plain is None:
        return "null"
    if isinstance(plain, tuple):
        return "a list"
    if isinstance(plain, Object):
        return "a map"
    return str(plain)


def text(takes: str = "a string", pattern: str = "", example: str = "", filled: bool = False) -> Kind:
    """A string; ``pattern`` must match the whole of it."""
    compiled = re.compile(pattern) if pattern else None
    takes += f", for example {example}" if example else ""

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        if not isinstance(plain, str):
            raise Wrong(value.line, f"takes {takes}, not {shown(plain)}")
        if (filled and not plain.strip()) or (compiled is not None and not compiled.fullmatch(plain)):
            raise Wrong(value.line, f"{shown(plain)} isn't {takes}")
        return plain

    return Kind(takes, read)


def truth() -> Kind:
    """true or false."""

    def read(value: Value) -> bool:
        plain = scalar(value, "true or false")
        if not isinstance(plain, bool):
            raise Wrong(value.line, f"takes true or false, not {shown(plain)}")
        return plain

    return Kind("true or false", read)


def whole(low: int, high: int, unit: str = "") -> Kind:
    """A whole number from ``low`` to ``high``."""
    of = f" {unit}" if unit else ""
    takes = f"a whole number from {low} to {high}{of}"

    def read(value: Value) -> int:
        plain = scalar(value, takes)
        if isinstance(plain, bool) or not isinstance(plain, int):
            raise Wrong(value.line, f"takes {takes}, not {shown(plain)}")
        if not low <= plain <= high:
            raise Wrong(value.line, f"{plain} is out of range: it takes {takes}")
        return plain

    return Kind(takes, read)


def number(low: float, high: float, unit: str = "") -> Kind:
    """A number from ``low`` to ``high``, whole or not."""
    takes = f"a number from {literal(low)} to {literal(high)}" + (f" {unit}" if unit else "")

    def read(value: Value) -> float:
        plain = scalar(value, takes)
        if isinstance(plain, bool) or not isinstance(plain, (int, float)):
            raise Wrong(value.line, f"takes {takes}, not {shown(plain)}")
        if not low <= plain <= high:
            raise Wrong(value.line, f"{plain:g} is out of range: it takes {takes}")
        return float(plain)

    return Kind(takes, read)


def none_of(said: str, takes: str, near: str) -> str:
    """That it isn't one of what is taken, with the one that may be meant; ``near`` empty: none may."""
    return f"{said} isn't {takes}" + (f". Did you mean {near!r}?" if near else "")


def choice(*options: str) -> Kind:
    """One of these strings."""
    quoted = ", ".join(f'"{option}"' for option in options)
    takes = f"one of {quoted}"

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        if not isinstance(plain, str):
            raise Wrong(value.line, f"takes {takes}, not {shown(plain)}")
        if plain not in options:
            raise Wrong(value.line, none_of(shown(plain), takes, nearest(plain, options)))
        return plain

    return Kind(takes, read)


def items(kind: Kind, what: str, filled: bool = False) -> Kind:
    """A list of values of one kind, none twice."""
    takes = f"a list of {what}"

    def read(value: Value) -> tuple[Any, ...]:
        plain = scalar(value, takes)
        if not isinstance(plain, tuple):
            raise Wrong(value.line, f"takes {takes}, not {shown(plain)}: put it in brackets, [ ]")
        if filled and not plain:
            raise Wrong(value.line, f"is an empty list: name at least one, or leave the key out ({takes})")
        found: list[Any] = []
        for item in plain:
            one = kind.read(item)
            if one in found:
                raise Wrong(item.line, f"names {shown(one) if isinstance(one, str) else one} twice: remove one")
            found.append(one)
        return tuple(found)

    return Kind(takes, read)


def arguments() -> Kind:
    """A command as a list: the program and its arguments, each as it is (no shell); the same word may come twice."""
    takes = 'a list: a program and its arguments, for example ["/usr/bin/ipmitool", "chassis", "power", "on"]'
    word = text()

    def read(value: Value) -> tuple[str, ...]:
        plain = scalar(value, takes)
        if not isinstance(plain, tuple):
            raise Wrong(value.line, f"takes {takes}, not {shown(plain)}")
        if not plain:
            raise Wrong(value.line, f"is an empty list: it takes {takes}")
        return tuple(word.read(item) for item in plain)

    return Kind(takes, read)


def mapping(example: str = '{ "cpu.arch" = "arm64" }') -> Kind:
    """A map of strings to strings, ordered by key."""
    return _map_of(text(), f"a map of strings, for example {example}")


def arguments_by_name() -> Kind:
    """A map of names to what `nomad job run -var` takes for them: strings as they are, numbers and truths as they are written."""
    takes = 'a map of strings, numbers, true or false, for example { image = "caddy:2", replicas = 3 }'

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        if isinstance(plain, (str, int, float)):
            return shown(plain) if not isinstance(plain, str) else plain
        raise Wrong(value.line, f"takes {takes}, not {shown(plain)}; a list or a map is written as a string, as for `nomad job run -var`")

    return _map_of(Kind(takes, read), takes)


def amounts(low: float, high: float, unit: str, example: str) -> Kind:
    """A map of names to numbers of that unit, ordered by name."""
    return _map_of(number(low, high, unit), f"a map of numbers of {unit}, for example {example}")


def _map_of(kind: Kind, takes: str) -> Kind:
    def read(value: Value) -> tuple[tuple[str, Any], ...]:
        plain = scalar(value, takes)
        if not isinstance(plain, Object):
            raise Wrong(value.line, f"takes {takes}, not {shown(plain)}")
        found: dict[str, Any] = {}
        for pair in plain.pairs:
            found[pair.key] = kind.read(pair.value)
        return tuple(sorted(found.items()))

    return Kind(takes, read)


def zones() -> Kind:
    """``"each"``, how many, or which."""
    takes = '"each", a number of zones, or a list of zones'
    names = items(text("the name of a zone"), "zones", filled=True)
    many = whole(1, 1000, "zones")

    def read(value: Value) -> Any:
        plain = scalar(value, takes)
        if plain == "each":
            return "each"
        if isinstance(plain, tuple):
            return tuple(sorted(names.read(value)))
        if isinstance(plain, int) and not isinstance(plain, bool):
            return many.read(value)
        hint = f"; for a single zone write [{quoted(plain)}]" if isinstance(plain, str) else ""
        raise Wrong(value.line, f"takes {takes}, not {shown(plain)}{hint}")

    return Kind(takes, read)
