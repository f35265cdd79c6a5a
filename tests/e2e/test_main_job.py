"""The main job on the real parts: definitions become jobs that run zone by zone, on machines joined by a real overlay."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from running_lab import GRID, RunningLab, eventually

pytestmark = pytest.mark.lab

SERVICES = """
service "page" {
  zones = "each"

  driver "raw_exec" {
    command = "/usr/bin/python3"
    args    = ["-m", "http.server", "--bind", "${NOMAD_HOST_IP_http}", "${NOMAD_PORT_http}"]
  }

  resources {
    cpu    = 100
    memory = 64
  }

  port "http" {
    check {
      type     = "tcp"
      interval = "2s"
      timeout  = "2s"
    }
  }

  group {
    update {
      min_healthy_time = "2s"
    }
  }
}

service "heavy" {
  type = "batch"
  tier = "hypervisor"

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["600"]
  }
}

service "image" {
  tier = "hypervisor"

  driver "docker" {
    image = "caddy:2"
  }
}
"""

ASK = """
import json, subprocess, urllib.request
open_ = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
for one in json.loads(subprocess.check_output(["nomad", "operator", "api", "/v1/service/page?stale"], timeout=10)):
    try:
        print(open_(f"http://[{one['Address']}]:{one['Port']}/", timeout=5).status)
    except OSError:
        print("none")
"""
"""Asks every instance that the catalog knows, also from a zone that is cut off."""


@dataclass(frozen=True)
class Home:
    """A grid folder of a test's own on the shared lab."""

    lab: RunningLab
    folder: Path

    def simulacra(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.lab.asks(*words, grid=self.folder)

    def service(self, name: str) -> dict[str, Any]:
        answer = self.simulacra("status", "--json")
        assert answer.returncode == 0, answer.stderr
        found: dict[str, Any] = next(one for one in json.loads(answer.stdout)["services"] if one["name"] == name)
        return found

    def asked_by(self, machine: str) -> list[str]:
        """What each instance of the page answers to a machine: a status, or "none"."""
        return self.lab.exec(machine, "/usr/bin/python3", "-c", ASK).stdout.split()

    def allocations(self, job: str) -> dict[str, str]:
        """The job's allocations that are wanted, by ID: client status and how often their task restarted.

        Empty while nobody answers: right after a cut the servers may have to find a new leader.
        """
        try:
            found = self.lab.get(f"job/{job}/allocations")
        except OSError:
            return {}
        return {
            one["ID"]: f"{one['ClientStatus']} {one['TaskStates'][job]['Restarts'] if one['TaskStates'] else 0}"
            for one in found
            if one["DesiredStatus"] == "run"
        }


@pytest.fixture
def home(lab: RunningLab, tmp_path: Path) -> Iterator[Home]:
    """The lab's grid with three services; their jobs are stopped afterwards."""
    folder = tmp_path / "grid"
    shutil.copytree(GRID, folder)
    (folder / "services.hcl").write_text(SERVICES)
    home = Home(lab, folder)
    try:
        yield home
    finally:
        (folder / "services.hcl").unlink()
        pruned = home.simulacra("run", "--prune")
        assert pruned.returncode == 0, pruned.stderr


def test_one_in_each_zone_on_machines_that_may_and_the_rest_says_why_it_waits(home: Home) -> None:
    ran = home.simulacra("run")
    assert ran.returncode == 0, ran.stdout + ran.stderr

    page = home.service("page")
    assert (page["desired"], page["running"], page["waiting"]) == (3, 3, None)
    assert page["zones"] == {"attic": 1, "office": 1, "shed": 1}

    assert eventually(lambda: home.service("heavy")["running"] == 1, 20)
    (heavy,) = home.lab.get("job/heavy/allocations")
    assert heavy["NodeName"] in ("desk", "tower")  # the two with 16 GiB or more

    image = home.service("image")
    assert image["running"] == 0
    assert "docker" in image["waiting"]

    for machine in ("tower", "desk", "phone"):
        assert home.asked_by(machine) == ["200"] * 3

    again = home.simulacra("run")
    assert "0 created, 0 changed, 4 unchanged" in again.stdout
    assert home.simulacra("plan").returncode == 0


def test_a_cut_replaces_nothing_and_after_it_the_same_instances_go_on(home: Home) -> None:
    assert home.simulacra("run", "page").returncode == 0
    before = home.allocations("page")
    assert sorted(before.values()) == ["running 0"] * 3
    home.lab.cut("shed")
    try:
        assert eventually(lambda: "unknown 0" in home.allocations("page").values(), 150), home.allocations("page")
        time.sleep(5)  # time for a replacement that must not come
        assert home.allocations("page").keys() == before.keys()
        # its agent may try the servers beyond the cut before it finds the one that is left
        assert eventually(lambda: sorted(home.asked_by("phone")) == ["200", "none", "none"], 60), home.asked_by("phone")
    finally:
        home.lab.heal("shed")
    assert eventually(lambda: home.allocations("page") == before, 120), home.allocations("page")
