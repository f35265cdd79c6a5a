"""Allocations of batch jobs as a Nomad 1.11.3 told them: when they ran, and what became of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulacra.gateways.nomad_history_reading import batch_run
from simulacra.model.history import BatchRun

TOLD = json.loads((Path(__file__).parent / "nomad_history" / "allocations.json").read_text())
RUNS = {(run.job.partition("/")[0], bool(run.next)): run for run in map(batch_run, TOLD)}
AT_S = 1_796_005_279.0
"""The second in which all of them were submitted."""


def since(at_s: float | None) -> float | None:
    return None if at_s is None else round(at_s - AT_S, 3)


def made(states: dict[str, Any], **more: Any) -> BatchRun:
    raw = {"ID": "a", "JobID": "j", "TaskGroup": "g", "NodeID": "n", "ClientStatus": "complete", "DesiredStatus": "run", **more}
    return batch_run({**raw, "TaskStates": states})


@pytest.mark.parametrize(
    ("run", "created_s", "began_s", "ended_s"),
    [
        (("fails", True), 0.14, 0.639, 2.435),  # restarted once where it was: from its first start on
        (("fails", False), 7.436, 7.633, 9.551),
        (("never", False), 5.673, None, None),  # its program isn't there; Nomad says all the same when it finished
        (("param", False), 0.191, 0.619, 2.624),
        (("long", False), 0.175, 0.511, None),
    ],
)
def test_when_it_ran(run: tuple[str, bool], created_s: float, began_s: float | None, ended_s: float | None) -> None:
    found = RUNS[run]
    assert (since(found.created_s), since(found.began_s), since(found.ended_s)) == (created_s, began_s, ended_s)


def test_what_it_took_and_where() -> None:
    first = RUNS["fails", True]
    assert (first.cpu_mhz, first.memory_mb, first.node_name, first.group, first.namespace) == (100, 24, "shelf", "fails", "default")
    assert (first.status, first.desired, first.moved, first.at_work) == ("failed", "stop", False, False)
    assert first.next == RUNS["fails", False].id
    assert RUNS["long", False].at_work
    assert RUNS["param", False].job == "param/dispatch-1796005279-ca9679b1"


def test_several_tasks_are_one_run() -> None:
    states = {
        "before": {"StartedAt": "2026-11-01T00:00:01.5Z", "FinishedAt": "2026-11-01T00:00:03Z"},
        "it": {"StartedAt": "2026-11-01T00:00:03.123456789Z", "FinishedAt": "2026-11-01T00:01:01.25Z"},
        "never": {"StartedAt": None, "FinishedAt": "2026-11-01T00:01:01Z"},
    }
    assert made(states).ran_s == pytest.approx(59.75)


@pytest.mark.parametrize("unset", [None, "", "0001-01-01T00:00:00Z"])
def test_gos_zero_time_is_none(unset: str | None) -> None:
    run = made({"it": {"StartedAt": unset, "FinishedAt": unset}})
    assert (run.began_s, run.ended_s, run.ran_s) == (None, None, None)


def test_a_restart_that_is_under_way_is_no_end() -> None:
    states = {"it": {"StartedAt": "2026-11-01T00:00:01Z", "FinishedAt": "2026-11-01T00:00:03Z"}}
    assert made(states, ClientStatus="running").ended_s is None
    assert made(states, ClientStatus="lost").ended_s is None


def test_a_drain_moves_it() -> None:
    assert made({}, DesiredTransition={"Migrate": True}).moved
    assert not made({}, DesiredTransition=None).moved
