"""`simulacra demo`: the main job in a lab, by the commands that one would type oneself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulacra.cli.context import grid_folder, interruptible, load_grid
from simulacra.faults import Fault, Refusal

if TYPE_CHECKING:
    from simulacra.model.grid import Grid

_SETTLED_WITHIN_S = 90.0
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


@dataclass(frozen=True, slots=True)
class _Commands:
    """Runs `simulacra` commands on one grid and one lab, each shown before its output."""

    grid: Path
    lab: str
    environment: dict[str, str]

    def show(self, *words: str) -> None:
        """Run a command in plain sight; ends with its exit code where it fails."""
        shown = " ".join(words)
        print(f"\n$ simulacra {shown}", flush=True)
        done = subprocess.run(self._line(*words), env=self.environment, check=False)
        if done.returncode:
            raise typer.Exit(done.returncode)  # the command has said why

    def json(self, *words: str) -> Any:
        """What a command prints with ``--json``."""
        done = subprocess.run(self._line(*words, "--json"), env=self.environment, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Fault(f"the demo stops here: `simulacra {' '.join(words)}`: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def run_on(self, machine: str, *command: str) -> None:
        """Run a program on a machine of the lab; raises `Fault` where it fails."""
        done = subprocess.run(self._line("lab", "exec", "--name", self.lab, machine, "--", *command), env=self.environment, check=False)
        if done.returncode:
            raise Fault(f"the demo stops here: {command[0]} on {machine} ended with exit code {done.returncode}")

    def end_lab(self) -> None:
        """Remove the lab, whatever became of it."""
        subprocess.run(self._line("lab", "down", "--name", self.lab), env=self.environment, check=False)

    def _line(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "simulacra.cli.main", "--grid", str(self.grid), *words]


def demo(
    context: typer.Context,
    name: Annotated[str, typer.Option("--name", help="The lab's name.")] = "demo",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lab running, with the Nomad UI open.")] = False,
) -> None:
    """Show the main job on this machine: a grid's definitions become jobs that run on a real Nomad, zone by zone."""
    from simulacra.lab.programs import require_root

    grid, folder, began = load_grid(context), grid_folder(context), time.monotonic()
    require_root()
    bare = _Commands(folder, name, dict(os.environ))
    bare.show("validate")
    bare.show("render", "--check")
    if any(lab["name"] == name for lab in bare.json("lab", "list")):
        raise Refusal(f"there is a lab {name} already: end it with `simulacra lab down --name {name}`, or take another --name")
    with interruptible():
        try:
            bare.show("lab", "up", "--name", name)
            address = next(lab["nomad_addr"] for lab in bare.json("lab", "list") if lab["name"] == name)
            _main_job(_Commands(folder, name, {**bare.environment, "NOMAD_ADDR": address}), grid)
            print(f"\nThe demo took {time.monotonic() - began:.0f} s.")
            _linger(name, address, keep)
        finally:
            if not keep or sys.exc_info()[0] is not None:
                bare.end_lab()


def _main_job(commands: _Commands, grid: Grid) -> None:
    commands.show("run")
    spread = _settled(commands, grid)
    commands.show("status")
    print()
    for service in spread:
        zones = ", ".join(f"{zone} {count}" for zone, count in sorted(service["zones"].items()))
        print(f"{service['name']} stands in each zone: {zones}")
    _ask_from_each_zone(commands, grid, spread)


def _settled(commands: _Commands, grid: Grid) -> list[dict[str, Any]]:
    """The services with ``zones = "each"`` that stand once in each of the zones; raises `Fault` where none does in time."""
    from simulacra.model.spread import own_zones

    wanted = {service.name for service in grid.services if service.zones == "each"}
    once_in_each = dict.fromkeys(own_zones(grid), 1)
    deadline = time.monotonic() + _SETTLED_WITHIN_S
    while True:
        services = [service for service in commands.json("status")["services"] if service["name"] in wanted]
        there = [service for service in services if service["zones"] == once_in_each]
        pending = [service for service in services if service not in there and not service["waiting"]]
        if there and not pending:
            return there
        if time.monotonic() > deadline:
            told = "; ".join(f"{service['name']}: {service['waiting'] or service['zones']}" for service in services) or "the grid has none"
            raise Fault(f'no service with `zones = "each"` stands once in each zone after {_SETTLED_WITHIN_S:.0f} s: {told}')
        time.sleep(1)


def _ask_from_each_zone(commands: _Commands, grid: Grid, spread: list[dict[str, Any]]) -> None:
    """Ask the instances over the overlay, from one machine in each zone; raises `Fault` where one doesn't answer."""
    from simulacra.model.spread import own_zones

    speaks_http = {service.name for service in grid.services if any(port.name == "http" for port in service.ports)}
    asked = [one["name"] for one in spread if one["name"] in speaks_http]
    first = {zone: next(machine.name for machine in grid.machines if machine.zone == zone) for zone in own_zones(grid)}
    for name in asked[:1]:
        for zone, machine in first.items():
            print(f"\n{name}, asked over the overlay by {machine} in {zone}:", flush=True)
            commands.run_on(machine, "/usr/bin/python3", "-c", _ASK, name)


def _linger(name: str, address: str, keep: bool) -> None:
    if keep:
        print(f"The Nomad UI is open at {address}/ui/; end the lab with `simulacra lab down --name {name}`.")
    elif sys.stdin.isatty() and sys.stdout.isatty():
        input(f"The Nomad UI is open at {address}/ui/. Press Enter to end the lab. ")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(demo)
