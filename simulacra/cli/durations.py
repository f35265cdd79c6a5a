"""Spans and moments of time, as people write and read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulacra.faults import Usage

if TYPE_CHECKING:
    from simulacra.model.grid import Grid

LONGEST_S = 366 * 86400.0


def seconds_of(option: str, text: str) -> float:
    """``4h``, ``90m``, ``1h30m`` in seconds, as Go writes it; raises `Usage`."""
    from simulacra.definitions.kinds import Wrong
    from simulacra.definitions.time_kinds import duration
    from simulacra.hcl.values import Literal

    try:
        seconds: float = duration(0, LONGEST_S).read(Literal(0, text))
    except Wrong:
        raise Usage(f"{option} takes a duration such as 4h, 90m or 1h30m, not {text!r}") from None
    return seconds


def iso(at_s: float) -> str:
    """ISO 8601, UTC, whole seconds."""
    return datetime.fromtimestamp(int(at_s), UTC).isoformat().replace("+00:00", "Z")


def local(grid: Grid, at_s: float, now_s: float, seconds: bool = False) -> str:
    """``14:05`` in the grid's time zone, with the date where it isn't today, with the seconds if they matter."""
    from zoneinfo import ZoneInfo

    at, now = (datetime.fromtimestamp(it, ZoneInfo(grid.timezone)) for it in (at_s, now_s))
    clock = "%H:%M:%S" if seconds else "%H:%M"
    return at.strftime(clock if at.date() == now.date() else f"%Y-%m-%d {clock}")
