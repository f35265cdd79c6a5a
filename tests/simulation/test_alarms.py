"""Each rule of the simulation can be broken, and is seen to be: with simulacra broken on purpose, in one way after the other."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.simulation.alarms import ALARMS
from tests.simulation.breaking import Alarm
from tests.simulation.lives import lived
from tests.simulation.replay import told_of
from tests.simulation.schedules import schedule_of
from tests.simulation.watch import RULES

SEEDS, LIVED_AT_MOST = 10_000, 250


def broken_by(alarm: Alarm) -> int | None:
    """The first seed that breaks the alarm's rule."""
    likely = islice(filter(lambda seed: alarm.where(schedule_of(seed)), range(SEEDS)), LIVED_AT_MOST)
    return next((seed for seed in likely if lived(alarm.made(schedule_of(seed)), heeded=(alarm.rule,))), None)


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_it_is_noticed_if_simulacra(name: str) -> None:
    alarm = ALARMS[name]
    with alarm.broken():
        assert broken_by(alarm) is not None, alarm.rule


def test_there_is_an_alarm_for_each_rule() -> None:
    assert {alarm.rule for alarm in ALARMS.values()} == set(RULES)


def test_a_story_is_the_least_that_still_goes_wrong() -> None:
    """A person sits down, the machine's program doesn't see it: the rest of the schedule is left out."""
    alarm = ALARMS["senses nobody"]
    with alarm.broken():
        seed = broken_by(alarm)
        assert seed is not None
        told = told_of(seed, heeded=(alarm.rule,))
    assert "somebody sits down at it" in told
    assert told.splitlines()[-1].endswith("falls asleep under somebody's hands") or "falls asleep as ordered" in told.splitlines()[-1]
    assert len(told.splitlines()) < len(told_of(seed, whole=True).splitlines())
