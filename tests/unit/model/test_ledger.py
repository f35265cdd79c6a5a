"""What servers have cost by the month: months of time zones, units of billing that have begun, rent to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulacra.model.cloud import Server, cost, units
from simulacra.model.ledger import Ledger, Tenancy, gone_in, rent_of, units_begun
from simulacra.model.months import month_began_s, month_ends_s

ZONES = ("UTC", "Europe/Amsterdam", "America/Havana", "America/Asuncion", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu")
HOUR_S = 3600.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "moment", "began", "ends"),
    [
        ("UTC", "2026-11-30T23:59:59", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("Europe/Amsterdam", "2026-11-30T23:00:00", "2026-11-30T23:00", "2026-12-31T23:00"),
        ("Europe/Amsterdam", "2026-03-31T21:59:59", "2026-02-28T23:00", "2026-03-31T22:00"),  # clocks were changed in between
        ("Europe/Amsterdam", "2026-12-31T23:30", "2026-12-31T23:00", "2027-01-31T23:00"),
        ("America/Havana", "2015-11-01T04:30", "2015-11-01T04:00", "2015-12-01T05:00"),  # its first hour comes twice
        ("America/Asuncion", "2023-10-01T04:00", "2023-10-01T04:00", "2023-11-01T03:00"),  # there is no midnight on that day
    ],
)
def test_a_month_is_the_time_zones(zone: str, moment: str, began: str, ends: str) -> None:
    assert month_began_s(zone, at(moment)) == at(began)
    assert month_ends_s(zone, at(moment)) == at(ends)


@given(st.sampled_from(ZONES), st.integers(1_200_000_000, 2_200_000_000))
def test_months_follow_on_each_other(zone: str, at_s: int) -> None:
    began, ends = month_began_s(zone, at_s), month_ends_s(zone, at_s)
    assert began <= at_s < ends
    assert month_began_s(zone, began) == began
    assert month_began_s(zone, ends) == ends
    assert month_began_s(zone, ends - 1) == began
    assert datetime.fromtimestamp(began, ZoneInfo(zone)).month == datetime.fromtimestamp(at_s, ZoneInfo(zone)).month


@pytest.mark.parametrize(
    ("from_s", "until_s", "begun"),
    [
        (0, 999, 0),  # it isn't there yet
        (0, 1000, 1),  # the first unit counts at once
        (0, 1060, 1),
        (0, 1061, 2),
        (1000, 1120, 2),
        (1001, 1060, 0),  # what began before isn't counted again
        (1060, 1060, 0),
        (1060, 1061, 1),
        (1061, 1120, 0),
        (1061, 1121, 1),
        (2000, 1500, 0),
    ],
)
def test_units_are_counted_where_they_begin(from_s: float, until_s: float, begun: int) -> None:
    assert units_begun(1000.0, from_s, until_s, 60.0) == begun


@given(st.integers(1, 90_000), st.sets(st.integers(1, 10**7), min_size=1, max_size=5))
def test_parts_add_up_to_all_units_that_are_paid(unit_s: int, cuts: set[int]) -> None:
    """Whatever a stay is cut into, no unit is counted twice or left out."""
    times = [0.0, *(1000.0 + it for it in sorted(cuts))]
    assert sum(units_begun(1000.0, *span, unit_s) for span in pairwise(times)) == units(1000.0, times[-1], unit_s)


@pytest.mark.parametrize(
    ("unit_s", "price", "from_s", "until_s", "rent"),
    [
        (3600, "0.02", 0, 1000, "0.02"),
        (3600, "0.02", 0, 1000 + 3600, "0.02"),
        (3600, "0.02", 0, 1000 + 3601, "0.04"),
        (3600, "0.0228", 0, 1000 + 30 * 86400, "16.416"),
        (60, "0.06", 0, 1000 + 61, "0.002"),
        (1, "3.6", 0, 1000 + 90, "0.09"),
        (86400, "0.01", 0, 1001, "0.24"),
        (3600, "0.02", 1001, 1000 + 3600, "0"),
        (3600, "0.02", 1001, 1000 + 7201, "0.04"),
    ],
)
def test_rent_is_exact(unit_s: float, price: str, from_s: float, until_s: float, rent: str) -> None:
    server = Tenancy("i-1", "burst-small-1", "small", 1000.0, price=Decimal(price))
    assert rent_of(server, unit_s, from_s, until_s) == Decimal(rent)
    assert rent_of(replace(server, price=None), unit_s, from_s, until_s) == 0


@given(st.integers(1, 90_000), st.integers(0, 10**7))
def test_it_is_what_simulacra_clouds_shows(unit_s: int, later_s: int) -> None:
    shown = cost(Server("i-1", "m", "burst", "small", "running", 1000.0), 1000.0 + later_s, unit_s, Decimal("0.07"))
    assert rent_of(Tenancy("i-1", "m", "small", 1000.0, price=Decimal("0.07")), unit_s, 0.0, 1000.0 + later_s) == shown


def test_what_is_gone_is_this_months() -> None:
    november = month_began_s("UTC", at("2026-11-20"))
    ledger = Ledger("burst", gone=Decimal("3.20"), month_s=november)
    assert gone_in(ledger, november) == Decimal("3.20")
    assert gone_in(ledger, month_began_s("UTC", at("2026-12-01"))) == 0
    assert gone_in(ledger, month_began_s("UTC", at("2026-10-31"))) == 0


@pytest.mark.parametrize("zone", ZONES)
def test_another_time_zone_is_no_other_month(zone: str) -> None:
    """Else its budget could be spent twice."""
    ledger = Ledger("burst", gone=Decimal(3), month_s=month_began_s("UTC", at("2026-11-20")))
    assert gone_in(ledger, month_began_s(zone, at("2026-11-20"))) == 3


def test_the_servers_of_a_slot_are_those_that_stay() -> None:
    going, old, young = (Tenancy(f"i-{number}", "burst-small-1", "small", 10.0 * number) for number in range(3))
    going, young = replace(going, state="stopping"), replace(young, state="booting")
    ledger = Ledger("burst", servers=(going, old, young, Tenancy("i-9", "burst-small-2", "small", 1.0)))
    assert [it.id for it in ledger.servers_of("burst-small-1")] == ["i-1", "i-2"]
    assert ledger.servers_of("burst-small-3") == ()
