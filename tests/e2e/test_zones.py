"""The example grid with a real Consul and the delays of a real house, office and cloud: its zones are found from nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gossip import adjusted_rand_index
from running_lab import bring_up, command, eventually, simulacra

from simulacra.definitions import load
from simulacra.gateways.consul import connect_consul
from simulacra.observe.consul_machines import NEIGHBOURS

pytestmark = [pytest.mark.lab, pytest.mark.consul]
GRID = Path(__file__).resolve().parents[2] / "grid"
EACH_WAY_MS = {"attic": 4.0, "office": 3.0, "hosting": 8.0}
"""What each zone's cable takes: 14 ms there and back between house and office, 24 and 22 ms to the cloud."""
SETTLED_WITHIN_S = 240.0
SURE_ENOUGH = 0.5


@dataclass(frozen=True)
class Found:
    """A lab of the example grid, and a folder that has no definitions."""

    environment: dict[str, str]
    empty: Path

    def ask(self, *arguments: str, grid: Path | None = None) -> subprocess.CompletedProcess[str]:
        line = command(grid or self.empty, *arguments)
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120, env=self.environment)
        assert done.returncode == 0, done.stderr
        return done

    def json(self, *arguments: str, grid: Path | None = None) -> Any:
        return json.loads(self.ask(*arguments, "--json", grid=grid).stdout)


@pytest.fixture(scope="module")
def found(lab_possible: None, consul_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:  # noqa: ARG001
    name = f"zones-{os.getpid()}"
    lab = bring_up(name, GRID, "--consul")
    consul = json.loads(simulacra(GRID, "lab", "list", "--json").stdout)
    try:
        for zone, ms in EACH_WAY_MS.items():
            slow = simulacra(GRID, "lab", "delay", "--name", name, zone, f"{ms}ms", "--jitter", "0.3ms")
            assert slow.returncode == 0, slow.stderr
        environment = lab.environment() | {"CONSUL_HTTP_ADDR": next(it["consul_addr"] for it in consul if it["name"] == name)}
        settled(environment, time.monotonic() + SETTLED_WITHIN_S)
        yield Found(environment, tmp_path_factory.mktemp("empty"))
    finally:
        simulacra(GRID, "lab", "down", "--name", name)


def settled(environment: dict[str, str], until: float) -> None:
    """Wait until Consul is sure enough of every machine's coordinate."""
    consul = connect_consul(environment=environment)
    assert consul is not None
    machines = {machine.name for machine in load(GRID).machines}
    while not sure(consul.coordinates(), machines):
        assert time.monotonic() < until, consul.coordinates()
        time.sleep(2)


def sure(coordinates: tuple[Any, ...], machines: set[str]) -> bool:
    return {it.machine for it in coordinates} == machines and all(it.error < SURE_ENOUGH for it in coordinates)


def test_the_defined_zones_are_found_without_a_definition_or_a_label(found: Found) -> None:
    defined = {machine.name: machine.zone for machine in load(GRID).machines}
    proposed: list[dict[str, Any]] = []

    def as_defined() -> bool:
        proposed[:] = found.json("zones", "discover")
        where = {machine: zone["zone"] for zone in proposed for machine in zone["members"]}
        assert where.keys() == defined.keys()
        names = sorted(defined)
        return adjusted_rand_index([defined[it] for it in names], [where[it] for it in names]) == 1.0

    assert eventually(as_defined, SETTLED_WITHIN_S), proposed
    assert {zone["by"] for zone in proposed} == {"coordinates"}
    text = found.ask("zones", "discover").stdout
    assert text.count("\nzone ") == len(EACH_WAY_MS)


def test_a_grid_that_is_defined_hears_how_far_the_proposal_agrees_and_how_far_its_zones_are(found: Found) -> None:
    assert "They agree with the definitions on 7 of 7 machines." in found.ask("zones", "discover", grid=GRID).stdout
    seen = {zone["zone"]: zone for zone in found.json("zones", grid=GRID)}
    assert seen["attic"]["members"] == ["nas", "phone", "tower"]
    assert eventually(lambda: not too_far_off(found.json("zones", grid=GRID)), 120), too_far_off(found.json("zones", grid=GRID))
    assert seen["attic"]["rtt_ms"]["office"] < min(seen["hosting"]["rtt_ms"].values()), "house and office are the nearest to each other"


def too_far_off(zones: list[dict[str, Any]]) -> list[tuple[str, str, float]]:
    """The pairs of zones whose round trip isn't what their cables take; a busy machine adds to all of them."""
    seen = {zone["zone"]: zone["rtt_ms"] for zone in zones}
    pairs = [(one, other) for one in EACH_WAY_MS for other in EACH_WAY_MS if one != other]
    takes = {(one, other): 2 * (EACH_WAY_MS[one] + EACH_WAY_MS[other]) for one, other in pairs}
    return [(*pair, rtt) for pair in pairs if not 0.65 * takes[pair] <= (rtt := seen[pair[0]][pair[1]]) <= 2 * takes[pair]]


def test_machines_are_proposed_from_the_catalog_and_the_keys(found: Found) -> None:
    defined = {machine.name for machine in load(GRID).machines}
    alone = found.json("discover")
    assert {it["name"] for it in alone["machines"]} == defined
    assert len({it["zone"] for it in alone["machines"]}) == len(EACH_WAY_MS)
    assert all(it["address"].startswith("2") for it in alone["machines"])
    entry = {"cjdns_ipv6_address": "fc5d:baa5:61fc:6ffd:9554:67f0:e290:7535", "host": "10.9.9.9", "uuid": "0f6e3c1e-8d8e-4d0c"}
    for name, value in entry.items():
        address = f"{found.environment['CONSUL_HTTP_ADDR']}/v1/kv/{NEIGHBOURS}key.k/{name}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert opener.open(urllib.request.Request(address, value.encode(), method="PUT"), timeout=10).read().strip() == b"true"
    beside = found.json("discover", grid=GRID)
    assert [(it["name"], it["address"]) for it in beside["machines"]] == [(entry["uuid"], entry["cjdns_ipv6_address"])]
    assert set(beside["defined"]) == defined


def test_network_cards_come_from_the_system_job(found: Found) -> None:
    found.ask("run", "simulacra-node", grid=GRID)

    defined = {machine.name for machine in load(GRID).machines}

    def reported() -> bool:
        return all(it["macs"] for it in found.json("discover")["machines"] if it["name"] in defined)

    assert eventually(reported, 60)
