"""Measures what machines draw, from look to look, and writes it down every few minutes: a killed process loses those minutes only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Protocol

from simulacra.act.tally import Stretch, taken_on
from simulacra.faults import Fault, Refusal
from simulacra.model.costs import Draw, Page, Sample, Stay
from simulacra.model.months import day_began_s, day_ends_s, days_between

WRITTEN_EVERY_S, TRIED_AGAIN_AFTER_S = 300.0, 30.0
HOLDS_S = 600.0
"""A time of so long in which nobody counted is counted as what is known beside it; of a longer one nothing is."""
JITTER_S = 0.5
"""So far two clocks may differ between two looks."""
STRETCHES_AT_MOST = 1000
"""So much is kept of what can't be written; what is older isn't counted."""
TRIES = 3


class Pages(Protocol):
    """What is written down. ``since`` tells when counting began, and that it begins now where it hasn't; ``pages`` are a day's, by number;
    ``write`` raises a `Refusal` where somebody else has written the page.
    """

    def since(self, now_s: float) -> float: ...
    def pages(self, day: date) -> tuple[Page, ...]: ...
    def write(self, page: Page) -> Page: ...


class Meter:
    """Whoever leads notes what he sees at each look. A state holds until the next one.

    Two clocks tell how long that was, one that people set and one that nobody can (``elapsed_s``): what only one of them says isn't
    counted. Where the first was set back nothing is counted until it is past what a page has counted up to.
    """

    def __init__(self, pages: Pages, tell: Callable[[str], None]) -> None:
        self._pages, self._tell = pages, tell
        self._last: tuple[Sample, float, float] | None = None
        self._stretches: list[Stretch] = []
        self._stays: dict[tuple[str, str], Stay] = {}
        self._known: dict[date, tuple[Page, ...]] = {}
        self._since_s: float | None = None
        self._due_at = 0.0
        self._said = ""

    def note(self, sample: Sample, now_s: float, elapsed_s: float) -> None:
        """The grid is so now (Unix seconds); nothing is asked or written."""
        last = self._last
        lasted = min(now_s - last[1], elapsed_s - last[2] + JITTER_S) if last is not None else None
        if last is not None:
            sample = replace(sample, draws=_as_before(last[0].draws, sample.draws))
        if self._stretches and self._stretches[-1].end_s > now_s:  # by a clock that has been set back since
            self._stretches = [replace(it, end_s=min(it.end_s, now_s)) for it in self._stretches if it.start_s < now_s]
        if last is None or lasted is None or lasted > HOLDS_S:
            self._add(Stretch(now_s - HOLDS_S, now_s, sample.draws, found=True))
        elif lasted > 0:
            self._add(Stretch(last[1], last[1] + lasted, last[0].draws))
        for stay in sample.stays:
            self._stays[stay.key] = self._stays[stay.key].plus(stay) if stay.key in self._stays else stay
        self._last = sample, now_s, elapsed_s

    @property
    def is_due(self) -> bool:
        """Whether there is something to write, and the last time was long enough ago."""
        return self._last is not None and self._last[2] >= self._due_at and self.has_news

    @property
    def has_news(self) -> bool:
        """Whether something was counted that isn't written."""
        return any(not it.found for it in self._stretches)

    def write(self) -> None:
        """Add what was counted to the pages of its days. What can't be written is told of, and written the next time."""
        if self._last is None or not self.has_news:
            return
        sample, _, elapsed_s = self._last
        try:
            self._write(replace(sample, stays=tuple(self._stays[key] for key in sorted(self._stays))))
        except Fault as fault:
            self._known, self._due_at = {}, elapsed_s + TRIED_AGAIN_AFTER_S
            self._say(f"what the machines draw isn't written down, it is tried again: {fault}")
            return
        self._due_at, self._said = elapsed_s + WRITTEN_EVERY_S, ""
        self._stretches = []
        self._stays = {it.key: it for it in sample.stays}

    def _say(self, line: str) -> None:
        """Once, as long as it goes on."""
        if line != self._said:
            self._said = line
            self._tell(line)

    def _write(self, sample: Sample) -> None:
        first_s = next(it.start_s for it in self._stretches if not it.found)
        if self._since_s is None:
            self._since_s = self._pages.since(first_s)
        since_s = min(first_s, self._since_s)
        ends: dict[date, float] = {}
        for it in self._stretches:
            for day in days_between(sample.timezone, max(it.start_s, since_s), it.end_s):
                ends[day] = min(it.end_s, day_ends_s(sample.timezone, day))
        for day, until_s in sorted(ends.items()):
            self._write_day(day, max(since_s, day_began_s(sample.timezone, day)), until_s, sample)
        self._known = {day: pages for day, pages in self._known.items() if day == max(ends)}

    def _write_day(self, day: date, began_s: float, until_s: float, sample: Sample) -> None:
        for attempt in range(TRIES):
            pages = self._known.pop(day, None) or self._pages.pages(day)
            try:
                made = [self._pages.write(it) for it in taken_on(pages, day.isoformat(), began_s, until_s, self._stretches, sample)]
            except Refusal:  # somebody else has written: what he has counted isn't counted again
                if attempt + 1 == TRIES:
                    raise
                continue
            self._known[day] = tuple(sorted({it.number: it for it in (*pages, *made)}.values(), key=lambda it: it.number))
            return

    def _add(self, stretch: Stretch) -> None:
        """After the others, as a part of the last one where nothing has changed."""
        last = self._stretches[-1] if self._stretches else None
        start_s = max(stretch.start_s, last.end_s) if last is not None else stretch.start_s
        if start_s >= stretch.end_s:
            return
        if last is not None and last.draws is stretch.draws and last.end_s == start_s and not stretch.found and not last.found:
            self._stretches[-1] = replace(last, end_s=stretch.end_s)
        else:
            self._stretches = [*self._stretches[1 - STRETCHES_AT_MOST :], replace(stretch, start_s=start_s)]


def _as_before(before: tuple[Draw, ...], now: tuple[Draw, ...]) -> tuple[Draw, ...]:
    """The same draws, with those that haven't changed as the very values that they were: so that a quiet hour takes no room."""
    if before == now:
        return before
    known = {it.machine: it for it in before}
    return tuple(known[it.machine] if known.get(it.machine) == it else it for it in now)
