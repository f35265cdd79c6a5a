"""A real Nomad with access control, and a grid on it: a job of its own and one of another namespace, a journal, a report."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dev_agent import NODE, Agent, dev_agent

from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad
from simulacra.gateways.nomad_settings import settings_from
from simulacra.model.grid import Grid
from simulacra.model.journal import REPORTS, Record
from simulacra.model.peripheral import Allow, Peripheral, PeripheralPort
from simulacra.render.acl import render_policies

GRID = f"""
grid "rights" {{
  mode = "act"
}}

zone "attic" {{}}

machine "{NODE}" {{
  zone         = "attic"
  never_sleeps = true
}}

machine "spare" {{
  zone = "attic"

  wake "command" {{
    command = ["true"]
  }}

  sleep {{}}
}}

service "web" {{
  driver "raw_exec" {{
    command = "sleep"
    args    = ["600"]
  }}
}}
"""
FOUND_NOTHING = """import json
print(json.dumps({"machine": "shelf", "addresses": [], "macs": [], "services": [], "neighbours": []}))
"""
"""In the place of the program that looks for devices: tests stay off the LAN that they run on."""
DEVICE = Peripheral("lamp", "192.168.1.60", machines=("spare",), ports=(PeripheralPort("web", 80),), allow=Allow(zones=("attic",)))
"""One that says who may use it."""
POLICIES = {
    name.removeprefix("acl/").removesuffix(".hcl"): text for name, text in render_policies(Grid("rights", peripherals=(DEVICE,))).items()
}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
SLEEPER = {"Driver": "raw_exec", "Config": {"command": "sleep", "args": ["600"]}, "Resources": {"CPU": 20, "MemoryMB": 20}}


def job(name: str, namespace: str = "default") -> dict[str, object]:
    group = {"Name": "it", "Count": 1, "Tasks": [{"Name": "it", **SLEEPER}], "Scaling": {"Min": 0, "Max": 3, "Enabled": True}}
    return {"ID": name, "Name": name, "Namespace": namespace, "Type": "service", "Datacenters": ["*"], "TaskGroups": [group]}


@dataclass(frozen=True)
class Guarded:
    """An agent with access control, its management token, and a folder with the grid's definitions."""

    agent: Agent
    management: str
    folder: Path

    def call(self, method: str, path: str, body: object = None, token: str | None = None) -> str:
        """What the API answers to a token, the management token's by default; for a refusal the status."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Nomad-Token": self.management if token is None else token}
        try:
            answer = OPENER.open(urllib.request.Request(self.agent.address + path, data, headers, method=method), timeout=10)
        except urllib.error.HTTPError as refused:
            return f"{refused.code}"
        return str(answer.read().decode())

    def token(self, policy: str) -> str:
        """A new token with just this policy."""
        name = f"p{time.monotonic_ns()}"
        assert not self.call("POST", f"/v1/acl/policy/{name}", {"Name": name, "Rules": policy})
        made = json.loads(self.call("POST", "/v1/acl/token", {"Name": name, "Type": "client", "Policies": [name]}))
        return str(made["SecretID"])

    def nomad(self, token: str | None = None) -> Nomad:
        known = {**self.agent.environment, "NOMAD_TOKEN": self.management if token is None else token}
        return Nomad(replace(settings_from(known), patience_s=2.0))


@contextmanager
def guarded_grid(binary: Path, folder: Path) -> Iterator[Guarded]:
    """The grid, once its jobs run."""
    (folder / "grid").mkdir()
    (folder / "grid/grid.hcl").write_text(GRID)
    (folder / "templates/discover").mkdir(parents=True)
    (folder / "templates/discover/devices.py").write_text(FOUND_NOTHING)
    with dev_agent(binary, folder, "\nacl {\n  enabled = true\n}\n", ready=False) as agent:
        made = Guarded(agent, "", folder)
        told: list[str] = []

        def bootstrapped() -> bool:
            told[:] = [made.call("POST", "/v1/acl/bootstrap", {})]
            return "SecretID" in told[0]

        eventually(bootstrapped)
        made = replace(made, management=json.loads(told[0])["SecretID"])
        eventually(lambda: '"ready"' in made.call("GET", "/v1/nodes"))
        made.call("POST", "/v1/namespace/family", {"Name": "family"})
        for name, namespace in (("there", "default"), ("theirs", "family")):
            made.call("POST", f"/v1/jobs?namespace={namespace}", {"Job": job(name, namespace)})
        eventually(lambda: made.call("GET", "/v1/allocations?namespace=*").count('"running"') >= 2)
        nomad = made.nomad()
        Journal(nomad).write(Record("spare", "asleep", 5.0, "a test"))
        nomad.write_variable(f"{REPORTS}/{NODE}", {"report": json.dumps({"machine": NODE, "at_s": 5.0, "boot_id": "b"})}, 0)
        yield made


def eventually(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.3)
