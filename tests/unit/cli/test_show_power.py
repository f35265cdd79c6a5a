"""Plans, reasons, the log and trials as people and programs read them; spans of time as people write them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from simulacra.cli.durations import iso, local, seconds_of
from simulacra.cli.show_power import (
    about,
    explanation_as_plain,
    log_as_plain,
    plan_as_plain,
    show_explanation,
    show_log,
    show_plan,
    show_trials,
)
from simulacra.cli.wake_trial import Trial
from simulacra.faults import Usage
from simulacra.model.grid import Grid
from simulacra.model.journal import LogEntry
from simulacra.model.plan import Action, Plan, Waiting
from simulacra.observe.explained import Explanation

NOW = 1_700_000_000.0
GRID = Grid("trial", timezone="Europe/Amsterdam")
PLAN = Plan(
    desired=3,
    on=2,
    actions=(Action("wake", "tower", "1 of web"), Action("sleep", "desk", "superfluous")),
    waiting=(Waiting("web", "web", 1, "for tower"), Waiting("wiki", "db", 2, "port 80 is taken")),
)
ENTRIES = (
    LogEntry(NOW - 86400, "tower", "asleep", "waking", "work [waits]", "plan"),
    LogEntry(NOW + 0.9, "tower", "waking", "on", "came", "a person"),
)


def _console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=10_000), out


def test_a_plan_as_programs_read_it() -> None:
    assert plan_as_plain(PLAN) == {
        "desired": 3,
        "on": 2,
        "actions": [
            {"action": "wake", "machine": "tower", "reason": "1 of web"},
            {"action": "sleep", "machine": "desk", "reason": "superfluous"},
        ],
        "waiting": [
            {"job": "web", "group": "web", "count": 1, "reason": "for tower"},
            {"job": "wiki", "group": "db", "count": 2, "reason": "port 80 is taken"},
        ],
    }


def test_a_plan_as_people_read_it() -> None:
    console, out = _console()
    show_plan(console, PLAN)
    assert out.getvalue().splitlines() == [
        "2 machines on or coming, 3 wanted",
        "would wake tower: 1 of web",
        "would put desk to sleep: superfluous",
        "not placed: web (1): for tower",
        "not placed: wiki/db (2): port 80 is taken",
    ]
    console, out = _console()
    show_plan(console, replace(PLAN, on=1, desired=1, actions=(), waiting=()))
    assert out.getvalue().splitlines() == ["1 machine on or coming, 1 wanted", "nothing is to be woken or put to sleep now"]


def test_the_log() -> None:
    assert log_as_plain(ENTRIES[1:]) == [
        {"at": "2023-11-14T22:13:20Z", "machine": "tower", "from": "waking", "to": "on", "reason": "came", "by": "a person"}
    ]
    console, out = _console()
    show_log(console, GRID, ENTRIES, NOW)
    assert out.getvalue().splitlines() == [
        "AT                   MACHINE  FROM    TO      BY        WHY",
        "2023-11-13 23:13:20  tower    asleep  waking  plan      work [waits]",
        "23:13:20             tower    waking  on      a person  came",
    ]
    console, out = _console()
    show_log(console, GRID, (), NOW)
    assert out.getvalue() == "no machine has been switched yet\n"


def test_an_explanation() -> None:
    found = Explanation("tower", "asleep", "2023-11-14T22:13:20Z", ("nobody [needs] it", "a person holds it"))
    plain = {"name": "tower", "state": "asleep", "since": "2023-11-14T22:13:20Z", "reasons": ["nobody [needs] it", "a person holds it"]}
    assert explanation_as_plain(found) == plain
    console, out = _console()
    show_explanation(console, found)
    assert out.getvalue().splitlines() == ["tower is asleep since 2023-11-14T22:13:20Z", "  nobody [needs] it", "  a person holds it"]


def test_trials() -> None:
    console, out = _console()
    show_trials(console, (Trial("plug", "its command", 1, 12.34), Trial("tower", "nas", 4, None, "didn't wake")))
    assert out.getvalue().splitlines() == [
        "MACHINE  RELAY        TRIES  SECONDS  RESULT",
        "plug     its command  1      12.3     ✓ wakes",
        "tower    nas          4      -        ✗ didn't wake",
    ]


@pytest.mark.parametrize(("text", "seconds"), [("4h", 14400), ("90m", 5400), ("1h30m", 5400), ("0s", 0)])
def test_durations_as_go_writes_them(text: str, seconds: float) -> None:
    assert seconds_of("--for", text) == seconds


@pytest.mark.parametrize("text", ["", "4", "4 h", "four hours", "-1h", "9999h"])
def test_what_is_no_duration_is_said(text: str) -> None:
    with pytest.raises(Usage, match="--for takes a duration such as 4h"):
        seconds_of("--for", text)


def test_moments() -> None:
    assert iso(NOW + 0.9) == "2023-11-14T22:13:20Z"
    assert (local(GRID, NOW, NOW), local(GRID, NOW, NOW + 86400)) == ("23:13", "2023-11-14 23:13")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nas sends the magic packet of tower", True),
        ("the order to tower failed, it is tried again: no answer", True),
        ("tower: asleep -> waking: work waits", False),
        ("nas sends the magic packet of watchtower, tower-2", False),
    ],
)
def test_only_lines_about_the_machine_are_told(line: str, told: bool) -> None:
    assert about(line, ["tower"]) is told
