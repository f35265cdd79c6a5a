"""The lab that chaos is let loose on, in hand: its machines' power, its processes, its Nomad."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad
from simulacra.lab import state
from simulacra.lab.chaos.kinds import Ground
from simulacra.lab.power import MachinePower, load_power
from simulacra.lab.processes import Process, alive, descendants, inhabitants
from simulacra.lab.state import LabState, Resident

AGENT = "nomad-autoscaler"
_WORKER = "simulacra.plugin.worker"


@dataclass(frozen=True, slots=True)
class Site:
    """``journal`` remembers what it read, and is for one thread."""

    lab: LabState
    ground: Ground
    nomad: Nomad
    journal: Journal

    @property
    def name(self) -> str:
        return self.lab.name

    def resident(self, machine: str) -> Resident:
        found = self.lab.resident(machine)
        assert found is not None, "the ground is that of the lab"
        return found

    def folder(self, machine: str) -> Path:
        return state.machine_folder(self.name, machine)

    def power(self, machine: str) -> MachinePower:
        """As its keeper has it now."""
        found = load_power(self.folder(machine))
        assert found is not None, "a lab that is up has a keeper"
        return found

    def server_at(self, address: str) -> str | None:
        """The machine whose server has that address, with any port."""
        host = address.rpartition(":")[0].strip("[]")
        return next((it.name for it in self.lab.residents if it.server and it.address == host), None)


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of the Nomad Autoscaler that runs as a task: ``workers`` are its plugins' by name, none while it only waits."""

    machine: str
    pid: int
    workers: Mapping[str, int]

    @property
    def steers(self) -> bool:
        return bool(self.workers)


def agents(site: Site) -> tuple[Agent, ...]:
    """Those that run now, by machine."""
    found = []
    for one in site.lab.residents:
        here = {pid: _command(pid) for pid in inhabitants([one.namespace])}
        for pid, command in sorted(here.items()):
            if command and Path(command[0]).name == AGENT:
                below = descendants({pid})
                workers = {here[it][here[it].index(_WORKER) + 1]: it for it in sorted(below) if _WORKER in here.get(it, [])}
                found.append(Agent(one.name, pid, workers))
    return tuple(found)


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def signal_all(pids: Mapping[int, int | None], number: signal.Signals) -> None:
    """Those of the processes, by pid with their start time, that are still the same."""
    for pid, started in pids.items():
        if started is not None and alive(Process(pid, started)):
            os.kill(pid, number)
