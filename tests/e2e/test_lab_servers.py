"""Servers of the lab's cloud: they boot as their user data says, join, and leave nothing behind; and the cloud misbehaves as it is told."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from power_lab import JOB, pinned, start_autoscaler
from running_lab import RunningLab, bring_up, command, eventually, simulacra

from simulacra.definitions import load
from simulacra.gateways.cloud import CloudGateway, connect_cloud
from simulacra.lab import processes
from simulacra.lab.leftovers import mounts_below
from simulacra.lab.network import lab_namespaces
from simulacra.lab.state import lab_folder, load_state, server_folder
from simulacra.model.cloud import Server, Slot, slots_of
from simulacra.model.machine import Machine
from simulacra.render.client_config import client_config
from simulacra.render.user_data import user_data

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab_possible")]

GRID = """
grid "rented" {
  nomad {
    servers = ["200:1::1"]
  }
}

zone "attic" {}

zone "sky" {}

tier "server" {
  rank = 20
}

machine "nas" {
  zone         = "attic"
  never_sleeps = true

  has {
    cpu_mhz   = 1000
    memory_mb = 512
    drivers   = ["raw_exec"]
  }
}

cloud "burst" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "sky"
  tier     = "server"
  sizes    = ["small", "large"]
  image    = "ami-1"
  max      = 3
  currency = "EUR"
  peers    = ["tls://home.example.org:9001"]

  size "large" {
    price     = 0.5
    cpu_mhz   = 7000
    memory_mb = 4000
    disk_mb   = 30000
  }
}
"""


def grid_with_a_cloud(folder: Path) -> Path:
    folder.mkdir()
    (folder / "grid.hcl").write_text(GRID)
    return folder


@pytest.fixture(scope="module")
def started(lab_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:  # noqa: ARG001 - a fixture asked for
    """nas, and a cloud that is alone in its zone."""
    running = bring_up(f"rent-{os.getpid()}", grid_with_a_cloud(tmp_path_factory.mktemp("rented") / "grid"))
    try:
        yield running
    finally:
        simulacra(running.grid, "lab", "down", "--name", running.name)


@pytest.fixture
def lab(started: RunningLab) -> Iterator[RunningLab]:
    """The lab, whose cloud behaves well again afterwards and has no server."""
    yield started
    assert cloud(started, "heal").strip() == "The cloud behaves well."
    gateway = connected(started)
    for server in gateway.servers().servers:
        gateway.destroy(server.id)
    assert eventually(lambda: gateway.servers().servers == (), 30)


def cloud(lab: RunningLab, *words: str) -> str:
    done = lab.simulacra("lab", "cloud", *words, "--name", lab.name)
    assert done.returncode == 0, done.stderr
    return done.stdout


def connected(lab: RunningLab) -> CloudGateway:
    grid = load(lab.grid)
    return connect_cloud(grid.name, grid.clouds[0], lab.environment())


def slot(lab: RunningLab, name: str) -> Slot:
    return next(it for it in slots_of(load(lab.grid).clouds[0]) if it.name == name)


def rent(lab: RunningLab, name: str, told: str | None = None) -> Server:
    """A server for the slot of that name, told what it is to be told, or something else."""
    grid = load(lab.grid)
    wanted = slot(lab, name)
    return connected(lab).create(wanted, told if told is not None else user_data(grid, grid.clouds[0], wanted), f"{name} {time.time()}")


def nodes(lab: RunningLab, name: str) -> list[dict[str, Any]]:
    return [lab.get(f"node/{it['ID']}") for it in lab.get("nodes") if it["Name"] == name]


def ready(lab: RunningLab, name: str) -> bool:
    """Nomad goes on calling nodes of servers that are gone ready for a while."""
    return bool(lab.status()[name]["agent"] == "ready")


def node_of(lab: RunningLab, name: str) -> dict[str, Any]:
    address = lab.status()[name]["address"]
    (found,) = [it for it in nodes(lab, name) if it["HTTPAddr"] == f"[{address}]:4646"]
    return found


def state(lab: RunningLab, server: Server) -> str | None:
    return next((it.state for it in connected(lab).servers().servers if it.id == server.id), None)


def nothing_is_left(lab: RunningLab, number: int, pids: set[int]) -> bool:
    folder = server_folder(lab.name, number)
    mounted = mounts_below(folder, Path("/proc/self/mountinfo").read_text())
    alive = [pid for pid in pids if processes.start_time(pid) is not None]
    return not (folder.exists() or mounted or alive or f"simlab.{lab.name}.s.{number}" in lab_namespaces(lab.name))


def living_in(lab: RunningLab, number: int) -> set[int]:
    inside = processes.inhabitants([f"simlab.{lab.name}.s.{number}"])
    return inside | processes.descendants(inside)


def test_a_server_joins_as_its_user_data_says(lab: RunningLab) -> None:
    begun = time.monotonic()
    made = rent(lab, "burst-large-1")
    assert eventually(lambda: ready(lab, "burst-large-1"), 30)
    print(f"a new server is ready {time.monotonic() - begun:.1f} s after it was asked for")
    node = node_of(lab, "burst-large-1")
    labels = {name: value for name, value in node["Meta"].items() if name.startswith("simulacra_")}
    assert labels == {"simulacra_zone": "sky", "simulacra_tier": "server", "simulacra_rank": "20"}
    resources = node["NodeResources"]
    assert (resources["Cpu"]["CpuShares"], resources["Memory"]["MemoryMB"], resources["Disk"]["DiskMB"]) == (7000, 3800, 30000)
    drivers = {name for name, it in node["Drivers"].items() if it["Detected"]}
    assert drivers == {"exec", "raw_exec"}
    seen = lab.status()["burst-large-1"]
    assert (seen["zone"], seen["power"], seen["agent"], seen["rented"]) == ("sky", "on", "ready", "large of burst")
    number = int(made.id.removeprefix("lab-"))
    told = client_config(load(lab.grid), Machine("burst-large-1", "sky", "server"), server=False)
    assert (server_folder(lab.name, number) / "client.hcl").read_text().strip() == told.strip()
    assert lab.reaches("nas", seen["address"])
    assert lab.exec("burst-large-1", "sh", "-c", "echo $NOMAD_ADDR").stdout.strip().endswith(f"://[{seen['address']}]:4646")


def test_what_is_destroyed_is_gone_and_the_next_one_is_another_node(lab: RunningLab) -> None:
    made = rent(lab, "burst-small-1")
    assert eventually(lambda: ready(lab, "burst-small-1"), 30)
    where = pinned("${node.unique.name}", "burst-small-1")
    text = JOB.format(name="work", type="service", count=1, more=where, memory=50, seconds=4242)
    assert lab.nomad("job", "run", "-detach", "-", given=text).returncode == 0
    running = lambda: [it["ClientStatus"] for it in lab.get("job/work/allocations")] == ["running"]  # noqa: E731
    assert eventually(running, 30)
    number, before = int(made.id.removeprefix("lab-")), node_of(lab, "burst-small-1")
    pids = living_in(lab, number)
    assert len(pids) > 3, "overlay, agent, executor, task"
    begun = time.monotonic()
    assert connected(lab).destroy(made.id)
    assert eventually(lambda: state(lab, made) is None, 30)
    print(f"a server is gone {time.monotonic() - begun:.1f} s after that was asked for")
    assert nothing_is_left(lab, number, pids)
    lab.call("job/work?purge=true", "DELETE")
    again = rent(lab, "burst-small-1")
    assert eventually(lambda: ready(lab, "burst-small-1"), 30)
    assert again.id != made.id
    assert node_of(lab, "burst-small-1")["ID"] != before["ID"], "a new disk has a new node"


@pytest.mark.parametrize("lacking", ["peers", "header", "nomad"])
def test_a_server_that_is_told_too_little_runs_and_never_joins(lab: RunningLab, lacking: str) -> None:
    grid, wanted = load(lab.grid), slot(lab, "burst-small-2")
    told = user_data(grid, grid.clouds[0], wanted)
    wrong = {"peers": ("tls://", "x-"), "header": ("#cloud-config", "#!/bin/sh"), "nomad": ("/etc/nomad.d", "/etc/nomad")}[lacking]
    assert wrong[0] in told
    made = rent(lab, "burst-small-2", told.replace(*wrong))
    assert eventually(lambda: state(lab, made) == "running", 30)
    time.sleep(4)
    assert nodes(lab, "burst-small-2") == []


def test_duds_boot_and_never_join_and_go_as_others_do(lab: RunningLab) -> None:
    assert cloud(lab, "duds").strip() == "Servers that are created now never join the grid."
    made = rent(lab, "burst-small-3")
    assert eventually(lambda: state(lab, made) == "running", 30)
    assert lab.status()["burst-small-3"]["power"] == "failed", "it is there, without an agent"
    assert connected(lab).destroy(made.id)
    assert eventually(lambda: nothing_is_left(lab, int(made.id.removeprefix("lab-")), set()), 30)


def test_people_see_servers_and_how_the_cloud_behaves(lab: RunningLab) -> None:
    cloud(lab, "duds")
    rent(lab, "burst-small-1")
    shown = lab.simulacra("lab", "status", "--name", lab.name).stdout
    (line,) = [line for line in shown.splitlines() if line.startswith("burst-small-1")]
    assert line.split()[1:] in (["sky", "-", power, "-", "small", "of", "burst"] for power in ("booting", "failed"))
    told = lab.asks("clouds")
    assert told.returncode == 0, told.stderr
    assert f"stands in for all providers, and nothing is rented: {lab_folder(lab.name)}/cloud.sock" in told.stdout
    assert "0.01 EUR" in told.stdout
    assert "burst-small-1" in told.stdout
    inside = command(lab.grid, "clouds", "--json")
    assert [it["machine"] for it in json.loads(lab.exec("nas", *inside).stdout)["servers"]] == ["burst-small-1"]
    assert "It creates no server once there are 1." in cloud(lab, "quota", "1")
    assert json.loads(cloud(lab, "status", "--json")) == {"answers": "well", "slow_s": 0, "lose": 0, "quota": 1, "duds": True}


def test_the_cable_of_its_zone_and_its_own_can_be_taken_away(lab: RunningLab) -> None:
    rent(lab, "burst-small-1")
    assert eventually(lambda: ready(lab, "burst-small-1"), 30)
    address = lab.status()["burst-small-1"]["address"]
    for place in ("sky", "burst-small-1"):
        lab.cut(place)
        assert not lab.reaches("nas", address)
        assert [name for name, it in lab.status().items() if it["cut"]] == ["burst-small-1"]
        lab.heal(place)
        assert eventually(lambda: lab.reaches("nas", address), 30)


def test_servers_and_their_cloud_outlive_the_autoscaler(lab: RunningLab) -> None:
    made = rent(lab, "burst-small-1")
    assert eventually(lambda: ready(lab, "burst-small-1"), 30)
    start_autoscaler(lab)
    found = load_state(lab.name)
    assert found is not None
    assert found.autoscaler is not None
    os.kill(found.autoscaler.pid, signal.SIGKILL)
    start_autoscaler(lab)
    assert lab.simulacra("lab", "autoscaler", "--stop", "--name", lab.name).returncode == 0
    assert state(lab, made) == "running"
    assert ready(lab, "burst-small-1")


def test_two_labs_clouds_do_not_meet_and_down_takes_servers_along(lab: RunningLab, tmp_path: Path) -> None:
    second = bring_up(f"ren2-{os.getpid()}", grid_with_a_cloud(tmp_path / "grid"), secure=False)
    try:
        rent(second, "burst-small-1")
        assert eventually(lambda: ready(second, "burst-small-1"), 30)
        assert connected(lab).servers().servers == ()
        assert "burst-small-1" not in lab.status()
        pids = living_in(second, 1)
        rent(second, "burst-small-2")  # it is booting when everything goes
    finally:
        assert second.simulacra("lab", "down", "--name", second.name).returncode == 0
    assert nothing_is_left(second, 1, pids)
    assert nothing_is_left(second, 2, set())
    assert not lab_namespaces(second.name)


def test_a_lab_of_a_grid_without_clouds_has_none(tmp_path: Path) -> None:
    folder = tmp_path / "grid"
    folder.mkdir()
    (folder / "grid.hcl").write_text(GRID[: GRID.index("cloud ")].replace('zone "sky" {}', ""))
    plain = bring_up(f"ren3-{os.getpid()}", folder, secure=False)
    try:
        refused = plain.simulacra("lab", "cloud", "status", "--name", plain.name)
        assert (refused.returncode, "has no cloud; define one" in refused.stderr) == (1, True)
    finally:
        assert plain.simulacra("lab", "down", "--name", plain.name).returncode == 0


def environment_of(pid: int) -> Mapping[str, str]:
    text = Path(f"/proc/{pid}/environ").read_text()
    return dict(line.partition("=")[::2] for line in text.split("\0") if line)


def test_no_agent_of_the_lab_could_rent_anything_real(lab: RunningLab) -> None:
    start_autoscaler(lab)
    try:
        found = load_state(lab.name)
        assert found is not None
        assert found.autoscaler is not None
        agents = [found.autoscaler.pid, *(one.agent.pid for one in found.residents if one.agent is not None)]
        places = {environment_of(pid).get("SIMULACRA_CLOUD_STAND_IN", "").rpartition(":")[2] for pid in agents}
        assert places == {str(lab_folder(lab.name) / "cloud.sock")}
    finally:
        lab.simulacra("lab", "autoscaler", "--stop", "--name", lab.name)
