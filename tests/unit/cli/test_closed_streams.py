"""Standard streams that whoever started us has closed: as if they led to /dev/null."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def run(closed: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "simulacra.cli.main", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [["reference"], ["split", "--defined"], ["--version"], ["lab", "--help"]], ids=" ".join)
def test_without_standard_output_all_goes_on(words: list[str]) -> None:
    done = run(">&-", *words)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_standard_error_messages_do_not_come_among_the_output() -> None:
    done = run("2>&-", "client-config", "nobody")
    assert (done.returncode, done.stdout) == (2, "")


def test_without_standard_input_the_output_is_the_same() -> None:
    assert run("<&-", "client-config", "nas").stdout == run("", "client-config", "nas").stdout != ""


def test_without_any_the_exit_code_is_left() -> None:
    assert run("<&- >&- 2>&-", "client-config", "nobody").returncode == 2
