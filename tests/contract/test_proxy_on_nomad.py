"""A proxy's job on the real Nomad: in its catalog, with checks that tell how devices are, and a variable that tells who may use them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dev_agent import NODE, ZONE, Agent
from proxied_devices import certificate, datagrams, echo, web
from proxy_bench import eventually, port, program

from simulacra.act.granting import Granting
from simulacra.definitions import load
from simulacra.gateways.nomad import connect
from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.snapshot import Snapshot
from simulacra.plan.granting import grants
from simulacra.render.jobspec import render_job

pytestmark = [
    pytest.mark.nomad,
    pytest.mark.skipif(os.getuid() != 0, reason="a proxy's programs make themselves nobody, which only root can"),
]
JOB = f"proxy-{ZONE}"
SLOW_S = 60.0


@dataclass(frozen=True)
class Proxied:
    """The grid's folder, and the Nomad that its proxy runs on."""

    folder: Path
    agent: Agent
    nomad_binary: Path

    def define(self, peripherals: str) -> None:
        (self.folder / "grid").mkdir(exist_ok=True)
        whole = f'grid "proxied" {{}}\n\nzone "{ZONE}" {{}}\n\nmachine "{NODE}" {{\n  zone = "{ZONE}"\n}}\n\n{peripherals}'
        (self.folder / "grid/all.hcl").write_text(whole)

    def run(self) -> None:
        grid = load(self.folder / "grid")
        file = self.folder / "job.nomad.hcl"
        file.write_text(render_job(grid, next(it for it in grid.services if it.proxies)))
        assert self.nomad("job", "validate", str(file))[0] == 0, self.nomad("job", "validate", str(file))
        code, told = self.nomad("job", "run", "-detach", str(file))
        assert code == 0, told

    def grant(self, *addresses: str) -> None:
        """As the steering does it for a machine of the zone with these addresses."""
        nodes = tuple(Node(f"n-{it}", NODE, networks=(HostNetwork("overlay", it),)) for it in addresses)
        told: list[str] = []
        Granting(connect(environment=self.agent.environment), told.append).grant(grants(load(self.folder / "grid"), Snapshot(0.0, nodes)))
        assert told == [f"nomad/jobs/{JOB}: who may use its devices is written down anew"]

    def nomad(self, *words: str) -> tuple[int, str]:
        ran = subprocess.run([self.nomad_binary, *words], env=self.agent.environment, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    def get(self, path: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return json.load(opener.open(self.agent.address + path, timeout=10))

    def alive(self) -> list[dict[str, Any]]:
        """Its instances that run."""
        return [it for it in self.get(f"/v1/job/{JOB}/allocations") if it["ClientStatus"] == "running"]

    def checks(self) -> dict[str, str]:
        """The status of each service's check, of the instance that runs."""
        alive = self.alive()
        if not alive:
            return {}
        found = self.get(f"/v1/client/allocation/{alive[0]['ID']}/checks")
        return {it["Service"]: it["Status"] for it in found.values()}

    def listed(self, name: str) -> list[tuple[str, int]]:
        return [(it["Address"], it["Port"]) for it in self.get(f"/v1/service/{name}")]

    def logs(self) -> str:
        return "\n".join(self.nomad("alloc", "logs", "-stderr", "-job", "-task", task, JOB)[1] for task in ("haproxy", "companion"))


@pytest.fixture
def proxied(tmp_path: Path, nomad_agent: Agent, nomad_binary: Path) -> Iterator[Proxied]:
    for name in ("haproxy", "nginx"):
        program(name)
    made = Proxied(tmp_path, nomad_agent, nomad_binary)
    yield made
    made.nomad("job", "stop", "-detach", JOB)
    eventually(lambda: not made.alive(), "its instance never ended", SLOW_S)  # an agent that ends doesn't wait for it
    made.nomad("job", "stop", "-purge", "-detach", JOB)
    made.nomad("var", "purge", f"nomad/jobs/{JOB}")


def said(to: int, words: bytes = b"hello") -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", to), 5) as asking:
            asking.sendall(words)
            return asking.recv(4096)
    except ConnectionError:
        return b""


def test_a_job_with_devices_of_every_kind(proxied: Proxied, tmp_path: Path) -> None:
    tcp, safe, clock = port(), port(), port()
    real = certificate(tmp_path, "real")
    with echo() as lamp, web(real) as camera, datagrams() as time_server:
        proxied.define(
            f"""peripheral "lamp" {{
  zone    = "{ZONE}"
  address = "127.0.0.1"

  port "raw" {{
    number = {lamp.port}
    listen = {tcp}
  }}

  port "time_of_day" {{
    number   = {time_server.port}
    listen   = {clock}
    protocol = "udp"
  }}

  allow {{
    zones = ["{ZONE}"]
  }}
}}

peripheral "camera" {{
  zone    = "{ZONE}"
  address = "127.0.0.1"

  port "web" {{
    number      = {camera.port}
    listen      = {safe}
    protocol    = "https"
    fingerprint = "{real.fingerprint}"
  }}
}}
"""
        )
        proxied.run()
        up = {"lamp": "success", "lamp-time-of-day": "success", "camera": "success"}
        eventually(lambda: proxied.checks() == up, f"the checks never passed: {proxied.checks()}\n{proxied.logs()}", SLOW_S)
        assert {name: proxied.listed(name) for name in up} == {
            "lamp": [("127.0.0.1", tcp)],
            "lamp-time-of-day": [("127.0.0.1", clock)],
            "camera": [("127.0.0.1", safe)],
        }
        assert b"GET /page" in said(safe, b"GET /page HTTP/1.1\r\nHost: camera\r\n\r\n")

        assert said(tcp) == b"", "nobody is named yet"
        proxied.grant("127.0.0.1", "::1")
        eventually(lambda: said(tcp) == b"hello", "who was named never got through", SLOW_S)
        with socket.create_connection(("127.0.0.1", tcp), 5) as open_one:
            proxied.grant("::1")
            eventually(lambda: said(tcp) == b"", "who isn't named any more still gets through", SLOW_S)
            open_one.sendall(b"still here")
            assert open_one.recv(100) == b"still here"

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.3)
            asking.connect(("127.0.0.1", clock))

            def ticks() -> bool:
                try:
                    asking.send(b"tick")
                    return asking.recv(100) == b"TICK"
                except (TimeoutError, ConnectionRefusedError):
                    return False

            eventually(lambda: not ticks(), "who isn't named any more still gets an answer", SLOW_S)
            proxied.grant("127.0.0.1")
            eventually(ticks, "who was named never got an answer", SLOW_S)
    down = {"lamp": "failure", "lamp-time-of-day": "failure", "camera": "failure"}
    eventually(lambda: proxied.checks() == down, f"the checks never failed: {proxied.checks()}", SLOW_S)
    running = proxied.alive()
    assert len(running) == 1, "a device that is down moves nothing, and restarts nothing"
    assert {name: task["Restarts"] for name, task in running[0]["TaskStates"].items()} == {"haproxy": 0, "nginx": 0, "companion": 0}
