"""What `simulacra simulate` refuses before anything is simulated, and where its answers go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up_simulation import MADE_UP
from typer.testing import CliRunner

from simulacra.cli.main import app
from simulacra.cli.simulation_answers import progress, tell, write
from simulacra.cli.simulation_questions import equal_machines, trace_of
from simulacra.faults import Usage

TRACE = "submit_s,run_s,cpu_cores,memory_mb\n0,60,1,512\n90000,60,1,512\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a trace of two jobs, a day and an hour apart, and no grid."""
    (tmp_path / "trace.csv").write_text(TRACE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIMULACRA_GRID", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "grid: there is no such folder"),
        (["--grid", "else"], "else: there is no such folder"),
        (["--grid", "a" * 300], "can't be read"),
        (["--cores", "4"], "--cores is for equal machines: say how many with --machines"),
        (["--price", "0.4"], "--price is for equal machines"),
        (["--machines", "2", "--grid", "grid"], "--grid can't stand beside --machines"),
        (["--machines", "2", "--boot-s", "nan"], "take finite numbers"),
        (["--machines", "2", "--boot-failures", "nan"], "--boot-failures takes a finite number"),
        (["--machines", "2", "--watts-idle", "200"], "--watts-busy 180 is less than --watts-idle 200"),
        (["--machines", "2", "--what-if", "fridge=1"], 'there is no "fridge" to change'),
        (["--machines", "2", "--what-if", "machines=-2"], "one must be left"),
        (["--machines", "2", "--scale", "2"], "--scale is for workloads that are made up (ci, home)"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_cant_be_is_refused_first(words: list[str], why: str) -> None:
    told = CliRunner().invoke(app, ["simulate", "trace.csv", *words]).exception
    assert isinstance(told, Usage)
    assert why in str(told)


@pytest.mark.parametrize("words", [("--memory-mb", "9" * 20), ("--watts-idle", "1e5000"), ("--watts-busy", "1e308"), ("--price", "1e308")])
@pytest.mark.usefixtures("here")
def test_equal_machines_have_no_more_than_defined_ones_may_have(words: tuple[str, str]) -> None:
    assert CliRunner().invoke(app, ["simulate", "trace.csv", "--machines", "2", "--no-curve", *words]).exit_code == 2


def test_a_grid_without_machines_is_refused(here: Path) -> None:
    (here / "grid").mkdir()
    (here / "grid" / "grid.hcl").write_text('grid "bare" {}\n\nzone "attic" {}\n')
    told = CliRunner().invoke(app, ["simulate", "trace.csv"]).exception
    assert "the grid has no machines to simulate" in str(told)


@pytest.mark.usefixtures("here")
def test_the_first_days_of_a_file_are_taken() -> None:
    assert len(trace_of("trace.csv", None, 1, 1.0).jobs) == 2
    assert len(trace_of("trace.csv", 1, 1, 1.0).jobs) == 1


@pytest.mark.usefixtures("here")
def test_a_word_that_is_no_file_is_told_what_there_is() -> None:
    with pytest.raises(Usage, match="there is no workload 'hom': ci and home are made up"):
        trace_of("hom", None, 1, 1.0)


def test_a_workload_is_made_up_by_the_seed() -> None:
    assert trace_of("home", 2, 1, 1.0) == trace_of("home", 2, 1, 1.0) != trace_of("home", 2, 2, 1.0)


def test_equal_machines_are_as_they_are_asked_for() -> None:
    grid = equal_machines(3, (4, 8192), 45.0, (50.0, 90.0), 0.25)
    assert {(it.boot_time_s, it.watts and it.watts.idle, it.has and it.has.memory_mb) for it in grid.machines} == {(45.0, 50.0, 8192)}
    assert grid.electricity is not None
    assert grid.electricity.price_per_kwh == 0.25


def test_pictures_and_a_page_are_written_where_they_are_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write((MADE_UP, MADE_UP), ("machines=+1",), tmp_path / "new" / "pictures", tmp_path / "page.html")
    made = sorted(it.name for it in (tmp_path / "new" / "pictures").iterdir())
    assert made == ["energy-what-if.svg", "energy.svg", "machines-what-if.svg", "machines.svg"]
    assert "The grid with machines=+1" in (tmp_path / "page.html").read_text()
    assert capsys.readouterr().out == "", "standard output is the answer's"


def test_nothing_is_drawn_where_nobody_wants_it(tmp_path: Path) -> None:
    write((MADE_UP,), (), None, None)
    assert not list(tmp_path.iterdir())


def test_where_it_cant_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Usage, match=r"file/page\.html: .*: it can't be written there; name another place"):
        write((MADE_UP,), (), None, tmp_path / "file" / "page.html")


def test_a_program_reads_json_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    tell((MADE_UP,), (), True)
    assert json.loads(capsys.readouterr().out)["jobs"] == 40
    tell((MADE_UP, MADE_UP), ("boot=60s",), True)
    assert json.loads(capsys.readouterr().out)["what_if"]["changes"] == ["boot=60s"]


def test_no_bar_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(2) as passed:
        passed[1](0.5)
    assert capsys.readouterr().err == ""
