"""A lab that is up, driven through the command line as its owner does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulacra.lab.access import OPERATOR, environment_file, read_environment
from simulacra.lab.certificates import tls_context
from simulacra.lab.cloud_wire import stand_in_environment
from simulacra.lab.programs import find_programs
from simulacra.lab.state import lab_folder

GRID = Path(__file__).resolve().parent / "grid"
FORBIDDEN = 403

_CONNECT = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2.0).close()"


def command(grid: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "simulacra.cli.main", "--grid", str(grid), *arguments]


def simulacra(grid: Path, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """Run the command line; its output is in the answer."""
    return subprocess.run(command(grid, *arguments), capture_output=True, text=True, check=False, timeout=timeout)


def eventually(holds: Callable[[], bool], within_s: float) -> bool:
    """Whether it comes to hold in that time; while Nomad can't be asked (it elects a leader, say) it doesn't. A missing right is told."""
    until = time.monotonic() + within_s
    while True:
        try:
            if holds():
                return True
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError) and error.code == FORBIDDEN:
                raise
        if time.monotonic() > until:
            return False
        time.sleep(0.5)


@dataclass(frozen=True, slots=True)
class RunningLab:
    """``nomad_addr`` is on the host's loopback. ``secure``: Nomad asks for certificates and tokens."""

    name: str
    grid: Path
    nomad_addr: str
    secure: bool = False

    def environment(self, role: str = OPERATOR) -> dict[str, str]:
        """What leads a program to the lab's Nomad, with the role's rights and no more."""
        outer = {name: value for name, value in os.environ.items() if not name.startswith("NOMAD_")}
        open_ = {"NOMAD_ADDR": self.nomad_addr, **stand_in_environment(lab_folder(self.name))}
        return outer | (read_environment(environment_file(self.name, role)) if self.secure else open_)

    def simulacra(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Any command on the lab's grid, that asks nothing of its Nomad."""
        return simulacra(self.grid, *arguments)

    def asks(self, *arguments: str, grid: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Any command that asks the lab's Nomad, on the lab's grid or another."""
        return subprocess.run(
            command(grid or self.grid, *arguments), capture_output=True, text=True, check=False, timeout=300, env=self.environment()
        )

    def nomad(self, *arguments: str, given: str = "", role: str = OPERATOR) -> subprocess.CompletedProcess[str]:
        """Nomad's own command line."""
        line = [find_programs().nomad, *arguments]
        return subprocess.run(line, input=given, capture_output=True, text=True, check=False, timeout=120, env=self.environment(role))

    def exec(self, machine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on a machine of the lab."""
        return self.simulacra("lab", "exec", "--name", self.name, machine, "--", *arguments)

    def cut(self, place: str) -> None:
        assert self.simulacra("lab", "cut", "--name", self.name, place).returncode == 0

    def heal(self, place: str) -> None:
        assert self.simulacra("lab", "heal", "--name", self.name, place).returncode == 0

    def status(self) -> dict[str, dict[str, Any]]:
        """The lab's machines by name, as ``lab status --json`` has them."""
        return self._status("machines")

    def devices(self) -> dict[str, dict[str, Any]]:
        """The lab's devices by name, as ``lab status --json`` has them."""
        return self._status("devices")

    def _status(self, kind: str) -> dict[str, dict[str, Any]]:
        answer = self.simulacra("lab", "status", "--name", self.name, "--json")
        assert answer.returncode == 0, answer.stderr
        return {one["name"]: one for one in json.loads(answer.stdout)[kind]}

    def get(self, path: str, role: str = OPERATOR) -> Any:
        """What Nomad's API answers on the host's loopback."""
        return json.loads(self.call(path, role=role))

    def call(self, path: str, method: str = "GET", role: str = OPERATOR) -> str:
        """The same for any method, as text."""
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.secure:
            handlers.append(urllib.request.HTTPSHandler(context=tls_context(environment_file(self.name, role).parent)))
        token = self.environment(role).get("NOMAD_TOKEN", "")
        request = urllib.request.Request(f"{self.nomad_addr}/v1/{path}", headers={"X-Nomad-Token": token}, method=method)
        with urllib.request.build_opener(*handlers).open(request, timeout=15) as answer:
            return str(answer.read().decode())

    def reaches(self, machine: str, address: str, port: int = 4646) -> bool:
        """Whether a connection over the overlay comes about from the machine."""
        return self.exec(machine, sys.executable, "-c", _CONNECT, address, str(port)).returncode == 0


def bring_up(name: str, grid: Path = GRID, *options: str, secure: bool = True) -> RunningLab:
    """With access control and mutual TLS, as a grid should be; ``options`` are more of `lab up`."""
    answer = simulacra(grid, "lab", "up", "--name", name, "--json", *(("--secure",) if secure else ()), *options)
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    kept = str(environment_file(name, OPERATOR)) if secure else None
    where = {"nomad_addr": said["nomad_addr"], "ui": f"{said['nomad_addr']}/ui/", "consul_addr": said["consul_addr"], "environment": kept}
    assert said == {"name": name, **where, "cloud_stand_in": said["cloud_stand_in"]}
    return RunningLab(name, grid, said["nomad_addr"], secure)
