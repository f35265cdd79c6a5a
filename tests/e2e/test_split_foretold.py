"""What `simulacra split` says of every single cut is what the lab shows when the cut is made."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from running_lab import RunningLab, bring_up, eventually, simulacra

pytestmark = pytest.mark.lab

GRID = Path(__file__).resolve().parent / "split_grid"
MACHINES = frozenset(("box", "desk", "mini", "nas"))
CUTS = {
    "uplink street": {"box", "desk", "nas"},
    "zone attic": {"desk", "nas"},
    "zone office": {"mini"},
    "zone shed": {"box"},
    "machine box": {"box"},
    "machine desk": {"desk"},
    "machine mini": {"mini"},
    "machine nas": {"nas"},
}
SEEN_WITHIN_S, SETTLED_AFTER_S, SETTLED_WITHIN_S, HEALED_WITHIN_S = 180, 45, 160, 180
"""Nomad misses a machine after about a minute; half a minute later it replaces what it doesn't reach, what its client is to stop later."""

Services = dict[str, int]
_ALLOCATION = re.compile(r"/([^/]+)/a/([0-9a-f-]{36})/alloc$")


@dataclass(frozen=True, slots=True)
class SplitLab:
    lab: RunningLab

    def simulacra(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.lab.asks(*words)

    def foretold(self) -> dict[str, Any]:
        """By cut; the exit code says whether a promise would be broken."""
        answer = self.simulacra("split", "--json")
        assert answer.returncode in (0, 1), answer.stderr
        return {it["cut"]: it for it in json.loads(answer.stdout)}

    def running(self) -> dict[str, Services]:
        """What runs on each machine by its processes, whatever Nomad thinks of them."""
        found: dict[str, set[tuple[str, str]]] = {name: set() for name in MACHINES}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                lines = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            said = dict(line.partition("=")[::2] for line in lines)
            place = _ALLOCATION.search(said.get("NOMAD_ALLOC_DIR", ""))
            if place and f"/{self.lab.name}/" in said["NOMAD_ALLOC_DIR"] and said.get("NOMAD_JOB_NAME") != "simulacra-node":
                found[place[1]].add((said["NOMAD_JOB_NAME"], place[2]))
        return {machine: dict(Counter(job for job, _ in its)) for machine, its in found.items()}

    def of(self, machines: frozenset[str]) -> Services:
        """What runs on these machines together."""
        seen = self.running()
        return dict(sum((Counter(seen[name]) for name in machines), Counter()))

    def statuses(self, asked: str) -> dict[str, str]:
        """Nomad's word for each machine, as one of them hears it; nothing where it hears of no leader."""
        answer = self.lab.exec(asked, "nomad", "node", "status", "-json")
        return {it["Name"]: it["Status"] for it in json.loads(answer.stdout)} if answer.returncode == 0 else {}

    def whole(self, services: Services) -> bool:
        """All machines are ready, all servers see each other, and as much runs as did."""
        servers = {it["Status"] for it in self.lab.get("agent/members")["Members"]}
        return servers == {"alive"} and set(self.statuses("nas").values()) == {"ready"} and self.of(MACHINES) == services


@pytest.fixture(scope="module")
def split_lab(lab_possible: None) -> Iterator[SplitLab]:  # noqa: ARG001 - a fixture asked for
    lab = SplitLab(bring_up(f"split-{os.getpid()}", GRID))
    try:
        ran = lab.simulacra("run")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield lab
    finally:
        simulacra(GRID, "lab", "down", "--name", lab.lab.name)


def test_the_halves_are_as_foretold(split_lab: SplitLab) -> None:
    """One cut for all that part the grid alike; what they foretell must be alike too."""
    services = split_lab.of(MACHINES)
    assert services == {
        "each-once": 3, "each-twice": 3, "everywhere": 4, "lost": 1, "moves": 1, "pair": 2, "single-once": 1, "single-twice": 1
    }  # fmt: skip
    fates = {(it["service"], it["verdict"]) for cut in split_lab.foretold().values() for it in cut["verdicts"]}
    assert fates >= {("lost", "doubled"), ("moves", "moved"), ("single-once", "one side"), ("single-twice", "doubled")}
    alike: dict[frozenset[frozenset[str]], list[str]] = {}
    for cut, behind in CUTS.items():
        alike.setdefault(frozenset((frozenset(behind), MACHINES - behind)), []).append(cut)
    wrong: dict[str, Any] = {}
    for cuts in alike.values():
        foretold = split_lab.foretold()
        assert foretold.keys() == CUTS.keys()
        halves = {cut: sorted(map(json.dumps, ({**it, "zones": 0} for it in foretold[cut]["halves"]))) for cut in cuts}
        assert len({tuple(it) for it in halves.values()}) == 1, halves
        wrong |= _made(split_lab, foretold[cuts[-1]], frozenset(CUTS[cuts[-1]]))
        print(f"{', '.join(cuts)}: {'other' if cuts[-1] in wrong else 'as foretold'}")
        assert eventually(lambda: split_lab.whole(services), HEALED_WITHIN_S), (cuts, split_lab.running(), split_lab.statuses("nas"))
    assert not wrong, json.dumps(wrong, indent=1)


def _made(split_lab: SplitLab, foretold: dict[str, Any], behind: frozenset[str]) -> dict[str, Any]:
    """Cut, wait until all has settled, and heal; what is other than foretold."""
    sides = (behind, MACHINES - behind)
    (led,) = (at for at in (0, 1) if foretold["halves"][at]["leader"])
    expected = [half["services"] for half in foretold["halves"]]
    place, asked = foretold["cut"].split()[-1], sorted(sides[led])[0]
    split_lab.lab.cut(place)
    try:
        away = sides[1 - led]
        assert eventually(lambda: _missed(split_lab.statuses(asked), away), SEEN_WITHIN_S), split_lab.statuses(asked)
        time.sleep(SETTLED_AFTER_S)
        eventually(lambda: [split_lab.of(side) for side in sides] == expected, SETTLED_WITHIN_S - SETTLED_AFTER_S)
        found = [split_lab.of(side) for side in sides]
        leaderless = not split_lab.statuses(sorted(away)[0])
    finally:
        split_lab.lab.heal(place)
    return {} if found == expected and leaderless else {foretold["cut"]: {"foretold": expected, "found": found, "leaderless": leaderless}}


def _missed(statuses: dict[str, str], away: frozenset[str]) -> bool:
    return bool(statuses) and all(status == ("ready" if name not in away else "disconnected") for name, status in statuses.items())
