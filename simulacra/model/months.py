"""Calendar months and days of a time zone, as Unix seconds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def month_began_s(timezone: str, at_s: float) -> float:
    """When the month that ``at_s`` is in began there."""
    local = datetime.fromtimestamp(at_s, ZoneInfo(timezone))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp()


def month_ends_s(timezone: str, at_s: float) -> float:
    """When that month ends and the next one begins."""
    local = datetime.fromtimestamp(at_s, ZoneInfo(timezone))
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    return local.replace(year=year, month=month, day=1, hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp()


def day_at(timezone: str, at_s: float) -> date:
    """The day that ``at_s`` is in there."""
    return datetime.fromtimestamp(at_s, ZoneInfo(timezone)).date()


def day_began_s(timezone: str, day: date) -> float:
    """When that day begins there; it ends when the next one begins, after 23 or 25 hours where clocks are changed."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).timestamp()


def day_ends_s(timezone: str, day: date) -> float:
    """When the next day begins."""
    return day_began_s(timezone, day + timedelta(days=1))


def days_between(timezone: str, from_s: float, until_s: float) -> tuple[date, ...]:
    """The days from the one that ``from_s`` is in to the one that holds the last moment before ``until_s``; none where that is no time."""
    if until_s <= from_s:
        return ()
    first, last = day_at(timezone, from_s), day_at(timezone, until_s)
    days = tuple(first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(day for day in days if day_began_s(timezone, day) < until_s)
