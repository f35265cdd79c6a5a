"""`simulacra import` as a user runs it: what it writes, prints and refuses, and its exit codes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simulacra.cli.main import app, main
from simulacra.definitions import load

GRID = 'grid "home" {}\n\nzone "attic" {}\n\nmachine "nas" {\n  zone = "attic"\n}\n'
ALONE = "    mem_limit: 1g\n    network_mode: none\n"
COMPOSE = f"services:\n  web:\n    image: ${{IMAGE:-nginx}}\n{ALONE}  db:\n    image: postgres\n{ALONE}"
DATA = "services:\n  db:\n    image: postgres\n    mem_limit: 1g\n    volumes: [data:/data]\n    container_name: db\nvolumes: {data: }\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a grid and a Compose file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)
    (tmp_path / "grid").mkdir()
    (tmp_path / "grid/grid.hcl").write_text(GRID)
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    return tmp_path


def run(*words: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["import", *words], input=given)


def faults(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The whole program's exit code, and what it said on standard error."""
    monkeypatch.setattr("sys.argv", ["simulacra", "import", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(str(ended.value.code)), capsys.readouterr().err


def written(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*.hcl"))


def test_a_service_becomes_a_file_of_the_grid(home: Path) -> None:
    done = run()
    assert (done.exit_code, done.stdout) == (0, "grid/services/web.hcl\ngrid/services/db.hcl\n")
    assert done.stderr == "2 services; everything was carried over\n"
    assert [service.name for service in load(home / "grid").services] == ["db", "web"]
    assert (home / "grid/services/web.hcl").read_text().startswith("# Made of compose.yaml:2 by `simulacra import`.")


def test_dry_run_prints_what_would_be_written_and_writes_nothing(home: Path) -> None:
    shown = run("--dry-run")
    assert written(home) == ["grid/grid.hcl"]
    run()
    assert shown.stdout == "\n".join((home / f"grid/services/{name}.hcl").read_text() for name in ("web", "db"))


def test_notes_go_to_standard_error_with_the_files_name_and_line(home: Path) -> None:
    (home / "stack.yml").write_text(DATA)
    done = run("stack.yml")
    assert done.exit_code == 0
    lines = done.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines[:-1]] == [
        ["stack.yml:5", "services.db.volumes[0]"],
        ["stack.yml:5", "services.db.volumes[0]"],
        ["stack.yml:6", "services.db.container_name"],
    ]
    assert lines[-1] == "1 service; told above: 1 left out, 2 carried over differently"


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_strict_refuses_what_had_to_be_left_out(home: Path, dry: list[str]) -> None:
    (home / "stack.yml").write_text(DATA)
    done = run("stack.yml", "--strict", *dry)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "container_name: left out" in done.stderr
    assert written(home) == ["grid/grid.hcl"]


def test_strict_lets_what_is_only_different_pass(home: Path) -> None:
    (home / "stack.yml").write_text(DATA.replace("    container_name: db\n", ""))
    assert run("stack.yml", "--strict").exit_code == 0
    assert written(home) == ["grid/grid.hcl", "grid/services/db.hcl"]


def test_files_that_are_there_stay(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "grid/services").mkdir()
    (home / "grid/services/db.hcl").write_text("# mine\n")
    code, said = faults([], monkeypatch, capsys)
    assert (code, said) == (1, "grid/services/db.hcl is there already, and stays: move it away, or give --out DIR or --prefix TEXT\n")
    assert (home / "grid/services/db.hcl").read_text() == "# mine\n"
    assert run("--dry-run").exit_code == 0
    assert written(home) == ["grid/grid.hcl", "grid/services/db.hcl"]


def test_a_name_that_the_grid_has_already_is_told(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "grid/mine.hcl").write_text('service "db" {\n  driver "docker" {\n    image = "x"\n  }\n}\n')
    code, said = faults([], monkeypatch, capsys)
    assert code == 2
    assert 'service "db": a service of that name is defined at' in said
    assert "nothing was written: other names (--prefix TEXT) or another folder (--out DIR) may help" in said
    assert written(home) == ["grid/grid.hcl", "grid/mine.hcl"]
    assert run("--prefix", "shop-").exit_code == 0
    assert written(home)[2:] == ["grid/services/shop-db.hcl", "grid/services/shop-web.hcl"]


def test_a_grid_that_is_broken_itself_is_told_first(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "grid/zones.hcl").write_text('zone "attic" {}\n')
    code, said = faults([], monkeypatch, capsys)
    assert code == 2
    assert "grid/zones.hcl:1" in said
    assert written(home) == ["grid/grid.hcl", "grid/zones.hcl"]


def test_no_grid_is_needed(home: Path) -> None:
    done = run("--out", "elsewhere")
    assert (done.exit_code, written(home)[:2]) == (0, ["elsewhere/db.hcl", "elsewhere/web.hcl"])
    alone = CliRunner().invoke(app, ["--grid", "nowhere", "import"])
    assert alone.exit_code == 0
    assert (home / "nowhere/services/web.hcl").exists()


@pytest.mark.parametrize("name", ["compose.yml", "docker-compose.yaml", "docker-compose.yml"])
def test_the_file_is_found_as_compose_finds_it(home: Path, name: str) -> None:
    (home / "compose.yaml").rename(home / name)
    assert f"# Made of {name}:2 " in run("--dry-run").stdout


def test_no_file_is_told(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "compose.yaml").unlink()
    assert faults([], monkeypatch, capsys) == (
        2,
        "there is no compose.yaml here (nor compose.yml, docker-compose.yaml, docker-compose.yml): "
        "name the file, as in `simulacra import stack.yaml`\n",
    )
    assert faults(["gone.yaml"], monkeypatch, capsys) == (2, "gone.yaml: No such file or directory: it can't be read\n")
    assert faults(["grid"], monkeypatch, capsys) == (2, "grid: Is a directory: it can't be read\n")
    (home / "latin.yaml").write_bytes(b"a: \xe9")
    assert faults(["latin.yaml"], monkeypatch, capsys) == (2, "latin.yaml: isn't UTF-8 text (byte 3): save it as UTF-8\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    assert faults(["-"], monkeypatch, capsys) == (2, "standard input: isn't UTF-8 text (byte 0): save it as UTF-8\n")


def test_standard_input_is_taken_as_a_file_of_the_current_folder(home: Path) -> None:
    done = run("-", "--dry-run", given=DATA.encode())
    assert done.exit_code == 0
    assert f'source = "{home.name}_data"' in done.stdout
    assert "standard input:6: services.db.container_name: left out" in done.stderr


def test_variables_come_from_the_environment_over_dotenv(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".env").write_text("IMAGE=from-dotenv\n")
    (home / "other.env").write_text("IMAGE=from-other\n")
    assert '"from-dotenv"' in run("--dry-run").stdout
    assert '"from-other"' in run("--dry-run", "--env-file", "other.env").stdout
    monkeypatch.setenv("IMAGE", "from-shell")
    assert '"from-shell"' in run("--dry-run", "--env-file", "other.env").stdout


def test_a_file_of_variables_that_isnt_there_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert faults(["--env-file", "gone.env"], monkeypatch, capsys) == (
        2,
        f"{home}/gone.env: there is no such file: name another one with --env-file\n",
    )


def test_paths_are_the_compose_files_own(home: Path) -> None:
    (home / "deep").mkdir()
    (home / "deep/compose.yaml").write_text(COMPOSE + "    volumes: [./data:/data]\n    env_file: db.env\n")
    (home / "deep/db.env").write_text("A=1\n")
    done = run("deep/compose.yaml", "--dry-run")
    assert f'"{home}/deep/data:/data"' in done.stdout
    assert 'A = "1"' in done.stdout


def test_profiles_are_asked_for(home: Path) -> None:
    (home / "compose.yaml").write_text(COMPOSE + "    profiles: [full]\n")
    assert run("--dry-run").stdout.count("service ") == 1
    assert run("--dry-run", "--profile", "full").stdout.count("service ") == 2
    assert run("--dry-run", "--profile", "*").stdout.count("service ") == 2


def test_the_machine_for_data_must_be_known(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "stack.yml").write_text(DATA)
    assert 'value     = "nas"' in run("stack.yml", "--dry-run", "--machine", "nas").stdout
    assert faults(["stack.yml", "--machine", "nass"], monkeypatch, capsys) == (
        2,
        "--machine nass: grid home has no such machine; did you mean 'nas'?\n",
    )


def test_a_file_that_overrides_is_told(home: Path) -> None:
    (home / "compose.override.yaml").write_text("services: {}\n")
    assert "compose.override.yaml: not read: merge it first: `docker compose config | simulacra import -`" in run("--dry-run").stderr


def test_a_broken_file_is_told_line_by_line(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "compose.yaml").write_text("services:\n  web:\n    image: a\n    ports: [x]\n  db:\n    init: maybe\n    image: b\n")
    assert faults([], monkeypatch, capsys) == (
        2,
        "compose.yaml:4: services.web.ports[0]: takes a port such as 8080:80, not 'x'\n"
        "compose.yaml:6: services.db.init: takes true or false, not 'maybe'\n",
    )


@pytest.mark.usefixtures("home")
def test_a_folder_that_cant_be_written_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert faults(["--out", "compose.yaml"], monkeypatch, capsys) == (
        2,
        "2 services; everything was carried over\ncompose.yaml: File exists: it can't be a folder; name another one with --out\n",
    )
