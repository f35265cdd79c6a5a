"""A real Consul agent in dev mode, on ports and in a folder of its own, gone when the test is."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev_agent import free_ports

PATIENCE_S = 60.0
NODE = "shelf"


@dataclass(frozen=True)
class ConsulAgent:
    """``environment`` is what reaches it; nothing of the outer CONSUL_* is left in it."""

    address: str
    environment: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, value: object, token: str = "") -> Any:
        """Write something by its plain HTTP API."""
        content = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        headers = {"X-Consul-Token": token} if token else {}
        return json.load(_opener().open(urllib.request.Request(f"{self.address}/v1/{path}", content, headers, method="PUT"), timeout=10))


def without_consul() -> dict[str, str]:
    """The environment without what would lead Consul or its clients elsewhere."""
    gone = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    return {name: value for name, value in os.environ.items() if not name.startswith("CONSUL_") and name.upper() not in gone}


@contextmanager
def dev_consul(binary: Path, folder: Path, more: str = "", trust: Path | None = None) -> Iterator[ConsulAgent]:
    """Run an agent with ``more`` configuration until it has a leader; with ``trust`` (a CA's file) it is reached by TLS."""
    http, https, *others = free_ports(6)
    names = ("server", "serf_lan", "serf_wan", "grpc")
    ports = {
        "http": -1 if trust else http,
        "https": https if trust else -1,
        "dns": -1,
        "grpc_tls": -1,
        **dict(zip(names, others, strict=True)),
    }
    config = folder / "consul.hcl"
    lines = "\n".join(f"  {name} = {port}" for name, port in ports.items())
    config.write_text(f'node_name = "{NODE}"\nbind_addr = "127.0.0.1"\ndisable_update_check = true\nports {{\n{lines}\n}}\n{more}')
    address = f"https://127.0.0.1:{https}" if trust else f"http://127.0.0.1:{http}"
    command = [binary, "agent", "-dev", "-config-file", config, "-log-level", "warn"]
    with (folder / "consul.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=without_consul(), cwd=folder)
        try:
            _await(process, address, trust, folder / "consul.log")
            yield ConsulAgent(address, {**without_consul(), "CONSUL_HTTP_ADDR": address})
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _await(process: subprocess.Popen[bytes], address: str, trust: Path | None, log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if json.load(_opener(trust).open(f"{address}/v1/status/leader", timeout=2)):
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"the agent didn't come up:\n{log.read_text()[-3000:]}")


def _opener(trust: Path | None = None) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if trust is not None:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=trust)))
    return urllib.request.build_opener(*handlers)
