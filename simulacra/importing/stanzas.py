"""Attributes and blocks of HCL as values; a template writes them down."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from simulacra.hcl.quote import Unquotable, literal, quote
from simulacra.hcl.strings import heredoc
from simulacra.importing.notes import Broken

_END = "EOT"
_WIDEST = 100
"""Columns of a list on one line."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Attribute:
    """``hcl`` is the value as HCL has it; ``why`` a comment behind it."""

    name: str
    hcl: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """``why`` is a comment above it."""

    type: str
    body: tuple[Attribute | Block, ...]
    label: str = ""
    why: str = ""


Stanza = Attribute | Block


def text(name: str, value: str, why: str = "") -> Attribute:
    """An attribute with a string that arrives as it is."""
    return Attribute(name, quoted(value), why)


def texts(name: str, values: Iterable[str], why: str = "") -> Attribute:
    """An attribute with a list of strings that arrive as they are."""
    return listed(name, map(quoted, values), why)


def listed(name: str, entries: Iterable[str], why: str = "") -> Attribute:
    """An attribute with a list of what is HCL already: an entry a line where it would be too wide for one."""
    written = tuple(entries)
    line = ", ".join(written)
    return Attribute(name, f"[{line}]" if len(line) <= _WIDEST else "[\n" + "".join(f"{it},\n" for it in written) + "]", why)


def given(name: str, value: bool | float, why: str = "") -> Attribute:
    """An attribute with a number, or true or false."""
    return Attribute(name, literal(value), why)


def filled(name: str, value: str, why: str = "") -> Attribute:
    """An attribute with a string in which Nomad fills in what stands in ``${…}``."""
    return Attribute(name, quoted(value).replace("$${", "${"), why)


def table(name: str, entries: Iterable[tuple[str, str]]) -> Attribute:
    """An attribute with a map of strings: its keys may be anything."""
    lines = "".join(f"{key if _IDENTIFIER.fullmatch(key) else quoted(key)} = {quoted(value)}\n" for key, value in entries)
    return Attribute(name, f"{{\n{lines}}}")


def document(name: str, value: str) -> Attribute:
    """An attribute with a text of many lines, as a heredoc where that arrives exactly."""
    escaped, exact = escaped_for_templates(value), quoted(value)
    if value.endswith("\n") and "\r" not in value and not any(line.strip() == _END for line in value.split("\n")):
        for introduction in ("<<-", "<<"):
            written = f"{introduction}{_END}\n{escaped}{_END}"
            if heredoc(written) == value:
                return Attribute(name, written)
    return Attribute(name, exact)


def quoted(value: str) -> str:
    """A string as HCL; raises `Broken` without a line for one that HCL can't hold."""
    try:
        return quote(value)
    except Unquotable as error:
        raise Broken(0, f"{value[:40]!r} {error}") from None


def escaped_for_templates(value: str) -> str:
    """A string of a driver's `config` that arrives in the task as it is: Nomad's client reads it as a template of HCL once more."""
    return value.replace("${", "$${").replace("%{", "%%{")
