"""The `nomad` program as a parser: where it is found, and what becomes of one that doesn't run or doesn't take the jobspec."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulacra.faults import Refusal, Usage
from simulacra.gateways.nomad_program import parse_beside
from simulacra.model.jobspec import Values

ECHO = """#!/bin/sh
for word in "$@"; do
  case "$word" in -var-file=*) . "${word#-var-file=}" ;; esac
done
echo "{\\"Job\\": {\\"ID\\": \\"$(cat img.txt) $n$NOMAD_VAR_n $(cat)\\"}}"
"""


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a jobspec's file; the current folder is another one, with the program."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/img.txt").write_text("caddy")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "jobs"


def program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "nomad").write_text(text)
    (folder / "nomad").chmod(0o755)
    monkeypatch.setenv("SIMULACRA_NOMAD_BIN", "./nomad")


def test_it_runs_in_the_jobspecs_folder_wherever_it_stands_itself(jobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(jobs.parent, ECHO, monkeypatch)
    monkeypatch.setenv("NOMAD_VAR_n", "unheard")
    assert parse_beside("text", jobs, "the job", Values("n=4\n")) == {"ID": "caddy 4 text"}


def test_one_that_is_no_program_is_told(jobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(jobs.parent, "text", monkeypatch)
    (jobs.parent / "nomad").write_bytes(b"\0\1\2")
    with pytest.raises(Usage, match=r"\./nomad: Exec format error: it is to read the job; set SIMULACRA_NOMAD_BIN"):
        parse_beside("text", jobs, "the job")


def test_one_that_is_not_there_is_told(jobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULACRA_NOMAD_BIN", "./nomad")
    with pytest.raises(Usage, match="the job reads files, which only the `nomad` program can do"):
        parse_beside("text", jobs, "the job")


def test_what_it_says_against_a_jobspec_is_one_line(jobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(jobs.parent, "#!/bin/sh\nprintf 'Error parsing:\\nstdin:2,3: no file\\n' >&2\nexit 1\n", monkeypatch)
    with pytest.raises(Refusal) as caught:
        parse_beside("text", jobs, "the job")
    assert str(caught.value) == "Nomad refuses (parse the job): Error parsing: stdin:2,3: no file"
