"""What was drawn and spent over the real Nomad's variables, and over the fake's; steered, and shown with a reader's rights."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from dev_agent import NODE, Agent
from fake_steering import FakeVariables
from guarded_grid import POLICIES, Guarded
from typer.testing import CliRunner

from simulacra.act.meter import Meter
from simulacra.cli.main import app
from simulacra.faults import Usage
from simulacra.gateways.accounts import Accounts
from simulacra.gateways.nomad import Nomad, connect
from simulacra.gateways.nomad_faults import Conflict
from simulacra.grids import Grids
from simulacra.model.costs import COSTS, SINCE, Draw, MachineUse, Page, Sample, ServiceUse, Stay
from simulacra.model.ledger import Tenancy
from simulacra.steering import Steering, Surroundings

Either = Nomad | FakeVariables
DAY = date(2026, 11, 29)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
PAGE = Page(
    "2026-11-29",
    0,
    NOON + 0.125,
    3600.5,
    0.31,
    "EUR",
    (MachineUse("", 0.0, 0.0, 1.0, 1.0), MachineUse("tower", 120.1234, 60.5, 3600.5, 0.0, 5.25)),
    (ServiceUse("", 1.5), ServiceUse("web", 2.5, (("EUR", 0.125), ("USD", 1e-7)))),
    (Stay(Tenancy("i-1", "burst-1", "t3.small", NOON - 60, "running", Decimal("0.0208")), "burst", "USD", 60.0, NOON),),
)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.nomad)])
def nomad(request: pytest.FixtureRequest) -> Iterator[Either]:
    if request.param == "fake":
        yield FakeVariables()
        return
    agent: Agent = request.getfixturevalue("nomad_agent")
    real = connect(environment=agent.environment)
    yield real
    for stub in real.variables(COSTS):
        real.delete_variable(stub.path)


def accounts(nomad: Either, told: list[str] | None = None) -> Accounts:
    return Accounts(nomad, (told if told is not None else []).append)


def test_a_page_comes_back_as_it_was_written(nomad: Either) -> None:
    assert accounts(nomad).pages(DAY) == ()
    written = accounts(nomad).write(PAGE)
    (found,) = accounts(nomad).pages(DAY)
    assert (found, found.index) == (PAGE, written.index)
    assert nomad.variable("simulacra/costs/11-29/0") is not None


def test_amounts_are_written_as_exactly_as_matters(nomad: Either) -> None:
    accounts(nomad).write(replace(PAGE, machines=(MachineUse("tower", 1 / 3, 2 / 3, 1 / 3, 2 / 3, 1e-9),)))
    (found,) = accounts(nomad).pages(DAY)
    assert found.machines == (MachineUse("tower", 0.3333, 0.6667, 0.333, 0.667, 0.0),)


def test_what_somebody_else_wrote_first_stays(nomad: Either) -> None:
    first = accounts(nomad).write(PAGE)
    with pytest.raises(Conflict):
        accounts(nomad).write(PAGE)
    second = accounts(nomad).write(replace(first, counted_s=1.0))
    with pytest.raises(Conflict):
        accounts(nomad).write(replace(first, counted_s=2.0))
    assert accounts(nomad).pages(DAY) == (second,)


def test_a_month_has_the_pages_of_its_days_in_order(nomad: Either) -> None:
    days = [replace(PAGE, day=day, number=number) for day, number in (("2026-11-30", 0), ("2026-11-01", 1), ("2026-11-01", 0))]
    for page in (*days, replace(PAGE, day="2026-12-01"), replace(PAGE, day="2025-11-15")):
        accounts(nomad).write(page)
    assert [(it.day, it.number) for it in accounts(nomad).month(2026, 11)] == [("2026-11-01", 0), ("2026-11-01", 1), ("2026-11-30", 0)]
    assert [it.day for it in accounts(nomad).month(2025, 11)] == ["2025-11-15"]
    assert accounts(nomad).month(2026, 10) == ()


def test_the_page_of_another_year_is_an_empty_one_to_be_written_over(nomad: Either) -> None:
    old = accounts(nomad).write(replace(PAGE, day="2025-11-29"))
    (found,) = accounts(nomad).pages(DAY)
    assert (found, found.index) == (Page("2026-11-29"), old.index)
    accounts(nomad).write(replace(found, counted_s=5.0))
    assert accounts(nomad).month(2025, 11) == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"day": "2026-11-29"}', '{"day":"2026-99-29","number":0,"until_s":1,"counted_s":1}'])
def test_a_broken_page_is_told_and_mended(nomad: Either, text: str) -> None:
    nomad.write_variable("simulacra/costs/11-29/0", {"page": text}, 0)
    told: list[str] = []
    assert accounts(nomad, told).month(2026, 11) == ()
    assert told[0].startswith("simulacra/costs/11-29/0: ")
    assert told[0].endswith("; what was counted there is lost")
    (found,) = accounts(nomad).pages(DAY)
    assert found == Page("2026-11-29")
    accounts(nomad).write(replace(found, counted_s=7.0))
    assert [it.counted_s for it in accounts(nomad).month(2026, 11)] == [7.0]


def test_what_is_no_page_isnt_read(nomad: Either) -> None:
    nomad.write_variable("simulacra/costs/11-29/notes", {"page": "mine"}, 0)
    assert accounts(nomad).pages(DAY) == ()


def test_counting_begins_once(nomad: Either) -> None:
    assert accounts(nomad).began_s() is None
    assert accounts(nomad).since(NOON) == NOON
    assert (accounts(nomad).since(NOON + 60), accounts(nomad).began_s()) == (NOON, NOON)
    known = nomad.variable(SINCE)
    assert known is not None
    nomad.write_variable(SINCE, {"since": "long ago"}, known.index)
    told: list[str] = []
    assert accounts(nomad, told).since(NOON + 60) == NOON + 60
    assert told == [f"{SINCE}: not JSON: Expecting value: line 1 column 1 (char 0)"]
    assert accounts(nomad).began_s() == NOON + 60


def test_a_thousand_machines_are_counted_and_counted_on(nomad: Either) -> None:
    draws = tuple(Draw(f"machine-of-many-{number:04d}", 1, 100.0, 0.0, ((f"service-{number % 100}", 0.5),)) for number in range(1000))
    told: list[str] = []
    for turn in range(2):
        meter = Meter(accounts(nomad, told), told.append)
        for step in range(4):
            meter.note(Sample(draws), NOON + 600 * turn + 200 * step, 200.0 * step)
        meter.write()
    pages = accounts(nomad).pages(DAY)
    assert told == []
    assert {it.counted_s for it in pages} == {1200.0}
    assert [row.on_s for it in pages for row in it.machines] == [1200.0] * 1000


# steered, and shown


@pytest.mark.nomad
def test_who_leads_counts_and_a_reader_is_shown_it(guarded: Guarded) -> None:
    told: list[str] = []
    elapsed = iter(float(number) for number in range(0, 10_000, 10))
    nomad = guarded.nomad(guarded.token(POLICIES["autoscaler"]))
    now_s, looks = time.time(), iter(range(10_000))
    around = Surroundings(clock=lambda: now_s + next(looks), elapsed=lambda: next(elapsed))
    steering = Steering(Grids(guarded.folder / "grid", told.append), nomad, told.append, around)
    for _ in range(5):
        steering.step()
    steering.close()

    environment = {
        "NOMAD_ADDR": guarded.agent.address,
        "NOMAD_TOKEN": guarded.token(POLICIES["reader"]),
        "SIMULACRA_GRID": f"{guarded.folder}/grid",
    }
    ran = CliRunner().invoke(app, ["costs", "--json"], env=environment)
    assert ran.exit_code == 0, (ran.output, ran.exception)
    seen = json.loads(ran.stdout)
    (node,) = [it for it in seen["machines"] if it["machine"] == NODE]
    assert node["hours_on"] > 0
    assert (node["kwh"], node["watts_unknown_hours"]) == (None, node["hours_on"])
    assert len(seen["days"]) in (1, 2)
    assert seen["not_counted_hours"] == pytest.approx(0.0, abs=0.01)
    ran = CliRunner().invoke(app, ["costs"], env=environment)
    assert f"what these draw isn't known, or wasn't all the time (a machine's `watts` block tells it): {NODE}" in ran.stdout
    assert not [it for it in told if "isn't written down" in it]


@pytest.mark.parametrize("month", ["2026-13", "november", "2026-1", "0000-01", "2026-11-01"])
def test_a_month_that_is_none_is_refused(month: str, tmp_path: Path) -> None:
    (tmp_path / "grid.hcl").write_text('grid "trial" {}\n')
    ran = CliRunner().invoke(app, ["--grid", str(tmp_path), "costs", "--month", month])
    assert isinstance(ran.exception, Usage)
    assert str(ran.exception) == f"--month takes a year and a month such as 2026-11, not {month!r}"
