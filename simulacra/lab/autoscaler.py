"""The real Nomad Autoscaler for a lab, with files rendered for it: it lives among the cables, and goes away with them."""

from __future__ import annotations

import os
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from simulacra.faults import Fault, Refusal, Usage
from simulacra.lab import state
from simulacra.lab.access import AUTOSCALER, environment
from simulacra.lab.network import enter_namespace
from simulacra.lab.processes import alive, clean_environment, descendants, end, enter, inhabitants, kill_all, spawn
from simulacra.lab.programs import find_autoscaler, find_programs
from simulacra.lab.state import LabState
from simulacra.model.grid import Grid
from simulacra.render.autoscaler import HTTP_PORT, places, render_autoscaler
from simulacra.render.templates import users_templates

_PATIENCE_S = 20.0


def log_file(lab: str) -> Path:
    return state.lab_folder(lab) / "autoscaler.log"


def start(found: LabState, grid: Grid, grid_folder: Path) -> LabState:
    """Start it, and wait until it listens. What one that was killed has left of plugins is ended first.

    Raises `Usage` (no such program; another grid's definitions), `Refusal` (it runs already) or `Fault` (it ended).
    """
    program = find_autoscaler()
    if grid.name != found.grid:
        raise Usage(f"lab {found.name}: it is a lab of the grid {found.grid}, and {grid_folder} has the grid {grid.name}")
    if found.autoscaler is not None and alive(found.autoscaler):
        raise Refusal(f"lab {found.name}: its autoscaler runs already; `simulacra lab autoscaler --name {found.name} --stop` ends it")
    _end_plugins(found)
    files = _write_files(found.name, grid, grid_folder)
    command = [program, "agent", f"-config={files / 'agent.hcl'}", f"-nomad-address={found.nomad_addr}"]
    command += [f"-policy-dir={files / 'policies'}", f"-plugin-dir={files / 'plugins'}"]
    own = str(Path(sys.executable).parent)
    path = f"{own}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    consul = {"CONSUL_HTTP_ADDR": found.consul_addr} if found.consul_addr else {}
    around = clean_environment(**environment(found, AUTOSCALER), PATH=path, TMPDIR=str(files / "tmp"), **consul)
    inside = enter(find_programs().nsenter, found.wan_namespace, command)
    started = replace(found, autoscaler=spawn(inside, log_file(found.name), environment=around))
    state.save(started)
    _wait_until_it_listens(started)
    return started


def stop(found: LabState) -> LabState:
    """End it and its plugins; raises `Refusal` where it doesn't run."""
    running = found.autoscaler is not None and alive(found.autoscaler)
    if running and found.autoscaler is not None:
        end(found.autoscaler)
    _end_plugins(found)
    stopped = replace(found, autoscaler=None)
    state.save(stopped)
    if not running:
        raise Refusal(f"lab {found.name}: its autoscaler doesn't run")
    return stopped


def _write_files(lab: str, grid: Grid, grid_folder: Path) -> Path:
    """The rendered files in the lab's folder, whose launchers start the plugins of this very installation."""
    folder = state.lab_folder(lab) / "autoscaler"
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    ours = os.path.relpath(Path(sys.executable).parent, folder / "plugins")
    for name, text in render_autoscaler(grid, replace(places(grid_folder, folder), venv=ours), users_templates(grid_folder)).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if path.parent.name == "plugins" else 0o644)
    return folder


def _end_plugins(found: LabState) -> None:
    """Whatever lives among the cables beside the doors, the keeper, the cloud and what makes cables slow."""
    lasting = (found.forward, found.consul_forward, found.keeper, found.cloud, *(delay.process for delay in found.delays))
    stay = {process.pid for process in lasting if process is not None}
    kill_all(inhabitants([found.wan_namespace]) - stay - descendants(stay))


def _wait_until_it_listens(found: LabState) -> None:
    until = time.monotonic() + _PATIENCE_S
    with ThreadPoolExecutor(max_workers=1) as surveyor:
        while not surveyor.submit(_listens, found.wan_namespace).result():
            if found.autoscaler is None or not alive(found.autoscaler):
                lines = log_file(found.name).read_text(errors="replace").splitlines() or ["it said nothing"]
                raise Fault(f"lab {found.name}: the autoscaler ended: {lines[-1].strip()}")
            if time.monotonic() > until:
                raise Fault(f"lab {found.name}: the autoscaler did not start in {_PATIENCE_S:.0f} s; see {log_file(found.name)}")
            time.sleep(0.1)


def _listens(namespace: str) -> bool:
    """Whether the agent's health can be asked for. To be called from a thread of its own: it stays in the namespace."""
    enter_namespace(namespace)
    try:
        socket.create_connection(("127.0.0.1", HTTP_PORT), 1.0).close()
    except OSError:
        return False
    return True
