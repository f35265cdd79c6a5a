"""The lab's Nomad agents: clients with the configuration of a real machine and one file with what a lab adds to it; and servers.

A machine with a server runs it as an agent of its own: a client that asks to be registered between the first election and the first
keyring is refused and asks again only after 15 to 30 s, so the lab starts its clients once there is a leader.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from simulacra.lab.certificates import agent_files
from simulacra.lab.layout import Layout, Seat
from simulacra.lab.power import agent_environment
from simulacra.lab.processes import Process, clean_environment, enter, spawn
from simulacra.lab.programs import Programs
from simulacra.lab.state import ALLOCATIONS
from simulacra.model.machine import Has
from simulacra.render.client_config import CLOUD_FINGERPRINTS, HEARTBEATS, client_config, overlay_ip

JOIN = {"retry_interval": "1s"}
HTTP_PORT, SERVER_HTTP_PORT, SERF_PORT = 4646, 4645, 4648
"""A machine's agent has Nomad's own port; the server beside it another."""


_SOCKET_AT_MOST = 107
"""Bytes of a unix socket's path, see unix(7)."""
_LIBRARIES = f"{platform.machine()}-linux-gnu"
CHROOT = (
    *("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/etc", "/lib64", "/usr/lib64", "/lib/ld-linux-aarch64.so.1"),
    *(f"/lib/{_LIBRARIES}", f"/usr/lib/{_LIBRARIES}", *map(str, sorted(Path("/usr/lib").glob("python3*"))), "/usr/lib/jvm"),
    *("/usr/share/zoneinfo", "/usr/share/ca-certificates", "/run/systemd/resolve"),
)
"""What a task of the exec driver sees of the host's files (those that are there): with all of /usr, as Nomad's default has it, its
folder took half a minute to make, and longer to remove."""


def write_client(layout: Layout, seat: Seat, folder: Path, servers: tuple[str, ...]) -> None:
    """Write ``client.hcl``, as a real machine of the grid has it, and ``lab.json``. ``servers`` are overlay addresses."""
    (folder / "client.hcl").write_text(client_config(layout.grid, seat.machine, servers=servers, server=False))
    assert seat.machine.has is not None, "a layout has machines with a size only"
    _write(folder / "lab.json", lab_config(seat.machine.has, folder))


def write_rented(has: Has, folder: Path, texts: Iterable[str], servers: tuple[str, ...]) -> None:
    """The same for a server of a cloud, whose configuration is what it was told at its creation: but for the servers that it joins, which
    have other addresses in the lab.
    """
    (folder / "client.hcl").write_text("\n".join(texts))
    config = lab_config(has, folder)
    config["client"]["server_join"] = {**JOIN, "retry_join": [f"[{server}]" for server in servers]}
    config["client"].setdefault("options", {})["fingerprint.denylist"] = ",".join(CLOUD_FINGERPRINTS)
    _write(folder / "lab.json", config)


def write_server(layout: Layout, seat: Seat, folder: Path, servers: tuple[str, ...]) -> None:
    """Write ``server.json``."""
    _write(folder / "server.json", server_config(layout, seat, folder, servers))


def lab_config(has: Has, folder: Path) -> dict[str, Any]:
    """What a lab adds to a machine's configuration: where its data is, and how big it is."""
    client = {"alloc_dir": str(folder / ALLOCATIONS), **_size(has), "server_join": JOIN, "chroot_env": {path: path for path in CHROOT}}
    return {"data_dir": str(folder / "data"), "log_level": "INFO", "client": client}


def server_config(layout: Layout, seat: Seat, folder: Path, servers: tuple[str, ...]) -> dict[str, Any]:
    """The server on a machine, which expects as many as the lab has."""
    address = overlay_ip(layout.grid.overlay.interface)
    region = {"region": layout.grid.nomad.region} if layout.grid.nomad.region else {}
    join = {**JOIN, "retry_join": [f"[{server}]:{SERF_PORT}" for server in servers]}
    return {
        "name": seat.machine.name,
        **region,
        "data_dir": str(folder / "server"),
        "log_level": "INFO",
        "disable_update_check": True,
        "bind_addr": address,
        "ports": {"http": SERVER_HTTP_PORT},
        "advertise": {"http": address, "rpc": address, "serf": address},
        "autopilot": {"cleanup_dead_servers": False},
        "server": {"enabled": True, "bootstrap_expect": len(servers), **HEARTBEATS, "server_join": join},
    }


def _size(has: Has) -> dict[str, Any]:
    drivers = {"options": {"driver.allowlist": ",".join(sorted(has.drivers))}} if has.drivers else {}
    return {"cpu_total_compute": has.cpu_mhz, "memory_total_mb": has.memory_mb, "disk_total_mb": has.disk_mb, **drivers}


def start_client(programs: Programs, namespace: str, folder: Path, *, tasks_live: bool = False) -> Process:
    """Start the machine's agent; its log is ``nomad.log``. What its tasks are handed on tells them that this is a lab.

    ``tasks_live``: those of an agent that was killed go on, and are taken over.
    """
    environment = {**agent_environment(folder), **_sockets(folder, keep=tasks_live)}
    configuration = (folder / "client.hcl", folder / "lab.json", *agent_files(folder, "client"))
    return _start(programs, namespace, configuration, folder / "nomad.log", environment)


def _sockets(folder: Path, *, keep: bool) -> dict[str, str]:
    """Where the agent's executors have their sockets: killed, they would leave them in /tmp. Those of an earlier boot are gone."""
    sockets = folder / "executors"
    if not keep:
        shutil.rmtree(sockets, ignore_errors=True)
    if len(os.fsencode(sockets)) + len("/plugin1234567890") > _SOCKET_AT_MOST:
        return {}
    sockets.mkdir(exist_ok=True)
    return {"PLUGIN_UNIX_SOCKET_DIR": str(sockets)}


def start_server(programs: Programs, namespace: str, folder: Path) -> Process:
    """Start the server on the machine; its log is ``server.log``."""
    return _start(programs, namespace, (folder / "server.json", *agent_files(folder, "server")), folder / "server.log")


def _start(
    programs: Programs, namespace: str, configuration: tuple[Path, ...], log: Path, environment: Mapping[str, str] | None = None
) -> Process:
    options = [option for path in configuration for option in ("-config", str(path))]
    command = enter(programs.nsenter, namespace, [programs.nomad, "agent", *options])
    return spawn(command, log, environment=clean_environment(**environment or {}))


def _write(path: Path, config: dict[str, Any]) -> None:
    path.write_text(json.dumps(config, indent=2) + "\n")
