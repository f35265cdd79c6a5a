"""A broken rule."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Breach:
    """``about``: whom or what; a breach is the same as another of its rule that is about the same. ``at_s``: when it was noticed."""

    rule: str
    about: str
    at_s: float = field(compare=False)
    text: str = field(compare=False)
