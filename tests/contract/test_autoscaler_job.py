"""The autoscaler as a job of the grid, on a real Nomad with access control and mutual TLS: with the rendered policies, and no more."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dev_agent import NODE, Agent, dev_agent
from moto_cloud import AMI, Wire, moto_ec2

from simulacra.lab.certificates import make_certificates, shown_by_people

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
BOOTSTRAP = ["nomad", "acl", "bootstrap", "-json"]
GRID = """
grid "test" {
  mode = "act"

  nomad {
    address = "ADDRESS"
    servers = ["127.0.0.1:4647"]
  }

  autoscaler {
    job     = true
    command = "COMMAND"
  }

  power {
    evaluate_every = "2s"
  }
}

zone "attic" {}

machine "NODE" {
  zone         = "attic"
  never_sleeps = true
}

machine "tower" {
  zone = "attic"

  sleep {}
}

tier "server" {
  rank = 10
}

cloud "burst" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "attic"
  tier     = "server"
  sizes    = ["t3.small"]
  image    = "AMI"

  endpoint {
    host   = "127.0.0.1"
    port   = PORT
    secure = false
  }
}
"""

pytestmark = [pytest.mark.nomad, pytest.mark.autoscaler]


WORK = """
job "work" {
  type = "batch"

  constraint {
    attribute = "${node.unique.name}"
    value     = "burst-t3-small-1"
  }

  group "work" {
    task "work" {
      driver = "raw_exec"

      config {
        command = "/bin/true"
      }

      resources {
        cpu    = 100
        memory = 100
      }
    }
  }
}
"""
ACCOUNT = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCY"}
GUARDS = """
acl {{
  enabled = true
}}

tls {{
  http                = true
  verify_https_client = true
  ca_file             = "{folder}/nomad-agent-ca.pem"
  cert_file           = "{folder}/server.pem"
  key_file            = "{folder}/server-key.pem"
}}
"""


@pytest.fixture
def guarded(nomad_binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    """An agent with access control and mutual TLS, whose tasks find our programs; its environment has a management token."""
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{nomad_binary.parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "agent").mkdir()
    make_certificates(str(nomad_binary), tmp_path / "keys", "global")
    more = GUARDS.format(folder=tmp_path / "keys")
    with dev_agent(nomad_binary, tmp_path / "agent", more, scheme="https", ready=None) as agent:
        agent.environment.update(shown_by_people(tmp_path / "keys"))
        told: list[str] = []

        def bootstrapped() -> bool:
            told[:] = [subprocess.run(BOOTSTRAP, env=agent.environment, capture_output=True, text=True, check=False).stdout]
            return "SecretID" in told[0]

        eventually(bootstrapped)
        agent.environment["NOMAD_TOKEN"] = json.loads(told[0])["SecretID"]
        eventually(lambda: "ready" in run(agent, "nomad", "node", "status"))
        yield agent


def run(agent: Agent, *command: str | Path, where: Path | None = None) -> str:
    ran = subprocess.run(command, env=agent.environment, cwd=where, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def eventually(holds: object, within_s: float = 120.0) -> None:
    assert callable(holds)
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.5)


@pytest.fixture
def steered(guarded: Agent, tmp_path: Path) -> Iterator[Wire]:
    """A provider of the grid's cloud; the grid is rendered, its policies are applied, and the job is submitted."""
    here = ROOT / ".tools/bin/nomad-autoscaler"
    command = str(here) if here.exists() else shutil.which("nomad-autoscaler")
    if not command:
        pytest.skip("no nomad-autoscaler: ./setup.sh builds one")
    with moto_ec2() as wire:
        (tmp_path / "grid").mkdir()
        text = GRID.replace("COMMAND", command).replace("NODE", NODE).replace("ADDRESS", guarded.address)
        (tmp_path / "grid/grid.hcl").write_text(text.replace("PORT", str(wire.port)).replace("AMI", AMI))
        (tmp_path / "templates/cloud").mkdir(parents=True)
        (tmp_path / "templates/cloud/overlay.sh.j2").write_text("of-my-own up\n")
        run(guarded, BIN / "simulacra", "render", where=tmp_path)
        for job, file in (("simulacra-autoscaler", "autoscaler.hcl"), ("simulacra-node", "node.hcl")):
            policy = ("nomad", "acl", "policy", "apply", "-namespace", "default", "-job", job, job, f"autoscaler/acl/{file}")
            run(guarded, *policy, where=tmp_path)
        run(guarded, "nomad", "node", "meta", "apply", "-node-id", node_id(guarded), "simulacra_watts=0")
        hand_over(guarded, shown_by_people(tmp_path / "keys") | {"NOMAD_TLS_SERVER_NAME": "server.global.nomad"})
        run(guarded, BIN / "simulacra", "run", "--detach", where=tmp_path)
        yield wire


def hand_over(agent: Agent, items: dict[str, str]) -> None:
    """As docs/autoscaler.md says."""
    said = json.dumps({"Items": items})
    put = ["nomad", "var", "put", "-force", "-in=json", "-out=none", "nomad/jobs/simulacra-autoscaler", "-"]
    subprocess.run(put, input=said, env=agent.environment, check=True, capture_output=True, text=True)


def test_the_job_steers_with_the_rendered_policies(guarded: Agent, steered: Wire, tmp_path: Path) -> None:  # noqa: ARG001
    eventually(lambda: "calculating scaling target" in log(tmp_path))
    told = log(tmp_path)
    assert re.search(r"calculating scaling target: .* from=1 ", told), told
    assert "skipping scaling, no action needed" in told
    assert "Permission denied" not in told
    assert "lacks the right" not in told
    locked = json.loads(run(guarded, "nomad", "operator", "api", "/v1/vars?prefix=simulacra/"))
    assert {"simulacra/autoscaler"} <= {variable["Path"] for variable in locked}
    run(guarded, BIN / "simulacra", "plan", where=tmp_path)  # exits with 1 where anything differs


def test_a_clouds_credentials_reach_it_and_nobody_else(guarded: Agent, steered: Wire, tmp_path: Path) -> None:
    missing = 'cloud "burst": no credentials for EC2: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    eventually(lambda: missing in log(tmp_path).replace("\\", ""))
    assert steered.seen == []
    around = shown_by_people(tmp_path / "keys") | {"NOMAD_TLS_SERVER_NAME": "server.global.nomad"}
    hand_over(guarded, around | ACCOUNT)
    listed: set[str] = set()

    def asked() -> bool:
        listed.update(command_lines())
        return "DescribeInstances" in steered.seen

    eventually(asked)
    (tmp_path / "work.nomad.hcl").write_text(WORK)
    run(guarded, "nomad", "job", "run", "-detach", tmp_path / "work.nomad.hcl")
    eventually(lambda: "RunInstances" in steered.seen)
    [told] = steered.params[steered.seen.index("RunInstances")]["UserData"]
    assert "of-my-own up" in gzip.decompress(base64.b64decode(told)).decode(), "it is told by the templates that went along"
    assert any("simulacra.plugin.worker" in line for line in listed)
    jobs = run(guarded, "nomad", "operator", "api", "/v1/job/simulacra-autoscaler")
    journal = json.loads(run(guarded, "nomad", "operator", "api", "/v1/vars?prefix=simulacra/"))
    written = [run(guarded, "nomad", "var", "get", "-out=json", it["Path"]) for it in journal]
    rendered = [path.read_text() for folder in ("jobspecs", "autoscaler") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    logs = [log(tmp_path), (tmp_path / "agent/agent.log").read_text()]
    for secret in ACCOUNT.values():
        assert not [text for text in (jobs, *listed, *written, *rendered, *logs) if secret in text], secret
    [kept] = (tmp_path / "agent/data/alloc").glob("*/autoscaler/secrets/environment")
    assert kept.stat().st_mode & 0o077 == 0


def command_lines() -> set[str]:
    return {command_line(entry) for entry in Path("/proc").glob("[0-9]*")}


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def node_id(agent: Agent) -> str:
    [node] = json.loads(run(agent, "nomad", "operator", "api", "/v1/nodes"))
    found: str = node["ID"]
    return found


def log(folder: Path) -> str:
    """What all instances of the job have said, on both outputs."""
    texts = folder.glob("agent/data/alloc/*/alloc/logs/autoscaler.std*")
    return "".join(path.read_text(errors="replace") for path in sorted(texts))
