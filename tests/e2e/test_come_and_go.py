"""Services come online as the grid can carry them, and machines that nobody has defined are put to use: real Nomad, real Autoscaler."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from power_lab import PowerLab, pinned, start_autoscaler
from running_lab import bring_up, eventually, simulacra

from simulacra.lab.state import machine_folder

pytestmark = pytest.mark.lab

GRID = Path(__file__).resolve().parent / "gate_grid"
GUEST = """
machine "guest" {
  zone = "office"

  has {
    cpu_mhz   = 4000
    memory_mb = 2200
    disk_mb   = 50000
    drivers   = ["raw_exec"]
  }

  wake "lan" {
    mac = "52:54:00:b1:00:12"
  }
}
"""
"""A machine of the lab that the grid's definitions don't have: its agent has no label of ours, nothing but a cable in the office."""


@pytest.fixture(scope="module")
def gates(lab_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PowerLab]:  # noqa: ARG001 - a fixture asked for
    """The lab with the hypervisor and the guest asleep; the grid is a copy that a test may change."""
    name, folder = f"gates-{os.getpid()}", tmp_path_factory.mktemp("gates") / "grid"
    shutil.copytree(GRID, folder)
    (folder / "guest.hcl").write_text(GUEST)
    lab = bring_up(name, folder, "--asleep", "big,guest")
    try:
        (folder / "guest.hcl").unlink()
        agent = machine_folder(name, "guest") / "client.hcl"
        agent.write_text(re.sub(r"\n  meta \{.*?\n  \}\n", "\n", agent.read_text(), flags=re.DOTALL))
        power = PowerLab(lab)
        ran = power.simulacra("run", "--detach")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        start_autoscaler(lab)
        yield power
    finally:
        simulacra(folder, "lab", "down", "--name", name)


def press(gates: PowerLab, machine: str) -> None:
    assert gates.lab.simulacra("lab", "press", "--name", gates.lab.name, machine).returncode == 0


def service(gates: PowerLab, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(it for it in gates.json("status")["services"] if it["name"] == name)
    return found


def labels(gates: PowerLab, machine: str) -> dict[str, str]:
    """The grid's labels on the machine's node; empty where there is none that is ready."""
    ids = [it["ID"] for it in gates.lab.get("nodes") if it["Name"] == machine and it["Status"] == "ready"]
    meta: dict[str, str] = gates.lab.get(f"node/{ids[0]}")["Meta"] or {} if ids else {}
    return {key.removeprefix("simulacra_"): value for key, value in meta.items() if key.startswith("simulacra_")}


def count(gates: PowerLab, job: str) -> int:
    found: int = gates.lab.get(f"job/{job}")["TaskGroups"][0]["Count"]
    return found


def gate_log(gates: PowerLab, name: str) -> list[str]:
    return [it["to"] for it in gates.entries() if it["machine"] == f"service:{name}"]


def soon(holds: Callable[[], bool], within_s: float, gates: PowerLab) -> None:
    assert eventually(holds, within_s), gates.told() + gates.simulacra("status").stdout


def test_a_service_comes_with_the_machine_that_can_carry_it_and_goes_with_it(gates: PowerLab) -> None:
    soon(lambda: service(gates, "ranked")["running"] == 1, 60, gates)
    soon(lambda: "1 machine of tier hypervisor" in (service(gates, "jenkins")["waiting"] or ""), 30, gates)
    assert gates.where("jenkins") == []
    press(gates, "big")
    soon(lambda: gates.where("jenkins") == ["big"], 45, gates)
    assert "its gate is open" in " ".join(gates.json("explain", "jenkins")["reasons"])
    press(gates, "big")
    soon(lambda: count(gates, "jenkins") == 0, 150, gates)
    soon(lambda: not gates.lab.get("evaluations?filter=Status%3D%3D%22blocked%22"), 30, gates)
    assert {it["Status"] for it in gates.lab.get("job/jenkins/deployments")} <= {"successful", "cancelled"}
    assert gate_log(gates, "jenkins") == ["open", "closed"]


def test_the_least_important_makes_room_and_comes_back(gates: PowerLab) -> None:
    soon(lambda: gates.where("extra") == ["mini"], 60, gates)
    gates.run("urgent", memory=3000, more=pinned("${node.unique.name}", "mini"))
    soon(lambda: gates.where("urgent") == ["mini"], 60, gates)
    assert gates.where("extra") == []
    assert "no room" in (service(gates, "extra")["waiting"] or ""), service(gates, "extra")
    gates.stop("urgent")
    soon(lambda: gates.where("extra") == ["mini"], 60, gates)


def test_a_machine_that_nobody_has_defined_is_put_to_use(gates: PowerLab) -> None:
    press(gates, "guest")
    soon(lambda: labels(gates, "guest") == {"zone": "office", "tier": "laptop", "rank": "20"}, 45, gates)
    reasons = gates.json("explain", "guest")["reasons"]
    assert any(it.startswith("it counts to zone office by its address") for it in reasons), reasons
    here = pinned("${node.unique.name}", "guest")
    gates.run("visitor", memory=100, more=here + pinned("${meta.simulacra_zone}", "office"))
    soon(lambda: gates.where("visitor") == ["guest"], 30, gates)
    gates.stop("visitor")


def test_a_machine_that_falls_below_its_services_tier_loses_the_service(gates: PowerLab) -> None:
    """The guest has what makes a laptop, until a laptop has to have more."""
    grid = gates.lab.grid
    text = (grid / "services.hcl").read_text()
    affinity = 'affinity {\n      attribute = "${node.unique.name}"\n      value     = "guest"\n      weight    = 100\n    }'
    wish = f"\n  group {{\n    {affinity}\n  }}\n}}\n"
    head, ranked, tail = text.partition('service "ranked" {')
    (grid / "services.hcl").write_text(head + ranked + tail.replace("\n}\n", wish, 1))
    gates.stop("ranked")
    assert gates.simulacra("run", "ranked").returncode == 0
    soon(lambda: gates.where("ranked") == ["guest"], 60, gates)
    (grid / "grid.hcl").write_text((grid / "grid.hcl").read_text().replace("memory_mb = 2048", "memory_mb = 3000"))
    soon(lambda: labels(gates, "guest").get("tier") == "phone", 120, gates)
    soon(lambda: len(gates.where("ranked")) == 1 and gates.where("ranked") != ["guest"], 60, gates)
