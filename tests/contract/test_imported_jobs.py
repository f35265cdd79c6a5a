"""What is imported from Compose files is what Nomad takes, and works there as the definitions count on."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from dev_agent import Agent

from simulacra.cli.import_text import definition_texts
from simulacra.definitions import load
from simulacra.render import render_job
from simulacra.render.jobspec import jobspec_file

sys.path.append(str(Path(__file__).resolve().parents[1] / "unit" / "importing"))
from compose_cases import CASES, import_case

pytestmark = pytest.mark.nomad

GRID = 'grid "home" {}\n\nzone "attic" {}\n\nmachine "nas" {\n  zone = "attic"\n}\n'
PATIENCE_S = 30.0
CALLER = r"""
job "imported-caller" {
  type = "batch"

  group "caller" {
    network {
      port "db" {}
    }

    service {
      name     = "imported-db"
      port     = "db"
      provider = "nomad"
    }

    task "caller" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "printf '%s\\n' \"$@\" > OUT.new; mv OUT.new OUT; sleep 20", "sh", "db:${ADDRESS_OF_DB}", "none:${ADDRESS_OF_NONE}", "$$${HOME:-x} %%%{host}"]
      }

      template {
        destination = "local/addresses.env"
        env         = true
        data        = <<-EOT
          ADDRESS_OF_DB={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "imported-db" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
          ADDRESS_OF_NONE={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "imported-none" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
          EOT
      }
    }
  }
}
"""  # noqa: E501 - as an imported definition has it


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_nomad_takes_the_jobs(folder: Path, nomad_binary: Path, nomad_agent: Agent, tmp_path: Path) -> None:
    grid_folder = tmp_path / "grid"
    grid_folder.mkdir()
    (grid_folder / "grid.hcl").write_text(GRID)
    for name, text in definition_texts(import_case(folder).definitions, "compose.yaml").items():
        (grid_folder / f"{name}.hcl").write_text(text)
    laid_out = subprocess.run([nomad_binary, "fmt", "-check", "-list=true", grid_folder], capture_output=True, text=True, check=False)
    assert (laid_out.returncode, laid_out.stdout) == (0, "")
    grid = load(grid_folder)
    assert grid.services
    for service in grid.services:
        jobspec = tmp_path / jobspec_file(service)
        jobspec.write_text(render_job(grid, service))
        done = subprocess.run(
            [nomad_binary, "job", "validate", jobspec], capture_output=True, text=True, check=False, env=nomad_agent.environment
        )
        assert done.returncode == 0, f"{service.name}: {done.stdout}{done.stderr}"


def test_addresses_of_others_are_filled_in_and_what_a_shell_fills_in_is_left_alone(
    nomad_binary: Path, nomad_agent: Agent, tmp_path: Path
) -> None:
    out, jobspec = tmp_path / "out", tmp_path / "caller.nomad.hcl"
    jobspec.write_text(CALLER.replace("OUT", str(out)))
    subprocess.run([nomad_binary, "job", "run", "-detach", jobspec], check=True, capture_output=True, env=nomad_agent.environment)
    try:
        end = time.monotonic() + PATIENCE_S
        while not (out.exists() and "db:127.0.0.1" in out.read_text()) and time.monotonic() < end:
            time.sleep(0.2)  # it may have begun before its own service was listed: then its template has it started again
        assert out.read_text().splitlines() == ["db:127.0.0.1", "none:192.0.2.1", "${HOME:-x} %{host}"]
    finally:
        subprocess.run(
            [nomad_binary, "job", "stop", "-purge", "-detach", "imported-caller"],
            check=False,
            capture_output=True,
            env=nomad_agent.environment,
        )
