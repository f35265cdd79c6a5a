"""A whole grid on one machine: up, status, cut, heal, a command inside, down."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simulacra.faults import Refusal, Unreachable, Usage
from simulacra.lab import leftovers, network, nomad_agents, overlay, state
from simulacra.lab.forward import Target, forward_command, listen
from simulacra.lab.layout import Layout, check_name, lay_out
from simulacra.lab.nomad_answers import leader_known, node_states
from simulacra.lab.processes import alive, clean_environment, enter, spawn
from simulacra.lab.programs import Programs, find_programs, require_root
from simulacra.lab.state import Cable, LabState, Resident, Router
from simulacra.model.grid import Grid
from simulacra.model.status import Power

Say = Callable[[str], None]

_LEADER_WITHIN_S = 60.0
_KEYRING_S = 0.5
_READY_WITHIN_S = 180.0
_STAGGER_S = 0.4


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


def up(grid: Grid, name: str, say: Say) -> LabState:
    """Bring the grid up as a lab of that name and wait until its machines are ready.

    What a half-started lab of that name left is removed first; when it can't be brought up, or is interrupted, everything is removed
    again. Raises `Usage` (no root, a missing program, a machine without ``has``), `Refusal` (it is up already), `Unreachable` (not
    ready in time) or `Fault`.
    """
    layout = lay_out(grid, name)
    require_root()
    programs = find_programs()
    with state.held(name):
        found = state.load_state(name)
        if found is not None and _is_up(found):
            raise Refusal(f"lab {name}: it is up already, at {found.nomad_addr}; `simulacra lab down --name {name}` ends it")
        if leftovers.remove(programs, name):
            say("removed what was left of a lab of that name")
        try:
            return _build(programs, layout, say)
        except BaseException:
            say("removing what was started")
            leftovers.remove(programs, name)
            raise


def down(name: str) -> bool:
    """End the lab and remove all of it; whether there was anything. Idempotent."""
    check_name(name)
    require_root()
    programs = find_programs()
    if not state.lab_folder(name).exists() and not network.lab_namespaces(name):
        return False
    with state.held(name):
        return leftovers.remove(programs, name)


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
            power="on" if one.agent is not None and alive(one.agent) else "failed",
            agent=nodes.get(one.name),
            server=one.server,
            cut=one.zone in cut_off,
        )
        for one in found.residents
    )


def cut_zones(found: LabState, ports_down: frozenset[str]) -> frozenset[str]:
    """The zones that a cable is missing to: their own, or one of an uplink that they are behind."""
    own = {router.zone for router in found.routers if router.port in ports_down}
    behind = {zone for cable in found.cables if cable.port in ports_down for zone in cable.zones}
    return frozenset(own | behind)


def cut(name: str, place: str) -> None:
    """Take away the cable of a zone (or of an uplink); raises `Usage` for a place that isn't there."""
    found = running(name)
    network.run_ip(find_programs().ip, ("-n", found.wan_namespace, "link", "set", _port(found, place), "down"))


def heal(name: str, place: str) -> None:
    """Put the cable back, and let the routers call each other at once; raises `Usage` for a place that isn't there."""
    found = running(name)
    programs = find_programs()
    network.run_ip(programs.ip, ("-n", found.wan_namespace, "link", "set", _port(found, place), "up"))
    for router in found.routers:
        peers = [other.wan for other in found.routers if other.zone != router.zone]
        overlay.call_peers(programs, state.router_folder(name, router.zone), peers)


def run_inside(name: str, machine: str, command: Sequence[str]) -> int:
    """Run the command on the lab's machine, with this terminal; returns its exit code, as a shell would have it."""
    found = running(name)
    resident = found.resident(machine)
    if resident is None:
        raise Usage(f"lab {name}: no machine {machine}; there are {', '.join(one.name for one in found.residents)}")
    environment = clean_environment(NOMAD_ADDR=_address_inside(found, resident), SIMULACRA_LAB=name)
    done = subprocess.run(enter(find_programs().nsenter, resident.namespace, command), env=environment, check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _address_inside(found: LabState, resident: Resident) -> str:
    """The machine's own agent; where it doesn't run, a server."""
    if resident.agent is not None and alive(resident.agent):
        return f"http://[{resident.address}]:{nomad_agents.HTTP_PORT}"
    server = next(one for one in found.residents if one.server)
    return f"http://[{server.address}]:{nomad_agents.SERVER_HTTP_PORT}"


def _port(found: LabState, place: str) -> str:
    ports = {cable.uplink: cable.port for cable in found.cables} | {router.zone: router.port for router in found.routers}
    if place not in ports:
        raise Usage(f"lab {found.name}: no zone or uplink {place}; there are {', '.join(sorted(ports))}")
    return ports[place]


def _is_up(found: LabState) -> bool:
    return found.phase == "up" and found.forward is not None and alive(found.forward)


def _build(programs: Programs, layout: Layout, say: Say) -> LabState:
    folder = state.lab_folder(layout.lab)
    folder.mkdir(parents=True, mode=0o755)
    for seat in layout.seats:
        state.machine_folder(layout.lab, seat.machine.name).mkdir()
    say(f"network: {len(layout.lans)} zones, {len(layout.seats)} machines")
    for command in network.build_commands(layout):
        network.run_ip(programs.ip, command)
    found = _start_overlay(programs, layout)
    state.save(found)
    say(f"overlay: {layout.grid.overlay.interface} is up on {len(found.residents)} machines")
    found = _open_door(programs, _start_servers(programs, layout, found))
    state.save(found)
    say(f"nomad: servers on {', '.join(one.name for one in found.residents if one.server)}")
    _wait_for_leader(found)
    say("nomad: there is a leader")
    found = _start_clients(programs, layout, found)
    _wait_until_ready(found, say)
    found = replace(found, phase="up")
    state.save(found)
    return found


def _start_overlay(programs: Programs, layout: Layout) -> LabState:
    routers, residents = [], []
    for lan in layout.lans:
        folder = state.router_folder(layout.lab, lan.zone)
        folder.mkdir()
        overlay.configure_router(programs, folder, layout, lan)
        started = overlay.start(programs, lan.namespace, folder)
        routers.append(Router(lan.zone, lan.namespace, lan.port, lan.wan.partition("/")[0], started))
    for seat in layout.seats:
        folder = state.machine_folder(layout.lab, seat.machine.name)
        address = overlay.configure_machine(programs, folder, layout.grid.overlay.interface)
        started = overlay.start(programs, seat.namespace, folder)
        residents.append(Resident(seat.machine.name, seat.machine.zone, seat.namespace, seat.server, address, started))
    for router in routers:
        folder = state.router_folder(layout.lab, router.zone)
        overlay.wait_for_admin(folder)
    for router in routers:
        overlay.call_peers(programs, state.router_folder(layout.lab, router.zone), [one.wan for one in routers if one != router])
    for one in residents:
        overlay.wait_for_interface(programs, one.namespace, layout.grid.overlay.interface, one.address)
    return LabState(
        name=layout.lab,
        grid=layout.grid.name,
        phase="starting",
        wan_namespace=layout.wan_namespace,
        interface=layout.grid.overlay.interface,
        residents=tuple(residents),
        routers=tuple(routers),
        cables=_cables(layout),
    )


def _cables(layout: Layout) -> tuple[Cable, ...]:
    """The uplinks' cables, each with the zones behind it at any distance."""
    inner = {switch.uplink: switch for switch in layout.switches if switch.uplink is not None}

    def behind(bridge: str) -> tuple[str, ...]:
        own = [lan.zone for lan in layout.lans if lan.switch == bridge]
        return tuple(sorted({*own, *(zone for switch in inner.values() if switch.via == bridge for zone in behind(switch.bridge))}))

    return tuple(Cable(name, switch.port, behind(switch.bridge)) for name, switch in inner.items() if switch.port is not None)


def _start_servers(programs: Programs, layout: Layout, found: LabState) -> LabState:
    addresses = tuple(one.address for one in found.residents if one.server)
    for seat, one in zip(layout.seats, found.residents, strict=True):
        if seat.server:
            folder = state.machine_folder(layout.lab, one.name)
            nomad_agents.write_server(layout, seat, folder, addresses)
            found = found.with_resident(replace(one, server_agent=nomad_agents.start_server(programs, one.namespace, folder)))
            state.save(found)
    return found


def _start_clients(programs: Programs, layout: Layout, found: LabState) -> LabState:
    """A moment between two, so that they don't all want the processor at once."""
    addresses = tuple(one.address for one in found.residents if one.server)
    for seat, one in zip(layout.seats, found.residents, strict=True):
        folder = state.machine_folder(layout.lab, one.name)
        nomad_agents.write_client(layout, seat, folder, addresses)
        found = found.with_resident(replace(one, agent=nomad_agents.start_client(programs, one.namespace, folder)))
        state.save(found)
        time.sleep(_STAGGER_S)
    return found


def _open_door(programs: Programs, found: LabState) -> LabState:
    """The door lives outside the zones, and has the servers' HTTP addresses in their namespaces."""
    targets = tuple(Target(one.namespace, one.address, nomad_agents.SERVER_HTTP_PORT) for one in found.residents if one.server)
    with listen() as listening:
        command = enter(programs.nsenter, found.wan_namespace, forward_command(listening.fileno(), targets))
        log = state.lab_folder(found.name) / "forward.log"
        here = clean_environment(PYTHONPATH=str(Path(__file__).resolve().parents[2]))
        process = spawn(command, log, pass_fds=(listening.fileno(),), environment=here)
        return replace(found, nomad_port=listening.getsockname()[1], forward=process)


def _wait_for_leader(found: LabState) -> None:
    until = time.monotonic() + _LEADER_WITHIN_S
    while not leader_known(found.nomad_addr):
        _check_agents(found)
        if time.monotonic() > until:
            raise Unreachable(f"lab {found.name}: its Nomad servers elected no leader within {_LEADER_WITHIN_S:.0f} s")
        time.sleep(0.2)
    time.sleep(_KEYRING_S)


def _wait_until_ready(found: LabState, say: Say) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    told = -1
    while time.monotonic() < until:
        _check_agents(found)
        nodes = node_states(found.nomad_addr) or {}
        ready = sum(1 for one in found.residents if nodes.get(one.name) == "ready")
        if ready > told:
            say(f"nomad: {ready} of {len(found.residents)} machines are ready")
            told = ready
        if ready == len(found.residents):
            return
        time.sleep(0.5)
    raise Unreachable(f"lab {found.name}: not all machines were ready within {_READY_WITHIN_S:.0f} s; this machine may be too busy for it")


def _check_agents(found: LabState) -> None:
    """Raises `Unreachable` with the last words of an agent that has ended."""
    for one in found.residents:
        for process, log in ((one.server_agent, "server.log"), (one.agent, "nomad.log")):
            if process is not None and not alive(process):
                words = _last_words(state.machine_folder(found.name, one.name) / log)
                raise Unreachable(f"lab {found.name}: a Nomad agent of {one.name} ended: {words}")


def _last_words(log: Path) -> str:
    """What the agent said last that was an error, or at all."""
    lines = log.read_text(errors="replace").splitlines()
    errors = [line for line in lines if "rror" in line or "[ERROR]" in line]
    return (errors or lines or ["it said nothing"])[-1].strip()
