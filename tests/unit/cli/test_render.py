"""`simulacra render` and `validate` as commands: exit codes, what is written, what is told, and the cache behind them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simulacra.cli.main import app, main
from simulacra.faults import Usage

GRID = 'grid "test" {}\n\nzone "attic" {}\n\nmachine "nas" {\n  zone = "attic"\n}\n'
SERVICE = 'service "NAME" {\n  driver "raw_exec" {\n    command = "/bin/true"\n  }\n}\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a grid of two services, and a cache of its own."""
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid/deep").mkdir(parents=True)
    (tmp_path / "grid/z.hcl").write_text(GRID)
    for name in ("one", "two"):
        (tmp_path / f"grid/deep/{name}.hcl").write_text(SERVICE.replace("NAME", name))
    return tmp_path


def simulacra(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def jobspecs(home: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (home / "jobspecs").iterdir()}


def test_render_then_check(home: Path) -> None:
    assert simulacra("render", "--check").exit_code == 1
    assert not (home / "jobspecs").exists()
    assert "2 jobspecs, 2 new" in simulacra("render").output
    assert sorted(jobspecs(home)) == ["one.nomad.hcl", "two.nomad.hcl"]
    assert simulacra("render", "--check").exit_code == 0
    assert "nothing changed" in simulacra("render").output


def test_one_changed_service_changes_one_file(home: Path) -> None:
    simulacra("render")
    before = jobspecs(home)
    (home / "grid/deep/two.hcl").write_text("# shifted\n" + SERVICE.replace("NAME", "two").replace("true", "false"))
    checked = simulacra("render", "--check")
    assert checked.exit_code == 1
    assert '+        command = "/bin/false"' in checked.output
    assert jobspecs(home) == before
    assert "2 jobspecs, 1 changed" in simulacra("render").output
    assert jobspecs(home)["one.nomad.hcl"] == before["one.nomad.hcl"]
    assert "grid/deep/two.hcl:2" in jobspecs(home)["two.nomad.hcl"]


def test_a_change_around_the_services_reaches_them(home: Path) -> None:
    simulacra("render")
    (home / "grid/z.hcl").write_text(GRID.replace('"test"', '"renamed"'))
    simulacra("render", "--out", str(home / "fresh"))
    assert 'simulacra_grid       = "renamed"' in (home / "fresh/one.nomad.hcl").read_text()


def test_a_service_that_is_gone_and_one_that_was_tampered_with(home: Path) -> None:
    simulacra("render")
    (home / "grid/deep/one.hcl").unlink()
    (home / "jobspecs/two.nomad.hcl").write_text(jobspecs(home)["two.nomad.hcl"] + "# mine\n")
    assert "1 jobspec, 1 changed, 1 removed" in simulacra("render").output
    assert sorted(jobspecs(home)) == ["two.nomad.hcl"]
    assert "mine" not in jobspecs(home)["two.nomad.hcl"]


def test_templates_of_the_users_own_win(home: Path) -> None:
    simulacra("render")
    (home / "templates").mkdir()
    (home / "templates/job.nomad.hcl.j2").write_text('# Rendered by simulacra: grid "{{ grid.name }}"\njob {{ service.name | hcl }} {}\n')
    simulacra("render")
    assert jobspecs(home)["one.nomad.hcl"] == '# Rendered by simulacra: grid "test"\njob "one" {}\n'
    shutil.rmtree(home / "templates")
    simulacra("render")
    assert "group" in jobspecs(home)["one.nomad.hcl"]


def test_a_template_that_looks_at_others_jobspecs_is_filled_in_again(home: Path) -> None:
    (home / "templates").mkdir()
    (home / "templates/job.nomad.hcl.j2").write_text(
        '# Rendered by simulacra: grid "{{ grid.name }}"\n{% for it in grid.services %}\n# {{ it.name }}: {{ it.type }}\n{% endfor %}\n'
    )
    (home / "grid/deep/two.hcl").write_text('service "two" {\n  jobspec = "two.nomad.hcl"\n}\n')
    for kind in ("batch", "system"):
        (home / "grid/deep/two.nomad.hcl").write_text(f'job "two" {{\n  type = "{kind}"\n}}\n')
        simulacra("render")
        assert f"# two: {kind}\n" in jobspecs(home)["one.nomad.hcl"]


@pytest.mark.parametrize(("template", "told"), [("{{ nothing }}", "'nothing' is undefined"), ("\n{% if %}", "job.nomad.hcl.j2:2")])
def test_a_broken_template_is_named_and_nothing_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], template: str, told: str
) -> None:
    (home / "templates").mkdir()
    (home / "templates/job.nomad.hcl.j2").write_text(template)
    monkeypatch.setattr("sys.argv", ["simulacra", "render"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert not (home / "jobspecs").exists()


def test_broken_definitions_exit_with_2_and_write_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "grid/deep/two.hcl").write_text('service "two" {\n  teir = "server"\n}\n')
    for command in ("render", "validate"):
        monkeypatch.setattr("sys.argv", ["simulacra", command])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        assert "grid/deep/two.hcl:2: `teir` isn't a key of service \"two\". Did you mean 'tier'?" in capsys.readouterr().err
    assert not (home / "jobspecs").exists()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"version": "x", "entries": {}}', b"\xff"])
def test_a_damaged_cache_is_no_cache(home: Path, damage: bytes) -> None:
    simulacra("render")
    before = jobspecs(home)
    for path in (home / "cache").iterdir():
        path.write_bytes(damage)
    assert simulacra("render", "--check").exit_code == 0
    assert jobspecs(home) == before


def test_a_cache_that_cannot_be_written_is_let_be(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(home / "file"))
    assert "2 new" in simulacra("render").output


def test_a_folder_that_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["simulacra", "--grid", "/nowhere/grid", "validate"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "there is no folder '/nowhere/grid'" in capsys.readouterr().err


def test_a_renamed_file_is_named_in_the_jobspec(home: Path) -> None:
    simulacra("render")
    (home / "grid/deep/one.hcl").rename(home / "grid/deep/uno.hcl")
    assert "2 jobspecs, 1 changed" in simulacra("render").output
    assert "from grid/deep/uno.hcl:1" in jobspecs(home)["one.nomad.hcl"]


def test_what_a_template_includes_matters_whatever_its_name(home: Path) -> None:
    (home / "templates").mkdir()
    (home / "templates/job.nomad.hcl.j2").write_text('# Rendered by simulacra: grid "test"\n{% include "part.txt" %}\n')
    for text in ("first", "second"):
        (home / "templates/part.txt").write_text(f"# {text}\n")
        simulacra("render")
        assert f"# {text}\n" in jobspecs(home)["one.nomad.hcl"]


@pytest.mark.parametrize(
    ("where", "grid"), [("grid", "."), ("grid/deep", ".."), ("grid", "../grid/"), ("elsewhere", "../grid/deep/.."), ("", "grid/")]
)
def test_jobspecs_stand_beside_the_grids_folder_however_it_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, where: str, grid: str
) -> None:
    (home / "elsewhere").mkdir()
    monkeypatch.chdir(home / where)
    assert "2 new" in simulacra("--grid", grid, "render").output
    assert sorted(jobspecs(home)) == ["one.nomad.hcl", "two.nomad.hcl"]


def test_jobspecs_and_templates_stand_beside_a_link_to_the_grid(home: Path) -> None:
    (home / "other/templates").mkdir(parents=True)
    (home / "other/templates/job.nomad.hcl.j2").write_text('# Rendered by simulacra: grid "{{ grid.name }}"\n')
    (home / "other/grid").symlink_to("../grid")
    simulacra("--grid", "other/grid", "render")
    assert (home / "other/jobspecs/one.nomad.hcl").read_text() == '# Rendered by simulacra: grid "test"\n'
    assert not (home / "jobspecs").exists()


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str]:
    """The exit code of the whole command, and what it says on standard error."""
    monkeypatch.setattr("sys.argv", ["simulacra", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("out", "message"), [(["file"], "file: Not a directory"), (["file", "--check"], "Not a directory"), (["/proc/x"], "/proc/x: ")]
)
def test_a_place_that_cannot_hold_jobspecs(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: list[str], message: str
) -> None:
    (home / "file").write_text("")
    code, said = told(monkeypatch, capsys, "render", "--out", *out)
    assert code == 2
    assert message in said


def test_another_grids_jobspecs_are_not_overwritten(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulacra("render")
    before = jobspecs(home)
    (home / "grid/z.hcl").write_text(GRID.replace('"test"', '"second"'))
    code, said = told(monkeypatch, capsys, "render")
    assert code == 1
    assert 'jobspecs/one.nomad.hcl: was rendered for the grid "test"' in said
    assert jobspecs(home) == before


@pytest.mark.parametrize("there", ["folder", "dangling link"])
def test_what_is_no_file_is_neither_read_nor_overwritten(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], there: str
) -> None:
    (home / "jobspecs/unrelated.hcl").mkdir(parents=True)
    if there == "folder":
        (home / "jobspecs/one.nomad.hcl").mkdir()
    else:
        (home / "jobspecs/one.nomad.hcl").symlink_to("nowhere")
    code, said = told(monkeypatch, capsys, "render")
    assert code == 1
    assert "jobspecs/one.nomad.hcl: isn't a file" in said
    assert not (home / "jobspecs/two.nomad.hcl").exists()


def test_a_jobspec_that_is_no_longer_text_is_shown_and_mended(home: Path) -> None:
    simulacra("render")
    with (home / "jobspecs/one.nomad.hcl").open("ab") as file:
        file.write(b"# \xff\n")
    assert "-# \ufffd" in simulacra("render", "--check").output
    assert "1 changed" in simulacra("render").output


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (b"{{ 1 / 0 }}", "division by zero"),
        (b'{{ "a" + 1 }}', "can only concatenate"),
        (b"\xff", "isn't UTF-8 text"),
        (b'{% include "job.nomad.hcl.j2" %}', "recursion"),
        (b'job "one" {}', "must begin with `# Rendered by simulacra"),
    ],
)
def test_a_template_that_fails_when_it_runs_is_told_without_a_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], template: bytes, message: str
) -> None:
    (home / "templates").mkdir()
    (home / "templates/job.nomad.hcl.j2").write_bytes(template)
    code, said = told(monkeypatch, capsys, "render")
    assert code == 2
    assert message in said
    assert not (home / "jobspecs").exists()


@pytest.mark.parametrize("name", [b"a\nb.hcl", b"a\xffb.hcl", b"a\x1bb.hcl"])
def test_a_file_whose_name_cannot_be_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: bytes
) -> None:
    Path(os.fsdecode(os.fsencode(home / "grid/") + b"/" + name)).write_text(SERVICE.replace("NAME", "three"))
    for command in ("validate", "render"):
        code, said = told(monkeypatch, capsys, command)
        assert code == 2
        assert "holds characters that can't be shown" in said


def test_pipes_are_not_waited_for(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(home / "grid/pipe.hcl")
    code, said = told(monkeypatch, capsys, "validate")
    assert code == 2
    assert "grid/pipe.hcl: isn't a file" in said


def test_linked_folders_are_read_and_a_circle_ends(home: Path) -> None:
    (home / "shared").mkdir()
    (home / "shared/three.hcl").write_text(SERVICE.replace("NAME", "three"))
    (home / "grid/shared").symlink_to(home / "shared")
    (home / "shared/back").symlink_to(home / "shared")
    assert "3 services" in simulacra("validate").output


def test_an_agents_template_of_the_users_own_wins_too(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "templates").mkdir()
    (home / "templates/client.hcl.j2").write_text("# of {{ machine }}, my way\n")
    assert simulacra("client-config", "nas").stdout == "# of nas, my way\n"
    (home / "templates/client.hcl.j2").write_text("{{ 1 / 0 }}")
    monkeypatch.setattr("sys.argv", ["simulacra", "client-config", "nas"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert 'templates/client.hcl.j2:1, for machine "nas": division by zero' in capsys.readouterr().err


def test_who_only_looks_needs_no_files_of_values(home: Path) -> None:
    (home / "grid/deep/two.hcl").write_text('service "two" {\n  jobspec = "two.nomad.hcl"\n  var_files = ["secret.vars.hcl"]\n}\n')
    (home / "grid/deep/two.nomad.hcl").write_text('variable "n" {}\n\njob "two" {}\n')
    assert simulacra("client-config", "nas").exit_code == 0
    refused = simulacra("render")
    assert isinstance(refused.exception, Usage)
    assert "secret.vars.hcl: No such file or directory: correct `var_files`" in str(refused.exception)
