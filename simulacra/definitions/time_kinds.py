"""The kinds of values that are about time: durations, hours of the day, time zones."""

from __future__ import annotations

import re

from simulacra.definitions.kinds import Kind, Wrong, scalar, shown
from simulacra.definitions.problems import did_you_mean
from simulacra.hcl.values import Value
from simulacra.model.machine import QuietHours

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration(low_s: float, high_s: float) -> Kind:
    """A duration as Go writes it (``"90s"``, ``"1m30s"``), in seconds."""
    low, high = _written_duration(low_s), _written_duration(high_s)
    takes = f'a duration from {low} to {high}, for example "90s" or "1m30s"'

    def read(value: Value) -> float:
        plain = scalar(value, takes)
        parts = _AMOUNT.findall(plain) if isinstance(plain, str) else []
        if not parts or "".join(amount + unit for amount, unit in parts) != plain:
            raise Wrong(value.line, f"takes {takes}, not {shown(plain)}")
        seconds = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
        if not low_s <= seconds <= high_s:
            raise Wrong(value.line, f"{shown(plain)} is out of range: it takes {takes}")
        return seconds

    return Kind(takes, read, _written_duration)


def _written_duration(seconds: float) -> str:
    """In the largest unit that it is a whole number of."""
    unit = next((unit for unit, size in reversed(_UNITS.items()) if seconds >= size and seconds % size == 0), "s")
    return f'"{seconds / _UNITS[unit]:g}{unit}"'


def _clock(value: str) -> int | None:
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", value)
    return int(found[1]) * 60 + int(found[2]) if found else None


def quiet_hours() -> Kind:
    """``"23:00-07:00"``: local time, possibly over midnight."""
    takes = 'hours of local time, for example "23:00-07:00"'

    def read(value: Value) -> QuietHours:
        plain = scalar(value, takes)
        start, _, end = plain.partition("-") if isinstance(plain, str) else ("", "", "")
        first, last = _clock(start.strip()), _clock(end.strip())
        if first is None or last is None:
            raise Wrong(value.line, f"{shown(plain)} isn't {takes}")
        if first == last:
            raise Wrong(value.line, f"{shown(plain)} starts and ends at the same minute; for a machine never to be woken leave `wake` out")
        return QuietHours(first, last)

    return Kind(takes, read)


def timezone() -> Kind:
    """A name of the IANA time zone database."""
    takes = 'a time zone, for example "Europe/Amsterdam"'

    def read(value: Value) -> str:
        from zoneinfo import ZoneInfo, available_timezones

        plain = scalar(value, takes)
        try:
            return ZoneInfo(plain if isinstance(plain, str) else "").key
        except (ValueError, OSError, KeyError):
            hint = did_you_mean(plain, available_timezones()) if isinstance(plain, str) else ""
            raise Wrong(value.line, f"{shown(plain)} isn't {takes}.{hint if 'Did' in hint else ''}") from None

    return Kind(takes, read)
