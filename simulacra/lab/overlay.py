"""The overlay: one yggdrasil on each machine and each zone's router.

Neighbours on a LAN find each other by multicast; the routers have every other router as a peer, so whatever cables are left, all that
is still connected is one overlay.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simulacra.faults import Fault
from simulacra.lab.layout import LAN, Lan, Layout
from simulacra.lab.network import run_ip
from simulacra.lab.processes import Process, enter, spawn
from simulacra.lab.programs import Programs

PEER_PORT = 9001
_CONFIG = "yggdrasil.json"
_PATIENCE_S = 15.0


def admin_socket(folder: Path) -> Path:
    return folder / "ygg.sock"


def configure_machine(programs: Programs, folder: Path, interface: str) -> str:
    """Write the machine's overlay configuration, with the key it has or a new one; returns its overlay address."""
    return _configure(programs, folder, {"IfName": interface})


def configure_server(programs: Programs, folder: Path, interface: str, peers: Iterable[str]) -> str:
    """The same for a server of a cloud, in whose network nobody finds neighbours: it calls its peers' addresses, and nobody else."""
    called = [peer_uri(peer) for peer in peers]
    return _configure(programs, folder, {"IfName": interface, "Peers": called, "MulticastInterfaces": []})


def configure_router(programs: Programs, folder: Path, layout: Layout, lan: Lan) -> str:
    """The same for a zone's router: it has no interface on the overlay, and listens for the other routers, and for servers of clouds."""
    peers = [peer_uri(_host(other.wan)) for other in layout.lans if other.zone != lan.zone]
    inside = [lan.router] if any(cloud.zone == lan.zone for cloud in layout.grid.clouds) else []
    listen = [peer_uri(_host(address)) for address in (lan.wan, *inside)]
    return _configure(programs, folder, {"IfName": "none", "Listen": listen, "Peers": peers})


def peer_uri(address: str) -> str:
    """How the router with that address is called by its peers."""
    return f"tcp://{address}:{PEER_PORT}"


def start(programs: Programs, namespace: str, folder: Path) -> Process:
    """Start the overlay node whose configuration is in the folder."""
    admin_socket(folder).unlink(missing_ok=True)
    command = [programs.yggdrasil, "-useconffile", str(folder / _CONFIG)]
    return spawn(enter(programs.nsenter, namespace, command), folder / "yggdrasil.log")


def wait_for_interface(programs: Programs, namespace: str, interface: str, address: str) -> None:
    """Until the interface has the address; raises `Fault`."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        links = json.loads(run_ip(programs.ip, ("-n", namespace, "-json", "addr", "show")) or "[]")
        if any(link["ifname"] == interface and any(info["local"] == address for info in link["addr_info"]) for link in links):
            return
        time.sleep(0.1)
    raise Fault(f"lab: {namespace}: the overlay's interface {interface} did not come up in {_PATIENCE_S:.0f} s; see yggdrasil.log there")


def wait_for_admin(folder: Path) -> None:
    """Until the node answers on its admin socket; raises `Fault`."""
    until = time.monotonic() + _PATIENCE_S
    while not admin_socket(folder).exists():
        if time.monotonic() > until:
            raise Fault(f"lab: the overlay node of {folder.name} did not start in {_PATIENCE_S:.0f} s; see {folder / 'yggdrasil.log'}")
        time.sleep(0.05)


def call_peers(programs: Programs, folder: Path) -> None:
    """Let the node call its peers now, where yggdrasil would try again within a minute; a peer that is there already stays."""
    for uri in json.loads((folder / _CONFIG).read_text())["Peers"]:
        subprocess.run(
            [programs.yggdrasilctl, f"-endpoint=unix://{admin_socket(folder)}", "addPeer", f"uri={uri}"],
            capture_output=True,
            check=False,
            timeout=10,
        )


def _configure(programs: Programs, folder: Path, own: dict[str, Any]) -> str:
    path = folder / _CONFIG
    keys = json.loads(path.read_text() if path.exists() else _say(programs, "-genconf", "-json"))
    config = {
        "PublicKey": keys["PublicKey"],
        "PrivateKey": keys["PrivateKey"],
        "AdminListen": f"unix://{admin_socket(folder)}",
        "MulticastInterfaces": [{"Regex": f"^{LAN}$", "Beacon": True, "Listen": True, "Port": 0, "Priority": 0}],
        "Peers": [],
        "Listen": [],
        "NodeInfoPrivacy": True,
        **own,
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2) + "\n")
    return _say(programs, "-address", "-useconffile", str(path)).strip()


def _say(programs: Programs, *arguments: str) -> str:
    done = subprocess.run([programs.yggdrasil, *arguments], capture_output=True, text=True, check=False, timeout=10)
    if done.returncode:
        raise Fault(f"lab: `yggdrasil {' '.join(arguments)}` failed: {done.stderr.strip()}")
    return done.stdout


def _host(address: str) -> str:
    return address.partition("/")[0]
