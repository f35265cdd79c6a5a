"""The Nomad agent's configuration of a machine of the grid."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from simulacra.model.grid import Grid
from simulacra.model.labels import labels_of
from simulacra.model.machine import Machine
from simulacra.render.environment import fill

CLIENT = "client.hcl.j2"
"""The template."""

CLOUD_FINGERPRINTS = ("env_aws", "env_azure", "env_digitalocean", "env_gce")
"""Nomad's fingerprinters that ask a cloud's metadata service."""

HEARTBEATS = {"min_heartbeat_ttl": "10s", "heartbeat_grace": "40s", "failover_heartbeat_ttl": "90s"}
"""Short enough to see a cut zone within about a minute; shorter ones make healthy machines look disconnected.

After a change of leader it takes longer: a client whose own server is gone notices that after up to 40 s (yamux's keepalive) and tries the
next one up to 30 s later (Nomad's retry). With 60 s a zone that wasn't cut off was called disconnected now and then.
"""

RPC_PORT, SERF_PORT = 4647, 4648
DATA_DIR = "/opt/nomad/data"
"""Where HashiCorp's packages have the agent's data."""


def client_config(
    grid: Grid,
    machine: Machine,
    *,
    servers: tuple[str, ...] | None = None,
    server: bool | None = None,
    data_dir: str = DATA_DIR,
    templates: Path | None = None,
) -> str:
    """The HCL of the machine's agent, in `nomad fmt`'s layout; an agent takes it as it is, or with more files after it.

    ``servers`` are the servers to join (default: `known_servers`): addresses or names, with or without a port; an IPv6 address may
    stand without brackets. A machine with ``server = true`` (or as ``server`` says) runs a server too, which expects as many as the
    grid defines.
    ``templates`` is the grid owner's own folder of templates.
    """
    wanted = known_servers(grid) if servers is None else servers
    with_server = machine.server if server is None else server
    expected = sum(1 for other in grid.machines if other.server)
    view = {
        "grid": grid.name,
        "machine": machine.name,
        "region": grid.nomad.region,
        "data_dir": data_dir,
        "interface": grid.overlay.interface,
        "overlay_ip": overlay_ip(grid.overlay.interface),
        "server": {"expect": max(expected, 1), "join": [_at(one, SERF_PORT) for one in wanted], **HEARTBEATS} if with_server else None,
        "labels": _aligned(labels_of(grid, machine)),
        "join": [_at(one, RPC_PORT) for one in wanted],
        "cloud_fingerprints": () if _in_cloud(grid, machine) else CLOUD_FINGERPRINTS,
        "raw_exec": machine.has is None or not machine.has.drivers or "raw_exec" in machine.has.drivers,
    }
    return fill(CLIENT, view, f'machine "{machine.name}"', templates)


def known_servers(grid: Grid) -> tuple[str, ...]:
    """The servers to join: those that the grid names, else the machines that run one and whose overlay address is defined."""
    return grid.nomad.servers or tuple(machine.address for machine in grid.machines if machine.server and machine.address)


def overlay_ip(interface: str) -> str:
    """The go-sockaddr template for the interface's address; the function takes a regular expression, and leaves out link-local ones.

    Source: https://pkg.go.dev/github.com/hashicorp/go-sockaddr/template
    """
    return '{{ GetInterfaceIP "^' + interface.replace(".", "[.]") + '$" }}'


def _aligned(labels: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The labels with their names as wide as the widest, as `nomad fmt` has them."""
    width = max(len(name) for name, _ in labels)
    return [(name.ljust(width), value) for name, value in labels]


def _in_cloud(grid: Grid, machine: Machine) -> bool:
    return any(cloud.zone == machine.zone for cloud in grid.clouds)


def _at(server: str, port: int) -> str:
    """The server with that port: servers are joined at one port and called at another, so a port of Nomad's own gives way.

    What Nomad looks up itself (``provider=…``, ``exec=…``) stays as it is.
    """
    if "=" in server:
        return server
    host, given = _split(server)
    if given in (None, RPC_PORT, SERF_PORT):
        given = port
    return f"[{host}]:{given}" if ":" in host else f"{host}:{given}"


def _split(server: str) -> tuple[str, int | None]:
    """Host without brackets and port, None where none is given."""
    try:
        return str(ipaddress.IPv6Address(server.strip("[]"))), None
    except ValueError:
        host, colon, port = server.rpartition(":")
    if colon and port.isdigit():
        return host.strip("[]"), int(port)
    return server, None
