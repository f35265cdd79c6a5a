"""`simulacra demo`: the main job in a lab, by the commands that one would type oneself."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulacra.cli import completion
from simulacra.cli.context import grid_folder, interruptible, load_grid
from simulacra.cli.demo_burst import cloud_to_burst_into, hasty, show_a_burst
from simulacra.cli.demo_commands import Commands
from simulacra.cli.demo_cut import show_a_cut, zone_to_cut
from simulacra.cli.demo_peripheral import show_a_peripheral
from simulacra.faults import Fault, Refusal

if TYPE_CHECKING:
    from simulacra.model.grid import Grid

_SETTLED_WITHIN_S = 90.0
_WOKEN_WITHIN_S, _ASLEEP_WITHIN_S = 90.0, 240.0
_HERE = (
    ('mode        = "observe"', 'mode        = "act"'),
    (
        "  electricity {",
        """  power {
    evaluate_every = "2s"
    sleep_after    = "5s"
    minimum_uptime = "10s"
  }

  electricity {""",
    ),
    ('  quiet_hours = ["23:00-07:00"] # its fans wake the house\n', ""),
)
"""What the demo changes in its copy of the example grid: it acts, hastily, and at any time of day."""
_ASK = """
import json, os, sys, urllib.request
open_ = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
for one in json.load(open_(os.environ["NOMAD_ADDR"] + "/v1/service/" + sys.argv[1], timeout=10)):
    address = one["Address"]
    host = f"[{address}]" if ":" in address else address
    with open_(f"http://{host}:{one['Port']}/", timeout=10) as answer:
        print(f"  {answer.read().decode().strip()}  (http://{host}:{one['Port']}/)")
"""
"""Run on a machine of the lab: asks Nomad's catalog where a service stands, then each instance over the overlay."""


def demo(
    context: typer.Context,
    name: Annotated[str, typer.Option("--name", help="The lab's name.", autocompletion=completion.labs)] = "demo",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lab running, with the Nomad UI open.")] = False,
) -> None:
    """Show the main job on this machine: a grid's definitions become jobs that run on a real Nomad, zone by zone."""
    from simulacra.lab.programs import require_root

    grid, folder, began = load_grid(context), grid_folder(context), time.monotonic()
    require_root()
    bare = Commands(folder, name, dict(os.environ))
    bare.show("validate")
    bare.show("render", "--check")
    if any(lab["name"] == name for lab in bare.json("lab", "list")):
        raise Refusal(f"there is a lab {name} already: end it with `simulacra lab down --name {name}`, or take another --name")
    sleepers = _sleepers(grid)
    with interruptible(), _hasty_copy(folder) as copy:
        try:
            bare.show("lab", "up", "--name", name, *(("--asleep", ",".join(sleepers)) if sleepers else ()))
            around = bare.environment | _around(name)
            address, commands = around["NOMAD_ADDR"], Commands(folder, name, around)
            asked = _main_job(commands, grid)
            show_a_peripheral(commands, grid, _awake(grid))
            cut = zone_to_cut(grid, _awake(grid))
            if asked is not None and cut is not None:
                show_a_cut(commands, asked, cut, _awake(grid))
            hastily = Commands(copy, name, around)
            if sleepers:
                _power(hastily, sleepers)
            cloud = cloud_to_burst_into(grid)
            if sleepers and cloud is not None:
                show_a_burst(hastily, cloud)
            print(f"\nThe demo took {time.monotonic() - began:.0f} s.")
            _linger(name, address, keep)
        finally:
            if not keep or sys.exc_info()[0] is not None:
                bare.end_lab()


def _around(lab: str) -> dict[str, str]:
    """What commands find in their environment to work on the lab."""
    from simulacra.lab.access import OPERATOR, environment
    from simulacra.lab.lab import running

    return dict(environment(running(lab), OPERATOR))


def _sleepers(grid: Grid) -> tuple[str, ...]:
    """The machines that a magic packet wakes, and that carry no Nomad server."""
    from simulacra.model.machine import WakeLan

    return tuple(it.name for it in grid.machines if isinstance(it.wake, WakeLan) and not it.server and not it.never_sleeps)


@contextmanager
def _hasty_copy(folder: Path) -> Iterator[Path]:
    """The definitions in a folder of their own, as `_HERE` changes them."""
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(prefix="simulacra-demo-") as around:
        copy = Path(around) / "grid"
        shutil.copytree(folder, copy)
        for path in sorted(copy.rglob("*.hcl")):
            text = path.read_text()
            for before, after in _HERE:
                text = text.replace(before, after)
            path.write_text(text)
            hasty(path)
        yield copy


def _power(commands: Commands, sleepers: tuple[str, ...]) -> None:
    """What waits wakes machines, and they sleep again when it is done; raises `Fault` where that doesn't happen in time."""
    print("\nWork waits that only a sleeping machine can do. From here on the grid acts, hastily, and at any time of day.")
    commands.show("scale", "--dry-run")
    commands.show("lab", "autoscaler", "--name", commands.lab)

    def transitions(power: str) -> list[dict[str, Any]]:
        return [it for it in commands.json("log") if it["to"] == power and it["machine"] in sleepers]

    commands.until(_WOKEN_WITHIN_S, "a machine woken", lambda: any(it["from"] == "waking" for it in transitions("on")))
    woken = {it["machine"] for it in transitions("on")}
    commands.show("status")
    print(
        f"\n{' and '.join(sorted(woken))} woken. Its work comes to an end, and it sleeps again: Nomad misses it after about a minute.",
        flush=True,
    )
    commands.until(_ASLEEP_WITHIN_S, "asleep again", lambda: woken <= {it["machine"] for it in transitions("asleep")})
    commands.show("log")
    for machine in sorted(woken):
        print(f"\n{machine}: {_times([it for it in commands.json('log') if it['machine'] == machine])}")


def _times(entries: list[dict[str, Any]]) -> str:
    """How long each state lasted, from one transition to the next."""
    from datetime import datetime
    from itertools import pairwise

    def seconds(before: dict[str, Any], after: dict[str, Any]) -> float:
        return (datetime.fromisoformat(after["at"]) - datetime.fromisoformat(before["at"])).total_seconds()

    return ", ".join(f"{one['to']} {seconds(one, following):.0f} s" for one, following in pairwise(entries)) + f", {entries[-1]['to']}"


def _main_job(commands: Commands, grid: Grid) -> str | None:
    """Everything onto Nomad, and who stands in each zone is asked; the service that was asked, if one speaks HTTP."""
    commands.show("run")
    spread = _settled(commands, grid)
    commands.show("status")
    print()
    for service in spread:
        zones = ", ".join(f"{zone} {count}" for zone, count in sorted(service["zones"].items()))
        print(f"{service['name']} stands in each zone: {zones}")
    return _ask_from_each_zone(commands, grid, spread)


def _settled(commands: Commands, grid: Grid) -> list[dict[str, Any]]:
    """The services with ``zones = "each"`` that stand once in each of the zones; raises `Fault` where there are such, but none in time."""
    from simulacra.model.apart import own_zones

    wanted = {service.name for service in grid.services if service.zones == "each"}
    if not wanted:
        return []
    once_in_each = dict.fromkeys(own_zones(grid), 1)
    deadline = time.monotonic() + _SETTLED_WITHIN_S
    while True:
        services = [service for service in commands.json("status")["services"] if service["name"] in wanted]
        there = [service for service in services if service["zones"] == once_in_each]
        pending = [service for service in services if service not in there and not service["waiting"]]
        if there and not pending:
            return there
        if time.monotonic() > deadline:
            told = "; ".join(f"{service['name']}: {service['waiting'] or service['zones']}" for service in services)
            raise Fault(f'no service with `zones = "each"` stands once in each zone after {_SETTLED_WITHIN_S:.0f} s: {told}')
        time.sleep(1)


def _ask_from_each_zone(commands: Commands, grid: Grid, spread: list[dict[str, Any]]) -> str | None:
    """Ask the instances over the overlay, from a machine in each zone; which service that was. Raises `Fault` where one doesn't answer."""
    speaks_http = {service.name for service in grid.services if any(port.name == "http" for port in service.ports)}
    name: str | None = next((one["name"] for one in spread if one["name"] in speaks_http), None)
    if name is None:
        return None
    for zone, machine in _awake(grid).items():
        print(f"\n{name}, asked over the overlay by {machine} in {zone}:", flush=True)
        commands.run_on(machine, "/usr/bin/python3", "-c", _ASK, name)
    return name


def _awake(grid: Grid) -> dict[str, str]:
    """A machine that is on in each of one's own zones, by zone."""
    from simulacra.model.apart import own_zones

    asleep = _sleepers(grid)
    awake = {machine.zone: machine.name for machine in reversed(grid.machines) if machine.name not in asleep}
    return {zone: awake[zone] for zone in own_zones(grid) if zone in awake}


def _linger(name: str, address: str, keep: bool) -> None:
    if keep:
        print(f"The Nomad UI is open at {address}/ui/; end the lab with `simulacra lab down --name {name}`.")
    elif sys.stdin.isatty() and sys.stdout.isatty():
        input(f"The Nomad UI is open at {address}/ui/. Press Enter to end the lab. ")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(demo)
