"""Assignments as `nomad fmt` lays them out."""

from __future__ import annotations

from collections.abc import Sequence


def assignments(pairs: Sequence[tuple[str, str]], indent: int) -> str:
    """Consecutive attributes (name, HCL of the value), one a line with their equals signs in one column; no last newline."""
    width = max((len(name) for name, _ in pairs), default=0)
    pad = " " * indent
    return "\n".join(f"{pad}{name:<{width}} = {value}" for name, value in pairs)
