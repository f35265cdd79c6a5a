"""The lab's Nomad agents: the configuration of a real machine, and one file with what a lab adds to it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulacra.lab.layout import Layout, Seat
from simulacra.lab.processes import Process, clean_environment, enter, spawn
from simulacra.lab.programs import Programs
from simulacra.model.grid import Grid, Has
from simulacra.render.client_config import client_config

HEARTBEATS = {"min_heartbeat_ttl": "10s", "heartbeat_grace": "40s", "failover_heartbeat_ttl": "60s"}
"""Short enough to see a cut zone within about a minute; shorter ones make healthy machines look disconnected."""

HTTP_PORT = 4646


def write_config(layout: Layout, seat: Seat, folder: Path, servers: tuple[str, ...]) -> None:
    """Write ``client.hcl``, as a real machine of the grid has it, and ``lab.json``. ``servers`` are overlay addresses."""
    grid = with_servers(layout)
    machine = replace(seat.machine, server=seat.server)
    (folder / "client.hcl").write_text(client_config(grid, machine, servers=servers))
    (folder / "lab.json").write_text(json.dumps(lab_config(seat, folder / "data"), indent=2) + "\n")


def with_servers(layout: Layout) -> Grid:
    """The grid with the machines that run a server in this lab marked as such."""
    servers = {seat.machine.name for seat in layout.seats if seat.server}
    return replace(layout.grid, machines=tuple(replace(machine, server=machine.name in servers) for machine in layout.grid.machines))


def lab_config(seat: Seat, data: Path) -> dict[str, Any]:
    """What a lab adds to a machine's configuration: where its data is, how big it is, and how soon it is missed."""
    has = seat.machine.has
    assert has is not None, "a layout has machines with a size only"
    join = {"server_join": {"retry_interval": "2s"}}
    server = {"server": {**HEARTBEATS, **join}} if seat.server else {}
    return {"data_dir": str(data), "log_level": "INFO", "client": {**_size(has), **join}, **server}


def _size(has: Has) -> dict[str, Any]:
    drivers = {"options": {"driver.allowlist": ",".join(sorted(has.drivers))}} if has.drivers else {}
    return {"cpu_total_compute": has.cpu_mhz, "memory_total_mb": has.memory_mb, "disk_total_mb": has.disk_mb, **drivers}


def start(programs: Programs, namespace: str, folder: Path) -> Process:
    """Start the agent whose configuration is in the folder."""
    command = [programs.nomad, "agent", "-config", str(folder / "client.hcl"), "-config", str(folder / "lab.json")]
    return spawn(enter(programs.nsenter, namespace, command), folder / "nomad.log", environment=clean_environment())
