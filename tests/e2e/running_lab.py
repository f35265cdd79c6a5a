"""A lab that is up, driven through the command line as its owner does."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRID = Path(__file__).resolve().parent / "grid"

_CONNECT = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2.0).close()"


def command(grid: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "simulacra.cli.main", "--grid", str(grid), *arguments]


def simulacra(grid: Path, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """Run the command line; its output is in the answer."""
    return subprocess.run(command(grid, *arguments), capture_output=True, text=True, check=False, timeout=timeout)


def eventually(holds: Callable[[], bool], within_s: float) -> bool:
    """Whether it comes to hold in that time; while Nomad can't be asked (it elects a leader, say) it doesn't."""
    until = time.monotonic() + within_s
    while True:
        with contextlib.suppress(OSError):
            if holds():
                return True
        if time.monotonic() > until:
            return False
        time.sleep(0.5)


@dataclass(frozen=True, slots=True)
class RunningLab:
    """``nomad_addr`` is on the host's loopback."""

    name: str
    grid: Path
    nomad_addr: str

    def simulacra(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Any command on the lab's grid."""
        return simulacra(self.grid, *arguments)

    def exec(self, machine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on a machine of the lab."""
        return self.simulacra("lab", "exec", "--name", self.name, machine, "--", *arguments)

    def cut(self, place: str) -> None:
        assert self.simulacra("lab", "cut", "--name", self.name, place).returncode == 0

    def heal(self, place: str) -> None:
        assert self.simulacra("lab", "heal", "--name", self.name, place).returncode == 0

    def status(self) -> dict[str, dict[str, Any]]:
        """The lab's machines by name, as ``lab status --json`` has them."""
        answer = self.simulacra("lab", "status", "--name", self.name, "--json")
        assert answer.returncode == 0, answer.stderr
        return {machine["name"]: machine for machine in json.loads(answer.stdout)}

    def get(self, path: str) -> Any:
        """What Nomad's API answers on the host's loopback."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.nomad_addr}/v1/{path}", timeout=15) as answer:
            return json.load(answer)

    def reaches(self, machine: str, address: str, port: int = 4646) -> bool:
        """Whether a connection over the overlay comes about from the machine."""
        return self.exec(machine, sys.executable, "-c", _CONNECT, address, str(port)).returncode == 0


def bring_up(name: str, grid: Path = GRID) -> RunningLab:
    answer = simulacra(grid, "lab", "up", "--name", name, "--json")
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert said == {"name": name, "nomad_addr": said["nomad_addr"], "ui": f"{said['nomad_addr']}/ui/", "consul_addr": None}
    return RunningLab(name, grid, said["nomad_addr"])
