"""What ``simulacra status`` says of clouds: servers, money, and why nothing is known of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from simulacra.cli.rented import Rented, cloud_plain, readable_ledgers, rented
from simulacra.faults import Denied
from simulacra.model.cloud import Cloud
from simulacra.model.grid import Grid
from simulacra.model.ledger import Ledger, Tenancy
from simulacra.model.months import month_began_s

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp()
CLOUD = Cloud("burst", "EC2", "cloud", "server", ("small",), "ami", max=3, monthly_budget=20.0)
GRID = Grid("home", timezone="Europe/Amsterdam", clouds=(CLOUD, replace(CLOUD, name="other", monthly_budget=None, currency="EUR")))
SERVER = Tenancy("i-1", "burst-small-1", "small", NOW - 5400, "running", Decimal("0.02"))
LEDGER = Ledger(
    "burst", servers=(SERVER,), listed_s=NOW - 10, gone=Decimal("3.20"), month_s=month_began_s(GRID.timezone, NOW), problem_since_s=0.0
)


def of_burst(ledger: Ledger | None = LEDGER, now_s: float = NOW) -> Rented:
    return rented(GRID, (ledger,) if ledger is not None else (), now_s)[0]


def test_every_cloud_with_its_servers_and_its_money() -> None:
    assert rented(GRID, (LEDGER, Ledger("gone")), NOW) == (
        Rented("burst", 1, 3, Decimal("3.24"), Decimal("20.0"), "USD", None),
        Rented("other", 0, 3, Decimal(0), None, "EUR", "its servers were never listed: nobody steers the grid"),
    )


def test_what_is_being_destroyed_has_cost_money_and_is_no_server_any_more() -> None:
    going = of_burst(replace(LEDGER, servers=(replace(SERVER, state="stopping"),)))
    assert (going.servers, going.spent) == (0, Decimal("3.24"))


@pytest.mark.parametrize(
    ("ledger", "why"),
    [
        (replace(LEDGER, problem="no route"), "no route"),
        (replace(LEDGER, listed_s=NOW - 301), "its servers were last listed at 12:54: nobody steers the grid"),
        (replace(LEDGER, listed_s=NOW - 90_000), "its servers were last listed at 2026-11-17 12:00: nobody steers the grid"),
        (replace(LEDGER, listed_s=NOW - 299), None),
        (None, "its servers were never listed: nobody steers the grid"),
    ],
)
def test_why_nothing_newer_is_known(ledger: Ledger | None, why: str | None) -> None:
    assert of_burst(ledger).problem == why


def test_as_programs_read_it() -> None:
    assert cloud_plain(of_burst()) == {
        "name": "burst", "servers": 1, "max": 3, "spent": 3.24, "budget": 20.0, "currency": "USD", "problem": None,
    }  # fmt: skip


def test_who_may_not_read_it_sees_the_rest() -> None:
    def refused() -> tuple[Ledger, ...]:
        raise Denied("the token may not read simulacra/clouds/*")

    assert readable_ledgers(GRID, refused) == ()
    assert readable_ledgers(Grid("home"), lambda: (LEDGER,)) == ()
    assert readable_ledgers(GRID, lambda: (LEDGER,)) == (LEDGER,)
