"""`simulacra simulate` as it is shown, to people and to programs."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from made_up_simulation import ALWAYS, EUR, MADE_UP, OURS
from rich.console import Console

from simulacra.cli.show_simulation import as_json, compared_json, show_compared, show_simulation
from simulacra.model.costs import Money
from simulacra.simulate.outcome import Bound, Simulation, Waiting
from simulacra.simulate.telling import difference, for_the_owner, refusals, span

SAVES = "At this rate simulacra {} against machines that are always on; {}."
CHANGED = replace(MADE_UP, machines=5, outcomes=(ALWAYS, replace(OURS, kwh=50.0, cost=EUR(15.0), wait=Waiting(9.0), transitions=40)))


def shown(simulation: Simulation, width: int = 200) -> list[str]:
    out = StringIO()
    show_simulation(Console(file=out, width=width), simulation)
    return out.getvalue().splitlines()


def test_two_tables_the_conditions_and_a_sentence() -> None:
    assert shown(MADE_UP) == [
        "simulation of made-up: 40 jobs in 10.0 days on 4 machines",
        "",
        "POLICY          KWH  IDLE KWH  SAVES  OF BOUND       COST  MACHINE HOURS",
        "always-on     100.0      80.0   0.0%      0.0%  30.00 EUR            960",
        "idle-timeout   60.0      40.0  40.0%     66.7%  18.00 EUR            500",
        "target-value   70.0      50.0  30.0%     50.0%  21.00 EUR            600",
        "simulacra      46.0      26.0  54.0%     90.0%  13.80 EUR            400",
        "bound          40.0         -  60.0%    100.0%          -            350",
        "",
        "POLICY        MEAN WAIT    P50     P95   P99  SWITCHED  A DAY EACH  FINISHED",
        "always-on           0 s    0 s     0 s   0 s         0         0.0        40",
        "idle-timeout       12 s    0 s    45 s  95 s        80         2.0        40",
        "target-value      3 min  100 s  15 min   2 h        60         1.5        38",
        "simulacra          14 s    0 s    30 s  60 s        40         1.0        40",
        "",
        "! 2 jobs could never run: more memory than any (under target-value)",
        "simulated under machines: 4 of 8 cores; boot: 30 s",
        SAVES.format("saves 1,971 kWh and 591 EUR a year", "a job waits 14 s longer in the mean"),
    ]


def test_nothing_is_cut_off_on_a_terminal_of_80_columns() -> None:
    assert not [line for line in shown(MADE_UP, 80) if "…" in line]


def test_programs_get_the_fixed_names() -> None:
    plain = as_json(MADE_UP)
    assert {"trace": plain["trace"], "jobs": plain["jobs"]} == {"trace": "made-up", "jobs": 40}
    assert list(plain["policies"]) == ["always-on", "idle-timeout", "target-value", "simulacra"]
    assert plain["policies"]["simulacra"] == {
        "kwh": 46.0,
        "idle_kwh": 26.0,
        "machine_hours": 400.0,
        "cost": 13.8,
        "costs": {"EUR": 13.8},
        "rents": {},
        "wait_s": {"mean": 14.0, "p50": 0.0, "p95": 30.0, "p99": 60.0},
        "transitions": 40,
        "switched": {"tower": 40},
        "finished": 40,
        "refused": {},
    }
    assert plain["bound"] == {"kwh": 40.0, "machine_hours": 350.0}
    assert [it["timeout_s"] for it in plain["idle_timeouts"]] == [60.0, 3600.0]
    assert (plain["seed"], plain["conditions"]["boot"]) == (7, "30 s")


def test_a_change_stands_beside_the_grid_as_it_is() -> None:
    plain = compared_json(MADE_UP, ["machines=+1"], CHANGED)
    assert plain["policies"]["simulacra"]["kwh"] == 46.0
    assert plain["what_if"]["changes"] == ["machines=+1"]
    assert plain["what_if"]["policies"]["simulacra"]["kwh"] == 50.0
    assert plain["what_if"]["difference"] == {
        "kwh": 4.0, "machine_hours": 0.0, "cost": 1.2, "costs": {"EUR": 1.2}, "wait_s": {"mean": -5.0}, "transitions": 0, "finished": 0,
    }  # fmt: skip


def test_people_see_both_and_what_differs() -> None:
    out = StringIO()
    show_compared(Console(file=out, width=200), MADE_UP, ["machines=+1"], CHANGED)
    lines = out.getvalue().splitlines()
    assert "with machines=+1: simulation of made-up: 40 jobs in 10.0 days on 5 machines" in lines
    assert lines[-1] == "simulacra, after against before: 4.0 kWh more, 1.20 EUR more, 5 s of waiting in the mean less"


def test_jobs_that_do_not_end_any_more_are_told_first() -> None:
    worse = replace(MADE_UP, outcomes=tuple(replace(it, finished=it.finished - 1) for it in MADE_UP.outcomes))
    assert difference(MADE_UP, worse) == "simulacra, after against before: 1 finished job less"


def test_no_difference_is_told_too() -> None:
    assert difference(MADE_UP, MADE_UP) == "simulacra, after against before: no difference"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kwh": 110.0, "cost": EUR(33.0)}, SAVES.format("takes 365 kWh and 110 EUR a year more", "a job waits 14 s longer in the mean")),
        ({"cost": EUR(32.0)}, SAVES.format("saves 1,971 kWh a year, but takes 73 EUR a year more", "a job waits 14 s longer in the mean")),
        ({"kwh": 100.0, "cost": EUR(30.0), "wait": Waiting(0.2)}, SAVES.format("saves nothing", "jobs wait no longer than there")),
    ],
)
def test_the_owner_is_told_what_is_so(changes: dict[str, float | Money | Waiting], expected: str) -> None:
    assert for_the_owner(replace(MADE_UP, outcomes=(ALWAYS, replace(OURS, **changes)))) == expected


def test_without_prices_there_is_no_money() -> None:
    free = replace(MADE_UP, outcomes=tuple(replace(it, cost=()) for it in MADE_UP.outcomes))
    text = "\n".join(shown(free))
    assert "EUR" not in text
    assert "saves 1,971 kWh a year" in text
    plain = as_json(free)["policies"]["simulacra"]
    assert (plain["cost"], plain["costs"]) == (0, {})


def test_two_currencies_are_never_added_up() -> None:
    rented = replace(OURS, cost=(*EUR(13.8), ("USD", 5.0)), rent=(("USD", 5.0),))
    both = replace(MADE_UP, outcomes=(ALWAYS, rented))
    text = "\n".join(shown(both))
    assert "13.80 EUR + 5.00 USD" in text
    assert "saves 1,971 kWh and 591 EUR a year, but takes 182 USD a year more" in text
    plain = as_json(both)["policies"]["simulacra"]
    assert (plain["cost"], plain["costs"], plain["rents"]) == (None, {"EUR": 13.8, "USD": 5.0}, {"USD": 5.0})
    assert difference(MADE_UP, both) == "simulacra, after against before: 5.00 USD more"


def test_what_there_is_no_share_of_isnt_told() -> None:
    assert "bound         100.0         -   0.0%         -" in "\n".join(shown(replace(MADE_UP, bound=Bound(100.0, 1.0))))
    assert for_the_owner(replace(MADE_UP, outcomes=(OURS,))) == ""
    assert shown(replace(MADE_UP, outcomes=(), days=0.0))[-1].startswith("simulated under")


def test_what_is_refused_under_every_policy_is_told_once() -> None:
    everywhere = replace(MADE_UP, outcomes=tuple(replace(it, refused=(("too large", 1),)) for it in MADE_UP.outcomes))
    assert refusals(everywhere) == ("1 job could never run: too large",)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0 s"),
        (0.42, "0.4 s"),
        (12.4, "12 s"),
        (119.0, "119 s"),
        (180.0, "3 min"),
        (3600.0, "1 h"),
        (9000.0, "2.5 h"),
        (2e5, "2.3 days"),
    ],
)
def test_spans_are_told_as_people_say_them(seconds: float, expected: str) -> None:
    assert span(seconds) == expected
