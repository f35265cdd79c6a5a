"""What the tables share: the kinds of names, and how a block becomes the model's value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulacra.definitions import kinds
from simulacra.definitions.schema import Found, Key

MEBIBYTES, MHZ = (0, 1 << 30), (0, 1 << 30)
NODE_NAME = kinds.text(
    "a name of letters, digits, dots, dashes and underscores, at most 63 long, starting with a letter or digit",
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
)
NAME = kinds.text(
    "a name of lower case letters, digits and dashes, at most 63 long, starting with a letter or digit and not ending in a dash",
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
)
PORT_NAME = kinds.text(
    "a port's name: letters, digits and underscores, at most 40 long, starting with a letter and not ending in an underscore",
    r"[A-Za-z]([A-Za-z0-9_]{0,38}[A-Za-z0-9])?",
)
DEVICE = kinds.text("a device: type, vendor/type or vendor/type/name", r"[^/\s]+(/[^/\s]+){0,2}", '"nvidia/gpu"')
WORDS = kinds.text()
NAMED = kinds.text("a name", filled=True)


def named(what: str) -> kinds.Kind:
    """The name of something that is defined elsewhere, or by somebody else."""
    return kinds.text(f"the name of {what}", filled=True)


DESCRIPTION = Key(WORDS, "what it is, in words, for people")


def build(made: Callable[..., Any], label: str = "", sourced: bool = False) -> Callable[[Found], Any]:
    """Make the model's value from what was found, with the label under a field's name and the source where it has one."""

    def build(found: Found) -> Any:
        extra: dict[str, Any] = {label: found.label} if label else {}
        if sourced:
            extra["source"] = found.source
        return made(**found.values, **extra)

    build.__annotations__["return"] = made  # what `Schema` promises: the reference looks there for defaults
    return build
