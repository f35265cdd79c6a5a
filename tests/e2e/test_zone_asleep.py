"""A zone in which everybody sleeps, and that is due an instance: its cheapest machine that can carry it is woken, for nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from power_lab import AWAKE_WITHIN_S, PowerLab, start_autoscaler
from running_lab import bring_up, eventually, simulacra

pytestmark = pytest.mark.lab
GRID = """
grid "asleep" {
  mode = "act"

  power {
    evaluate_every = "2s"
    wake_cooldown  = "5s"
    sleep_after    = "600s"
  }
}

zone "attic" {}

zone "barn" {}
"""
MACHINE = """
machine "{name}" {{
  zone      = "{zone}"
  boot_time = "8s"
  {more}

  has {{
    cpu_mhz   = 8000
    memory_mb = {memory}
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }}

  watts {{
    idle = {idle}
    busy = 90
  }}
  {wake}
}}
"""
SERVICE = """
service "{name}" {{
  zones     = "each"
  on_demand = {on_demand}

  driver "raw_exec" {{
    command = "/bin/sleep"
    args    = ["3600"]
  }}

  resources {{
    cpu    = 100
    memory = 1024
  }}
}}
"""
SLEEPERS = {"dear": (60, 8192), "fair": (30, 8192), "tiny": (2, 512)}
"""Watts when idle and memory: the one that costs least is too small."""


def grid_in(folder: Path, lab: str) -> Path:
    """Its sleepers are woken by a command, since nobody in their zone could send a packet: a finger on the lab's own button."""
    press = [sys.executable, "-m", "simulacra.cli.main", "lab", "press", "--name", lab]
    text = GRID + MACHINE.format(name="nas", zone="attic", more="server = true\nnever_sleeps = true", memory=4096, idle=12, wake="")
    for name, (idle, memory) in SLEEPERS.items():
        words = ", ".join(f'"{word}"' for word in [*press, name])
        wake = f'\n  wake "command" {{\n    command = [{words}]\n  }}\n\n  sleep {{\n    method = "poweroff"\n  }}'
        text += MACHINE.format(name=name, zone="barn", more="", memory=memory, idle=idle, wake=wake)
    text += SERVICE.format(name="wanted", on_demand="true") + SERVICE.format(name="welcome", on_demand="false")
    folder.mkdir()
    (folder / "grid.hcl").write_text(text)
    return folder


@pytest.fixture
def barn(lab_possible: None, tmp_path: Path) -> Iterator[PowerLab]:  # noqa: ARG001 - a fixture asked for
    name = f"barn-{os.getpid()}"
    grid = grid_in(tmp_path / "grid", name)
    try:
        lab = bring_up(name, grid, "--asleep", ",".join(SLEEPERS))
        start_autoscaler(lab)
        yield PowerLab(lab)
    finally:
        simulacra(grid, "lab", "down", "--name", name)


def awake(power: PowerLab) -> set[str]:
    return {name for name, it in power.lab.status().items() if name in SLEEPERS and it["power"] != "asleep"}


def test_the_cheapest_able_machine_of_a_sleeping_zone_is_woken_for_what_is_due_there(barn: PowerLab) -> None:
    assert barn.simulacra("run", "welcome").returncode == 0
    assert eventually(lambda: barn.where("welcome") == ["nas"], 30), barn.told()
    assert not eventually(lambda: bool(awake(barn)), 15), "nobody is woken for what takes only what is on"
    (waits,) = [it["waiting"] for it in barn.json("status")["services"] if it["name"] == "welcome"]
    assert waits.startswith("zone barn: no machine is on; ")
    assert barn.simulacra("run", "wanted").returncode == 0
    assert eventually(lambda: barn.where("wanted") == ["fair", "nas"], AWAKE_WITHIN_S), barn.told()
    assert barn.woken(0) == ["fair"]
    assert awake(barn) == {"fair"}
    assert eventually(lambda: barn.where("welcome") == ["fair", "nas"], 30), "it takes what is on now"
