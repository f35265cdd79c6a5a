"""Days of a time zone: what a day is, when it begins, and how long it is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulacra.model.months import day_at, day_began_s, day_ends_s, days_between

AMSTERDAM = "Europe/Amsterdam"
ZONES = (AMSTERDAM, "UTC", "Asia/Beirut", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 11, 29), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
)
def test_a_day_is_as_long_as_clocks_say(day: date, hours: int) -> None:
    assert day_ends_s(AMSTERDAM, day) - day_began_s(AMSTERDAM, day) == hours * 3600


def test_a_day_is_the_time_zones() -> None:
    assert day_began_s(AMSTERDAM, date(2026, 11, 29)) == at("2026-11-28T23:00")
    assert day_at(AMSTERDAM, at("2026-11-28T23:00")) == date(2026, 11, 29)
    assert day_at(AMSTERDAM, at("2026-11-28T22:59:59")) == date(2026, 11, 28)


def test_the_days_between_leave_out_what_isnt_reached() -> None:
    began, ends = day_began_s(AMSTERDAM, date(2026, 11, 29)), day_ends_s(AMSTERDAM, date(2026, 11, 30))
    assert days_between(AMSTERDAM, began, ends) == (date(2026, 11, 29), date(2026, 11, 30))
    assert days_between(AMSTERDAM, began, ends + 1) == (date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1))
    assert days_between(AMSTERDAM, began - 1, began) == (date(2026, 11, 28),)
    assert days_between(AMSTERDAM, began, began) == ()


@given(st.sampled_from(ZONES), st.floats(1.2e9, 2.2e9), st.floats(0, 4e5))
def test_days_follow_on_each_other_and_hold_all_their_time(zone: str, from_s: float, lasts_s: float) -> None:
    days = days_between(zone, from_s, from_s + lasts_s)
    parts = [min(from_s + lasts_s, day_ends_s(zone, day)) - max(from_s, day_began_s(zone, day)) for day in days]
    assert sum(parts) == pytest.approx(from_s + lasts_s - from_s, abs=1e-3)
    assert all(part > 0 for part in parts)
