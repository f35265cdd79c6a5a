"""Compose's amounts of memory, time and processor in the units that Nomad has."""

from __future__ import annotations

import re
from math import ceil

from simulacra.importing.notes import broken
from simulacra.importing.reading import number, text
from simulacra.importing.tree import Node

MHZ_A_CORE = 1000
"""What a core is taken for: Nomad counts in MHz, and what a core of the machine that it will run on has is known only there."""

_BYTES = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgtp]?)i?b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|µs|ms|s|m|h|d|w)")
_SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_MEBIBYTE = 1024 * 1024
_LARGEST = 1024**5
_LONGEST = 30
"""Characters of a number that anybody writes."""


def in_bytes(node: Node) -> int:
    """A size such as ``64m`` or ``1.5gb``, in bytes; a bare number is of bytes."""
    written = text(node).strip()
    found = _BYTES.fullmatch(written)
    size = ceil(float(found[1]) * 1024.0 ** _POWERS[found[2].lower()]) if found and len(written) < _LONGEST else _LARGEST + 1
    if size > _LARGEST:
        raise broken(node, f"takes a size up to 1024t, for example 64m or 1g, not {written!r}")
    return size


def mebibytes(node: Node) -> int:
    """A size in MiB, rounded up."""
    return ceil(in_bytes(node) / _MEBIBYTE)


def seconds(node: Node) -> float:
    """A duration such as ``1m30s``, in seconds."""
    written = text(node).strip()
    parts = _TIME.findall(written)
    if not parts or "".join(amount + unit for amount, unit in parts) != written:
        raise broken(node, f"takes a duration, for example 30s or 1m30s, not {written!r}")
    return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)


def duration(amount_s: float) -> str:
    """Seconds as Nomad takes them: ``1m30s``."""
    milliseconds = round(amount_s * 1000)
    if milliseconds % 1000:
        return f"{milliseconds}ms"
    hours, rest = divmod(milliseconds // 1000, 3600)
    minutes, whole = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "m"), (whole, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0s"


def megahertz(node: Node) -> int:
    """A number of cores, in MHz."""
    return ceil(number(node) * MHZ_A_CORE)
