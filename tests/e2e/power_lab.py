"""A lab whose machines sleep, with the real Nomad Autoscaler beside it, driven as its owner does."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from running_lab import RunningLab, bring_up, eventually, simulacra

GRID = Path(__file__).resolve().parent / "power_grid"
SLEEPERS = ("desk", "medium", "small", "tower")
ASLEEP_WITHIN_S, AWAKE_WITHIN_S = 240, 60
"""Nomad misses a machine after about a minute, and later where its servers have much to do."""

JOB = """
job "{name}" {{
  type = "{type}"

  group "{name}" {{
    count = {count}
{more}
    task "{name}" {{
      driver = "raw_exec"

      config {{
        command = "/bin/sleep"
        args    = ["{seconds}"]
      }}

      resources {{
        cpu    = 200
        memory = {memory}
      }}
    }}
  }}
}}
"""


def pinned(attribute: str, value: str, operator: str = "=") -> str:
    """A constraint of a group."""
    return f'    constraint {{\n      attribute = "{attribute}"\n      operator = "{operator}"\n      value = "{value}"\n    }}\n'


@dataclass(frozen=True, slots=True)
class PowerLab:
    lab: RunningLab

    def simulacra(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.lab.asks(*words)

    def json(self, *words: str) -> Any:
        answer = self.simulacra(*words, "--json")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def powers(self) -> dict[str, str]:
        """Each sleeper's power state as `status` has it."""
        return {it["name"]: it["power"] for it in self.json("status")["machines"] if it["name"] in SLEEPERS}

    def on(self) -> set[str]:
        """The sleepers that really run: the lab's own word, not Nomad's."""
        return {name for name, it in self.lab.status().items() if name in SLEEPERS and it["power"] == "on"}

    def woken(self, since: int) -> list[str]:
        """The machines that were woken since the log had that many entries."""
        return [it["machine"] for it in self.entries()[since:] if it["to"] == "waking"]

    def entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("log", "-n", "200")
        return found

    def run(self, name: str, memory: int = 4096, more: str = "", count: int = 1, type_: str = "service", seconds: int = 3600) -> None:
        text = JOB.format(name=name, type=type_, count=count, more=more, memory=memory, seconds=seconds)
        done = self.lab.nomad("job", "run", "-detach", "-", given=text)
        assert done.returncode == 0, done.stderr

    def stop(self, *names: str) -> None:
        for name in names:
            self.lab.call(f"job/{name}?purge=true", "DELETE")

    def purge_node(self, name: str) -> None:
        """Nomad forgets the node, as it does by itself after a day."""
        (node,) = [it for it in self.lab.get("nodes") if it["Name"] == name]
        self.lab.call(f"node/{node['ID']}/purge", "PUT")
        assert eventually(lambda: name not in {it["Name"] for it in self.lab.get("nodes")}, 20)

    def where(self, job: str) -> list[str]:
        """The machines on which the job's allocations run."""
        found = self.lab.get(f"job/{job}/allocations")
        return sorted(it["NodeName"] for it in found if it["ClientStatus"] == "running" and it["DesiredStatus"] == "run")

    def sleeps(self) -> bool:
        """Whether all sleepers come to sleep, and stay what they are: Nomad knows that they are away, nothing is under way."""
        return eventually(lambda: not self.on() and set(self.powers().values()) == {"asleep"}, ASLEEP_WITHIN_S)

    def told(self) -> str:
        """What one wants to see when a test fails."""
        return f"{self.powers()}\n{self.simulacra('log').stdout}\n{self.simulacra('scale', '--dry-run').stdout}"


@contextmanager
def power_lab(name: str, grid: Path = GRID) -> Iterator[PowerLab]:
    """The lab, its jobs submitted and the autoscaler started."""
    lab = bring_up(name, grid)
    try:
        power = PowerLab(lab)
        ran = power.simulacra("run")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        start_autoscaler(lab)
        yield power
    finally:
        simulacra(lab.grid, "lab", "down", "--name", lab.name)


def start_autoscaler(lab: RunningLab) -> None:
    started = lab.simulacra("lab", "autoscaler", "--name", lab.name)
    assert started.returncode == 0, started.stdout + started.stderr


def autoscaler_pids(lab: RunningLab, words: str) -> list[int]:
    """The processes of the lab's autoscaler whose command line holds the words: the agent, or a plugin."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if words in line and (lab.nomad_addr in environment or lab.nomad_addr in line) and str(os.getpid()) != entry.name:
                found.append(int(entry.name))
    return found
