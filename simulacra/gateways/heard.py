"""What is believed of a machine's report. Root there may write anything, and so may whoever got hold of its token: a report may speak for
its machine, but not hurt those who read it.
"""

from __future__ import annotations

from dataclasses import replace

from simulacra.gateways.journal_json import Broken
from simulacra.gateways.printable import printable
from simulacra.model.journal import Card, Report

LAST_S = 250_000_000_000.0
"""Unix time in the year 9892: later ones can't be shown as dates."""
WORDS_AT_MOST, REASONS_AT_MOST, LINES_AT_MOST = 300, 20, 64
NAMES_AT_MOST, NAME_AT_MOST, PROGRAMS_AT_MOST = 1000, 100, 8
"""Of peripherals; a longer name is none's."""


def heard(report: Report) -> Report:
    """The report with its words made fit for a line, and no more of anything than an honest program says.

    Raises `Broken` for a time that is none, and for a boot that couldn't be named in an order.
    """
    for name, at_s in (("at_s", report.at_s), ("stay_until_s", report.stay_until_s), ("sleep_asked_s", report.sleep_asked_s)):
        if not 0 <= at_s <= LAST_S:
            raise Broken(f"{name} is {at_s:g}, which is no time")
    if _line(report.boot_id) != report.boot_id:
        raise Broken("boot_id isn't a short line of text")
    return replace(
        report,
        refused=_line(report.refused),
        keep_awake=tuple(_line(reason) for reason in report.keep_awake[:REASONS_AT_MOST]),
        cards=tuple(Card(_line(it.interface), _line(it.mac), it.wakes) for it in report.cards[:LINES_AT_MOST]),
        addresses=tuple(_line(it) for it in report.addresses[:LINES_AT_MOST]),
        neighbours=tuple(_line(it) for it in report.neighbours[:LINES_AT_MOST]),
        reached=_names(report.reached),
        unreached=_names(report.unreached),
        programs=tuple(_line(it) for it in report.programs[:PROGRAMS_AT_MOST]),
    )


def _names(told: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_line(it) for it in told[:NAMES_AT_MOST] if len(it) <= NAME_AT_MOST)


def _line(text: str) -> str:
    """The text as it may be shown, cut where it is too long."""
    clean = printable(text)
    return clean if len(clean) <= WORDS_AT_MOST else f"{clean[: WORDS_AT_MOST - 1]}…"
