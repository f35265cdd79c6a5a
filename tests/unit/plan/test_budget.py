"""A cloud's month in money: what is spent, what is kept for servers that run, whose time is up, and what one more needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulacra.model.cloud import Cloud
from simulacra.model.ledger import Ledger, Tenancy
from simulacra.model.settings import Power
from simulacra.plan.budget import NOTHING, Bill, Purse, Terms, first_bill, purse_of, terms_of

HOURLY = Cloud("burst", "EC2", "cloud", "server", ("small",), "ami", monthly_budget=1.0, billed_by_s=3600.0, boot_time_s=180.0)
POWER = Power(drain_within_s=600.0, evaluate_every_s=10.0)
LEAVES_S = 600.0 + 180.0 + 2 * 10.0
KEPT_S = LEAVES_S + 2 * 10.0
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp()
TURN = datetime(2026, 12, 1, tzinfo=UTC).timestamp()


def terms(cloud: Cloud = HOURLY, now_s: float = NOON, zone: str = "UTC") -> Terms:
    return terms_of(cloud, zone, now_s, POWER)


def server(name: str = "a", since_s: float = NOON - 60, price: str = "0.10", **more: object) -> Tenancy:
    return replace(Tenancy(f"i-{name}", name, "small", since_s, "running", Decimal(price)), **more)  # type: ignore[arg-type]


def purse(*servers: Tenancy, gone: str = "0", cloud: Cloud = HOURLY, now_s: float = NOON, coming: Sequence[Tenancy] = ()) -> Purse:
    when = terms(cloud, now_s)
    return purse_of(cloud, Ledger("burst", servers=servers, gone=Decimal(gone), month_s=when.month_s), when, coming)


def test_how_long_leaving_takes_is_emptying_destroying_and_some_looks() -> None:
    assert (terms().leave_s, terms().destroy_s, terms().again_s) == (LEAVES_S, 200.0, 20.0)
    slow = terms_of(HOURLY, "UTC", NOON, replace(POWER, evaluate_every_s=300.0))
    assert (slow.leave_s, slow.destroy_s, slow.again_s) == (600 + 180 + 600, 180 + 600, 600)


def test_an_hour_that_has_begun_is_spent_and_the_next_is_kept_shortly_before_it() -> None:
    early, late = purse(server(since_s=NOON - 3600 + KEPT_S)), purse(server(since_s=NOON - 3600 + KEPT_S - 1))
    assert early == Purse(Decimal(1), Decimal("0.10"), Bill(Decimal("0.90"), Decimal(1)))
    assert late == Purse(Decimal(1), Decimal("0.10"), Bill(Decimal("0.80"), Decimal(1)))
    assert (early.kept, late.kept) == (NOTHING, Decimal("0.10"))


def test_what_is_gone_is_spent_in_its_month_only() -> None:
    assert purse(gone="0.30").spent == Decimal("0.30")
    old = Ledger("burst", gone=Decimal("0.30"), month_s=terms().month_s - 31 * 86400)
    assert purse_of(HOURLY, old, terms()).spent == 0


def test_a_server_from_last_month_has_cost_what_began_this_month() -> None:
    """The eighteenth at noon: 17.5 days of 24 hours; the half hour that was begun in October is October's."""
    long_ago = server(since_s=terms().month_s - 1800, price="0.001")
    assert purse(long_ago).spent == Decimal("0.420")


def test_without_a_budget_anything_is_left_and_nobody_goes() -> None:
    found = purse(*(server(f"s{it}", NOON - 30 * 86400, "40") for it in range(3)), cloud=replace(HOURLY, monthly_budget=None))
    assert found == Purse(None, found.spent, None)
    assert found.kept == 0
    assert Bill(Decimal(10**9)).fits(found.left)


def test_the_youngest_go_first() -> None:
    """Each is a minute before its next hour; the budget pays for one of them."""
    begun = NOON - 3600 + 60
    found = purse(server("old", begun - 3600), server("young", begun), gone="0.60")
    assert found == Purse(Decimal(1), Decimal("0.90"), Bill(NOTHING, Decimal(1)), frozenset({"young"}))


def test_what_was_kept_for_one_is_not_given_to_an_older_one() -> None:
    """The younger one's next hour begins first, so that it was paid for first: it can't be given back before any more."""
    young, old = server("young", NOON - 3600 + 300), server("old", NOON - 7200 + KEPT_S - 1)
    assert purse(young, old, gone="0.60").unpaid == {"old"}
    assert purse(young, old, gone="0.50").unpaid == frozenset()


def test_what_is_leaving_is_paid_until_it_is_gone_before_any_other() -> None:
    """By the minute, at 0.01 each: it goes on for another ten, and the other could be gone in 14."""
    cloud = replace(HOURLY, billed_by_s=60.0, monthly_budget=1.0)
    both = server("old", NOON - 600, "0.60"), server("young", NOON - 300, "0.60")
    when = terms(cloud)
    ledger = Ledger("burst", servers=both, gone=Decimal("0.60"), month_s=when.month_s)
    found = purse_of(cloud, ledger, when, leaving={"young": NOON + 600})
    assert found == Purse(Decimal(1), Decimal("0.75"), Bill(Decimal("0.01"), Decimal(1)), frozenset({"young"}))
    assert purse_of(cloud, replace(ledger, gone=Decimal("0.62")), when, leaving={"young": NOON + 600}).unpaid == {"old", "young"}
    assert purse_of(cloud, replace(ledger, gone=Decimal("0.40")), when, leaving={"young": NOON + 600}).unpaid == frozenset()


def test_what_goes_is_paid_for_until_it_is_gone() -> None:
    """Nothing else may have that money, though it isn't enough."""
    begun = NOON - 3600 + 60
    assert purse(server("dear", begun, "0.30"), gone="0.50") == Purse(
        Decimal(1), Decimal("0.80"), Bill(Decimal(0), Decimal(1)), frozenset({"dear"})
    )


def test_to_the_cent() -> None:
    begun = NOON - 3600 + 60
    assert purse(server(since_s=begun), gone="0.80").unpaid == frozenset()
    assert purse(server(since_s=begun), gone="0.81").unpaid == {"a"}
    need = first_bill(HOURLY, Decimal("0.10"), terms())
    assert need == Bill(Decimal("0.10"), Decimal(0))
    assert need.fits(purse(gone="0.90").left)
    assert not need.fits(purse(gone="0.91").left)


def test_a_server_that_is_being_destroyed_needs_no_more() -> None:
    begun = NOON - 3600 + 60
    found = purse(server(since_s=begun, state="stopping"), gone="0.90")
    assert found == Purse(Decimal(1), Decimal(1), Bill(NOTHING, Decimal(1)))


def test_servers_that_are_being_created_are_paid_for_as_well() -> None:
    found = purse(coming=[server("new", NOON - 5, "0.40"), server("newer", NOON - 1, "0.40")])
    assert found == Purse(Decimal(1), Decimal("0.80"), Bill(Decimal("0.20"), Decimal(1)))


def test_what_has_no_price_costs_nothing_that_is_known() -> None:
    assert purse(server(price="0"), server("b", price="0")).spent == 0
    assert purse(replace(server(), price=None)).spent == 0


@pytest.mark.parametrize(
    ("unit_s", "units"),
    [(3600.0, 1), (600.0, 2), (60.0, 17), (1.0, 1000), (86400.0, 1)],
)
def test_one_more_needs_to_boot_and_could_leave_at_once(unit_s: float, units: int) -> None:
    """180 s of booting, 820 of leaving."""
    cloud = replace(HOURLY, billed_by_s=unit_s)
    assert first_bill(cloud, Decimal("0.36"), terms(cloud)) == Bill(Decimal("0.0001") * units * int(unit_s), Decimal(0))


def test_a_budget_that_is_passed_leaves_nothing() -> None:
    found = purse(gone="1.40")
    assert found == Purse(Decimal(1), Decimal("1.40"), Bill(NOTHING, Decimal(1)))
    assert found.kept == 0


class TestTheTurnOfTheMonth:
    """What begins after it is due from the next month's budget."""

    MINUTES = replace(HOURLY, billed_by_s=60.0)
    LATE = TURN - 30

    def test_what_begins_in_the_next_month_is_not_this_months(self) -> None:
        found = purse(server(since_s=TURN - 1800), gone="0.90", now_s=TURN - 60)
        assert found == Purse(Decimal(1), Decimal(1), Bill(NOTHING, Decimal(1)))

    def test_the_next_budget_has_to_pay_for_it(self) -> None:
        begun = TURN - 3600 + 60
        found = purse(
            server("a", begun, "0.60"), server("b", begun + 1, "0.60"), cloud=replace(HOURLY, monthly_budget=1.9), now_s=TURN - 60
        )
        assert found.left == Bill(Decimal("0.70"), Decimal("0.70"))
        poor = replace(HOURLY, monthly_budget=0.9)
        assert purse(server("a", begun, "0.40"), server("b", begun + 1, "0.60"), cloud=poor, now_s=TURN - 60).unpaid == {"b"}

    def test_one_more_needs_both_budgets(self) -> None:
        when = terms(self.MINUTES, self.LATE)
        assert first_bill(self.MINUTES, Decimal("6"), when) == Bill(Decimal("0.10"), Decimal("1.60"))
        assert not first_bill(self.MINUTES, Decimal("6"), when).fits(purse(cloud=self.MINUTES, now_s=self.LATE).left)
        assert first_bill(self.MINUTES, Decimal("3"), when).fits(purse(cloud=self.MINUTES, now_s=self.LATE).left)

    def test_the_new_month_is_the_time_zones(self) -> None:
        moment = TURN - 1800  # half past midnight in Amsterdam, on the first
        spent = Ledger("burst", gone=Decimal(1), month_s=terms(now_s=moment).month_s)
        assert purse_of(HOURLY, spent, terms(now_s=moment)).spent == 1
        assert purse_of(HOURLY, spent, terms(now_s=moment, zone="America/New_York")).spent == 1
        assert purse_of(HOURLY, spent, terms(now_s=moment, zone="Europe/Amsterdam")).spent == 0


@st.composite
def stays(draw: st.DrawFn) -> tuple[Cloud, float]:
    unit_s = draw(st.sampled_from([1.0, 60.0, 600.0, 3600.0, 7200.0]))
    cloud = replace(HOURLY, billed_by_s=unit_s, monthly_budget=draw(st.sampled_from([0.05, 0.2, 0.5, 1.0])))
    return cloud, draw(st.sampled_from([NOON, TURN - 3000, TURN - 700, TURN - 20]))


@settings(max_examples=50)
@example((replace(HOURLY, billed_by_s=60.0, monthly_budget=0.05), TURN - 3000), [(2971, "0.02")], 30)  # created as the month turns
@given(stays(), st.lists(st.tuples(st.integers(0, 4000), st.sampled_from(["0.02", "0.07", "0.30"])), max_size=8), st.integers(5, 60))
def test_who_heeds_it_never_passes_a_budget(stay: tuple[Cloud, float], wishes: list[tuple[int, str]], look_s: int) -> None:
    """Servers are wished for at any time; what can't be paid isn't created, and what can't be paid any longer takes all its time to go."""
    cloud, now_s = stay
    begin_s, power = now_s, replace(POWER, evaluate_every_s=float(look_s))
    running: list[Tenancy] = []
    ends: dict[str, float] = {}
    stayed: list[tuple[Tenancy, float]] = []
    ledger = Ledger("burst", month_s=terms(cloud, now_s).month_s)
    while now_s < begin_s + 12_000:
        when = terms_of(cloud, "UTC", now_s, power)
        for it in [it for it in running if ends.get(it.machine, now_s + 1) <= now_s]:
            running.remove(it)
            stayed.append((it, ends[it.machine]))
            cost = when.bill(it, ends[it.machine])
            ledger = replace(ledger, gone=ledger.gone + cost.now)
        if ledger.month_s != when.month_s:
            ledger = replace(ledger, month_s=when.month_s, gone=Decimal(0))
        found = purse_of(cloud, replace(ledger, servers=tuple(running)), when, leaving=ends)
        for name in found.unpaid:
            ends.setdefault(name, now_s + when.leave_s)
        for at_s, price in [it for it in wishes if begin_s + it[0] <= now_s]:
            wishes.remove((at_s, price))
            found = purse_of(cloud, replace(ledger, servers=tuple(running)), when, leaving=ends)
            if first_bill(cloud, Decimal(price), when).fits(found.left):
                name = f"s{len(stayed) + len(running)}"
                running.append(Tenancy(f"i-{name}", name, "small", now_s, "running", Decimal(price)))
        now_s += look_s
    budget = Decimal(str(cloud.monthly_budget))
    for month in (terms(cloud, begin_s), terms(cloud, now_s)):
        paid = sum((month.bill(it, until).now for it, until in [*stayed, *((it, now_s) for it in running)]), Decimal(0))
        assert paid <= budget + Decimal("1e-20")  # of minutes there are thirds of a cent
