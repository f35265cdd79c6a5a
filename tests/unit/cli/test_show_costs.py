"""`simulacra costs` as it is shown, to people and to programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

from rich.console import Console

from simulacra.cli.show_costs import costs_plain, show_costs
from simulacra.model.cloud import Cloud
from simulacra.model.costs import MachineUse, Page, ServiceUse, Stay
from simulacra.model.grid import Grid
from simulacra.model.ledger import Tenancy
from simulacra.model.settings import Electricity
from simulacra.observe.costs import MonthCosts, month_costs

BEGAN = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
NOW = BEGAN + 2 * 86400
CLOUD = Cloud("burst", "EC2", "cloud", "server", ("small",), "ami-1")
GRID = Grid("trial", electricity=Electricity(0.25, "EUR"), clouds=(CLOUD,))
SERVER = Tenancy("i-1", "burst-small-1", "small", BEGAN + 86400, "running", Decimal("0.4"))
PAGES = (
    Page(
        "2026-11-01", 0, BEGAN + 86400, 72000.0, 0.25, "EUR",
        (MachineUse("", 0.0, 0.0, 7200.0, 7200.0), MachineUse("nas", 240.0, 240.0, 86400.0),
         MachineUse("tower", 600.0, 400.0, 18000.0, 0.0, 1100.0)),
        (ServiceUse("web", 200.0),),
    ),
    Page(
        "2026-11-02", 0, NOW, 86400.0, 0.25, "EUR",
        (MachineUse("burst-small-1", 0.0, 0.0, 5400.0), MachineUse("nas", 240.0, 240.0, 86400.0)),
        (ServiceUse("", 0.0), ServiceUse("web", 0.0, (("USD", 0.3),))), (Stay(SERVER, "burst", "USD", 3600.0, BEGAN + 86400 + 5400),),
    ),
)  # fmt: skip


def shown(grid: Grid, seen: MonthCosts) -> str:
    out = StringIO()
    show_costs(Console(file=out, width=200), grid, seen, NOW)
    return out.getvalue()


def seen(*pages: Page) -> MonthCosts:
    return month_costs("UTC", "2026-11", pages, BEGAN, NOW)


def test_a_month_is_three_tables_and_what_isnt_in_them() -> None:
    assert shown(GRID, seen(*PAGES)) == (
        "grid trial, 2026-11, counted until 00:00\n"
        "\n"
        "MACHINE        HOURS ON  KWH        OF IT IDLE  ELECTRICITY  RENT\n"
        "(not defined)  2.0       not known  0.000       -            -\n"
        "burst-small-1  1.5       0.000      0.000       0.00 EUR     0.80 USD\n"
        "nas            48.0      0.480      0.480       0.12 EUR     -\n"
        "tower          5.0       0.600      0.400       0.15 EUR     -\n"
        "all            56.5      1.080      0.880       0.27 EUR     0.80 USD\n"
        "\n"
        "SERVICE       KWH    ELECTRICITY  RENT\n"
        "(other jobs)  0.000  0.00 EUR     -\n"
        "web           0.200  0.05 EUR     0.30 USD\n"
        "\n"
        "DAY         HOURS ON  KWH    ELECTRICITY  RENT      NOT COUNTED\n"
        "2026-11-01  31.0      0.840  0.21 EUR     -         4.0 h\n"
        "2026-11-02  25.5      0.240  0.06 EUR     0.80 USD  -\n"
        "\n"
        "sleep has spared 1.100 kWh, 0.28 EUR at least: what sleepers would have drawn, left on without work\n"
        "4.0 h aren't counted: nobody steered the grid then\n"
        "what these draw isn't known, or wasn't all the time (a machine's `watts` block tells it): (not defined)\n"
    )


def test_columns_that_a_grid_has_no_use_for_are_left_out() -> None:
    text = shown(replace(GRID, electricity=None, clouds=()), seen(PAGES[0]))
    assert "ELECTRICITY" not in text
    assert "RENT" not in text
    assert text.endswith("what a kWh costs isn't known (`electricity` in the grid's definition tells it)\n")


def test_a_price_that_nothing_tells_is_asked_for() -> None:
    unpriced = replace(PAGES[1], stays=(replace(PAGES[1].stays[0], server=replace(SERVER, price=None)),))
    assert "what these cost isn't known (a cloud's `size` block tells it): burst-small-1\n" in shown(GRID, seen(unpriced))


def test_where_nothing_is_counted_it_says_so() -> None:
    assert shown(GRID, month_costs("UTC", "2026-11", (), None, NOW)) == (
        "nothing is counted for 2026-11: that is done while somebody steers the grid, and a day is kept for a year\n"
    )


def test_the_shape_for_programs_is_fixed() -> None:
    plain = costs_plain(GRID, seen(*PAGES))
    assert {key: value for key, value in plain.items() if key not in ("machines", "services", "days")} == {
        "grid": "trial",
        "month": "2026-11",
        "counted_until": "2026-11-03T00:00:00Z",
        "kwh": 1.08,
        "electricity": {"EUR": 0.27},
        "rent": {"USD": 0.8},
        "spared_kwh": 1.1,
        "spared": {"EUR": 0.275},
        "not_counted_hours": 4.0,
        "prices_unknown": [],
    }
    assert plain["machines"][0] == {
        "machine": None, "hours_on": 2.0, "kwh": None, "own_kwh": 0.0, "electricity": {}, "rent": {}, "spared_kwh": 0.0,
        "watts_unknown_hours": 2.0,
    }  # fmt: skip
    assert plain["services"][1] == {"service": "web", "kwh": 0.2, "electricity": {"EUR": 0.05}, "rent": {"USD": 0.3}}
    assert [it["day"] for it in plain["days"]] == ["2026-11-01", "2026-11-02"]
    assert plain["days"][1]["rent"] == {"USD": 0.8}
    assert plain["days"][1]["machines"][0]["machine"] == "burst-small-1"


def test_a_month_without_anything_is_told_to_programs_too() -> None:
    plain = costs_plain(GRID, month_costs("UTC", "2026-11", (), None, NOW))
    assert (plain["counted_until"], plain["kwh"], plain["days"]) == (None, 0.0, [])
