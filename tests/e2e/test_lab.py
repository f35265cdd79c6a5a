"""The lab itself: what comes up, what a cut takes away, and that nothing is left."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from running_lab import GRID, RunningLab, bring_up, command, eventually, simulacra

from simulacra.definitions import load
from simulacra.lab import processes
from simulacra.lab.access import MANAGEMENT
from simulacra.lab.network import lab_namespaces
from simulacra.lab.state import lab_folder
from simulacra.render.client_config import client_config

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab_possible")]

TWO = """
grid "two" {{}}
zone "left" {{}}
zone "right" {{}}
machine "nas" {{
  zone = "left"
  has {{
    cpu_mhz   = 1000
    memory_mb = {memory_mb}
    drivers   = ["raw_exec"]
  }}
}}
machine "desk" {{
  zone = "right"
  has {{
    cpu_mhz   = 1000
    memory_mb = {memory_mb}
    drivers   = ["raw_exec"]
  }}
}}
"""


def grid_of_two(folder: Path, memory_mb: int = 512) -> Path:
    folder.mkdir()
    (folder / "grid.hcl").write_text(TWO.format(memory_mb=memory_mb))
    return folder


def is_gone(name: str) -> bool:
    """No namespace (and so no link), no process, no mount and no folder."""
    named = str(lab_folder(name))
    commands = (entry / "cmdline" for entry in Path("/proc").iterdir() if entry.name.isdigit())
    running = [path for path in commands if named.encode() in _read(path)]
    mounted = named in Path("/proc/self/mountinfo").read_text()
    return not (lab_namespaces(name) or running or mounted or lab_folder(name).exists())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_a_leader_and_every_machine_with_its_size_and_labels(lab: RunningLab) -> None:
    assert lab.get("status/leader")
    grid = load(GRID)
    nodes = {node["Name"]: lab.get(f"node/{node['ID']}") for node in lab.get("nodes")}
    assert set(nodes) == {machine.name for machine in grid.machines}
    seen = {
        name: (
            node["Status"],
            node["NodeResources"]["Cpu"]["CpuShares"],
            node["NodeResources"]["Memory"]["MemoryMB"],
            node["NodeResources"]["Disk"]["DiskMB"],
            node["Meta"]["simulacra_zone"],
            node["Meta"]["simulacra_tier"],
            node["Meta"]["simulacra_rank"],
        )
        for name, node in nodes.items()
    }
    assert seen == {
        "desk": ("ready", 16000, 16384, 250000, "office", "hypervisor", "40"),
        "mini": ("ready", 6000, 4096, 100000, "office", "server", "20"),
        "nas": ("ready", 8000, 8192, 200000, "attic", "server", "20"),
        "phone": ("ready", 2400, 1024, 8000, "shed", "phone", "10"),
        "tower": ("ready", 28000, 65536, 500000, "attic", "hypervisor", "40"),
        "vps": ("ready", 4000, 4096, 40000, "shed", "server", "20"),
    }
    assert sorted(nodes["phone"]["Drivers"]) == ["raw_exec"]
    assert nodes["tower"]["HostNetworks"]["overlay"]["Interface"] == "ygg0"


def test_servers_stand_in_three_zones(lab: RunningLab) -> None:
    machines = lab.status()
    assert {name for name, machine in machines.items() if machine["server"]} == {"nas", "mini", "vps"}
    assert len(lab.get("status/peers")) == 3


def test_agents_run_the_configuration_that_real_machines_get(lab: RunningLab) -> None:
    grid = load(GRID)
    servers = tuple(machine["address"] for _, machine in sorted(lab.status().items()) if machine["server"])
    for machine in grid.machines:
        written = lab_folder(lab.name) / machine.name / "client.hcl"
        assert written.read_text() == client_config(grid, machine, servers=servers)
        process = subprocess.run(["pgrep", "-f", str(written)], capture_output=True, text=True, check=False)
        assert process.stdout.split(), f"the agent of {machine.name} runs with another file"


def test_a_machine_that_is_a_server_too_runs_its_configuration(lab: RunningLab, tmp_path: Path) -> None:
    """The lab's servers are agents of their own; a real machine with ``server = true`` is one agent, beside the lab's here."""
    grid = replace(load(GRID), name="alone")
    machine = grid.machine("tower")
    assert machine is not None
    (tmp_path / "client.hcl").write_text(client_config(grid, machine, servers=(), server=True))
    (tmp_path / "lab.json").write_text(json.dumps({"data_dir": str(tmp_path / "data"), "ports": {"http": 5646, "rpc": 5647, "serf": 5648}}))
    options = [f"-config={tmp_path / name}" for name in ("client.hcl", "lab.json")]
    agent = subprocess.Popen(
        command(lab.grid, "lab", "exec", "--name", lab.name, "tower", "--", _nomad(), "agent", *options), stdout=subprocess.DEVNULL
    )
    try:
        api = f"http://[{lab.status()['tower']['address']}]:5646"
        ask = ("tower", _nomad(), "node", "status", f"-address={api}", "-json")
        assert eventually(lambda: '"Status": "ready"' in lab.exec(*ask).stdout, 60)
    finally:
        for pid in processes.descendants({agent.pid}):
            os.kill(pid, signal.SIGKILL)
        agent.wait()


def test_machines_reach_each_other_over_the_overlay_only(lab: RunningLab) -> None:
    machines = lab.status()
    for one, other in itertools.permutations(("nas", "desk", "phone"), 2):
        assert lab.reaches(one, machines[other]["address"])
    routes = lab.exec("phone", "ip", "-4", "route").stdout.splitlines()
    assert [route.split()[0] for route in routes] == ["10.77.2.0/24", "255.255.255.255"]


def test_exec_has_the_exit_code_and_nomads_address(lab: RunningLab) -> None:
    assert lab.exec("tower", "sh", "-c", "exit 7").returncode == 7
    address = lab.status()["tower"]["address"]
    assert lab.exec("tower", "sh", "-c", "echo $NOMAD_ADDR").stdout.strip() == f"https://[{address}]:4646"
    answer = lab.exec("nowhere", "true")
    assert (answer.returncode, "no machine nowhere" in answer.stderr) == (2, True)


@pytest.fixture
def mended(lab: RunningLab) -> Iterator[RunningLab]:
    """The lab, with all cables in place and all machines ready afterwards."""
    yield lab
    for place in ("attic", "office", "shed", "street"):
        lab.heal(place)
    assert eventually(lambda: all(node["Status"] == "ready" for node in lab.get("nodes")), 120)
    assert eventually(lambda: sum(server["Voter"] for server in lab.get("operator/raft/configuration", MANAGEMENT)["Servers"]) == 3, 120)


def test_a_cut_zone_is_on_its_own_until_it_is_healed(mended: RunningLab) -> None:
    machines = mended.status()
    nas, desk = machines["nas"]["address"], machines["desk"]["address"]
    mended.cut("attic")
    assert not mended.reaches("nas", desk)
    assert not mended.reaches("desk", nas)
    assert eventually(lambda: mended.reaches("tower", nas), 30), "the overlay may need a moment to find a new root"
    assert eventually(lambda: mended.reaches("desk", machines["phone"]["address"]), 30)
    assert {name for name, machine in mended.status().items() if machine["cut"]} == {"nas", "tower"}
    mended.heal("attic")
    assert eventually(lambda: mended.reaches("nas", desk), 30)
    assert not any(machine["cut"] for machine in mended.status().values())


def test_an_uplink_takes_its_zones_away_together(mended: RunningLab) -> None:
    machines = mended.status()
    mended.cut("street")
    assert not mended.reaches("phone", machines["nas"]["address"])
    assert eventually(lambda: mended.reaches("nas", machines["desk"]["address"]), 30)
    assert {name for name, machine in mended.status().items() if machine["cut"]} == {"nas", "tower", "mini", "desk"}


def test_a_machine_that_is_cut_off_is_alone_until_it_is_healed(mended: RunningLab) -> None:
    machines = mended.status()
    tower = machines["tower"]["address"]
    mended.cut("tower")
    assert not mended.reaches("nas", tower)
    assert not mended.reaches("tower", machines["nas"]["address"])
    assert mended.reaches("nas", machines["desk"]["address"])
    assert {name for name, machine in mended.status().items() if machine["cut"]} == {"tower"}
    mended.heal("tower")
    assert eventually(lambda: mended.reaches("desk", tower), 30)
    assert not any(machine["cut"] for machine in mended.status().values())


ROUND_TRIP = """
import socket, sys, time
taken = []
for _ in range(10):
    begun = time.perf_counter()
    socket.create_connection((sys.argv[1], 4646), 5.0).close()
    taken.append(time.perf_counter() - begun)
print(min(taken) * 1000)
"""


def round_trip_ms(lab: RunningLab, machine: str, other: str) -> float:
    """The shortest of a few, over the overlay."""
    return float(lab.exec(machine, sys.executable, "-c", ROUND_TRIP, lab.status()[other]["address"]).stdout)


def test_a_slow_cable_takes_its_time_each_way(mended: RunningLab) -> None:
    def delay(place: str, time_: str, *options: str) -> int:
        return mended.simulacra("lab", "delay", "--name", mended.name, place, time_, *options).returncode

    try:
        assert [delay("attic", "20ms"), delay("office", "30ms", "--jitter", "1ms"), delay("desk", "40ms")] == [0, 0, 0]
        shown = {name: machine["delay_ms"] for name, machine in mended.status().items()}
        assert shown == {"nas": 20, "tower": 20, "mini": 30, "desk": 70, "phone": 0, "vps": 0}
        for machine, other, least_ms in (("nas", "mini", 98), ("nas", "desk", 178), ("mini", "desk", 80), ("nas", "vps", 40)):
            assert round_trip_ms(mended, machine, other) >= least_ms, f"{machine} to {other}"
        mended.cut("attic")
        assert not mended.reaches("mini", mended.status()["nas"]["address"])
        mended.heal("attic")
        assert eventually(lambda: mended.reaches("mini", mended.status()["nas"]["address"]), 30)
    finally:
        healed = [delay(place, "0ms") for place in ("attic", "office", "desk")]
    assert healed == [0, 0, 0]
    assert round_trip_ms(mended, "nas", "desk") < 90, "where it was twice as much and more"
    assert mended.simulacra("lab", "delay", "--name", mended.name, "cellar", "1ms").returncode == 2


def test_the_door_stays_open_when_the_leaders_zone_is_cut(mended: RunningLab) -> None:
    machines = mended.status()
    leader = mended.get("status/leader")
    zone = next(machine["zone"] for machine in machines.values() if machine["address"] in leader)
    mended.cut(zone)
    begun = time.monotonic()
    assert eventually(lambda: mended.get("status/leader") not in ("", leader), 40)
    print(f"a new leader answers {time.monotonic() - begun:.1f} s after the cut of the leader's zone")
    cut_off = {name for name, machine in machines.items() if machine["zone"] == zone}
    assert eventually(lambda: {node["Name"] for node in mended.get("nodes") if node["Status"] != "ready"} == cut_off, 150)
    print(f"Nomad misses the cut zone's machines {time.monotonic() - begun:.1f} s after the cut")


def test_two_labs_do_not_meet(lab: RunningLab, tmp_path: Path) -> None:
    second = bring_up(f"two-{os.getpid()}", grid_of_two(tmp_path / "grid"))
    try:
        assert second.nomad_addr != lab.nomad_addr
        assert {node["Name"] for node in second.get("nodes")} == {"nas", "desk"}
        assert len(lab.get("nodes")) == 6
        theirs = second.status()["nas"]["address"]
        assert second.reaches("desk", theirs)
        assert not lab.reaches("nas", theirs)
    finally:
        assert second.simulacra("lab", "down", "--name", second.name).returncode == 0
    assert is_gone(second.name)
    assert lab.get("status/leader")


LEFT_BEHIND = """
job "left" {
  type = "system"
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args    = ["-c", "setsid sleep 4242 & unshare --net sleep 4242 & sleep 4242"]
      }
      resources {
        cpu    = 10
        memory = 10
      }
    }
  }
}
"""


def test_consul_runs_beside_nomad_where_it_is_asked_for(lab_possible: None, tmp_path: Path) -> None:  # noqa: ARG001 - a fixture asked for
    grid, name = grid_of_two(tmp_path / "grid"), f"consul-{os.getpid()}"
    answer = simulacra(grid, "lab", "up", "--name", name, "--consul", "--json")
    try:
        assert answer.returncode == 0, answer.stderr
        said = json.loads(answer.stdout)
        listed = [it for it in json.loads(simulacra(grid, "lab", "list", "--json").stdout) if it["name"] == name]
        assert listed == [{"name": name, "nomad_addr": said["nomad_addr"], "consul_addr": said["consul_addr"], "up": True}]
        running, consul = RunningLab(name, grid, said["nomad_addr"]), RunningLab(name, grid, said["consul_addr"])
        addresses = {one: machine["address"] for one, machine in running.status().items()}
        assert {node["Node"]: node["Address"] for node in consul.get("catalog/nodes")} == addresses
        begun = time.monotonic()
        assert eventually(lambda: {node["Node"] for node in consul.get("coordinate/nodes")} == set(addresses), 90)
        print(f"coordinates of all machines are there {time.monotonic() - begun:.1f} s after `lab up`")
        inside = running.exec("desk", "sh", "-c", "echo $CONSUL_HTTP_ADDR").stdout.strip()
        assert inside == f"http://[{addresses['desk']}]:8500"
        other = next(one for one, machine in running.status().items() if not machine["server"])
        before = consul_pid(name, other)
        assert running.simulacra("lab", "press", "--name", name, other).returncode == 0
        assert eventually(lambda: consul_pid(name, other) is None, 30)
        assert eventually(lambda: running.status()[other]["power"] == "asleep", 30)
        assert running.simulacra("lab", "press", "--name", name, other).returncode == 0
        assert eventually(lambda: consul_pid(name, other) not in (None, before), 30)
    finally:
        simulacra(grid, "lab", "down", "--name", name)
    assert is_gone(name)


def consul_pid(lab: str, machine: str) -> int | None:
    config = lab_folder(lab) / machine / "consul.json"
    found = subprocess.run(["pgrep", "-f", f"consul agent .*{config}"], capture_output=True, text=True, check=False).stdout.split()
    return int(found[0]) if found else None


def test_down_leaves_nothing_of_what_ran(tmp_path: Path) -> None:
    running = bring_up(f"down-{os.getpid()}", grid_of_two(tmp_path / "grid"))
    (tmp_path / "left.hcl").write_text(LEFT_BEHIND)
    try:
        assert running.exec("nas", _nomad(), "job", "run", "-detach", str(tmp_path / "left.hcl")).returncode == 0
        assert eventually(lambda: [one["ClientStatus"] for one in running.get("job/left/allocations")] == ["running"] * 2, 60)
        time.sleep(1.0)
        allocations = [one["ID"] for one in running.get("job/left/allocations")]
        inside = processes.inhabitants(lab_namespaces(running.name))
        outside = processes.descendants(inside)
        assert len(outside) == 2, "one on each machine has a network of its own"
    except BaseException:
        running.simulacra("lab", "down", "--name", running.name)
        raise
    begun = time.monotonic()
    assert running.simulacra("lab", "down", "--name", running.name).returncode == 0
    print(f"down took {time.monotonic() - begun:.1f} s")
    assert is_gone(running.name)
    assert not [pid for pid in inside | outside if processes.start_time(pid) is not None]
    assert not [name for name in allocations if list(Path("/sys/fs/cgroup").glob(f"**/{name}*"))]
    again = running.simulacra("lab", "down", "--name", running.name)
    assert (again.returncode, again.stdout.strip()) == (0, f"There is no lab {running.name}.")


def _nomad() -> str:
    from simulacra.lab.programs import find_programs

    return find_programs().nomad


@pytest.mark.parametrize("after_s", [0.6, 1.5, 4.0])
def test_a_killed_start_is_cleaned_up(tmp_path: Path, after_s: float) -> None:
    name, grid = f"kill-{os.getpid()}", grid_of_two(tmp_path / "grid")
    starting = subprocess.Popen(command(grid, "lab", "up", "--name", name), stdout=subprocess.DEVNULL)
    assert eventually(lambda: lab_folder(name).exists(), 20)
    time.sleep(after_s - 0.5)
    starting.send_signal(signal.SIGKILL)
    starting.wait()
    lived = processes.inhabitants(lab_namespaces(name))
    assert simulacra(grid, "lab", "down", "--name", name).returncode == 0
    assert is_gone(name)
    assert not [pid for pid in lived if processes.start_time(pid) is not None]


def test_a_killed_start_does_not_hinder_the_next(tmp_path: Path) -> None:
    name, grid = f"next-{os.getpid()}", grid_of_two(tmp_path / "grid")
    starting = subprocess.Popen(command(grid, "lab", "up", "--name", name), stdout=subprocess.DEVNULL)
    assert eventually(lambda: bool(processes.inhabitants(lab_namespaces(name))), 20)
    starting.send_signal(signal.SIGKILL)
    starting.wait()
    running = bring_up(name, grid)
    refused = running.simulacra("lab", "up", "--name", name)
    assert (refused.returncode, "is up already" in refused.stderr) == (1, True)
    assert running.simulacra("lab", "down", "--name", name).returncode == 0
    assert is_gone(name)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130)])
def test_an_interrupted_start_removes_itself(tmp_path: Path, number: signal.Signals, code: int) -> None:
    name, grid = f"stop-{os.getpid()}", grid_of_two(tmp_path / "grid")
    starting = subprocess.Popen(command(grid, "lab", "up", "--name", name), stdout=subprocess.DEVNULL)
    try:
        assert eventually(lambda: bool(processes.inhabitants(lab_namespaces(name))), 20)
        starting.send_signal(number)
        assert starting.wait(30) == code
        assert is_gone(name)
    finally:
        starting.kill()
        starting.wait()
        simulacra(grid, "lab", "down", "--name", name)
