"""The repository's own grid on the real Nomad: what is committed is current, well laid out, and accepted."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from dev_agent import Agent

from simulacra.cli.rendering import Folders, render_folder

ROOT = Path(__file__).resolve().parents[2]
JOBSPECS = sorted((ROOT / "jobspecs").glob("*.nomad.hcl"))

pytestmark = pytest.mark.nomad


def test_the_jobspecs_are_current() -> None:
    outcomes = render_folder(ROOT / "grid", Folders(ROOT / "jobspecs", ROOT / "autoscaler"), write=False)
    assert [outcome.difference for outcome in outcomes] == ["", ""]
    assert len(JOBSPECS) >= 12


@pytest.mark.parametrize("folder", ["grid", "jobspecs"])
def test_nomad_fmt_has_nothing_to_change(nomad_binary: Path, folder: str) -> None:
    done = subprocess.run([nomad_binary, "fmt", "-check", "-recursive", ROOT / folder], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("jobspec", JOBSPECS, ids=lambda path: path.name.removesuffix(".nomad.hcl"))
def test_the_server_accepts_it(nomad_binary: Path, nomad_agent: Agent, jobspec: Path) -> None:
    environment = os.environ | {"NOMAD_ADDR": nomad_agent.address}
    done = subprocess.run([nomad_binary, "job", "validate", jobspec], capture_output=True, text=True, check=False, env=environment)
    # with no agent to ask it would say "successful" too, and warn that the drivers weren't looked at
    assert "Job validation successful" in done.stdout, done.stdout + done.stderr
    assert "not available" not in done.stdout + done.stderr
    assert done.returncode == 0
