"""Commands that wake machines: what becomes of those that fail, hang, or aren't there."""

from __future__ import annotations

import sys

import pytest

from simulacra.faults import Refusal, Unreachable
from simulacra.gateways.command import run_command


def test_its_words_arrive_as_they_are(tmp_path) -> None:  # type: ignore[no-untyped-def]
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(repr(sys.argv[2:]))"
    run_command((sys.executable, "-c", code, str(tmp_path / "said"), "a b", "$HOME", "*"))
    assert (tmp_path / "said").read_text() == "['a b', '$HOME', '*']"


def test_a_failure_says_what_was_printed() -> None:
    with pytest.raises(Refusal, match="ended with 3: no such plug"):
        run_command((sys.executable, "-c", "import sys; print('no such plug', file=sys.stderr); sys.exit(3)"))


def test_one_that_hangs_is_given_up() -> None:
    with pytest.raises(Unreachable, match="not done after 0 s"):
        run_command((sys.executable, "-c", "import time; time.sleep(60)"), timeout_s=0.1)


def test_one_that_isnt_there_is_named() -> None:
    with pytest.raises(Refusal, match="/nowhere/wake plug: can't be started: No such file"):
        run_command(("/nowhere/wake", "plug"))


def test_it_has_nothing_to_read() -> None:
    run_command((sys.executable, "-c", "import sys; sys.exit(len(sys.stdin.read()))"))
