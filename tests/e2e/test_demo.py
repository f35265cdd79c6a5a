"""What the README promises: one command, and a service stands once in each of three zones."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from running_lab import command, eventually, simulacra

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab_possible")]


def namespaces(name: str) -> list[str]:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.startswith(f"simlab.{name}.")]


def test_the_demo_shows_a_service_in_each_zone_and_leaves_nothing_behind() -> None:
    name = f"demo-{os.getpid()}"
    done = subprocess.run(
        command(ROOT / "grid", "demo", "--name", name), capture_output=True, text=True, check=False, timeout=600, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "landing stands in each zone: attic 1, hosting 1, office 1" in done.stdout
    whole = done.stdout.split("Now attic loses its cable.")[0]
    for zone in ("attic", "hosting", "office"):
        assert whole.count(f" in {zone}  (http://[2") == 3, "each instance answers one machine in every zone"
    halves = done.stdout.split("in each half, asked ")[1:]
    assert len(halves) == 2, "asked when the cable is gone, and when Nomad has missed the zone"
    for asked in halves:
        answers = [line for line in asked.splitlines() if "(http://[2" in line][:2]
        assert [line.split(" in ")[1].split("  ")[0] for line in answers] == ["attic", "hosting"]
    assert re.search(r"^attic +server +nas +unknown .*cut off", done.stdout, re.M)
    assert re.search(r"^landing: 3 instances before the cut, the same 3 \d+ s after it was healed, none restarted\.$", done.stdout, re.M)
    assert "no machine with driver docker is on" in done.stdout
    assert re.search(r"^tower: waking \d+ s, on \d+ s, draining \d+ s, sleeping \d+ s, asleep$", done.stdout, re.M)
    printed = {stable(line) for line in done.stdout.replace(name, "demo").splitlines()}
    assert not [line for line in shown_in_the_readme() if stable(line) not in printed]
    assert namespaces(name) == []


def shown_in_the_readme() -> list[str]:
    """What the README shows of the demo; it is shortened where … stands."""
    (transcript,) = re.findall(r"```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [line for line in transcript.splitlines() if line.strip() not in ("", "…")]


def stable(line: str) -> str:
    """A line without what differs each time: addresses, times, numbers, the width of columns, and which zone Nomad chose for a service
    that needn't be in a certain one (where it matters, the test says so itself).
    """
    plain = " ".join(re.sub(r"\d+", "0", re.sub(r"\[[0-9a-f:]+\]", "[]", line)).split())
    return re.sub(r"^([\w-]+ 0/0) (?:attic|office|hosting)$", r"\1 a zone", plain)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_demo_that_is_stopped_leaves_nothing_behind(number: signal.Signals) -> None:
    name = f"stopped-{os.getpid()}"
    running = subprocess.Popen(
        command(ROOT / "grid", "demo", "--name", name),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert eventually(lambda: len(namespaces(name)) > 5, 60)
        time.sleep(3)  # somewhere in the middle of starting the agents
        running.send_signal(number)
        assert running.wait(60) == 130
        assert namespaces(name) == []
    finally:
        running.kill()
        running.wait()
        simulacra(ROOT / "grid", "lab", "down", "--name", name)
