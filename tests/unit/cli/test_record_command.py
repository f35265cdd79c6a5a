"""`simulacra record`: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulacra.cli.main import app
from simulacra.cli.recording import Told, keep_recording, record_once
from simulacra.faults import Refusal, Unreachable, Usage
from simulacra.gateways.nomad_values import JobJson, JobStub, Node
from simulacra.model.grid import Grid
from simulacra.model.history import BatchRun
from simulacra.simulate.reading import read_trace

GRID = Grid("trial")
RUN = BatchRun("a-1", "build", "default", "build", "n-1", "tower", 0, "complete", "run", 100.5, 110.0, 170.0, 2000, 512)
TOWER = Node("n-1", "tower", "dc1", "ready", True, False, (), 16000, 8, 1, 1, "", 1, ())
LATER = replace(RUN, id="a-2", created_s=200.0, began_s=201.0, ended_s=202.0)


@dataclass
class Past:
    runs: list[BatchRun] = field(default_factory=lambda: [RUN])
    stubs: tuple[JobStub, ...] = ()

    def jobs(self) -> tuple[JobStub, ...]:
        return self.stubs

    def nodes(self) -> tuple[Node, ...]:
        return (TOWER,)

    def batch_runs(self) -> tuple[BatchRun, ...]:
        return tuple(self.runs)

    def job_versions(self, keys: Sequence[tuple[str, str]]) -> tuple[tuple[JobJson, ...], ...]:
        return tuple(() for _ in keys)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "grid.csv"


def test_it_grows_and_forgets_nothing(file: Path) -> None:
    past = Past()
    assert record_once(GRID, past, file) == Told(1, f"{file}: 1 job added, 1 in all")
    past.runs = [LATER]  # Nomad has forgotten the other
    assert record_once(GRID, past, file) == Told(1, f"{file}: 1 job added, 2 in all")
    assert file.read_text() == (
        "# begins 1970-01-01T00:01:40Z\n"
        "# core_mhz 2000\n"
        "submit_s,run_s,cpu_cores,memory_mb,name,id\n"
        "0.5,60,1,512,build,a-1\n"
        "100,1,1,512,build,a-2\n"
    )  # fmt: skip
    assert [job.id for job in read_trace(file).jobs] == ["a-1", "a-2"]


def test_nothing_new_leaves_the_file_alone(file: Path) -> None:
    record_once(GRID, Past(), file)
    before = (file.read_bytes(), file.stat().st_ino)
    for runs in ([RUN], []):
        assert record_once(GRID, Past(runs), file) == Told(0, f"{file}: nothing added, 1 in all")
        assert (file.read_bytes(), file.stat().st_ino) == before


def test_what_isnt_written_is_told(file: Path) -> None:
    stubs = (
        JobStub("a", "default", "batch", "pending", False, False, False, None, 1, (), 2, 0, 0),
        JobStub("b", "default", "service", "running", False, False, False, None, 1, (), 0, 0, 1),
    )
    runs = [replace(RUN, status="running", ended_s=None), replace(RUN, id="a-3", status="failed", began_s=None, ended_s=None)]
    told = record_once(GRID, Past(runs, stubs), file)
    assert told.headline == f"{file}: isn't there yet, since no work has ended that Nomad remembers"
    assert told.notes == (
        "1 still running and 2 waiting: written once they have ended",
        "not work of its own: 1 never began to run",
        "not recorded: 1 job of type service, system or sysbatch, which don't end, or run on every machine",
    )
    assert not file.exists()


def test_the_file_keeps_its_mode_and_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    record_once(GRID, Past(), file)
    file.chmod(0o600)
    link = tmp_path / "link.csv"
    link.symlink_to(file.name)
    record_once(GRID, Past([LATER]), link)
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(read_trace(file).jobs) == 2
    assert sorted(tmp_path.iterdir()) == [file, link]


def test_an_empty_file_is_filled(file: Path) -> None:
    file.touch()
    record_once(GRID, Past(), file)
    assert len(read_trace(file).jobs) == 1


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("submit_s,run_s,cpu_cores,memory_mb\n0,1,1,1\n", Refusal, "doesn't say when it begins, so that nothing can be added to it"),
        ("submit_s,run_s,cpu_cores,memory_mb\n0,1,1\n", Usage, "grid.csv:2: has 3 values for 4 columns"),
    ],
)
def test_what_it_cant_add_to_stays_as_it_is(file: Path, text: str, kind: type[Exception], said: str) -> None:
    file.write_text(text)
    with pytest.raises(kind, match=said):
        record_once(GRID, Past(), file)
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("name", "said"),
    [("grid.swf", "give it a name that ends in .csv"), ("no/grid.csv", "there is no folder"), ("grid.csv.gz", "ends in .csv")],
)
def test_what_cant_be_a_recording(tmp_path: Path, name: str, said: str) -> None:
    ended = CliRunner().invoke(app, ["--grid", str(tmp_path), "record", str(tmp_path / name)])
    assert isinstance(ended.exception, Usage)
    assert said in str(ended.exception)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cant_be_written(file: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Usage, match="can't be written: Permission denied"):
        record_once(GRID, Past(), file)
    tmp_path.chmod(0o700)


class Enough(Exception):
    """Raised in the place of a pause, in the end."""


def rounds(*answers: Told | Exception) -> None:
    left = list(answers)

    def look() -> Told:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pause(seconds: float) -> None:
        assert seconds == 60
        if not left:
            raise Enough

    keep_recording(look, pause)


def test_following_says_what_has_changed_and_outlives_an_absence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Enough):
        rounds(
            Told(0, "nothing added", ("2 waiting",)),
            Told(0, "nothing added", ("2 waiting",)),
            Unreachable("Nomad doesn't answer"),
            Told(1, "1 added", ("1 waiting",)),
            Told(2, "2 added"),
        )
    told = capsys.readouterr()
    assert told.out == "nothing added\n2 waiting\n1 added\n1 waiting\n2 added\n"
    assert told.err == "Nomad doesn't answer: asked again in 60 s\n"


def test_following_ends_where_asking_again_is_of_no_use() -> None:
    with pytest.raises(Refusal, match="not allowed"):
        rounds(Told(1, "one"), Refusal("not allowed"), Told(1, "two"))
