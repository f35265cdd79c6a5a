"""A burst beyond one's own machines goes to the cloud and comes back: real Nomad, real Autoscaler, and the lab's cloud, which misbehaves.

The tests are one story: the tower's work fills the machines of one's own from the first on.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from power_lab import PowerLab, autoscaler_pids, start_autoscaler
from running_lab import bring_up, eventually, simulacra

from simulacra.definitions import load
from simulacra.gateways.cloud import connect_cloud
from simulacra.lab.cloud_books import Rented, load_books
from simulacra.lab.state import lab_folder, machine_folder
from simulacra.model.cloud import slots_of
from simulacra.render.user_data import user_data

pytestmark = pytest.mark.lab

GRID = Path(__file__).resolve().parent / "cloud_grid"
GUEST = """
machine "guest" {
  zone = "attic"

  has {
    cpu_mhz   = 4000
    memory_mb = 600
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  wake "lan" {
    mac = "52:54:00:b3:00:12"
  }
}
"""
"""A machine of the lab that the definitions don't have: the grid has to find out where it belongs."""
BUDGET, TIGHT = "monthly_budget = 1\n", "monthly_budget = 0.0001\n"


@pytest.fixture(scope="module")
def cloudy(lab_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PowerLab]:  # noqa: ARG001 - a fixture asked for
    """The lab with the tower and the guest asleep; the grid is a copy that a test may change. The autoscaler isn't started yet."""
    name, folder = f"burst-{os.getpid()}", tmp_path_factory.mktemp("burst") / "grid"
    shutil.copytree(GRID, folder)
    (folder / "guest.hcl").write_text(GUEST)
    lab = bring_up(name, folder, "--asleep", "tower,guest")
    try:
        (folder / "guest.hcl").unlink()
        agent = machine_folder(name, "guest") / "client.hcl"
        agent.write_text(re.sub(r"\n  meta \{.*?\n  \}\n", "\n", agent.read_text(), flags=re.DOTALL))
        power = PowerLab(lab)
        ran = power.simulacra("run", "--detach")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield power
    finally:
        simulacra(folder, "lab", "down", "--name", name)


def cloud(power: PowerLab, *words: str) -> None:
    done = power.lab.simulacra("lab", "cloud", *words, "--name", power.lab.name)
    assert done.returncode == 0, done.stderr


def servers(power: PowerLab) -> tuple[Rented, ...]:
    """What there is at the lab's cloud: its own word, whoever knows of it."""
    return load_books(lab_folder(power.lab.name)).servers


def switch(power: PowerLab, machine: str) -> str:
    found: str = power.lab.status()[machine]["power"]
    return found


def soon(holds: Callable[[], Any], within_s: float, power: PowerLab) -> float:
    """The seconds until it held."""
    begun = time.monotonic()
    assert eventually(lambda: bool(holds()), within_s), f"{servers(power)}\n{power.told()}"
    return time.monotonic() - begun


def runs_on(power: PowerLab, job: str) -> str:
    return next(iter(power.where(job)), "")


def labels(power: PowerLab, machine: str) -> dict[str, str]:
    ids = [it["ID"] for it in power.lab.get("nodes") if it["Name"] == machine and it["Status"] == "ready"]
    meta: dict[str, str] = power.lab.get(f"node/{ids[0]}")["Meta"] or {} if ids else {}
    return {name: value for name, value in meta.items() if name in ("simulacra_zone", "simulacra_tier")}


def test_a_provider_that_never_answers_keeps_nothing_of_ones_own_back(cloudy: PowerLab) -> None:
    cloud(cloudy, "down", "--hang")
    cloudy.run("fills-the-tower", memory=3500)
    cloudy.run("extra", memory=1500)
    start_autoscaler(cloudy.lab)
    took = soon(lambda: runs_on(cloudy, "fills-the-tower") == "tower", 60, cloudy)
    print(f"the tower is woken and works {took:.0f} s after the autoscaler was started")
    assert cloudy.lab.simulacra("lab", "press", "--name", cloudy.lab.name, "guest").returncode == 0
    took = soon(lambda: labels(cloudy, "guest") == {"simulacra_zone": "attic", "simulacra_tier": "phone"}, 45, cloudy)
    print(f"the guest is labelled {took:.0f} s after its button was pressed")
    soon(lambda: any("cloud burst" in it for it in cloudy.json("explain", "burst-small-1")["reasons"]), 60, cloudy)
    assert servers(cloudy) == ()


def test_what_ones_own_machines_can_not_carry_runs_on_the_cheapest_server_that_can_and_that_goes_when_it_is_empty(cloudy: PowerLab) -> None:
    cloud(cloudy, "heal")
    took = soon(lambda: runs_on(cloudy, "extra").startswith("burst-small-"), 90, cloudy)
    print(f"the work runs on a server {took:.0f} s after the provider is there again")
    assert [it.size for it in servers(cloudy)] == ["small"], "the cheapest one that is able"
    assert runs_on(cloudy, "fills-the-tower") == "tower"
    cloudy.stop("extra")
    took = soon(lambda: servers(cloudy) == (), 90, cloudy)
    print(f"the server is gone {took:.0f} s after its work")


def test_the_budget_stops_it_and_says_so(cloudy: PowerLab) -> None:
    grid = cloudy.lab.grid / "grid.hcl"
    assert BUDGET in grid.read_text()
    grid.write_text(grid.read_text().replace(BUDGET, TIGHT))
    try:
        cloudy.run("beyond", memory=1500)
        said = "the budget of cloud burst doesn't pay for it"
        soon(lambda: any(said in it for it in cloudy.json("explain", "burst-large-2")["reasons"]), 60, cloudy)
        (waiting,) = cloudy.json("scale", "--dry-run")["waiting"]
        assert (waiting["job"], said in waiting["reason"]) == ("beyond", True), waiting
        assert not eventually(lambda: bool(servers(cloudy)), 10)
    finally:
        grid.write_text(grid.read_text().replace(TIGHT, BUDGET))
    soon(lambda: runs_on(cloudy, "beyond").startswith("burst-"), 90, cloudy)
    cloudy.stop("beyond")
    soon(lambda: servers(cloudy) == (), 90, cloudy)


def test_killed_between_the_creation_and_its_answer_no_server_is_without_an_owner(cloudy: PowerLab) -> None:
    """And one that nobody ever wrote down isn't either."""
    before = load_books(lab_folder(cloudy.lab.name)).last
    cloud(cloudy, "slow", "--by", "6s")
    cloudy.run("twice", memory=1500)
    soon(lambda: servers(cloudy), 90, cloudy)
    kill(cloudy)
    cloud(cloudy, "heal")
    (asked_for,) = servers(cloudy)
    unknown = create_one(cloudy, but=asked_for.name)
    start_autoscaler(cloudy.lab)
    soon(lambda: unknown not in {it.name for it in servers(cloudy)}, 120, cloudy)
    soon(lambda: runs_on(cloudy, "twice").startswith("burst-"), 60, cloudy)
    assert load_books(lab_folder(cloudy.lab.name)).last == before + 2, "no second one is created for what is lost"
    cloudy.stop("twice")
    soon(lambda: servers(cloudy) == (), 90, cloudy)


def kill(power: PowerLab) -> None:
    """kill -9 of the agent; its plugins end by themselves."""
    pids = autoscaler_pids(power.lab, "nomad-autoscaler")
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not autoscaler_pids(power.lab, "simulacra-"), 20), "the plugins outlive their agent"


def create_one(power: PowerLab, but: str) -> str:
    """A server with the grid's tags, as whoever dies before writing it down leaves one; the name of its slot."""
    grid = load(power.lab.grid)
    (cloud_,) = grid.clouds
    slot = next(it for it in slots_of(cloud_) if it.name != but and it.size == "large")
    connect_cloud(grid.name, cloud_, power.lab.environment()).create(slot, user_data(grid, cloud_, slot), "nobody knows")
    return slot.name


def test_a_server_that_never_joins_is_destroyed_and_another_size_tried(cloudy: PowerLab) -> None:
    cloud(cloudy, "duds")
    cloudy.run("patient", memory=1500)
    soon(lambda: servers(cloudy), 90, cloudy)
    (dud,) = servers(cloudy)
    cloud(cloudy, "heal")
    took = soon(lambda: dud.number not in {it.number for it in servers(cloudy)}, 120, cloudy)
    print(f"the dud is gone {took:.0f} s after it was created")
    soon(lambda: runs_on(cloudy, "patient").startswith("burst-") and runs_on(cloudy, "patient") != dud.name, 90, cloudy)
    assert {it.size for it in servers(cloudy)} != {dud.size}
    cloudy.stop("patient")
    soon(lambda: servers(cloudy) == (), 90, cloudy)


def test_a_slow_provider_keeps_no_machine_from_sleeping(cloudy: PowerLab) -> None:
    cloud(cloudy, "slow", "--by", "30s")
    cloudy.stop("fills-the-tower")
    took = soon(lambda: switch(cloudy, "tower") == "asleep", 60, cloudy)
    print(f"the tower sleeps {took:.0f} s after its work is gone")
