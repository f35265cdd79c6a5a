"""A whole grid on one machine: up, status, cut, heal, machines switched, a command inside, down."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulacra.faults import Refusal, Usage
from simulacra.lab import autoscaler, leftovers, network, nomad_agents, overlay, state, switching
from simulacra.lab.build import Say, build
from simulacra.lab.layout import check_name, lay_out
from simulacra.lab.nomad_answers import node_states
from simulacra.lab.processes import alive, clean_environment, enter
from simulacra.lab.programs import find_ip, find_programs, path_with, require_root
from simulacra.lab.state import LabState, Resident
from simulacra.model.grid import Grid
from simulacra.model.status import Power

BOOT_TIME_S = 2.0
"""Short, so that nobody waits for what is shown."""


@dataclass(frozen=True, slots=True)
class MachineSeen:
    """A machine of a running lab. ``agent`` is Nomad's word for its node (``ready``, ``disconnected``, …), None where it has none."""

    name: str
    zone: str
    address: str
    power: Power
    agent: str | None
    server: bool
    cut: bool


def up(grid: Grid, name: str, say: Say, *, boot_time_s: float = BOOT_TIME_S, asleep: Sequence[str] = ()) -> LabState:
    """Bring the grid up as a lab of that name and wait until its machines are ready; those in ``asleep`` sleep, and Nomad hasn't seen them.

    ``boot_time_s`` is what each later boot takes, beside the start of overlay and agent.
    What a half-started lab of that name left is removed first; when it can't be brought up, or is interrupted, everything is removed
    again. Raises `Usage` (no root, a missing program, a machine without ``has``), `Refusal` (it is up already), `Unreachable` (not
    ready in time) or `Fault`.
    """
    layout = lay_out(grid, name)
    state.check_paths(name, (seat.machine.name for seat in layout.seats))
    sleepers = switching.to_sleep(layout, asleep)
    require_root()
    programs = find_programs()
    with state.held(name):
        found = state.load_state(name)
        if found is not None and _is_up(found):
            raise Refusal(f"lab {name}: it is up already, at {found.nomad_addr}; `simulacra lab down --name {name}` ends it")
        if leftovers.remove(programs.ip, name):
            say("removed what was left of a lab of that name")
        try:
            return build(programs, layout, say, boot_time_s, sleepers)
        except BaseException:
            say("removing what was started")
            leftovers.remove(programs.ip, name)
            raise


def down(name: str) -> bool:
    """End the lab and remove all of it; whether there was anything. Idempotent."""
    check_name(name)
    require_root()
    if not state.lab_folder(name).exists() and not network.lab_namespaces(name):
        return False
    with state.held(name):
        return leftovers.remove(find_ip(), name)


def labs() -> tuple[tuple[str, LabState | None], ...]:
    """The labs that are there, by name, with the state of those that are up."""
    found = []
    for name in sorted({*state.known_labs(), *network.labs_seen()}):
        known = state.load_state(name)
        found.append((name, known if known is not None and _is_up(known) else None))
    return tuple(found)


def running(name: str) -> LabState:
    """The state of the lab, which is up; raises `Refusal`."""
    check_name(name)
    require_root()
    found = state.load_state(name)
    if found is None or not _is_up(found):
        half = bool(found is not None or network.lab_namespaces(name))
        help_ = f"`simulacra lab down --name {name}` removes what is left of it" if half else f"`simulacra lab up --name {name}` starts it"
        raise Refusal(f"lab {name}: it isn't up; {help_}")
    return found


def status(name: str) -> tuple[MachineSeen, ...]:
    """The lab's machines, by name."""
    found = running(name)
    cut_off = cut_zones(found, network.ports_down(find_programs().ip, found.wan_namespace))
    nodes = node_states(found.nomad_addr) or {}
    return tuple(
        MachineSeen(
            name=one.name,
            zone=one.zone,
            address=one.address,
            power=_power(one),
            agent=nodes.get(one.name),
            server=one.server,
            cut=one.zone in cut_off,
        )
        for one in found.residents
    )


def _power(one: Resident) -> Power:
    if one.power is not None and one.power.switch != "on":
        return one.power.switch
    return "on" if _runs(one) else "failed"


def _runs(one: Resident) -> bool:
    """Whether the machine's agent runs, and its server where it has one."""
    agents = (one.agent, one.server_agent) if one.server else (one.agent,)
    return all(agent is not None and alive(agent) for agent in agents)


def cut_zones(found: LabState, ports_down: frozenset[str]) -> frozenset[str]:
    """The zones that a cable is missing to: their own, or one of an uplink that they are behind."""
    own = {router.zone for router in found.routers if router.port in ports_down}
    behind = {zone for cable in found.cables if cable.port in ports_down for zone in cable.zones}
    return frozenset(own | behind)


def cut(name: str, place: str) -> None:
    """Take away the cable of a zone (or of an uplink); raises `Usage` for a place that isn't there."""
    found = running(name)
    network.run_ip(find_programs().ip, network.cable_command(found.wan_namespace, _port(found, place), up=False))


def heal(name: str, place: str) -> None:
    """Put the cable back, and let the routers call each other at once; raises `Usage` for a place that isn't there."""
    found = running(name)
    programs = find_programs()
    network.run_ip(programs.ip, network.cable_command(found.wan_namespace, _port(found, place), up=True))
    for router in found.routers:
        peers = [other.wan for other in found.routers if other.zone != router.zone]
        overlay.call_peers(programs, state.router_folder(name, router.zone), peers)


def run_inside(name: str, machine: str, command: Sequence[str]) -> int:
    """Run the command on the lab's machine, with this terminal; returns its exit code, as a shell would have it."""
    found = running(name)
    resident = found.resident(machine)
    if resident is None:
        raise Usage(f"lab {name}: no machine {machine}; there are {', '.join(one.name for one in found.residents)}")
    if resident.power is not None and resident.power.switch != "on":
        raise Refusal(f"lab {name}: {machine} is {resident.power.switch}; `simulacra lab press --name {name} {machine}` starts a sleeper")
    programs = find_programs()
    environment = clean_environment(
        NOMAD_ADDR=_address_inside(found, resident), SIMULACRA_LAB=name, PATH=path_with(programs.nomad, os.environ.get("PATH"))
    )
    done = subprocess.run(enter(programs.nsenter, resident.namespace, command), env=environment, check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def switch(name: str, *words: str) -> str:
    """Do something to a machine (the second word) as its keeper understands it; what came of it in words. Raises `Usage`, `Refusal`."""
    return switching.tell_keeper(running(name), words)


def start_autoscaler(name: str, grid: Grid, grid_folder: Path) -> Path:
    """Let the Nomad Autoscaler steer the lab by these definitions; returns its log. Raises as `autoscaler.start` does."""
    with state.held(name):
        autoscaler.start(running(name), grid, grid_folder)
    return autoscaler.log_file(name)


def stop_autoscaler(name: str) -> None:
    """End the lab's autoscaler; raises `Refusal` where it doesn't run."""
    with state.held(name):
        autoscaler.stop(running(name))


def _address_inside(found: LabState, resident: Resident) -> str:
    """The machine's own agent; where it doesn't run, a server, one that is on before others."""
    if resident.agent is not None and alive(resident.agent):
        return f"http://[{resident.address}]:{nomad_agents.HTTP_PORT}"
    server = min((one for one in found.residents if one.server), key=lambda one: (not _runs(one), one.name))
    return f"http://[{server.address}]:{nomad_agents.SERVER_HTTP_PORT}"


def _port(found: LabState, place: str) -> str:
    ports = {cable.uplink: cable.port for cable in found.cables} | {router.zone: router.port for router in found.routers}
    if place not in ports:
        raise Usage(f"lab {found.name}: no zone or uplink {place}; there are {', '.join(sorted(ports))}")
    return ports[place]


def _is_up(found: LabState) -> bool:
    return found.phase == "up" and found.forward is not None and alive(found.forward)
