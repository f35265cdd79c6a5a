"""Slots and their names, and what servers cost."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libcloud.compute.providers import DRIVERS
from libcloud.compute.types import Provider

from simulacra.model.cloud import Cloud, Offer, Server, by_price, cost, paid_until, slots_of, units
from simulacra.model.cloud_providers import SUPPORTED

CLOUD = Cloud("Burst", "EC2", "hosting", "server", ("t3.small", "u-6tb1.metal", "Standard_D2s_v3"), "ami-1", max=2)
SERVER = Server("i-1", "burst-t3-small-1", "burst", "t3.small", "running", created_s=1000.0)


def test_a_slot_is_called_by_cloud_size_and_number() -> None:
    assert [(it.name, it.size, it.number) for it in slots_of(CLOUD)] == [
        ("burst-t3-small-1", "t3.small", 1),
        ("burst-t3-small-2", "t3.small", 2),
        ("burst-u-6tb1-metal-1", "u-6tb1.metal", 1),
        ("burst-u-6tb1-metal-2", "u-6tb1.metal", 2),
        ("burst-standard-d2s-v3-1", "Standard_D2s_v3", 1),
        ("burst-standard-d2s-v3-2", "Standard_D2s_v3", 2),
    ]
    assert slots_of(replace(CLOUD, max=0)) == ()


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", fullmatch=True), st.from_regex(r"[A-Za-z0-9._ /+-]*[A-Za-z0-9]", fullmatch=True))
def test_a_slots_name_is_a_hosts_name(cloud: str, size: str) -> None:
    (slot,) = slots_of(replace(CLOUD, name=cloud, sizes=(size,), max=1))
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slot.name)


@pytest.mark.parametrize(
    ("unit_s", "after_s", "paid", "costs"),
    [
        (3600, 0, 1, "0.06"),
        (3600, 1, 1, "0.06"),
        (3600, 3600, 1, "0.06"),
        (3600, 3600.5, 2, "0.12"),
        (3600, 86400, 24, "1.44"),
        (60, 0, 1, "0.001"),
        (60, 59, 1, "0.001"),
        (60, 61, 2, "0.002"),
        (1, 90.2, 91, "0.0015166666666666666666666666666667"),
        (3600, -30, 1, "0.06"),  # our clock is behind the provider's
    ],
)
def test_a_unit_that_has_begun_is_paid_as_a_whole(unit_s: float, after_s: float, paid: int, costs: str) -> None:
    now_s = 1000.0 + after_s
    assert units(1000.0, now_s, unit_s) == paid
    found = cost(SERVER, now_s, unit_s, Decimal("0.06"))
    assert found is not None
    assert abs(found - Decimal(costs)) < Decimal("1e-20")
    assert paid_until(SERVER, now_s, unit_s) == 1000.0 + paid * unit_s
    assert cost(SERVER, now_s, unit_s, Decimal(0)) == 0


@given(st.integers(1, 90_000), st.integers(0, 10**7), st.integers(0, 10**7))
def test_what_it_costs_never_falls_and_is_paid_for_beforehand(unit_s: int, early: int, more: int) -> None:
    first, later = (cost(SERVER, 1000.0 + at, unit_s, Decimal("0.01")) for at in (early, early + more))
    assert first is not None
    assert later is not None
    assert first <= later
    until = paid_until(SERVER, 1000.0 + early, unit_s)
    assert until is not None
    assert 1000.0 + early <= until <= 1000.0 + early + unit_s


def test_of_a_server_whose_age_is_not_known_nothing_is_claimed() -> None:
    ageless = replace(SERVER, created_s=None)
    assert cost(ageless, 5000.0, 60, Decimal(1)) is None
    assert paid_until(ageless, 5000.0, 60) is None


def test_the_cheapest_come_first_and_those_without_a_price_last() -> None:
    free, cheap, dear, also, unknown = (
        Offer(name, 1, price=price)
        for name, price in (("f", Decimal(0)), ("c", Decimal("0.1")), ("b", Decimal(2)), ("a", Decimal(2)), ("0", None))
    )
    assert by_price([unknown, dear, also, cheap, free]) == (free, cheap, also, dear, unknown)


def test_the_providers_are_some_that_libcloud_has() -> None:
    own = {name for name, value in vars(Provider).items() if not name.startswith("_") and value in DRIVERS}
    assert set(SUPPORTED) <= own
    assert list(SUPPORTED) == sorted(SUPPORTED)
