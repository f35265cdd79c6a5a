"""`simulacra validate --nomad` on the real Nomad: what the definitions can't know is told at their lines, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dev_agent import Agent
from typer.testing import CliRunner

from simulacra.cli.main import app
from simulacra.gateways.nomad import connect

pytestmark = pytest.mark.nomad
GRID = 'grid "validated" {}\n\n'
SERVICE = """service "NAME" {
  driver "raw_exec" {
    command = "/bin/true"
  }

  group {
    GROUP
  }

  task "NAME" {
    TASK
  }
}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nomad_agent: Agent) -> Path:
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NOMAD_ADDR", nomad_agent.address)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid").mkdir()
    return tmp_path


def validate(services: str, *words: str) -> tuple[int, list[dict[str, object]], str]:
    Path("grid/all.hcl").write_text(GRID + services)
    result = CliRunner().invoke(app, ["validate", "--nomad", "--format", "json", *words])
    return result.exit_code, json.loads(result.stdout), result.stderr


def service(name: str, group: str = "", task: str = "") -> str:
    return SERVICE.replace("NAME", name).replace("GROUP", group).replace("TASK", task)


def test_what_nomad_takes_is_sound_and_nothing_is_written(nomad_agent: Agent) -> None:
    code, told, notes = validate(service("taken"))
    assert (code, told) == (0, [])
    assert f"Nomad at {nomad_agent.address} takes every job: 1" in notes
    assert "taken" not in {it.id for it in connect(environment=nomad_agent.environment).jobs()}


@pytest.mark.parametrize(
    ("group", "task", "rule", "line", "words"),
    [
        ("", 'kill_timeout = "soon"', "nomad-parse", 26, "jobspecs/refused.nomad.hcl:54,23-27: Unsuitable value type; Unsuitable"),
        ("", "template {\n perms = [\n1\n]\n }", "nomad-parse", 27, "Unsuitable value: string required"),
        ('restart {\n mode = "never"\n }', "", "nomad-validate", 16, "restart mode"),
    ],
)
def test_what_nomad_refuses_is_told_where_it_stands_and_exits_1(group: str, task: str, rule: str, line: int, words: str) -> None:
    code, told, notes = validate(service("fine") + service("refused", group, task))
    assert code == 1
    (only,) = told
    assert (only["rule"], only["level"], only["file"], only["line"]) == (rule, "error", "grid/all.hcl", line)
    assert words in str(only["message"])
    assert "\n" not in str(only["message"])
    assert "takes every job" not in notes


def test_all_that_is_wrong_with_a_service_is_told_each_at_its_own_line() -> None:
    code, told, _ = validate(service("refused", "shutdown_delay = []", 'kill_timeout = "soon"'))
    assert (code, [(it["line"], it["rule"]) for it in told]) == (1, [(9, "nomad-parse"), (13, "nomad-parse")])
    assert ["duration" in str(it["message"]) for it in told] == [False, True]


def test_in_a_jobspec_of_ones_own_it_is_told_at_its_line_there() -> None:
    Path("grid/own.nomad.hcl").write_text('job "own" {\n  group "g" {\n    task "t" {\n      driver = ["exec"]\n    }\n  }\n}\n')
    code, told, _ = validate('tier "any" {\n  rank = 1\n}\n\nservice "own" {\n  jobspec = "own.nomad.hcl"\n  tier    = "any"\n}\n')
    assert (code, [(it["file"], it["line"]) for it in told]) == (1, [("grid/own.nomad.hcl", 4)])


def test_what_nomad_warns_of_is_a_warning() -> None:
    old = "resources {\n network {\n mbits = 10\n }\n }"
    code, told, _ = validate(service("old", task=old))
    assert (code, {(it["rule"], it["level"]) for it in told}) == (0, {("nomad-warning", "warning")})
    assert validate(service("old", task=old), "--strict")[0] == 1


def test_broken_definitions_weigh_more_than_a_refusal() -> None:
    promise = 'zone "attic" {}\n\nmachine "nas" {\n  zone = "attic"\n\n  has {\n    cpu_mhz   = 1\n    memory_mb = 1\n  }\n}\n\n'
    code, told, _ = validate(promise + service("refused", task='kill_timeout = "soon"').replace("{\n", '{\n  zones = ["attic"]\n', 1))
    assert (code, {it["rule"] for it in told}) == (2, {"broken-promise", "nomad-parse"})
