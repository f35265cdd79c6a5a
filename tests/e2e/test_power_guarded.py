"""With access control and mutual TLS on: the real Nomad Autoscaler, with the least rights, wakes a machine by its command."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dev_agent import NODE, Agent, clean_environment, dev_agent, free_ports

from simulacra.lab.leftovers import unmount_below

ROOT = Path(__file__).resolve().parents[2]
GRID = """
grid "guarded" {
  mode = "act"

  power {
    evaluate_every = "1s"
  }
}

zone "attic" {}

machine "SHELF" {
  zone         = "attic"
  never_sleeps = true
}

machine "spare" {
  zone      = "attic"
  boot_time = "60s"

  has {
    cpu_mhz   = 4000
    memory_mb = 4000
    drivers   = ["raw_exec"]
  }

  wake "command" {
    command = ["FOLDER/wake"]
  }
}
"""
SPARE = """
name                 = "spare"
bind_addr            = "127.0.0.1"
disable_update_check = true
data_dir             = "{folder}/spare"

ports {{
  http = {http}
}}

advertise {{
  http = "127.0.0.1"
  rpc  = "127.0.0.1"
  serf = "127.0.0.1"
}}

acl {{
  enabled = true
}}

client {{
  enabled           = true
  servers           = ["127.0.0.1:{rpc}"]
  network_interface = "lo"

  options = {{
    "fingerprint.denylist" = "env_aws,env_azure,env_digitalocean,env_gce"
  }}
}}

plugin "raw_exec" {{
  config {{
    enabled = true
  }}
}}
"""
JOB = """
job "work" {
  type = "batch"

  constraint {
    attribute = "${node.unique.name}"
    value     = "spare"
  }

  group "work" {
    task "work" {
      driver = "raw_exec"

      config {
        command = "/bin/true"
      }
    }
  }
}
"""
pytestmark = [pytest.mark.nomad, pytest.mark.autoscaler]


@dataclass(frozen=True)
class Guarded:
    """``agent`` has a management token; ``nomad`` and the rest are programs."""

    agent: Agent
    folder: Path
    nomad: Path

    def run(self, *command: str | Path) -> str:
        ran = subprocess.run(command, env=self.agent.environment, cwd=self.folder, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def simulacra(self, *words: str) -> str:
        return self.run(sys.executable, "-m", "simulacra.cli.main", *words)


def eventually(holds: Callable[[], bool], within_s: float = 90.0) -> bool:
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True


@pytest.fixture
def guarded(nomad_binary: Path, tmp_path: Path) -> Iterator[Guarded]:
    """A server that wants tokens and certificates, and a grid whose one sleeper is a client that a command starts."""
    keys = tmp_path / "keys"
    keys.mkdir()
    for made in (("ca", "create"), ("cert", "create", "-server", "-region", "global"), ("cert", "create", "-client")):
        subprocess.run([nomad_binary, "tls", *made], cwd=keys, check=True, capture_output=True, env=clean_environment())
    trust = f'ca_file = "{keys}/nomad-agent-ca.pem"\n  cert_file = "{keys}/global-server-nomad.pem"'
    more = f"""
acl {{
  enabled = true
}}

tls {{
  http = true
  verify_https_client = true
  {trust}
  key_file = "{keys}/global-server-nomad-key.pem"
}}
"""
    (tmp_path / "agent").mkdir()
    with dev_agent(nomad_binary, tmp_path / "agent", more, scheme="https", ready=None) as agent:
        agent.environment.update(
            NOMAD_CACERT=f"{keys}/nomad-agent-ca.pem",
            NOMAD_CLIENT_CERT=f"{keys}/global-client-nomad.pem",
            NOMAD_CLIENT_KEY=f"{keys}/global-client-nomad-key.pem",
        )
        found = Guarded(agent, tmp_path, nomad_binary)
        told: list[str] = []

        def bootstrapped() -> bool:
            ran = subprocess.run(
                [nomad_binary, "acl", "bootstrap", "-json"], env=agent.environment, capture_output=True, text=True, check=False
            )
            told[:] = [ran.stdout]
            return ran.returncode == 0

        assert eventually(bootstrapped, 60)
        agent.environment["NOMAD_TOKEN"] = json.loads(told[0])["SecretID"]
        assert eventually(lambda: "ready" in found.run(nomad_binary, "node", "status"))
        try:
            yield found
        finally:
            _stop_work(found)
            _end_spare(tmp_path)


def _stop_work(guarded: Guarded) -> None:
    """What has run on the spare machine goes while its agent still looks after it."""
    for words in (("job", "stop", "-purge", "work"), ("system", "gc")):
        subprocess.run([guarded.nomad, *words], env=guarded.agent.environment, capture_output=True, check=False, timeout=60)
    eventually(lambda: not any((guarded.folder / "spare/alloc").glob("*")), 20)


def _end_spare(folder: Path) -> None:
    if (folder / "spare.pid").exists():
        pid = int((folder / "spare.pid").read_text())
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
            if not eventually(lambda: not Path(f"/proc/{pid}").exists(), 20):
                os.kill(pid, signal.SIGKILL)
    unmount_below(folder)


def test_it_goes_on_with_access_control_and_mutual_tls(guarded: Guarded, autoscaler: str) -> None:
    folder = guarded.folder
    [rpc] = re.findall(r"rpc  = (\d+)", (folder / "agent/agent.hcl").read_text())
    (folder / "spare.hcl").write_text(SPARE.format(folder=folder, http=free_ports(1)[0], rpc=rpc))
    (folder / "wake").write_text(
        f"#!/bin/sh\n[ -e {folder}/spare.pid ] && exit 0\n"
        f"setsid {guarded.nomad} agent -config {folder}/spare.hcl >{folder}/spare.log 2>&1 </dev/null &\necho $! >{folder}/spare.pid\n"
    )
    (folder / "wake").chmod(0o755)
    (folder / "grid").mkdir()
    (folder / "grid/grid.hcl").write_text(GRID.replace("FOLDER", str(folder)).replace("SHELF", NODE))
    guarded.simulacra("render")
    guarded.run(guarded.nomad, "acl", "policy", "apply", "simulacra", "autoscaler/acl/autoscaler.hcl")
    token = json.loads(guarded.run(guarded.nomad, "acl", "token", "create", "-policy=simulacra", "-json"))["SecretID"]
    (folder / "work.nomad.hcl").write_text(JOB)
    guarded.run(guarded.nomad, "job", "run", "-detach", "work.nomad.hcl")

    command = [autoscaler, "agent", "-config", "autoscaler/agent.hcl", f"-http-bind-port={free_ports(1)[0]}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where the launchers find our programs
    environment = guarded.agent.environment | {"NOMAD_TOKEN": token, "PATH": path}
    with (folder / "autoscaler.log").open("w") as log:
        steering = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            done = eventually(lambda: "complete" in guarded.run(guarded.nomad, "job", "status", "work"))
        finally:
            steering.terminate()
            steering.wait(20)
    told = (folder / "autoscaler.log").read_text()
    assert done, told[-4000:]
    assert "Permission denied" not in told
    assert "lacks the right" not in told
    assert not [secret for secret in (token, guarded.agent.environment["NOMAD_TOKEN"]) if secret in told]
    [waking, on] = [(it["machine"], it["to"]) for it in json.loads(guarded.simulacra("log", "--json"))]
    assert (waking, on) == (("spare", "waking"), ("spare", "on"))


@pytest.fixture(scope="module")
def autoscaler() -> str:
    """The real Nomad Autoscaler: the checkout's, else the one on PATH."""
    here = ROOT / ".tools/bin/nomad-autoscaler"
    found = str(here) if here.exists() else shutil.which("nomad-autoscaler")
    if not found:
        pytest.skip("no nomad-autoscaler: ./setup.sh builds one")
    return found
