"""Lines of rendered jobspecs, back to where they were written: each line that says where it stands is found there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulacra.definitions import load
from simulacra.model.source import Source
from simulacra.render import render_job
from simulacra.render.origins import origin_of, origins

ROOT = Path(__file__).resolve().parents[3]
SAYS = re.compile(r"# (\S+:[0-9]+)$")
GRID = """grid "test" {}

zone "attic" {}

machine "nas" {
  zone = "attic"
}
"""
SERVICE = """service "web" {
  zones = "each"
  driver "docker" {
    image = "caddy:2" # HERE

    args = [ # HERE
      "a", # HERE


      "b" # HERE
    ]
  }
  resources {
    device "one" {
      count = 1 # HERE
    }
    cpu = 100
    device "two" {
      count = 2 # HERE
    }
  }
  port "a" {
    check {
      type = "tcp" # HERE
    }
  }
  port "b" {
    check {
      type = "http" # HERE
      path = "/" # HERE
      interval = "5s" # HERE
    }
    check {
      timeout = "5s"
      type = "tcp"
    }
  }

  # about the job
  job {
    constraint {
      attribute = "${attr.kernel.name}"
      value = "linux" # HERE
    }
    # of meta
    meta {
      a = "b" # HERE
    }


    constraint {
      attribute = "${attr.cpu.arch}"
      value = "amd64" # HERE
    }
  }
  group {

    shutdown_delay = "5s" # HERE
    network {
      mode = "bridge" # HERE
    }

    ephemeral_disk {
      size = 5 # HERE
    }
    volume "a" { # HERE
      type = "host" # HERE
    }
  }
  task "web" {
    template {
      destination = "a"
      data = <<-EOF
        one # HERE
        two # HERE
      EOF
    }
    env { A = "b" } # HERE
    leader = true # HERE
  }
  task "other" {
    driver = "exec" # HERE

    config {
      command = "x" # HERE
    }
  }
}
"""
JOB = """# a jobspec # HERE
job "own" { # HERE
  meta = { a = "b" }

  group "g" {
    task "t" { # HERE

      driver = "exec" # HERE
    }
  }

  group "one_line" { count = 2 } # HERE
}
# HERE"""


def saying_where(text: str, file: str) -> str:
    """The text with each HERE as its own place."""
    lines = text.split("\n")
    return "\n".join(line.replace("HERE", f"{file}:{number}") for number, line in enumerate(lines, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "grid"
    (folder / "jobs").mkdir(parents=True)
    (folder / "grid.hcl").write_text(GRID)
    (folder / "web.hcl").write_text(saying_where(SERVICE, "grid/web.hcl"))
    (folder / "own.hcl").write_text('service "own" {\n  tier = "any"\n  jobspec = "jobs/own.nomad.hcl"\n}\n\ntier "any" {\n  rank = 1\n}\n')
    (folder / "jobs/own.nomad.hcl").write_text(saying_where(JOB, "grid/jobs/own.nomad.hcl"))
    return folder


@pytest.mark.parametrize(("name", "written"), [("web", SERVICE), ("own", JOB)])
def test_every_line_that_says_where_it_stands_is_found_there(folder: Path, name: str, written: str) -> None:
    grid = load(folder)
    (service,) = (it for it in grid.services if it.name == name)
    lines = enumerate(render_job(grid, service).split("\n"), 1)
    told = {found[1]: str(origin_of(grid, service, number)) for number, line in lines if (found := SAYS.search(line))}
    assert told == {place: place for place in told}
    assert len(told) == written.count("HERE") > 5


def test_a_template_of_ones_own_may_have_another_order_and_layout(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    text = 'job "web" {\n{{ service.group.indented(3) }}\n{{ service.job.indented(0) }}\n}\n'
    (tmp_path / "templates/job.nomad.hcl.j2").write_text(text)
    grid, origin = load(folder), origins(load(folder), tmp_path / "templates")
    (service,) = (it for it in grid.services if it.name == "web")
    lines = enumerate(render_job(grid, service, tmp_path / "templates").split("\n"), 1)
    told = {found[1]: str(origin("web", number)) for number, line in lines if (found := SAYS.search(line))}
    assert told == {place: place for place in told}
    assert len(told) == 6


@pytest.mark.parametrize(("name", "line"), [("web", 1), ("own", 1), ("web", 10_000), ("own", 10_000), ("nobody", 5)])
def test_what_nobody_wrote_stands_nowhere(folder: Path, name: str, line: int) -> None:
    assert origins(load(folder), None)(name, line) is None


def test_what_is_put_in_front_of_a_check_stands_at_the_check(folder: Path) -> None:
    grid = load(folder)
    (service,) = (it for it in grid.services if it.name == "web")
    at = SERVICE[: SERVICE.index("check {")].count("\n") + 1
    number = render_job(grid, service).split("\n").index('        interval = "10s"') + 1
    assert origin_of(grid, service, number) == Source("grid/web.hcl", at)
