"""Machines of the lab asleep: what ends, what wakes them and what doesn't, and who comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running_lab import RunningLab, bring_up, eventually, simulacra

from simulacra.lab import processes
from simulacra.lab.ask import ask
from simulacra.lab.leftovers import mounts_below
from simulacra.lab.network import lab_namespaces
from simulacra.lab.power import MachinePower, load_power
from simulacra.lab.programs import find_programs
from simulacra.lab.state import lab_folder, load_state, machine_folder

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab_possible")]

TOWER, DESK = "52:54:00:a7:1c:01", "52:54:00:a7:1c:02"
PASSWORD = "0a:0b:0c:0d:0e:0f"

GRID = f"""
grid "sleepers" {{
  mode = "observe"
}}

zone "attic" {{}}

machine "nas" {{
  zone         = "attic"
  never_sleeps = true

  has {{
    cpu_mhz   = 1000
    memory_mb = 512
    drivers   = ["raw_exec"]
  }}
}}

machine "tower" {{
  zone = "attic"

  has {{
    cpu_mhz   = 1000
    memory_mb = 512
    drivers   = ["exec", "raw_exec"]
  }}

  wake "lan" {{
    mac      = "{TOWER}"
    secureon = "{PASSWORD}"
  }}

  sleep {{
    method = "poweroff"
  }}
}}

machine "desk" {{
  zone = "attic"

  has {{
    cpu_mhz   = 1000
    memory_mb = 512
    drivers   = ["raw_exec"]
  }}

  wake "lan" {{
    mac = "{DESK}"
  }}

  sleep {{
    method = "suspend"
  }}
}}
"""

MAGIC = """
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
mac, password = (bytes.fromhex(text.replace(":", "")) for text in sys.argv[1:3])
sender.sendto(b"\\xff" * 6 + mac * 16 + password, ("255.255.255.255", 9))
"""

JOB = """
job "{job}" {{
  type = "{kind}"
  constraint {{
    attribute = "${{node.unique.name}}"
    value     = "{machine}"
  }}
  group "g" {{
    task "t" {{
      driver = "{driver}"
      config {{
        command = "/bin/sh"
        args    = ["-c", "{script}"]
      }}
      resources {{
        cpu    = 10
        memory = 20
      }}
    }}
  }}
}}
"""


def grid_of_sleepers(folder: Path) -> Path:
    folder.mkdir()
    (folder / "grid.hcl").write_text(GRID)
    return folder


@pytest.fixture(scope="module")
def started(lab_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:  # noqa: ARG001 - a fixture asked for
    """nas, tower and desk in one zone; nas has the server."""
    running = bring_up(f"sleep-{os.getpid()}", grid_of_sleepers(tmp_path_factory.mktemp("sleepers") / "grid"))
    try:
        yield running
    finally:
        simulacra(running.grid, "lab", "down", "--name", running.name)


@pytest.fixture
def sleepers(started: RunningLab) -> Iterator[RunningLab]:
    """The lab, in which everything is on, plugged, quick and without a person again afterwards, and no job is left."""
    yield started
    for job in started.get("jobs"):
        started.exec("nas", find_programs().nomad, "job", "stop", "-purge", "-detach", job["ID"])
    for name in ("tower", "desk"):
        kept = machine_power(started, name)
        for what, options in undoing(kept):
            do(started, what, name, *options)
        assert eventually(lambda name=name: power(started, name) in ("on", "asleep"), 30)
        if power(started, name) == "asleep":
            do(started, "press", name)
    assert eventually(lambda: all(power(started, name) == "on" and ready(started, name) for name in ("tower", "desk")), 60)


def undoing(kept: MachinePower) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not kept.plugged:
        yield "plug", ()
    if kept.person:
        yield "leave", ()
    if kept.slow_s:
        yield "slow", ("--by", "0s")


def do(lab: RunningLab, what: str, machine: str, *options: str) -> None:
    answer = lab.simulacra("lab", what, "--name", lab.name, machine, *options)
    assert answer.returncode == 0, answer.stderr


def machine_power(lab: RunningLab, machine: str) -> MachinePower:
    found = load_power(machine_folder(lab.name, machine))
    assert found is not None
    return found


def power(lab: RunningLab, machine: str) -> str:
    return machine_power(lab, machine).switch


def node(lab: RunningLab, machine: str) -> dict[str, Any]:
    return next(one for one in lab.get("nodes") if one["Name"] == machine)


def ready(lab: RunningLab, machine: str) -> bool:
    return bool(node(lab, machine)["Status"] == "ready")


def hook(lab: RunningLab, machine: str, name: str) -> subprocess.CompletedProcess[str]:
    """Run as the machine's own program does; a machine that is asleep has nobody to run it."""
    path = machine_folder(lab.name, machine) / "hooks" / name
    return subprocess.run([str(path)], capture_output=True, text=True, check=False, timeout=30)


def asleep(lab: RunningLab, machine: str, by: str = "poweroff") -> None:
    assert hook(lab, machine, by).returncode == 0
    assert eventually(lambda: power(lab, machine) == "asleep", 30)


def send(lab: RunningLab, mac: str, password: str = "") -> None:
    """A magic packet from nas, as UDP to everybody on the LAN."""
    answer = lab.exec("nas", sys.executable, "-c", MAGIC, mac, password)
    assert answer.returncode == 0, answer.stderr
    ask(lab_folder(lab.name), ["hello"])  # it answers when it has heard what came before


def namespace(lab: RunningLab, machine: str) -> str:
    return f"simlab.{lab.name}.m.{machine}"


def run(lab: RunningLab, folder: Path, job: str, machine: str, script: str, *, kind: str = "service", driver: str = "raw_exec") -> None:
    path = folder / f"{job}.hcl"
    path.write_text(JOB.format(job=job, kind=kind, machine=machine, script=script, driver=driver))
    assert lab.exec("nas", find_programs().nomad, "job", "run", "-detach", str(path)).returncode == 0


def runs(lab: RunningLab, job: str) -> bool:
    return any(one["ClientStatus"] == "running" and one["DesiredStatus"] == "run" for one in lab.get(f"job/{job}/allocations"))


def test_a_task_powers_its_machine_off_and_a_magic_packet_boots_it(sleepers: RunningLab, tmp_path: Path) -> None:
    """The whole way: everything on it ends, Nomad misses it, it comes back as the same node with another boot id, and takes work."""
    folder = machine_folder(sleepers.name, "tower")
    before, booted = node(sleepers, "tower")["ID"], hook(sleepers, "tower", "boot-id").stdout
    run(sleepers, tmp_path, "walled", "tower", "sleep 4242", driver="exec")
    assert eventually(lambda: runs(sleepers, "walled"), 60)
    assert mounts_below(folder, Path("/proc/self/mountinfo").read_text())
    assert list((folder / "executors").glob("plugin*")), "killed executors leave their sockets, so not in /tmp"
    once = "test -e $SIMULACRA_STATE/done && sleep 4242; touch $SIMULACRA_STATE/done; $SIMULACRA_HOOKS/poweroff; sleep 4242"
    run(sleepers, tmp_path, "tired", "tower", once)
    assert eventually(lambda: power(sleepers, "tower") == "asleep", 60)
    assert processes.inhabitants([namespace(sleepers, "tower")]) == set()
    assert not mounts_below(folder, Path("/proc/self/mountinfo").read_text())
    assert "tower is asleep" in sleepers.exec("tower", "true").stderr
    assert eventually(lambda: node(sleepers, "tower")["Status"] == "down", 120)

    send(sleepers, TOWER, PASSWORD)
    assert eventually(lambda: power(sleepers, "tower") == "on", 30)
    assert eventually(lambda: ready(sleepers, "tower"), 60)
    assert node(sleepers, "tower")["ID"] == before
    assert hook(sleepers, "tower", "boot-id").stdout not in ("", booted)
    run(sleepers, tmp_path, "fresh", "tower", "sleep 4242", driver="exec")
    assert eventually(lambda: runs(sleepers, "fresh") and runs(sleepers, "walled"), 90)


def test_only_its_own_packet_wakes_it(sleepers: RunningLab) -> None:
    asleep(sleepers, "tower")
    asleep(sleepers, "desk")
    for mac, password in ((TOWER, ""), (TOWER, "0a:0b:0c:0d:0e:00"), ("52:54:00:a7:1c:03", PASSWORD)):
        send(sleepers, mac, password)
    assert (power(sleepers, "tower"), power(sleepers, "desk")) == ("asleep", "asleep")
    send(sleepers, DESK, PASSWORD)
    assert eventually(lambda: power(sleepers, "desk") == "on", 30), "who has no password doesn't look what stands there"
    assert power(sleepers, "tower") == "asleep"


def test_an_unplugged_machine_does_not_wake(sleepers: RunningLab) -> None:
    asleep(sleepers, "desk")
    do(sleepers, "unplug", "desk")
    send(sleepers, DESK)
    assert power(sleepers, "desk") == "asleep"
    do(sleepers, "plug", "desk")
    send(sleepers, DESK)
    assert eventually(lambda: power(sleepers, "desk") == "on", 30)


def test_a_slow_machine_boots_for_longer(sleepers: RunningLab) -> None:
    asleep(sleepers, "desk")
    do(sleepers, "slow", "desk", "--by", "1h")
    send(sleepers, DESK)
    assert not eventually(lambda: power(sleepers, "desk") == "on", 6)
    assert power(sleepers, "desk") == "booting"
    assert "desk is booting" in sleepers.simulacra("lab", "press", "--name", sleepers.name, "desk").stderr
    do(sleepers, "slow", "desk", "--by", "0s")
    assert eventually(lambda: power(sleepers, "desk") == "on", 30)


def test_a_suspended_machine_keeps_its_boot_id(sleepers: RunningLab) -> None:
    booted = hook(sleepers, "desk", "boot-id").stdout
    asleep(sleepers, "desk", by="suspend")
    do(sleepers, "press", "desk")
    assert eventually(lambda: power(sleepers, "desk") == "on", 30)
    assert hook(sleepers, "desk", "boot-id").stdout == booted
    do(sleepers, "press", "desk")
    assert eventually(lambda: power(sleepers, "desk") == "asleep", 30)
    do(sleepers, "press", "desk")
    assert hook(sleepers, "desk", "boot-id").stdout != booted


def test_a_person_is_seen(sleepers: RunningLab) -> None:
    assert hook(sleepers, "desk", "keep-awake").stdout == ""
    do(sleepers, "sit", "desk")
    assert hook(sleepers, "desk", "keep-awake").stdout == "a person sits at it\n"
    do(sleepers, "leave", "desk")
    assert hook(sleepers, "desk", "keep-awake").stdout == ""


def test_a_machine_that_is_not_there_is_named(sleepers: RunningLab) -> None:
    answer = sleepers.simulacra("lab", "press", "--name", sleepers.name, "nowhere")
    assert (answer.returncode, "no machine nowhere; there are desk, nas, tower" in answer.stderr) == (2, True)
    answer = simulacra(sleepers.grid, "lab", "up", "--name", f"{sleepers.name}-x", "--asleep", "nas")
    assert (answer.returncode, "nas can't start asleep" in answer.stderr) == (2, True)


def test_the_autoscaler_is_a_part_of_the_lab(sleepers: RunningLab) -> None:
    """It answers among the cables, is there once, is started again when it was killed, and takes its plugins along."""

    def among_the_cables() -> set[int]:
        return processes.inhabitants([f"simlab.{sleepers.name}.wan"])

    before = among_the_cables()
    ask_for = ("lab", "autoscaler", "--name", sleepers.name)
    first = sleepers.simulacra(*ask_for)
    assert first.returncode == 0, first.stderr
    twice = sleepers.simulacra(*ask_for)
    assert (twice.returncode, "runs already" in twice.stderr) == (1, True)
    log = lab_folder(sleepers.name) / "autoscaler.log"
    assert eventually(lambda: "successfully launched and dispensed plugin: plugin_name=simulacra-target" in log.read_text(), 60)
    assert eventually(lambda: "calculating scaling target" in log.read_text(), 60), "its plugins reach the lab's Nomad"
    found = load_state(sleepers.name)
    assert found is not None
    assert found.autoscaler is not None
    os.kill(found.autoscaler.pid, signal.SIGKILL)
    assert eventually(lambda: found.autoscaler is not None and not processes.alive(found.autoscaler), 10)
    assert sleepers.simulacra(*ask_for).returncode == 0
    assert sleepers.simulacra(*ask_for, "--stop").returncode == 0
    assert among_the_cables() == before
    assert sleepers.simulacra(*ask_for, "--stop").returncode == 1


def test_two_labs_sleep_apart_and_nothing_is_left_without_a_keeper(sleepers: RunningLab) -> None:
    second = f"doze-{os.getpid()}"
    try:
        running = bring_up(second, sleepers.grid, "--asleep", "all")
        assert {name: one["power"] for name, one in running.status().items()} == {"desk": "asleep", "nas": "on", "tower": "asleep"}
        asleep(sleepers, "desk")
        send(sleepers, DESK)
        assert eventually(lambda: power(sleepers, "desk") == "on", 30)
        assert power(running, "desk") == "asleep"
        assert running.status()["desk"]["power"] == "asleep"

        assert running.simulacra("lab", "autoscaler", "--name", second).returncode == 0
        found = load_state(second)
        assert found is not None
        assert found.keeper is not None
        os.kill(found.keeper.pid, signal.SIGKILL)
        assert eventually(lambda: not processes.alive(found.keeper), 10)
        refused = running.simulacra("lab", "press", "--name", second, "desk")
        assert (refused.returncode, "the keeper of its power has ended" in refused.stderr) == (1, True)
        assert "nobody keeps this machine's power" in hook(running, "nas", "poweroff").stderr
    finally:
        simulacra(sleepers.grid, "lab", "down", "--name", second)
    assert not lab_namespaces(second)
    assert not lab_folder(second).exists()
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(lab_folder(second)).encode() in _read(path)]
    assert power(sleepers, "desk") == "on"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
