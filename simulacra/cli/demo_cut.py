"""The demo's cut: a zone loses its cable, both halves go on by the instances of their own, and nothing was restarted."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulacra.cli.demo_commands import ASK_ONE, Commands
from simulacra.faults import Fault

if TYPE_CHECKING:
    from simulacra.model.grid import Grid

_SETTLING_S = 5.0
_NOTICED_WITHIN_S, _HEALED_WITHIN_S = 180.0, 120.0
_INSTANCES = """
import json, os, sys, urllib.request
open_ = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
def get(path):
    return json.load(open_(os.environ["NOMAD_ADDR"] + "/v1/" + path, timeout=10))
listed = {one["AllocID"]: one for one in get("service/" + sys.argv[1])}
for it in get("job/" + sys.argv[1] + "/allocations"):
    one = listed.get(it["ID"])
    if it["DesiredStatus"] == "run" and it["ClientStatus"] == "running" and one:
        restarts = sum(task["Restarts"] for task in it["TaskStates"].values())
        zones = [tag[5:] for tag in one["Tags"] if tag.startswith("zone=")]
        print(json.dumps([it["ID"], restarts, (zones + [""])[0], one["Address"], one["Port"]]))
"""
"""Run on a machine of the lab: the instances of a service that run, each with its restarts, its zone and where it is to be asked."""


@dataclass(frozen=True, slots=True)
class Instance:
    """``url`` is where it stands on the overlay; ``restarts`` counts how often its tasks were started again."""

    allocation: str
    restarts: int
    zone: str
    url: str


def zone_to_cut(grid: Grid, zones: Iterable[str]) -> str | None:
    """The first of these zones whose cut leaves Nomad's leader on the other side; None where there is none, or no other side.

    ``zones`` are those with a machine that is on.
    """
    from simulacra.lab.layout import choose_servers

    names = sorted(zones)
    servers = choose_servers(grid)
    held = Counter(machine.zone for machine in grid.machines if machine.name in servers)
    return next((zone for zone in names if 2 * held[zone] < len(servers)), None) if len(names) > 1 else None


def show_a_cut(commands: Commands, service: str, cut: str, awake: dict[str, str]) -> None:
    """Cut the zone's cable, ask the service in each half, heal it; ``awake`` has a machine that is on for each zone.

    Raises `Fault` where a half isn't served or an instance was replaced.
    """
    other = min(zone for zone in awake if zone != cut)
    asking, halves = awake[other], {cut: awake[cut], other: awake[other]}
    before = _instances(commands, service, asking)
    where = {one.zone: one.url for one in before}
    print(f"\nNow {cut} loses its cable. Whoever knows the instance of its own zone needs no other zone, and no Nomad server, to reach it.")
    commands.show("lab", "cut", "--name", commands.lab, cut)
    print(f"\n{service} in each half, asked where it stood before:", flush=True)
    time.sleep(_SETTLING_S)
    _ask_halves(commands, halves, where)
    print(f"\nNomad misses {cut} after about a minute.", flush=True)
    commands.until(_NOTICED_WITHIN_S, f"{cut} missed", lambda: _is_missed(commands, cut))
    commands.show("status")
    print(f"\n{service} in each half, asked again:", flush=True)
    _ask_halves(commands, halves, where)
    commands.show("lab", "heal", "--name", commands.lab, cut)
    took = commands.until(_HEALED_WITHIN_S, f"{service} as before", lambda: _instances(commands, service, asking) == before)
    print(f"\n{service}: {len(before)} instances before the cut, the same {len(before)} {took:.0f} s after it was healed, none restarted.")


def _instances(commands: Commands, service: str, machine: str) -> tuple[Instance, ...]:
    """The instances that run, by zone, as Nomad tells the machine."""
    lines = commands.output_on(machine, "/usr/bin/python3", "-c", _INSTANCES, service).splitlines()
    found = [json.loads(line) for line in lines]
    return tuple(
        Instance(allocation, restarts, zone, f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/")
        for allocation, restarts, zone, address, port in sorted(found, key=lambda it: (it[2], it[0]))
    )


def _ask_halves(commands: Commands, machines: dict[str, str], where: dict[str, str]) -> None:
    """Each machine asks the instance of its own zone; raises `Fault` where it doesn't answer."""
    for zone, machine in machines.items():
        if zone not in where:
            raise Fault(f"the demo stops here: no instance was known in {zone}")
        commands.run_on(machine, "/usr/bin/python3", "-c", ASK_ONE, where[zone])


def _is_missed(commands: Commands, zone: str) -> bool:
    """Whether `status` calls every machine of the zone something else than on."""
    return all(it["power"] != "on" for it in commands.json("status")["machines"] if it["zone"] == zone)
