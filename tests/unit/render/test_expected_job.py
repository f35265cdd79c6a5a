"""A service as its job, without a Nomad: the same, to a scheduler, as what Nomad makes of the rendered jobspec."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from simulacra.definitions import load
from simulacra.model.workload import Disconnect, Distinct, Job
from simulacra.observe.workload import job_of
from simulacra.render.expected_job import expected_job
from simulacra.render.jobspec import render_job

ROOT = Path(__file__).resolve().parents[3]

GRID = """
grid "home" {}
zone "attic" {}
zone "office" {}
tier "server" {
  rank = 20
}
machine "nas" {
  zone = "attic"
}
machine "mini" {
  zone = "office"
}
"""

SERVICES = """
service "own-words" {
  tier  = "server"
  count = 3

  job {
    datacenters = ["dc*", "cellar"]
    node_pool   = "all"

    constraint {
      attribute = "${attr.kernel.name}"
      value     = "linux" # nothing else
    }

    spread {
      attribute = "${node.datacenter}"
      weight    = 70

      target "dc1" {
        percent = 60
      }
    }
  }

  group {
    constraint {
      attribute = "${attr.nomad.version}"
      semver    = ">= 1.9.0"
    }

    constraint {
      distinct_hosts = true
    }

    constraint {
      distinct_property = "${meta.rack}"
      value             = "2"
    }

    affinity {
      attribute = "${node.class}"
      regexp    = "^quiet"
      weight    = -30
    }

    disconnect {
      lost_after = "1h30m"
      replace    = false
    }

    ephemeral_disk {
      size   = 900
      sticky = true
    }

    network {
      mode = "bridge"

      port "metrics" {
        static = 9100
      }
    }

    volume "media" {
      type      = "host"
      source    = "media"
      read_only = true
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }
  }

  port "http" {
    static = 8080
  }

  port "more" {}

  task "own-words" {
    driver = "exec"

    config {
      command = "/bin/true"
    }

    resources {
      cores  = 2
      memory = 512

      device "nvidia/gpu" {
        count = 2

        constraint {
          attribute = "${device.attr.memory}"
          operator  = ">="
          value     = "4 GiB"
        }
      }
    }
  }

  task "before" {
    driver = "docker"

    lifecycle {
      hook = "prestart"
    }

    config {
      image = "busybox"
    }

    resources {
      cpu        = 50
      memory     = 64
      memory_max = 128
    }
  }
}

service "stops" {
  driver "exec" {
    command = "/bin/true"
  }

  resources {
    cpu    = 100
    memory = 300
  }

  group {
    disconnect {
      stop_on_client_after = "1m"
    }
  }
}

service "nothing" {
  driver "exec" {
    command = "/bin/true"
  }

  resources {
    cpu    = 100
    memory = 300
  }

  group {
    disconnect {}
  }
}

service "quoted" {
  job {
    all_at_once = "true"

    constraint {
      attribute = "${meta.level}"
      operator  = ">"
      value     = 4
    }
  }

  group {
    constraint {
      distinct_hosts = "true"
    }

    affinity {
      attribute = "${meta.new}"
      value     = true
      weight    = "60"
    }

    ephemeral_disk {
      size   = "900"
      sticky = "true"
    }

    disconnect {
      lost_after = 3600000000000
      replace    = "false"
    }

    reschedule {
      attempts  = "5"
      unlimited = "false"
    }

    network {
      port "a" {
        static = "9200"
      }
    }
  }

  task "quoted" {
    driver = "exec"

    config {
      command = "/bin/true"
    }

    resources {
      cpu    = "200"
      memory = "512"

      device "nvidia/gpu" {
        count = "2"
      }
    }
  }
}

service "often" {
  type = "batch"

  job {
    periodic {
      crons = ["@daily"]
    }
  }

  driver "exec" {
    command = "/bin/true"
  }

  resources {
    cpu    = 100
    memory = 300
  }
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("grid")
    (made / "grid.hcl").write_text(GRID + SERVICES)
    return made


def expected(folder: Path, name: str) -> Job:
    grid = load(folder)
    service = grid.service(name)
    assert service is not None
    return job_of(expected_job(grid, service), grid.name)


def test_own_words_are_heeded(folder: Path) -> None:
    (group,) = expected(folder, "own-words").groups
    assert group.disconnect == Disconnect(5400.0, replace=False)
    assert Distinct("${meta.rack}", 2) in group.distincts
    assert [it.left for it in group.constraints] == ["${meta.simulacra_rank}", "${attr.kernel.name}", "${attr.nomad.version}"]
    assert (group.cores, group.memory_mb, group.disk_mb) == (2, 512, 900)


@pytest.mark.parametrize(("name", "disconnect"), [("stops", Disconnect(stop_after_s=60.0)), ("nothing", Disconnect())])
def test_a_disconnect_of_ones_own_is_taken_instead_of_ours(folder: Path, name: str, disconnect: Disconnect) -> None:
    assert expected(folder, name).groups[0].disconnect == disconnect


def test_groups_and_tasks_of_nomads_own_count_too(tmp_path: Path) -> None:
    side = 'group "side" {\n count = "2"\n task "t" {\n driver = "docker"\n resources {\n memory = 900\n }\n }\n }'
    more = 'task "more" {\n driver = "exec"\n resources {\n memory = 700\n }\n }'
    keys = f'driver "raw_exec" {{}}\n count = 3\n job {{\n {side}\n }}\n group {{\n {more}\n }}\n'
    (tmp_path / "grid.hcl").write_text(f'{GRID}service "web" {{\n {keys}}}\n')
    found = {it.name: (it.count, sorted(it.drivers), it.memory_mb) for it in expected(tmp_path, "web").groups}
    assert found == {"web": (3, ["exec", "raw_exec"], 1000), "side": (2, ["docker"], 900)}


def test_text_is_a_number_where_one_is_asked_for(folder: Path) -> None:
    (group,) = expected(folder, "quoted").groups
    assert (group.cpu_mhz, group.memory_mb, group.disk_mb, group.sticky_disk) == (200, 512, 900, True)
    assert group.disconnect == Disconnect(3600.0, replace=False)


@pytest.mark.parametrize("what", ['driver = ["exec"]', "driver = {}", "resources {\n memory = []\n }", 'lifecycle {\n hook = ["a"]\n }'])
def test_a_value_that_nomad_would_refuse_is_as_good_as_none(tmp_path: Path, what: str) -> None:
    (tmp_path / "grid.hcl").write_text(GRID + 'service "own" {\n jobspec = "own.nomad.hcl"\n}\n')
    (tmp_path / "own.nomad.hcl").write_text(f'job "own" {{\n group "g" {{\n task "t" {{\n {what}\n}}\n}}\n}}\n')
    (group,) = expected(tmp_path, "own").groups
    assert (group.drivers, group.memory_mb) == (("",), 300)


def test_what_waits_for_its_hour_runs_nothing(folder: Path) -> None:
    assert expected(folder, "often").groups[0].count == 0


@pytest.mark.parametrize(
    ("kind", "stanza", "count"),
    [("batch", 'periodic {\n crons = ["@daily"]\n}', 0), ("batch", "parameterized {}", 0), ("batch", "", 1), ("service", "", 1)],
)
def test_a_task_that_has_no_group_runs_as_often_as_its_job(kind: str, stanza: str, count: int, tmp_path: Path) -> None:
    (tmp_path / "grid.hcl").write_text(GRID + 'service "bare" {\n jobspec = "bare.nomad.hcl"\n}\n')
    (tmp_path / "bare.nomad.hcl").write_text(f'job "bare" {{\n type = "{kind}"\n {stanza}\n task "t" {{\n driver = "exec"\n}}\n}}\n')
    assert [it.count for it in expected(tmp_path, "bare").groups] == [count]


def services(folder: Path) -> list[str]:
    return [service.name for service in load(folder).services]


@pytest.mark.nomad
@pytest.mark.parametrize("which", ["own", "example"])
def test_nomad_makes_the_same_of_the_rendered_jobspec(folder: Path, which: str, nomad_binary: Path, tmp_path: Path) -> None:
    """But for the count of what waits for its hour or for a gate, and for what only Nomad's server would add."""
    place = folder if which == "own" else ROOT / "grid"
    grid = load(place)
    for service in grid.services:
        file = tmp_path / "job.nomad.hcl"
        file.write_text(render_job(grid, service))
        parsed = subprocess.run([nomad_binary, "job", "run", "-output", file], capture_output=True, text=True, check=False)
        assert parsed.returncode == 0, parsed.stderr
        found, ours = job_of(json.loads(parsed.stdout)["Job"], grid.name), job_of(expected_job(grid, service), grid.name)
        waits = service.needs is not None or service.job.has("periodic") or service.job.has("parameterized")
        assert comparable(ours, waits) == comparable(found, waits), service.name


def comparable(job: Job, waits: bool) -> dict[str, object]:
    (group,) = job.groups
    return {
        "job": (job.id, job.type, job.namespace, job.priority, job.node_pool, sorted(job.datacenters), job.definition),
        "count": None if waits else group.count,
        "sizes": (group.cpu_mhz, group.cores, group.memory_mb, group.disk_mb, group.sticky_disk, group.drivers),
        "rules": (sorted(map(repr, group.constraints)), sorted(map(repr, group.distincts)), sorted(map(repr, group.affinities))),
        "spreads": sorted(map(repr, group.spreads)),
        "network": (group.network_mode, sorted(map(repr, group.ports))),
        "rest": (group.devices, group.volumes, group.disconnect),
    }
