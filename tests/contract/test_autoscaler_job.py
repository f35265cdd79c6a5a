"""The autoscaler as a job of the grid, on a real Nomad with access control: with the policies that are rendered, and no more."""

from __future__ import annotations

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

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
GRID = """
grid "test" {
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
"""

pytestmark = [pytest.mark.nomad, pytest.mark.autoscaler]


@pytest.fixture
def guarded(nomad_binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    """An agent with access control, whose tasks find our programs; its environment has a management token."""
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{nomad_binary.parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "agent").mkdir()
    with dev_agent(nomad_binary, tmp_path / "agent", "\nacl {\n  enabled = true\n}\n", ready=False) as agent:
        told = run(agent, "nomad", "acl", "bootstrap", "-json")
        agent.environment["NOMAD_TOKEN"] = json.loads(told)["SecretID"]
        eventually(lambda: "ready" in run(agent, "nomad", "node", "status"))
        yield agent


def run(agent: Agent, *command: str | Path, where: Path | None = None) -> str:
    ran = subprocess.run(command, env=agent.environment, cwd=where, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def eventually(holds: object, within_s: float = 60.0) -> None:
    assert callable(holds)
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.5)


def test_the_job_steers_with_the_rendered_policies(guarded: Agent, tmp_path: Path) -> None:
    here = ROOT / ".tools/bin/nomad-autoscaler"
    command = str(here) if here.exists() else shutil.which("nomad-autoscaler")
    if not command:
        pytest.skip("no nomad-autoscaler: ./setup.sh builds one")
    (tmp_path / "grid").mkdir()
    (tmp_path / "grid/grid.hcl").write_text(GRID.replace("COMMAND", command).replace("NODE", NODE))
    run(guarded, BIN / "simulacra", "render", where=tmp_path)
    for job, file in (("simulacra-autoscaler", "autoscaler.hcl"), ("simulacra-node", "node.hcl")):
        policy = ("nomad", "acl", "policy", "apply", "-namespace", "default", "-job", job, job, f"autoscaler/acl/{file}")
        run(guarded, *policy, where=tmp_path)
    run(guarded, "nomad", "node", "meta", "apply", "-node-id", node_id(guarded), "simulacra_watts=0")
    run(guarded, BIN / "simulacra", "run", "--detach", where=tmp_path)
    eventually(lambda: "calculating scaling target" in log(tmp_path))
    told = log(tmp_path)
    assert re.search(r"calculating scaling target: .* from=1 ", told), told
    assert "skipping scaling, no action needed" in told
    assert "Permission denied" not in told
    assert "lacks the right" not in told
    locked = json.loads(run(guarded, "nomad", "operator", "api", "/v1/vars?prefix=simulacra/"))
    assert {"simulacra/autoscaler"} <= {variable["Path"] for variable in locked}
    run(guarded, BIN / "simulacra", "plan", where=tmp_path)  # exits with 1 where anything differs


def node_id(agent: Agent) -> str:
    [node] = json.loads(run(agent, "nomad", "operator", "api", "/v1/nodes"))
    found: str = node["ID"]
    return found


def log(folder: Path) -> str:
    """What all instances of the job have said, on both outputs."""
    texts = folder.glob("agent/data/alloc/*/alloc/logs/autoscaler.std*")
    return "".join(path.read_text(errors="replace") for path in sorted(texts))
