"""What is counted from look to look: exact amounts, clocks that jump, days that end, others who count too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from fake_steering import FakeVariables

from simulacra.act.meter import HOLDS_S, WRITTEN_EVERY_S, Meter
from simulacra.act.tally import PAGE_BYTES, Stretch, taken_on, used
from simulacra.faults import Refusal, Unreachable
from simulacra.gateways.accounts import Accounts
from simulacra.model.costs import Draw, Fee, MachineUse, Page, Sample, ServiceUse, Stay
from simulacra.model.ledger import Tenancy
from simulacra.model.settings import Electricity

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
DAY = date(2026, 11, 29)
EUR = Electricity(0.3, "EUR")
TOWER = Draw("tower", 1, 120.0, 0.0, (("", 0.125), ("web", 0.25)))
ASLEEP = Draw("tower", 0, 1.5, 58.5)
NAS = Draw("nas", 1, 10.0)
BUSY, QUIET = (Sample(draws, tariff=EUR) for draws in ((NAS, TOWER), (NAS, ASLEEP)))


@dataclass
class Counting:
    """Whoever steers, with his own clocks; ``written`` is what all of them write to."""

    written: FakeVariables = field(default_factory=FakeVariables)
    now_s: float = NOON
    elapsed_s: float = 0.0
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.written, self.told.append)
        self.meter = Meter(self.accounts, self.told.append)

    def other(self) -> Counting:
        return Counting(self.written, self.now_s, 1000.0)

    def sees(self, sample: Sample, for_s: float, every_s: float = 10.0) -> Counting:
        """So at each look, for so long; and at its end too."""
        self.meter.note(sample, self.now_s, self.elapsed_s)
        for _ in range(round(for_s / every_s)):
            self.waits(every_s).meter.note(sample, self.now_s, self.elapsed_s)
        return self

    def waits(self, seconds: float) -> Counting:
        self.now_s, self.elapsed_s = self.now_s + seconds, self.elapsed_s + seconds
        return self

    def writes(self) -> Counting:
        self.meter.write()
        return self

    def page(self, day: date = DAY) -> Page:
        (page,) = self.accounts.pages(day)
        return page

    def counted_s(self, day: date = DAY) -> float:
        return self.page(day).counted_s


def machines(page: Page) -> dict[str, MachineUse]:
    return {it.machine: it for it in page.machines}


def test_an_hour_of_a_state_is_its_watts() -> None:
    page = Counting().sees(BUSY, 3600).writes().page()
    assert machines(page) == {
        "nas": MachineUse("nas", 10.0, 10.0, 3600.0),
        "tower": MachineUse("tower", 120.0, 75.0, 3600.0),
    }
    assert page.services == (ServiceUse("", 15.0), ServiceUse("web", 30.0))
    assert (page.until_s, page.counted_s, page.price_per_kwh, page.currency) == (NOON + 3600, 3600.0, 0.3, "EUR")


def test_a_state_holds_until_the_next_look() -> None:
    counting = Counting().sees(BUSY, 1800).sees(QUIET, 0)
    page = counting.waits(600).sees(QUIET, 1200).writes().page()
    assert machines(page)["tower"] == MachineUse("tower", 60.0 + 0.75, 37.5 + 0.75, 1800.0, 0.0, 29.25)


def test_what_a_rented_machine_costs_is_shared_and_its_stay_is_kept() -> None:
    server = Tenancy("i-1", "burst-1", "small", NOON - 30, "running", Decimal("0.4"))
    rented = Draw("burst-1", 1, 0.0, 0.0, (("web", 0.5),), Fee(0.4, "USD"))
    first = Sample((rented,), (Stay(server, "burst", "USD", 60.0, NOON),))
    last = Sample((rented,), (Stay(server, "burst", "USD", 60.0, NOON + 1800),))
    page = Counting().sees(first, 1800).sees(last, 0).sees(Sample(), 600).writes().page()
    assert page.services == (ServiceUse("web", 0.0, (("USD", 0.1),)),)
    assert page.stays == (Stay(server, "burst", "USD", 60.0, NOON + 1800),), "gone since, and not seen for longer than it was"
    assert machines(page) == {"burst-1": MachineUse("burst-1", on_s=1800.0)}


def test_watts_that_nobody_knows_are_told() -> None:
    page = Counting().sees(Sample((Draw("desk", 1, None), Draw("", 3, None))), 600).writes().page()
    assert machines(page) == {"": MachineUse("", on_s=1800.0, unknown_s=1800.0), "desk": MachineUse("desk", on_s=600.0, unknown_s=600.0)}


def test_what_uses_nothing_has_no_row() -> None:
    assert Counting().sees(Sample((Draw("away", 0), Draw("bare", 0, None))), 600).writes().page().machines == ()


def test_it_is_written_every_few_minutes_only() -> None:
    counting = Counting()
    due = []
    for number in range(100):
        counting.sees(BUSY, 10)
        if counting.meter.is_due:
            due.append(number)
            counting.writes()
    assert due == [0, *range(30, 100, 30)]
    assert counting.counted_s() == 10.0 * (90 + 1)
    assert round(WRITTEN_EVERY_S / 10) == 30


def test_a_day_that_ends_has_a_page_of_its_own() -> None:
    counting = Counting(now_s=NOON + 11.5 * 3600).sees(BUSY, 3600).writes()
    before, after = counting.page(), counting.page(date(2026, 11, 30))
    assert (machines(before)["tower"].wh, machines(after)["tower"].wh) == (60.0, 60.0)
    assert (before.until_s, after.until_s) == (NOON + 12 * 3600, NOON + 12.5 * 3600)


def test_days_are_the_grids() -> None:
    counting = Counting(now_s=NOON + 10.5 * 3600).sees(replace(BUSY, timezone="Europe/Amsterdam"), 3600).writes()
    assert (counting.counted_s(), counting.counted_s(date(2026, 11, 30))) == (1800.0, 1800.0)


# clocks


@pytest.mark.parametrize("jump_s", [60.0, 3600.0, 86400.0, 1e7])
def test_a_clock_that_jumps_ahead_invents_nothing(jump_s: float) -> None:
    counting = Counting().sees(BUSY, 600)
    counting.now_s += jump_s
    counting.sees(BUSY, 600).writes()
    days = [counting.accounts.pages(it) for it in {DAY, datetime.fromtimestamp(counting.now_s, UTC).date()}]
    assert sum(page.counted_s for pages in days for page in pages) == pytest.approx(1200.0, abs=1.0)


@pytest.mark.parametrize("write", [True, False])
def test_a_clock_that_jumps_back_counts_nothing_twice(write: bool) -> None:
    counting = Counting().sees(BUSY, 600)
    if write:
        counting.writes()
    counting.now_s -= 300
    counting.sees(BUSY, 1200).writes()
    assert counting.counted_s() == 1500.0
    assert counting.page().until_s == NOON + 1500


def test_a_clock_set_back_by_years_counts_on() -> None:
    counting = Counting(now_s=NOON + 1000 * 86400).sees(BUSY, 600)
    counting.now_s = NOON
    assert counting.sees(BUSY, 600).writes().counted_s() == 600.0


def test_a_year_later_the_day_takes_the_place_of_the_old_one() -> None:
    counting = Counting().sees(BUSY, 600).writes()
    later = Counting(counting.written, datetime(2027, 11, 29, 9, tzinfo=UTC).timestamp()).sees(QUIET, 600).writes()
    assert (later.page(date(2027, 11, 29)).counted_s, later.accounts.month(2026, 11)) == (600.0, ())


# who else counts


@pytest.mark.parametrize(("away_s", "counted_s"), [(0.0, 1200.0), (HOLDS_S - 1, 1200.0 + HOLDS_S - 1), (HOLDS_S + 1, 1200.0)])
def test_who_takes_over_counts_a_short_gap_and_no_long_one(away_s: float, counted_s: float) -> None:
    first = Counting().sees(BUSY, 600).writes()
    assert first.other().waits(away_s).sees(BUSY, 600).writes().counted_s() == counted_s


@pytest.mark.parametrize(("away_s", "counted_s"), [(HOLDS_S - 1, 1200.0 + HOLDS_S - 1), (HOLDS_S + 100, 1200.0)])
def test_who_stood_still_counts_a_short_while_and_no_long_one(away_s: float, counted_s: float) -> None:
    counting = Counting().sees(BUSY, 600).writes().waits(away_s).sees(BUSY, 600).writes()
    assert counting.counted_s() == counted_s


def test_a_gap_is_counted_as_it_was_before_by_who_knows_that() -> None:
    page = Counting().sees(BUSY, 0).waits(600).sees(QUIET, 0).writes().page()
    assert machines(page)["tower"].wh == 20.0


def test_the_first_ever_invents_nothing_before_it() -> None:
    counting = Counting().sees(BUSY, 60).writes()
    assert (counting.counted_s(), counting.accounts.began_s()) == (60.0, NOON)


def test_two_who_both_believe_they_lead_count_once() -> None:
    first = Counting()
    second = first.other()
    for _ in range(12):
        first.sees(BUSY, 100).writes()
        second.sees(BUSY, 100)
        if not second.meter.is_due:
            continue
        second.writes()
    page = first.page()
    assert (page.counted_s, machines(page)["tower"].on_s) == (1200.0, 1200.0)
    assert machines(page)["tower"].wh == pytest.approx(40.0, abs=0.01)
    assert (first.told, second.told) == ([], [])


def test_what_cant_be_written_is_written_later() -> None:
    counting = Counting()
    real = counting.written.write_variable
    counting.written.write_variable = refused  # type: ignore[method-assign]
    counting.sees(BUSY, 600).writes()
    assert counting.told == ["what the machines draw isn't written down, it is tried again: Nomad can't be reached: connection refused"]
    counting.written.write_variable = real  # type: ignore[method-assign]
    assert counting.sees(BUSY, 600).writes().counted_s() == 1200.0


def refused(*_: object) -> int:
    raise Unreachable("Nomad can't be reached: connection refused")


def test_who_may_not_write_is_told_so_and_steers_on() -> None:
    counting = Counting()

    def denied(*_: object) -> int:
        raise Refusal("the token lacks the right to write variable simulacra/costs/since (variables write)")

    counting.written.write_variable = denied  # type: ignore[method-assign]
    counting.sees(BUSY, 600).writes()
    assert ["variables write" in it for it in counting.told] == [True]


def test_what_cant_be_written_for_long_is_forgotten_in_the_end() -> None:
    counting = Counting()
    for number in range(3000):
        counting.sees(BUSY if number % 2 else QUIET, 0).waits(10)
    counting.writes()
    assert counting.counted_s() == pytest.approx(10_000.0, abs=20)


# pages


def test_a_thousand_machines_fit() -> None:
    draws = tuple(Draw(f"a-machine-of-many-{number:04d}", 1, 123.456, 0.0, ((f"service-{number % 200}", 1 / 3),)) for number in range(1000))
    counting = Counting().sees(Sample(draws), 600).writes().sees(Sample(draws), 600).writes()
    pages = counting.accounts.pages(DAY)
    assert [it.number for it in pages] == list(range(len(pages)))
    assert (len({row.machine for it in pages for row in it.machines}), {it.counted_s for it in pages}) == (1000, {1200.0})
    assert sum(row.wh for it in pages for row in it.machines) == pytest.approx(1000 * 123.456 / 3, abs=0.1)
    assert counting.told == []


def test_rows_stay_on_their_page_and_new_ones_follow() -> None:
    many = tuple(Draw(f"m-{number:04d}", 1, 10.0) for number in range(800))
    counting = Counting().sees(Sample(many[:500]), 600).writes()
    before = [{row.machine for row in it.machines} for it in counting.accounts.pages(DAY)]
    counting.sees(Sample(many), 600).writes()
    pages = counting.accounts.pages(DAY)
    after = [{row.machine for row in it.machines} for it in pages]
    assert all(old <= new for old, new in zip(before, after, strict=False))
    assert sum(map(len, after)) == 800
    assert sum(row.on_s for it in pages for row in it.machines) == 500 * 1200 + 300 * 600


def test_no_page_is_larger_than_nomad_takes() -> None:
    long = tuple(Draw('"é' * 60 + f"{number:04d}", 10**6, 10.0**6, 10.0**6) for number in range(600))
    stays = tuple(
        Stay(Tenancy(f"{'i' * 64}-{number}", "m" * 63, "s" * 40, NOON, "running", Decimal("0.12345678")), "c" * 30, "USD", 3600.0, NOON)
        for number in range(200)
    )
    counting = Counting().sees(Sample(long, stays), 600).writes()
    assert counting.told == []
    assert len(counting.accounts.pages(DAY)) > 2
    assert PAGE_BYTES < 64 * 1024


# what is drawn in a time, whoever looks


def test_a_time_is_used_as_far_as_it_is_known() -> None:
    stretches = [Stretch(0.0, 100.0, (NAS,)), Stretch(100.0, 200.0, (TOWER,)), Stretch(500.0, 600.0, (NAS,))]
    use = used(stretches, 50.0, 550.0)
    assert (use.counted_s, use.machines["nas"].on_s, use.machines["tower"].on_s) == (200.0, 100.0, 100.0)


@pytest.mark.parametrize(("from_s", "counted_s"), [(400.0, 200.0), (450.0, 150.0), (399.0, 100.0)])
def test_what_is_only_taken_on_counts_where_nothing_else_is_missing(from_s: float, counted_s: float) -> None:
    assert used([Stretch(400.0, 500.0, (NAS,), found=True), Stretch(500.0, 600.0, (NAS,))], from_s, 600.0).counted_s == counted_s


def test_a_page_that_has_counted_so_far_stays_as_it_is() -> None:
    pages: Sequence[Page] = (Page("2026-11-29", 0, NOON + 100, 50.0),)
    assert taken_on(pages, "2026-11-29", NOON, NOON + 100, [Stretch(NOON, NOON + 100, (NAS,))], BUSY) == ()
