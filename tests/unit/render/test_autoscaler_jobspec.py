"""The autoscaler's job: when there is one, what is in it, and that it follows the definitions."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulacra.cli.main import app
from simulacra.definitions import load
from simulacra.faults import Usage
from simulacra.model.cloud import Cloud
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.settings import Autoscaler, NomadServer
from simulacra.render.autoscaler_job import AUTOSCALER_JOB, HERE, render_autoscaler_job
from simulacra.render.extra_jobs import extra_jobs
from simulacra.render.templates import users_templates

FILE = "simulacra-autoscaler.nomad.hcl"
ODD = """# a note: ${this}, $${that}, %{ if }, "quoted" \\ {{ and }} <<EOT
service "one" {
  task "one" {
    env {
      TEXT = "$${literally}"
    }
  }
}
"""


def test_a_password_of_a_card_does_not_go_into_a_job() -> None:
    wake = WakeLan("52:54:00:00:00:01", secureon="01:02:03:04:05:06")
    grid = Grid("test", machines=(Machine("tower", "attic", wake=wake), Machine("desk", "attic", wake=replace(wake, secureon=None))))
    with pytest.raises(Usage, match="machine tower: its SecureOn password would stand in the job simulacra-autoscaler") as refused:
        render_autoscaler_job(grid, {})
    assert "desk" not in str(refused.value)
    assert "01:02" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", Autoscaler(False, 1)),
        ("job = true", Autoscaler(True, 2)),
        ("job = true\ncount = 3", Autoscaler(True, 3)),
        ("count = 2", Autoscaler(False, 2)),
        ('command = "/opt/nomad-autoscaler"', Autoscaler(False, 1, "/opt/nomad-autoscaler")),
    ],
)
def test_definitions(written: str, expected: Autoscaler, tmp_path: Path) -> None:
    (tmp_path / "grid.hcl").write_text(f'grid "test" {{\nautoscaler {{\n{written}\n}}\n}}\n')
    assert load(tmp_path).autoscaler == expected


def test_there_is_one_where_the_grid_wants_it() -> None:
    assert FILE not in extra_jobs(Grid("test"))
    assert FILE in extra_jobs(Grid("test", autoscaler=Autoscaler(True, 2)))


def test_several_agents_share_a_lock_and_one_has_none() -> None:
    for count, enabled in ((1, "false"), (2, "true")):
        text = render_autoscaler_job(Grid("test", autoscaler=Autoscaler(True, count)), {})
        assert f"enabled        = {enabled}\n" in text
        assert f"    count = {count}\n" in text


@pytest.mark.parametrize(("address", "scheme"), [(None, "http"), ("http://[200::1]:4646", "http"), ("https://nomad.example", "https")])
def test_it_asks_the_nomad_of_its_own_machine(address: str | None, scheme: str) -> None:
    text = render_autoscaler_job(Grid("test", nomad=NomadServer(address)), {})
    assert f'"-nomad-address={scheme}://${{attr.unique.advertise.address}}"' in text


@pytest.mark.parametrize(("text", "told"), [("a [[[[ b", "[[[["), ("END_OF_FILE\n", "END_OF_FILE")])
def test_what_cannot_be_sent_is_named(text: str, told: str) -> None:
    with pytest.raises(Usage) as raised:
        render_autoscaler_job(Grid("test"), {"deep/x.hcl": text})
    assert "local/grid/deep/x.hcl" in str(raised.value)
    assert told in str(raised.value)


CLOUD = Cloud("burst", "EC2", "hosting", "server", ("t3.small",), "ami-1")
OWN_TEMPLATES = {
    "cloud/overlay.sh.j2": '{% include "mesh/keys.j2" %}\n{% include "nobody.j2" ignore missing %}\nup {{ interface | sh }}\n',
    "mesh/keys.j2": "keys {{ cloud }}\n",
    "client.hcl.j2": 'name = {{ machine | hcl }}\nother = "${attr.kernel.name}"\n',
    "job.nomad.hcl.j2": "not for servers",
    "cloud/notes.txt": "not a template that anything takes in",
}


def own_templates(folder: Path) -> Path:
    for name, text in OWN_TEMPLATES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def sent(text: str) -> set[str]:
    return {line.split('"')[1] for line in text.splitlines() if line.lstrip().startswith("destination ")}


def test_templates_that_servers_are_told_by_go_along_with_clouds(tmp_path: Path) -> None:
    grid, templates = Grid("test", autoscaler=Autoscaler(True, 2), clouds=(CLOUD,)), own_templates(tmp_path / "templates")
    without = sent(render_autoscaler_job(grid, {"grid.hcl": ""}))
    assert sent(render_autoscaler_job(grid, {"grid.hcl": ""}, templates)) - without == {
        "local/templates/client.hcl.j2", "local/templates/cloud/overlay.sh.j2", "local/templates/mesh/keys.j2"
    }  # fmt: skip
    assert sent(render_autoscaler_job(replace(grid, clouds=()), {"grid.hcl": ""}, templates)) == without


def test_the_plugins_find_those_templates(tmp_path: Path) -> None:
    """From the folder of the launchers, as these name the grid's."""
    for folder in ("local/autoscaler/plugins", "local/grid", "local/templates"):
        (tmp_path / folder).mkdir(parents=True)
    assert users_templates(tmp_path / "local/autoscaler/plugins" / HERE.grid) == tmp_path / "local/templates"


def test_a_template_whose_name_is_worked_out_cannot_go_along(tmp_path: Path) -> None:
    (own_templates(tmp_path) / "mesh/keys.j2").write_text('{% include cloud ~ ".j2" %}\n')
    with pytest.raises(Usage, match=r"mesh/keys.j2: it takes in a template whose name isn't written out"):
        render_autoscaler_job(Grid("test", autoscaler=Autoscaler(True, 2), clouds=(CLOUD,)), {}, tmp_path)


def test_its_environment_comes_from_a_variable_of_its_own() -> None:
    text = render_autoscaler_job(Grid("test", autoscaler=Autoscaler(True, 2)), {})
    assert "secrets/environment" in sent(text)
    assert f'nomadVarExists "nomad/jobs/{AUTOSCALER_JOB}"' in text


@pytest.mark.nomad
def test_definitions_and_templates_arrive_as_they_are(nomad_binary: Path, tmp_path: Path) -> None:
    grid = Grid("test", autoscaler=Autoscaler(True, 2), clouds=(CLOUD,))
    definitions = {"grid.hcl": 'grid "test" {}\n', "deep/odd.hcl": ODD}
    text = render_autoscaler_job(grid, definitions, own_templates(tmp_path / "templates"))
    (tmp_path / FILE).write_text(text)
    subprocess.run([nomad_binary, "fmt", "-check", tmp_path / FILE], check=True)
    told = subprocess.run([nomad_binary, "job", "run", "-output", tmp_path / FILE], check=True, capture_output=True, text=True).stdout
    [task] = json.loads(told)["Job"]["TaskGroups"][0]["Tasks"]
    sent = {template["DestPath"]: template["EmbeddedTmpl"] for template in task["Templates"]}
    assert sent["local/grid/deep/odd.hcl"] == ODD
    for name in ("client.hcl.j2", "cloud/overlay.sh.j2", "mesh/keys.j2"):
        assert sent[f"local/templates/{name}"] == OWN_TEMPLATES[name]
    assert sent["local/grid/grid.hcl"] == 'grid "test" {}\n'
    assert 'plugin_dir = "local/autoscaler/plugins"' in sent["local/autoscaler/agent.hcl"]
    programs = [template["DestPath"] for template in task["Templates"] if template["Perms"] == "755"]
    assert programs == ["local/autoscaler/plugins/simulacra-apm", "local/autoscaler/plugins/simulacra-target"]


def test_an_edited_definition_is_another_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULACRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid").mkdir()
    (tmp_path / "grid/grid.hcl").write_text('grid "test" {\n  autoscaler {\n    job = true\n  }\n}\n')
    (tmp_path / "grid/zones.hcl").write_text('zone "attic" {}\n')
    assert CliRunner().invoke(app, ["render"]).exit_code == 0
    (tmp_path / "grid/zones.hcl").write_text('zone "attic" {} # cold in winter\n')
    assert "1 jobspec, 1 changed" in CliRunner().invoke(app, ["render"]).output
    assert "cold in winter" in (tmp_path / "jobspecs" / FILE).read_text()
