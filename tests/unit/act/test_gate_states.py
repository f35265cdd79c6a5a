"""A gate over time: it opens and closes once it is sure, and a machine that comes and goes doesn't take its service with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulacra.act.gates import advance_gate, first_gate
from simulacra.model.journal import GateRecord, LogEntry
from simulacra.model.plan import Gate
from simulacra.model.service import Needs, Service
from simulacra.model.settings import Gates

POLICY = Gates(open_after_s=10, close_after_s=60, calm_s=3600)
JENKINS = Service("jenkins", needs=Needs(machines=3))
START = 1_700_000_000.0


def gate(met: bool, running: int = 0, set_to: int = 0) -> Gate:
    return Gate("jenkins", met, ("because",), 1, running, set_to)


def lived(
    verdicts: Iterator[bool], every_s: float = 5.0, service: Service = JENKINS, policy: Gates = POLICY
) -> tuple[GateRecord, list[LogEntry]]:
    """What becomes of a gate that is closed at first, looked at again and again."""
    record, entries = first_gate(gate(False), START), []
    for at, met in enumerate(verdicts):
        record, made = advance_gate(service, record, gate(met), policy, START + at * every_s)
        entries += made
    return record, entries


def times(met_s: float, lacking_s: float, until_s: float, every_s: float = 5.0) -> Iterator[bool]:
    """Met for so long, then lacking for so long, again and again."""
    for at in range(int(until_s / every_s)):
        yield (at * every_s) % (met_s + lacking_s) < met_s


def test_it_opens_when_the_needs_have_been_met_for_a_while() -> None:
    record, entries = lived(iter([True, True]))
    assert (record.open, record.met_since_s, entries) == (False, START, [])
    record, (entry,) = lived(iter([True, True, True]))
    assert record.open
    assert (entry.at_s, entry.machine, entry.before, entry.after, entry.reason, entry.by) == (
        START + 10, "service:jenkins", "closed", "open", "because", "plan",
    )  # fmt: skip


def test_a_moment_without_begins_the_wait_anew() -> None:
    assert not lived(iter([True, True, False, True, True]))[0].open


def test_it_closes_when_something_has_been_missing_for_a_while_and_not_before() -> None:
    up = [True] * 4
    assert lived(iter(up + [False] * 12))[0].open
    record, entries = lived(iter(up + [False] * 13))
    assert not record.open
    assert [(it.before, it.after) for it in entries] == [("closed", "open"), ("open", "closed")]
    assert len(record.closed_s) == 1


@pytest.mark.parametrize(("met_s", "lacking_s"), [(60, 60), (90, 90), (30, 90), (120, 65), (300, 300)])
def test_a_machine_that_comes_and_goes_doesnt_take_the_service_with_it_each_time(met_s: float, lacking_s: float) -> None:
    """For four hours. Without hysteresis the gate would move twice in each round: 60 times an hour where it is a minute each."""
    _, entries = lived(times(met_s, lacking_s, 4 * 3600))
    for first in entries:
        assert len([it for it in entries if 0 <= it.at_s - first.at_s < 3600]) <= 7


def test_a_minute_on_and_a_minute_off_with_what_the_grid_has_by_default() -> None:
    _, entries = lived(times(60, 60, 4 * 3600), policy=Gates(close_after_s=120))
    assert [it.after for it in entries] == ["open"]


def test_calm_days_are_forgiven() -> None:
    record, _ = lived(times(60, 90, 3600))
    later = START + 10 * 3600
    record, _ = advance_gate(JENKINS, record, gate(True), POLICY, later)
    record, made = advance_gate(JENKINS, record, gate(True), POLICY, later + 10)
    assert record.open or made == ()
    assert record.open


def test_batch_work_that_was_let_in_isnt_sent_away() -> None:
    record, _ = lived(iter([True] * 4 + [False] * 100), service=Service("jenkins", type="batch", needs=Needs()))
    assert record.open


def test_what_runs_already_is_found_online() -> None:
    assert first_gate(gate(False, running=1), START).open
    assert first_gate(gate(False, set_to=1), START).open
    assert not first_gate(gate(True), START).open
