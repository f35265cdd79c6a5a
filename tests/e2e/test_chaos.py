"""`simulacra lab chaos` on a real lab: a seed with faults of many kinds breaks nothing, and an interrupted run leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_lab import simulacra

from simulacra.lab.network import lab_namespaces
from simulacra.lab.processes import inhabitants, start_time
from simulacra.lab.state import lab_folder

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab_possible")]
SEED = 1320
COMMAND = [sys.executable, "-m", "simulacra.cli.main", "lab", "chaos", "--seed", str(SEED), "--minutes", "1"]


@pytest.fixture
def name() -> Iterator[str]:
    """A lab's name; whatever becomes of the run, nothing is left of it."""
    name = f"chaos-{os.getpid()}"
    try:
        yield name
    finally:
        simulacra(Path("grid"), "lab", "down", "--name", name)


def test_faults_of_many_kinds_break_nothing(name: str) -> None:
    ran = subprocess.run([*COMMAND, "--name", name, "--json"], capture_output=True, text=True, check=False, timeout=900)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = json.loads(ran.stdout)
    assert said["breaches"] == []
    assert said["jobs"] == said["jobs_done"] > 0
    assert sum(bool(it["struck"]) for it in said["kinds"]) >= 4, "many kinds"
    assert all(it["healed_s"] is not None for it in said["faults"])
    assert {"sleeping", "asleep"} <= {it["to"] for it in said["log"]}
    assert said["units_done"] >= said["jobs"]
    assert not lab_folder(name).exists()


def test_an_interrupted_run_leaves_nothing(name: str) -> None:
    with subprocess.Popen([*COMMAND, "--name", name], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        began = time.monotonic()
        for line in running.stdout:
            if "it begins" in line or time.monotonic() - began > 200:
                break
        there = inhabitants(lab_namespaces(name))
        assert there, "the lab is up"
        running.send_signal(signal.SIGTERM)
        running.stdout.read()
    assert running.returncode == 130
    assert lab_namespaces(name) == ()
    assert not lab_folder(name).exists()
    assert not [pid for pid in there if start_time(pid) is not None]
