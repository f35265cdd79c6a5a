"""A month read from its pages: money by the day's price, rent in whole units, gaps told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from simulacra.model.costs import MachineUse, Page, ServiceUse, Stay
from simulacra.model.ledger import Tenancy
from simulacra.observe.costs import Costs, MachineCost, MonthCosts, ServiceCost, month_costs

HOUR = 3600.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def page(day: str, **more: object) -> Page:
    whole = Page(day, 0, at(f"{day}T00:00") + 24 * HOUR, 24 * HOUR, 0.25, "EUR")
    return replace(whole, **more)  # type: ignore[arg-type]


def month(*pages: Page, began: str = "2026-11-01", now: str = "2026-12-05", month: str = "2026-11") -> MonthCosts:
    return month_costs("UTC", month, pages, at(began), at(now))


def test_machines_and_services_are_added_up_day_by_day() -> None:
    tower, web = MachineUse("tower", 4000.0, 1000.0, 10 * HOUR, 0.0, 2000.0), ServiceUse("web", 3000.0)
    seen = month(page("2026-11-01", machines=(tower,), services=(web,)), page("2026-11-02", machines=(tower,), services=(web,)))
    of_day = Costs(
        (MachineCost("tower", 10.0, 4.0, 1.0, 0.0, 2.0, (("EUR", 1.0),), (("EUR", 0.5),)),), (ServiceCost("web", 3.0, (("EUR", 0.75),)),)
    )
    assert seen.days[:2] == ((date(2026, 11, 1), of_day), (date(2026, 11, 2), of_day))
    assert seen.whole.machines == (MachineCost("tower", 20.0, 8.0, 2.0, 0.0, 4.0, (("EUR", 2.0),), (("EUR", 1.0),)),)
    assert seen.whole.services == (ServiceCost("web", 6.0, (("EUR", 1.5),)),)


def test_a_day_costs_what_a_kwh_cost_then() -> None:
    tower = MachineUse("tower", 4000.0)
    days = page("2026-11-01", machines=(tower,)), page("2026-11-02", machines=(tower,), price_per_kwh=0.5)
    in_dollars = page("2026-11-03", machines=(tower,), currency="USD")
    unknown = page("2026-11-04", machines=(tower,), currency="")
    assert month(*days).whole.total.electricity == (("EUR", 3.0),)
    assert month(*days, in_dollars, unknown).whole.total.electricity == (("EUR", 3.0), ("USD", 1.0))


def test_the_pages_of_a_day_belong_together() -> None:
    first = page("2026-11-01", machines=(MachineUse("a", 1000.0),))
    second = page("2026-11-01", number=1, machines=(MachineUse("b", 2000.0),))
    seen = month(first, second, now="2026-11-02")
    assert [it.machine for it in seen.whole.machines] == ["a", "b"]
    assert (seen.whole.gap_hours, len(seen.days)) == (0.0, 1)


def stay(**more: object) -> Stay:
    server = Tenancy("i-1", "burst-1", "small", at("2026-11-01T22:30"), "running", Decimal("0.4"))
    its = {key: more.pop(key) for key in ("created_s", "price", "id") if key in more}
    whole = Stay(replace(server, **its), "burst", "USD", HOUR, at("2026-11-02T01:45"))  # type: ignore[arg-type]
    return replace(whole, **more)  # type: ignore[arg-type]


def rents(seen: MonthCosts) -> dict[str, float]:
    return {f"{day}": dict(costs.total.rent).get("USD", 0.0) for day, costs in seen.days}


def test_rent_is_paid_in_whole_units_on_the_day_on_which_they_begin() -> None:
    assert rents(month(page("2026-11-02", stays=(stay(),)), now="2026-11-03")) == {"2026-11-01": 0.8, "2026-11-02": 0.8}


def test_a_server_seen_on_many_pages_is_paid_once_and_for_days_that_nobody_counted_too() -> None:
    later = stay(seen_s=at("2026-11-04T00:40"), price=None)
    seen = month(page("2026-11-01", stays=(stay(),)), page("2026-11-04", stays=(later,)), now="2026-11-05")
    assert rents(seen) == pytest.approx({"2026-11-01": 0.8, "2026-11-02": 9.6, "2026-11-03": 9.6, "2026-11-04": 0.4})


def test_a_server_of_a_months_end_is_paid_in_both_months() -> None:
    across = stay(created_s=at("2026-10-31T23:00"), seen_s=at("2026-11-01T01:30"))
    assert rents(month(page("2026-11-01", stays=(across,)), now="2026-11-02")) == {"2026-11-01": 0.8}
    october = month(page("2026-10-31", stays=(across,)), month="2026-10", now="2026-11-02")
    assert dict(october.whole.total.rent) == {"USD": 0.4}


def test_a_server_created_at_midnight_is_paid_once() -> None:
    at_midnight = stay(created_s=at("2026-11-02"), seen_s=at("2026-11-02T00:30"))
    assert rents(month(page("2026-11-01"), page("2026-11-02", stays=(at_midnight,)), now="2026-11-03")) == {"2026-11-02": 0.4}


def test_currencies_are_never_added_up() -> None:
    euros = stay(id="i-2", currency="EUR")
    assert month(page("2026-11-02", stays=(stay(), euros)), now="2026-11-03").whole.machines[0].rent == (("EUR", 1.6), ("USD", 1.6))


def test_what_nothing_tells_the_price_of_is_told() -> None:
    seen = month(page("2026-11-02", stays=(stay(price=None),)), now="2026-11-03")
    assert (seen.whole.unpriced, seen.whole.total.rent) == (("burst-1",), (("USD", 0.0),))


def test_watts_that_nobody_knew_make_no_kwh() -> None:
    unknown = MachineUse("desk", 0.0, 0.0, 2 * HOUR, 2 * HOUR)
    (desk,) = month(page("2026-11-01", machines=(unknown,))).whole.machines
    assert (desk.kwh, desk.electricity, desk.hours, desk.unknown_hours) == (None, (), 2.0, 2.0)
    known_later = page("2026-11-02", machines=(MachineUse("desk", 1000.0, 1000.0, HOUR),))
    (desk,) = month(page("2026-11-01", machines=(unknown,)), known_later).whole.machines
    assert (desk.kwh, desk.hours, desk.unknown_hours) == (1.0, 3.0, 2.0)


# gaps


def gaps(seen: MonthCosts) -> dict[str, float]:
    return {f"{day:%d}": costs.gap_hours for day, costs in seen.days if costs.gap_hours}


def test_what_nobody_counted_is_a_gap() -> None:
    seen = month(page("2026-11-01", counted_s=20 * HOUR), page("2026-11-04"), now="2026-11-05")
    assert gaps(seen) == {"01": 4.0, "02": 24.0, "03": 24.0}
    assert seen.whole.gap_hours == 52.0


def test_before_counting_began_there_is_no_gap() -> None:
    first = page("2026-11-03", counted_s=6 * HOUR)
    assert gaps(month(first, began="2026-11-03T18:00", now="2026-11-04")) == {}


def test_what_is_to_come_and_what_isnt_written_yet_is_no_gap() -> None:
    now = page("2026-11-05", until_s=at("2026-11-05T12:00"), counted_s=12 * HOUR)
    assert gaps(month(now, began="2026-11-05", now="2026-11-05T12:09")) == {}


def test_where_counting_has_stopped_the_gap_grows() -> None:
    now = page("2026-11-05", until_s=at("2026-11-05T12:00"), counted_s=12 * HOUR)
    assert gaps(month(now, began="2026-11-05", now="2026-11-05T15:00")) == {"05": 3.0}


@pytest.mark.parametrize("began_s", [None, at("2030-01-01")])
def test_where_it_isnt_known_when_counting_began_the_first_page_says_it(began_s: float | None) -> None:
    seen = month_costs("UTC", "2026-11", (page("2026-11-04"), page("2026-11-06")), began_s, at("2026-11-07"))
    assert gaps(seen) == {"05": 24.0}


def test_days_of_25_hours_have_no_gap() -> None:
    long = Page("2026-10-25", 0, at("2026-10-25T23:00"), 25 * HOUR)
    assert gaps(month_costs("Europe/Amsterdam", "2026-10", (long,), at("2026-10-24T22:00"), at("2026-10-25T23:00"))) == {}


def test_a_month_of_which_nothing_is_known_is_empty() -> None:
    assert month_costs("UTC", "2026-11", (), None, at("2026-11-20")) == MonthCosts("2026-11")
