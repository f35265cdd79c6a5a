"""The marks of a unit of work, from a real process; and what is read out of them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulacra.lab.chaos.marks import Unit, mark_gone, read_marks
from simulacra.lab.chaos.unit import MARKS
from simulacra.lab.processes import Process, alive

BEGIN = '{"mark": "begin", "at_s": 1.5, "allocation": "a1", "pid": 7, "job": "batch-1", "started": 99, "where": ""}'
END = '{"mark": "end", "at_s": 3.5, "allocation": "a1", "pid": 7}'
TOLD = '{"mark": "told", "at_s": 2.5, "allocation": "a1", "pid": 7}'
BEGUN = Unit("nas", "batch-1", "a1", 7, 99, 1.5)


def start(folder: Path, *words: str, **more: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "NOMAD_ALLOC_ID": "a1", "NOMAD_JOB_NAME": "work", "SIMULACRA_STATE": str(folder / "node-state"), **more}
    return subprocess.Popen([sys.executable, "-m", "simulacra.lab.chaos.unit", *words], env=environment)


def marks(folder: Path, at_least: int) -> list[str]:
    """The lines, once there are so many."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        lines = (folder / MARKS).read_text().splitlines() if (folder / MARKS).exists() else []
        if len(lines) >= at_least:
            return lines
        time.sleep(0.02)
    raise AssertionError("the marks don't come")


def test_one_that_is_done_says_so(tmp_path: Path) -> None:
    with start(tmp_path, "0.1") as process:
        assert process.wait(20) == 0
    (unit,) = read_marks((), "nas", marks(tmp_path, 2))
    assert (unit.machine, unit.job, unit.allocation, unit.pid, unit.where) == ("nas", "work", "a1", process.pid, "")
    assert unit.ended_s is not None
    assert 0.1 <= unit.ended_s - unit.begun_s < 10
    assert unit.over_s == unit.ended_s


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_that_is_told_to_stop_says_so_and_is_not_done(tmp_path: Path, number: signal.Signals) -> None:
    with start(tmp_path, "60") as process:
        (begun,) = read_marks((), "nas", marks(tmp_path, 1))
        assert alive(Process(begun.pid, begun.started))
        process.send_signal(number)
        assert process.wait(20) != 0
    (unit,) = read_marks((), "nas", marks(tmp_path, 2))
    assert (unit.ended_s, unit.over_s) == (None, unit.told_s)


def test_one_that_is_killed_says_nothing_and_is_missed(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        (begun,) = read_marks((), "nas", marks(tmp_path, 1))
        process.kill()
        process.wait(20)
    assert len(marks(tmp_path, 1)) == 1
    assert mark_gone((begun,), {begun.key: alive(Process(begun.pid, begun.started))}, 5.0)[0].gone_s == 5.0


def test_a_service_answers_with_its_allocation(tmp_path: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
        port = free.getsockname()[1]
    with start(tmp_path, NOMAD_ADDR_http=f"[::1]:{port}") as process:
        (unit,) = read_marks((), "nas", marks(tmp_path, 1))
        assert unit.where == f"[::1]:{port}"
        asked = http.client.HTTPConnection("::1", port, timeout=5)
        asked.request("GET", "/")
        assert asked.getresponse().read() == b"a1"
        asked.close()
        process.kill()


def test_marks_are_read_bit_by_bit() -> None:
    assert read_marks((), "nas", [BEGIN]) == (BEGUN,)
    (done,) = read_marks((BEGUN,), "nas", [END])
    assert (done.begun_s, done.ended_s) == (1.5, 3.5)
    assert read_marks((), "nas", [BEGIN, END]) == (done,)
    (told,) = read_marks((), "nas", [BEGIN, TOLD])
    assert (told.told_s, told.over_s) == (2.5, 2.5)


@pytest.mark.parametrize("line", ["", '{"mark": "beg', "[]", END, TOLD])
def test_what_is_no_mark_of_anybody_known_is_left_out(line: str) -> None:
    assert read_marks((), "nas", [line]) == ()


def test_an_instance_that_begins_again_is_another_unit() -> None:
    again = json.dumps({**json.loads(BEGIN), "pid": 8, "at_s": 4.0})
    assert [it.pid for it in read_marks((), "nas", [BEGIN, again])] == [7, 8]
    assert len(read_marks(read_marks((), "nas", [BEGIN]), "tower", [BEGIN])) == 2


def test_only_who_runs_can_be_gone() -> None:
    (done,) = read_marks((), "nas", [BEGIN, END])
    assert mark_gone((done,), {done.key: False}, 9.0) == (done,)
    assert mark_gone((BEGUN,), {BEGUN.key: True}, 9.0) == (BEGUN,)
    assert mark_gone((BEGUN,), {}, 9.0) == (BEGUN,), "one that has come since wasn't looked at"
    (gone,) = mark_gone((BEGUN,), {BEGUN.key: False}, 9.0)
    assert gone.gone_s == 9.0
    (late,) = read_marks((gone,), "nas", [END])
    assert (late.gone_s, late.over_s) == (None, 3.5), "a mark that was read late"
