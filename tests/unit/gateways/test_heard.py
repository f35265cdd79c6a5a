"""Reports that lie: what a machine may say of itself, and what isn't believed."""

from __future__ import annotations

import json

import pytest
from fake_steering import FakeVariables

from simulacra.gateways.journal import LOG_BYTES, Journal
from simulacra.model.journal import LOG, REPORTS, LogEntry, Report

NOW = 1_800_000_000.0
HONEST = {"machine": "tower", "at_s": NOW, "boot_id": "boot"}


def told(text: str, machine: str = "tower") -> tuple[tuple[Report, ...], tuple[str, ...]]:
    """What is heard of a report's text, and what is said of it."""
    variables = FakeVariables()
    variables.write_variable(f"{REPORTS}/{machine}", {"report": text}, 0)
    journal = Journal(variables)
    return journal.reports(), journal.broken()


def lying(**said: object) -> str:
    return json.dumps({**HONEST, **said})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lying(stay_until_s=float("inf")), "stay_until_s is Infinity, which it can't be"),
        (lying(sleep_asked_s=float("nan")), "sleep_asked_s is NaN, which it can't be"),
        (lying(at_s=1.0).replace("1.0", "1e999"), "at_s is Infinity, which it can't be"),
        (lying(stay_until_s=10**400), "stay_until_s is 1000"),
        (lying(stay_until_s=1e15), "stay_until_s is 1e+15, which is no time"),
        (lying(at_s=-1), "at_s is -1, which is no time"),
        (lying(obeyed=2**63), "obeyed is 9223372036854775808, which it can't be"),
        (lying(obeyed=True), "obeyed is true, which it can't be"),
        (lying(obeyed=7).replace("7", "7" * 5000), "not JSON: "),
        (lying(machine="nas"), "it is about nas"),
        (lying(machine="to\ud800wer"), 'machine is "to\\\\ud800wer", which it can\'t be'),
        (lying(refused="\udfff"), "refused is "),
        (lying(boot_id="a\nb"), "boot_id isn't a short line of text"),
        (lying(boot_id="b" * 400), "boot_id isn't a short line of text"),
        (lying(keep_awake="a person"), "keep_awake isn't a list"),
        ("[" * 20_000, "not JSON: "),
        ("null", "it isn't an object"),
        ("", "not JSON: "),
    ],
    ids=lambda it: it[:40] if isinstance(it, str) else None,
)
def test_what_no_program_says_isnt_heard(text: str, why: str) -> None:
    reports, broken = told(text)
    assert reports == ()
    [said] = broken
    assert said.startswith(f"{REPORTS}/tower: ")
    assert why.replace("\\\\", "\\") in said
    assert len(said) < 200


def test_what_is_heard_fits_on_a_line_and_is_no_more_than_a_program_says() -> None:
    screen = "\x1b]0;owned\x07\x1b[2Ja\r\nperson\u202e"
    cards = [{"interface": screen, "mac": "m" * 400}] * 100
    text = lying(
        refused=screen,
        keep_awake=[screen, "w" * 1000, *["again"] * 100],
        cards=cards,
        addresses=["1.2.3.4"] * 200,
        neighbours=["a"] * 200,
    )
    [report], broken = told(text)
    assert broken == ()
    words = [report.refused, *report.keep_awake, *(word for card in report.cards for word in (card.interface, card.mac))]
    assert all(word.isprintable() and len(word) <= 300 for word in (*words, *report.addresses, *report.neighbours))
    assert (len(report.keep_awake), len(report.cards), len(report.addresses), len(report.neighbours)) == (20, 64, 64, 64)
    assert report.keep_awake[1].endswith("w…")


def test_names_of_peripherals_are_no_more_and_no_longer_than_there_are() -> None:
    reached, many = ["a\x1b[2J\nb", "n" * 101, *["lamp"] * 2000], ["lamp"] * 2000
    [report], broken = told(lying(reached=reached, unreached=many, programs=["haproxy\r"] * 20))
    assert broken == ()
    assert (len(report.reached), len(report.unreached), len(report.programs)) == (999, 1000, 8)
    assert all(word.isprintable() and len(word) <= 100 for word in (*report.reached, *report.programs))


def test_an_honest_report_is_heard_as_it_is() -> None:
    said = {
        "obeyed": 7, "refused": "a person sits at it", "keep_awake": ["ssh from 10.0.0.1"], "on_battery": False, "stay_until_s": NOW + 5,
        "sleep_asked_s": NOW, "cards": [{"interface": "eth0", "mac": "52:54:00:00:00:01", "wakes": True}], "addresses": ["10.0.0.2/24"],
        "neighbours": ["200::1"], "reached": ["printer"], "unreached": ["lamp"], "programs": ["haproxy", "python3"],
    }  # fmt: skip
    [report], broken = told(lying(**said))
    assert broken == ()
    assert json.loads(lying(**said)) == {name: json.loads(json.dumps(getattr(report, name), default=_plain)) for name in (*HONEST, *said)}


def _plain(value: object) -> object:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]


def test_one_machines_long_words_dont_drive_the_others_out_of_the_log() -> None:
    variables = FakeVariables()
    journal = Journal(variables)
    journal.log([LogEntry(1.0, "nas", "on", "draining", "nothing runs on it", "plan")])
    journal.log([LogEntry(2.0, "tower", "draining", "on", "w" * LOG_BYTES, "plan")])
    assert [(it.machine, len(it.reason)) for it in journal.entries()] == [("nas", 18), ("tower", 500)]
    variable = variables.variable(LOG)
    assert variable is not None
