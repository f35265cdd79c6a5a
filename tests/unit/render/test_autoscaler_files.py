"""The autoscaler's folder: what the grid's definitions become in it, where things are found from it, and what is its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simulacra.cli.main import app
from simulacra.model.grid import Grid
from simulacra.model.service import Service
from simulacra.model.settings import NomadServer, Power
from simulacra.model.verbatim import Verbatim
from simulacra.render.acl import ROLES
from simulacra.render.autoscaler import Places, places, render_autoscaler

FILES = [
    "acl/autoscaler.hcl",
    "acl/node.hcl",
    "acl/operator.hcl",
    "acl/reader.hcl",
    "agent.hcl",
    "plugins/simulacra-apm",
    "plugins/simulacra-target",
    "policies/machines.hcl",
]


def rendered(grid: Grid) -> dict[str, str]:
    return render_autoscaler(grid, Places())


def test_every_file_carries_the_grids_mark() -> None:
    files = rendered(Grid("test"))
    assert sorted(files) == FILES
    assert all('# Rendered by simulacra: grid "test"' in text.splitlines()[1 if text.startswith("#!") else 0] for text in files.values())


def test_the_policy_has_the_grids_bounds_and_interval() -> None:
    text = rendered(Grid("test", power=Power(evaluate_every_s=2.5, machines_min=2, machines_max=7)))["policies/machines.hcl"]
    assert "  min     = 0\n  max     = 7\n" in text  # machines_min is kept by the planner
    assert 'evaluation_interval = "2.5s"' in text


def test_without_a_bound_machines_that_arent_defined_are_allowed_for() -> None:
    assert "  max     = 100000\n" in rendered(Grid("test"))["policies/machines.hcl"]


def test_where_nomad_is_stands_there_only_if_it_is_defined() -> None:
    assert "nomad {" not in rendered(Grid("test"))["agent.hcl"]
    text = rendered(Grid("test", nomad=NomadServer("http://[200::1]:4646", "home", "mine")))
    assert 'nomad {\n  address = "http://[200::1]:4646"\n  region  = "home"\n}\n' in text["agent.hcl"]
    assert 'lock_namespace = "mine"' in text["agent.hcl"]
    assert 'namespace "mine" {' in text["acl/autoscaler.hcl"]
    for role in ("node", "operator", "reader"):
        assert 'namespace "mine" {' in text[f"acl/{role}.hcl"]


def test_services_of_other_namespaces_may_be_scaled_and_submitted_there() -> None:
    def service(name: str, namespace: str) -> Service:
        return Service(name, job=Verbatim(f'namespace = "{namespace}"\n'))

    files = rendered(Grid("test", services=(service("b", "work"), service("a", "family"), service("c", "default"), Service("d"))))
    named = {role: re.findall('^namespace "(.*)"', files[f"acl/{role}.hcl"], re.MULTILINE) for role in ROLES}
    assert named == {
        "autoscaler": ["*", "default", "family", "work"],
        "node": ["default"],
        "operator": ["*", "default", "family", "work"],
        "reader": ["*", "default"],
    }


@pytest.mark.parametrize(
    ("grid", "out", "expected"),
    [
        ("grid", "autoscaler", Places()),
        ("grid", "deep/er", Places("deep/er", "../../../grid", "../../../.venv/bin")),
        ("a/grid", "a/autoscaler", Places("autoscaler", "../../grid", "../../.venv/bin")),
    ],
)
def test_places(grid: str, out: str, expected: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert places(Path(grid), Path(out)) == expected


def test_a_folder_elsewhere_is_named_in_full(tmp_path: Path) -> None:
    assert places(tmp_path / "home/grid", tmp_path / "away") == Places(f"{tmp_path}/away", "../../home/grid", "../../home/.venv/bin")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid").mkdir()
    (tmp_path / "grid/grid.hcl").write_text('grid "test" {}\n')
    return tmp_path


def simulacra(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_render_writes_them_and_check_proves_them(home: Path) -> None:
    assert "autoscaler: 8 files, 8 new" in simulacra("render").output
    assert simulacra("render", "--check").exit_code == 0
    assert "autoscaler: 8 files, nothing changed" in simulacra("render").output
    (home / "autoscaler/agent.hcl").write_text((home / "autoscaler/agent.hcl").read_text() + "# mine\n")
    checked = simulacra("render", "--check")
    assert checked.exit_code == 1
    assert "-# mine" in checked.output
    assert "autoscaler: 8 files, 1 changed" in simulacra("render").output


def test_a_launcher_that_cant_be_executed_is_mended(home: Path) -> None:
    simulacra("render")
    (home / "autoscaler/plugins/simulacra-apm").chmod(0o644)
    checked = simulacra("render", "--check")
    assert checked.exit_code == 1
    assert "autoscaler/plugins/simulacra-apm: it can't be executed" in checked.output
    simulacra("render")
    assert (home / "autoscaler/plugins/simulacra-apm").stat().st_mode & 0o111


def test_others_files_are_left_and_leftovers_of_ours_go(home: Path) -> None:
    simulacra("render")
    (home / "autoscaler/policies/own.hcl").write_text('scaling "own" {}\n')
    (home / "autoscaler/policies/old.hcl").write_text('# Rendered by simulacra: grid "test", of long ago\n')
    (home / "autoscaler/plugins/other").write_bytes(b"\x7fELF\xff\xfe")
    assert "autoscaler: 8 files, 1 removed" in simulacra("render").output
    assert (home / "autoscaler/policies/own.hcl").exists()
    assert (home / "autoscaler/plugins/other").exists()
    assert not (home / "autoscaler/policies/old.hcl").exists()


def test_another_place_for_the_jobspecs_only(home: Path) -> None:
    simulacra("render", "--out", "elsewhere")
    assert not (home / "autoscaler").exists()
    simulacra("render", "--out", "elsewhere", "--autoscaler-out", "steering")
    assert (home / "steering/agent.hcl").exists()


def test_templates_of_the_users_own_win(home: Path) -> None:
    (home / "templates/autoscaler/policies").mkdir(parents=True)
    (home / "templates/autoscaler/policies/machines.hcl.j2").write_text(
        '# Rendered by simulacra: grid "{{ grid.name }}"\n# {{ interval }}\n'
    )
    simulacra("render")
    assert (home / "autoscaler/policies/machines.hcl").read_text() == '# Rendered by simulacra: grid "test"\n# 10s\n'
    assert "plugin_dir" in (home / "autoscaler/agent.hcl").read_text()


@pytest.mark.nomad
def test_what_is_rendered_is_formatted(home: Path, nomad_binary: Path) -> None:
    (home / "grid/grid.hcl").write_text('grid "test" {\n  nomad {\n    address = "http://x:4646"\n    region  = "r"\n  }\n}\n')
    simulacra("render")
    subprocess.run([nomad_binary, "fmt", "-recursive", "-check", home / "autoscaler"], check=True)
