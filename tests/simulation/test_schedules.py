"""Ten thousand seeded schedules of trouble, and nothing that must always hold is broken by one of them."""

from __future__ import annotations

import gc

import pytest

from tests.simulation.lives import lived
from tests.simulation.replay import told_of
from tests.simulation.schedules import schedule_of

SEEDS, AT_ONCE = 10_000, 250


@pytest.fixture(autouse=True)
def _rarely_collected() -> None:
    """Many small values live shortly: walking them again and again would be a tenth of the time."""
    gc.set_threshold(200_000, 20, 100)


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_nothing_is_broken_by_any_of_the_seeds_from(first: int) -> None:
    broken = [seed for seed in range(first, first + AT_ONCE) if lived(schedule_of(seed)) is not None]
    again = f".venv/bin/python -m tests.simulation.replay {broken[0]}" if broken else ""
    assert not broken, f"broken by {broken}; {again} tells:\n{told_of(broken[0])}"


@pytest.mark.parametrize("seed", range(20))
def test_the_same_seed_lives_the_same_life(seed: int) -> None:
    first: list[tuple[float, str, str]] = []
    second: list[tuple[float, str, str]] = []
    assert lived(schedule_of(seed), first) == lived(schedule_of(seed), second)
    assert first == second
