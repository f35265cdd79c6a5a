"""What was written down of the machines' draws, held against the time that there was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from simulacra.gateways.accounts import Accounts
from simulacra.model.costs import Page
from simulacra.model.months import days_between
from tests.simulation.model_world import World

ROUNDED_S = 1.0
LONGEST_DAY_S = 86400.0


def counted_twice(world: World) -> Iterator[str]:
    """More seconds than have passed, by any clock; and machines that were on for longer than was counted."""
    pages = _pages(world)
    off_s = sum(abs(it.much) for it in world.schedule.happenings if it.what == "clock")
    counted_s = sum(it.counted_s for it in pages if it.number == 0)
    if counted_s > world.passed_s + off_s + ROUNDED_S:
        yield f"{counted_s:.0f} s are counted of {world.passed_s:.0f} s, by clocks that were wrong by {off_s:.0f} s"
    for page in pages:
        for row in page.machines:
            if row.machine and row.on_s > page.counted_s + ROUNDED_S:
                yield f"{row.machine} was on for {row.on_s:.0f} s of the {page.counted_s:.0f} s that are counted of {page.day}"


def _pages(world: World) -> tuple[Page, ...]:
    accounts = Accounts(world.nomad, lambda said: world.tell("accounts", said))
    begun_s, ended_s = world.schedule.starts_s - LONGEST_DAY_S, world.now_s + LONGEST_DAY_S
    days = days_between(world.grid.timezone, begun_s, ended_s)
    months = sorted({(day.year, day.month) for day in days})
    found = [page for year, month in months for page in accounts.month(year, month)]
    return tuple(page for page in found if date.fromisoformat(page.day) in days)
