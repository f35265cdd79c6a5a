"""A lab's Consul agents, where it has them: one on each machine beside Nomad's, servers where Nomad's servers are.

They gossip over the overlay, as on a real grid; so their network coordinates tell how far machines are on it. Nomad's agents don't know of
them. A machine that has ``consul.json`` runs one.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from simulacra.faults import Unreachable
from simulacra.lab import state
from simulacra.lab.layout import Layout
from simulacra.lab.nomad_answers import catalog_size, leader_known
from simulacra.lab.processes import Process, alive, clean_environment, enter, spawn
from simulacra.lab.programs import Programs
from simulacra.lab.state import LabState, Resident

HTTP_PORT = 8500
_READY_WITHIN_S = 90.0


def write(layout: Layout, one: Resident, folder: Path, servers: tuple[str, ...]) -> None:
    """Write the machine's ``consul.json``. ``servers`` are overlay addresses."""
    (folder / "consul.json").write_text(json.dumps(consul_config(layout.grid.name, one, folder, servers), indent=2) + "\n")


def consul_config(grid: str, one: Resident, folder: Path, servers: tuple[str, ...]) -> dict[str, Any]:
    """The agent listens on the machine's overlay address only, and has the machine's name; a server expects as many as the lab has."""
    server = {"server": True, "bootstrap_expect": len(servers)} if one.server else {"leave_on_terminate": False}
    return {
        "node_name": one.name,
        "node_meta": {"grid": grid},
        "data_dir": str(folder / "consul"),
        "log_level": "INFO",
        "disable_update_check": True,
        "bind_addr": one.address,
        "advertise_addr": one.address,
        "client_addr": one.address,
        "ports": {"http": HTTP_PORT, "dns": -1, "grpc": -1, "grpc_tls": -1, "serf_wan": -1},
        "connect": {"enabled": False},
        "retry_join": [f"[{address}]" for address in servers if address != one.address],
        "retry_interval": "1s",
        **server,
    }


def start(programs: Programs, program: str | None, namespace: str, folder: Path) -> Process | None:
    """Start the machine's agent, whose log is ``consul.log``; None where it has none."""
    config = folder / "consul.json"
    if program is None or not config.exists():
        return None
    command = enter(programs.nsenter, namespace, [program, "agent", f"-config-file={config}"])
    return spawn(command, folder / "consul.log", environment=clean_environment())


def wait_until_ready(found: LabState, started: dict[str, Process], expected: int) -> None:
    """Until the agents have a leader and know all that are on; raises `Unreachable`."""
    assert found.consul_addr is not None, "this lab has Consul"
    until = time.monotonic() + _READY_WITHIN_S
    while not (leader_known(found.consul_addr) and catalog_size(found.consul_addr) >= expected):
        for name, process in started.items():
            if not alive(process):
                log = state.machine_folder(found.name, name) / "consul.log"
                raise Unreachable(f"lab {found.name}: the Consul agent of {name} ended; see {log}")
        if time.monotonic() > until:
            raise Unreachable(
                f"lab {found.name}: not all Consul agents were there within {_READY_WITHIN_S:.0f} s; see each machine's consul.log"
            )
        time.sleep(0.3)
