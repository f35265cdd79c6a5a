"""A lab with one machine that serves devices and one that asks for them, and what is done and seen there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench_lab import BenchLab, bench_lab

from simulacra.lab.network import NETNS
from simulacra.lab.processes import enter
from simulacra.lab.programs import find_programs
from simulacra.model.proxy import FIRST_PORT

CLIENT = Path(__file__).resolve().parent / "device_client.py"
SERVES, ASKS, JOB = "nas", "vps", "proxy-attic"
FIRST = FIRST_PORT + 1000
PATIENCE_S = 300.0
TICKS = os.sysconf("SC_CLK_TCK")
GRID = """
grid "bench" {
  mode     = "act"
  timezone = "Europe/Amsterdam"
}

zone "attic" {
  subnets = ["192.168.0.0/20"]
}

zone "hosting" {}
"""
MACHINE = """
machine "%s" {
  zone         = "%s"
  server       = %s
  never_sleeps = true

  has {
    cpu_mhz   = 8000
    memory_mb = 4096
    drivers   = ["raw_exec"]
  }
}
"""
MACHINES = MACHINE % (SERVES, "attic", "false") + MACHINE % (ASKS, "hosting", "true")


@dataclass(frozen=True, slots=True)
class Used:
    """What a program takes: its processes' memory (each shared page split among those that share it), and CPU seconds since they began."""

    processes: int
    memory_mb: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class DeviceLab(BenchLab):
    def start(self, machine: str, *words: str | int) -> subprocess.Popen[str]:
        """`device_client.py` on the machine, with these words."""
        line = [sys.executable, str(CLIENT), *map(str, words)]
        return subprocess.Popen(enter(find_programs().nsenter, self.resident(machine).namespace, line), stdout=subprocess.PIPE, text=True)

    def asks(self, machine: str, *words: str | int) -> Any:
        return said_by(self.start(machine, *words))

    def address(self, machine: str) -> str:
        """On the overlay."""
        return self.resident(machine).address

    def healthy(self) -> bool:
        """Whether the proxy's newest allocation is, as Nomad has it."""
        try:
            its = self.nomad(f"job/{JOB}/allocations")
        except (OSError, RuntimeError):
            return False
        newest = max(its, key=lambda it: it["CreateIndex"], default=None)
        return newest is not None and newest["ClientStatus"] == "running" and bool((newest["DeploymentStatus"] or {}).get("Healthy"))

    def used(self) -> dict[str, Used]:
        """What runs on the machine that serves devices, by program."""
        found: dict[str, list[Used]] = {}
        for pid in _living_in(self.resident(SERVES).namespace):
            used = _used(pid)
            if used is not None:
                found.setdefault(_title(pid), []).append(used)
        return {name: Used(len(its), sum(it.memory_mb for it in its), sum(it.cpu_s for it in its)) for name, its in sorted(found.items())}


@contextmanager
def device_lab(devices: str) -> Iterator[DeviceLab]:
    """With these definitions of devices; nothing is submitted yet."""
    with tempfile.TemporaryDirectory() as folder:
        grid = Path(folder) / "grid"
        grid.mkdir()
        (grid / "grid.hcl").write_text(GRID + MACHINES)
        (grid / "devices.hcl").write_text(devices)
        with bench_lab(grid) as lab:
            yield DeviceLab(lab.name, lab.grid, lab.nomad_addr)


def said_by(client: subprocess.Popen[str]) -> Any:
    """What it prints until it ends; raises `RuntimeError` where that goes wrong."""
    said, _ = client.communicate(timeout=PATIENCE_S)
    if client.returncode != 0:
        raise RuntimeError(f"{client.args!r} exited {client.returncode}")
    return json.loads(said)


def eventually(holds: Callable[[], bool], within_s: float = PATIENCE_S) -> float:
    """Seconds until it did; raises `TimeoutError`."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > within_s:
            raise TimeoutError(f"not within {within_s:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - begun


def _living_in(namespace: str) -> Iterable[int]:
    inode = (NETNS / namespace).stat().st_ino
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdecimal() and (process / "ns" / "net").stat().st_ino == inode:
                yield int(process.name)
        except OSError:  # it has ended
            continue


def _title(pid: int) -> str:
    """Its program's name; what stands behind Python and Nomad's own words tell those apart."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return ""
    program = Path(words[0]).name
    if program.startswith("python"):
        return next((Path(it).name for it in words[1:] if it.endswith(".py")), program)
    return f"{program} {words[1]}" if program == "nomad" else program


def _used(pid: int) -> Used | None:
    """Source: proc(5), `smaps_rollup` and `stat`."""
    try:
        shares = Path(f"/proc/{pid}/smaps_rollup").read_text().split("\nPss:")[1]
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (OSError, IndexError):
        return None
    return Used(1, int(shares.split()[0]) / 1024, (int(fields[11]) + int(fields[12])) / TICKS)
