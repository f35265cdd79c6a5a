"""A real Nomad agent in dev mode, on ports and in a folder of its own, gone when the test is."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from simulacra.lab.leftovers import unmount_below
from simulacra.lab.processes import Process, alive, descendants, start_time

NODE = "shelf"
ZONE, TIER, RANK = "attic", "server", "20"
PATIENCE_S = 60.0
CONFIG = """
name                 = "{name}"
bind_addr            = "127.0.0.1"
disable_update_check = true
data_dir             = "{data}"
log_level            = "WARN"

ports {{
  http = {ports[0]}
  rpc  = {ports[1]}
  serf = {ports[2]}
}}

client {{
  meta {{
    simulacra_zone = "{zone}"
    simulacra_tier = "{tier}"
    simulacra_rank = "{rank}"
  }}

  options = {{
    "fingerprint.denylist" = "env_aws,env_azure,env_digitalocean,env_gce"
  }}

  host_network "overlay" {{
    interface = "lo"
  }}
}}

limits {{
  http_max_conns_per_client = 0 # each test has connections of its own, and they are let go late
}}

plugin "raw_exec" {{
  config {{
    enabled = true
  }}
}}
"""


@dataclass(frozen=True)
class Agent:
    """``environment`` is what reaches it; nothing of the outer NOMAD_* is left in it."""

    address: str
    environment: dict[str, str] = field(default_factory=dict)


def clean_environment() -> dict[str, str]:
    """The environment without what would lead Nomad or its clients elsewhere."""
    gone = {"AWS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    return {name: value for name, value in os.environ.items() if not name.startswith("NOMAD_") and name.upper() not in gone}


@contextmanager
def dev_agent(
    binary: Path, folder: Path, more: str = "", scheme: str = "http", trust: Path | None = None, ready: bool | None = True
) -> Iterator[Agent]:
    """Run an agent with ``more`` configuration until its node is ready; ``ready`` False: until it answers; None: don't wait."""
    ports = free_ports(3)
    config = folder / "agent.hcl"
    config.write_text(CONFIG.format(name=NODE, data=folder / "data", ports=ports, zone=ZONE, tier=TIER, rank=RANK) + more)
    address = f"{scheme}://127.0.0.1:{ports[0]}"
    with (folder / "agent.log").open("w") as log:
        process = subprocess.Popen(
            [binary, "agent", "-dev", "-config", config], stdout=log, stderr=subprocess.STDOUT, env=clean_environment(), cwd=folder
        )
        try:
            if ready is not None:
                _await(process, address, trust, ready, folder / "agent.log")
            yield Agent(address, {**clean_environment(), "NOMAD_ADDR": address})
        finally:
            _end(process)
            unmount_below(folder)  # an agent that had to be killed leaves its allocations' secrets mounted


def free_ports(count: int) -> list[int]:
    """Ports that are free now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [it.getsockname()[1] for it in sockets]
    for it in sockets:
        it.close()
    return ports


def _await(process: subprocess.Popen[bytes], address: str, trust: Path | None, ready: bool, log: Path) -> None:
    context = ssl.create_default_context(cafile=trust) if trust else None
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if context is not None:
        handlers.append(urllib.request.HTTPSHandler(context=context))
    opener = urllib.request.build_opener(*handlers)
    path = "/v1/nodes" if ready else "/v1/status/leader"
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            answer = json.load(opener.open(address + path, timeout=2))
        except (OSError, ValueError):
            answer = None
        if answer and (not ready or answer[0]["Status"] == "ready"):
            return
        time.sleep(0.1)
    raise AssertionError(f"the agent didn't come up:\n{log.read_text()[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """An interrupt lets it stop its tasks first; what it leaves behind is ended after it."""
    started = {pid: start_time(pid) for pid in descendants({process.pid})}
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
    for left in (Process(pid, at) for pid, at in started.items() if at is not None):
        if alive(left):
            with suppress(ProcessLookupError):
                os.kill(left.pid, signal.SIGKILL)
