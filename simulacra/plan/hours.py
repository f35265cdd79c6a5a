"""Quiet hours, and how times are told to people."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, QuietHours


def minute_of_day(grid: Grid, now_s: float) -> int:
    """Minutes since local midnight."""
    local = datetime.fromtimestamp(now_s, ZoneInfo(grid.timezone))
    return local.hour * 60 + local.minute


def quiet_until(machine: Machine, minute: int) -> str:
    """When the quiet hours that it is in end (``07:00``, local time); empty where it is in none."""
    return next((f"{hours.end // 60:02d}:{hours.end % 60:02d}" for hours in machine.quiet_hours if _within(hours, minute)), "")


def _within(hours: QuietHours, minute: int) -> bool:
    if hours.start <= hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end


def clock(grid: Grid, at_s: float) -> str:
    """``14:05:30``, local time."""
    return datetime.fromtimestamp(at_s, ZoneInfo(grid.timezone)).strftime("%H:%M:%S")


def span(seconds: float) -> str:
    """``45 s``, ``10 min``, ``2 h``: rounded up to what a person would say."""
    if seconds < 120:
        return f"{max(1, -int(-seconds // 1))} s"
    if seconds < 7200:
        return f"{-int(-seconds // 60)} min"
    return f"{-int(-seconds // 3600)} h"
