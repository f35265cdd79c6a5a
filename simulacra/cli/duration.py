"""Durations on the command line."""

from __future__ import annotations

import re

from simulacra.faults import Usage

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(option: str, text: str) -> float:
    """``90s``, ``1h30m``, ``2d`` in seconds; raises `Usage` that names the option."""
    parts = _AMOUNT.findall(text)
    if not parts or "".join(amount + unit for amount, unit in parts) != text:
        raise Usage(f"{option}: {text!r} isn't a duration; write it as 90s, 10m or 1h30m")
    return sum(float(amount) * _UNITS[unit] for amount, unit in parts)
