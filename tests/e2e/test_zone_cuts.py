"""What zones are for: each is cut off in turn, and in both halves everything goes on; a machine is emptied, and its zone keeps its own."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running_lab import RunningLab, bring_up, eventually, simulacra

from simulacra.lab.state import ALLOCATIONS, lab_folder

pytestmark = pytest.mark.lab
GRID = Path(__file__).resolve().parent / "cut_grid"
ZONES = {"attic": ("box", "nas"), "hosting": ("vps",), "office": ("desk", "mini")}
ASKED, EVERYWHERE = ("once", "twice"), ("asker", "once", "twice")
GRACE_S, NOTICED_WITHIN_S = 5.0, 180.0
HEALED_WITHIN_S = 180.0
"""A client that was cut off asks again every half a minute, and first its own server must have found the leader: 73 s were seen."""
Placed = dict[tuple[str, str], str]


def zone_of(machine: str) -> str:
    return next(zone for zone, machines in ZONES.items() if machine in machines)


def live(lab: RunningLab, service: str) -> list[dict[str, Any]]:
    """The service's allocations that are to run, whatever Nomad knows of them."""
    found = lab.get(f"job/{service}/allocations")
    return [it for it in found if it["DesiredStatus"] == "run" and it["ClientStatus"] not in ("complete", "failed", "lost")]


def healthy(lab: RunningLab, service: str) -> list[dict[str, Any]]:
    return [it for it in live(lab, service) if it["ClientStatus"] == "running" and (it["DeploymentStatus"] or {}).get("Healthy")]


def placed(lab: RunningLab) -> Placed:
    """Each zone's healthy instance of each service, by service and zone; fails to be whole while there isn't just one in each."""
    found = [((service, zone_of(it["NodeName"])), it["ID"]) for service in EVERYWHERE for it in healthy(lab, service)]
    assert max(Counter(place for place, _ in found).values(), default=1) == 1, f"two in one zone: {found}"
    return dict(found)


def whole(lab: RunningLab) -> bool:
    """Whether each service has one healthy instance in each zone, and no other that is to run."""
    return all(len(live(lab, service)) == len(ZONES) for service in EVERYWHERE) and len(placed(lab)) == len(ZONES) * len(EVERYWHERE)


def restarts(lab: RunningLab) -> int:
    found = [it for service in EVERYWHERE for it in live(lab, service)]
    return sum(task["Restarts"] for it in found for task in it["TaskStates"].values())


def statuses(lab: RunningLab, zone: str) -> set[str]:
    return {node["Status"] for node in lab.get("nodes") if node["Name"] in ZONES[zone]}


def tries(lab: RunningLab) -> list[dict[str, Any]]:
    """All that the askers have written down; a line that is being written is left out."""
    files = lab_folder(lab.name).glob(f"*/{ALLOCATIONS}/*/alloc/data/asked.jsonl")
    return [json.loads(line) for path in files for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def ask_everywhere(lab: RunningLab) -> bool:
    """Whether each zone's asker reaches each of its services now."""
    now = time.time()
    good = {(it["zone"], it["service"]) for it in tries(lab) if not it["why"] and it["at"] > now - 3}
    return good == {(zone, service) for zone in ZONES for service in ASKED}


@pytest.fixture(scope="module")
def cuttable(lab_possible: None) -> Iterator[RunningLab]:  # noqa: ARG001 - a fixture asked for
    lab = bring_up(f"cuts-{os.getpid()}", GRID)
    try:
        ran = lab.asks("run")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert eventually(lambda: whole(lab) and ask_everywhere(lab), 60)
        yield lab
    finally:
        simulacra(lab.grid, "lab", "down", "--name", lab.name)


@pytest.mark.parametrize("zone", sorted(ZONES))
def test_while_a_zone_is_cut_off_each_half_is_served_by_its_own(cuttable: RunningLab, zone: str) -> None:
    lab = cuttable
    before, restarted = placed(lab), restarts(lab)
    began = time.time()
    lab.cut(zone)
    try:
        # one that runs nothing is called down
        assert eventually(lambda: statuses(lab, zone) <= {"disconnected", "down"}, NOTICED_WITHIN_S), statuses(lab, zone)
        time.sleep(10)
        for other in ZONES.keys() - {zone}:
            assert statuses(lab, other) == {"ready"}, f"{other} isn't cut off"
    finally:
        lab.heal(zone)
    assert eventually(lambda: whole(lab) and statuses(lab, zone) == {"ready"}, HEALED_WITHIN_S)
    time.sleep(5)  # what would be replaced or stopped now that they see each other again
    assert whole(lab)
    assert placed(lab) == before
    assert restarts(lab) == restarted
    ended = time.time()
    later = [it for it in tries(lab) if began + GRACE_S < it["at"] < ended - 4]
    assert [it for it in later if it["why"]] == []
    number = Counter((it["zone"], it["service"]) for it in later)
    assert set(number) == {(zone, service) for zone in ZONES for service in ASKED}
    assert min(number.values()) > 0.7 * (ended - began - GRACE_S - 4), "each was asked about once a second, in each zone"


def test_a_client_finds_the_instance_of_its_own_zone_by_its_tag(cuttable: RunningLab) -> None:
    """As Nomad itself has filled it in: the metadata of the machine that each instance stands on."""
    machine_of = {node["ID"]: node["Name"] for node in cuttable.get("nodes")}
    for service in ASKED:
        found = cuttable.get(f"service/{service}")
        assert len(found) == len(ZONES)
        assert all(it["Tags"] == [f"zone={zone_of(machine_of[it['NodeID']])}"] for it in found)
    where = {zone_of(machine_of[it["NodeID"]]): f"http://[{it['Address']}]:{it['Port']}/" for it in cuttable.get("service/twice")}
    for it in live(cuttable, "asker"):
        listed = (lab_folder(cuttable.name) / it["NodeName"] / ALLOCATIONS / it["ID"] / "asker/local/twice.txt").read_text().split()
        assert listed[0] == where[zone_of(it["NodeName"])], "its own first"
        assert sorted(listed) == sorted(where.values()), "and all others"


def test_an_emptied_machines_zone_keeps_its_own_and_nobody_else_is_touched(cuttable: RunningLab) -> None:
    lab = cuttable
    before = placed(lab)
    here = {it["NodeName"] for service in EVERYWHERE for it in healthy(lab, service) if zone_of(it["NodeName"]) == "attic"}
    emptied = sorted(here)[0]
    moved_from = {service for service in EVERYWHERE for it in healthy(lab, service) if it["NodeName"] == emptied}
    fewest = dict.fromkeys(EVERYWHERE, len(ZONES))

    def moved() -> bool:
        for service in EVERYWHERE:
            fewest[service] = min(fewest[service], len(healthy(lab, service)))
        gone = not any(it["NodeName"] == emptied for service in EVERYWHERE for it in live(lab, service))
        return gone and whole(lab)  # in this order: what is gone doesn't come back, and the rest is there only afterwards

    identity = next(node["ID"] for node in lab.get("nodes") if node["Name"] == emptied)
    drained = lab.nomad("node", "drain", "-enable", "-yes", "-detach", identity)
    assert drained.returncode == 0, drained.stderr
    try:
        assert eventually(moved, 90), {service: live(lab, service) for service in EVERYWHERE}
        after = placed(lab)
        assert {place for place in before if after[place] != before[place]} == {(service, "attic") for service in moved_from}
        assert min(fewest.values()) >= len(ZONES) - 1, fewest
        assert ask_everywhere(lab) or eventually(lambda: ask_everywhere(lab), 20)
    finally:
        lab.nomad("node", "drain", "-disable", "-yes", identity)
    time.sleep(5)  # the machine takes work again, and nothing is gained by moving back
    assert placed(lab) == after
