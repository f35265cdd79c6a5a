"""Numbers and names in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def numbered(count: int, what: str) -> str:
    """``1 machine``, ``2,000 machines``."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def listed(names: Sequence[str], most: int | None = None) -> str:
    """``a, b and c``; of more than ``most`` names the first so many, and how many more there are. Empty where there are none."""
    shown = [*names[:most], *([f"{len(names) - most} more"] if most is not None and len(names) > most else [])]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
