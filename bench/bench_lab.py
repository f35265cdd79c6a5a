"""A lab for a measurement, driven as its owner drives it: the command line, Nomad's API, and the lab's own word on its machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulacra.lab.state import LabState, Resident, load_state


@dataclass(frozen=True, slots=True)
class BenchLab:
    name: str
    grid: Path
    nomad_addr: str

    def simulacra(self, *words: str) -> str:
        """What it prints; raises `subprocess.CalledProcessError`."""
        return _run(self.grid, *words, address=self.nomad_addr)

    def on_lab(self, command: str, *words: str) -> str:
        """`simulacra lab` with this lab's name."""
        return _run(self.grid, "lab", command, "--name", self.name, *words)

    def nomad(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """What its API answers, of ``/v1/path``; with a body that is sent there. Raises `RuntimeError` with what it says against that."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        data = json.dumps(body).encode() if body is not None else None
        try:
            with opener.open(urllib.request.Request(f"{self.nomad_addr}/v1/{path}", data, method=method), timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise RuntimeError(f"{path}: {refused.read().decode(errors='replace')}") from refused

    def powers(self) -> dict[str, str]:
        """Each machine's power state, as `status` has it."""
        return {it["name"]: it["power"] for it in json.loads(self.simulacra("status", "--json"))["machines"]}

    def state(self) -> LabState:
        found = load_state(self.name)
        assert found is not None, "it is up"
        return found

    def resident(self, machine: str) -> Resident:
        found = self.state().resident(machine)
        assert found is not None, machine
        return found


@contextmanager
def bench_lab(grid: Path, *words: str) -> Iterator[BenchLab]:
    """Started with these words of `lab up`; ended whatever happens. Needs root."""
    name = f"bench-{os.getpid()}"
    try:
        said = json.loads(_run(grid, "lab", "up", "--name", name, "--json", *words))
        yield BenchLab(name, grid, said["nomad_addr"])
    finally:
        subprocess.run(_command(grid, "lab", "down", "--name", name), check=False, stdout=subprocess.DEVNULL)


def _run(grid: Path, *words: str, address: str | None = None) -> str:
    environment = os.environ | ({"NOMAD_ADDR": address} if address else {})
    return subprocess.run(_command(grid, *words), env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def _command(grid: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "simulacra.cli.main", "--grid", str(grid), *words]
