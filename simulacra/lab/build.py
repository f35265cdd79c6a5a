"""Starting a lab: the network, the overlay, the servers, the door, the machines' agents, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from simulacra.faults import Unreachable
from simulacra.lab import access, consul_agents, network, nomad_agents, overlay, state, switching
from simulacra.lab.certificates import make_certificates
from simulacra.lab.cloud_sites import sites_of
from simulacra.lab.cloud_switching import start_cloud
from simulacra.lab.devices.switching import build_devices
from simulacra.lab.forward import Target, forward_command, listen
from simulacra.lab.layout import Layout, Seat
from simulacra.lab.magic import card_of, write_card
from simulacra.lab.nomad_answers import leader_known, node_states
from simulacra.lab.power import write_hooks
from simulacra.lab.processes import Process, alive, clean_environment, enter, spawn
from simulacra.lab.programs import Programs
from simulacra.lab.state import Cable, LabState, Resident, Router

Say = Callable[[str], None]

_LEADER_WITHIN_S = 60.0
_KEYRING_S = 0.5
_READY_WITHIN_S = 180.0
_STAGGER_S = 0.4


BOOT_TIME_S = 2.0
"""Short, so that nobody waits for what is shown."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a lab is to be. ``boot_time_s`` is what each later boot takes, beside the start of overlay and agents.

    ``asleep``: these machines sleep, and Nomad has never seen them. ``consul``: each machine runs a Consul agent too.
    ``secure``: with access control and mutual TLS. ``devices_asleep``: these devices sleep.
    """

    boot_time_s: float = BOOT_TIME_S
    asleep: tuple[str, ...] = ()
    consul: bool = False
    secure: bool = False
    devices_asleep: tuple[str, ...] = ()


def build(programs: Programs, layout: Layout, say: Say, wishes: Wishes) -> LabState:
    """Start everything, and wait until all machines are ready that aren't to be asleep; what was started stays when this fails."""
    asleep = wishes.asleep
    folder = state.lab_folder(layout.lab)
    folder.mkdir(parents=True, mode=0o755)
    for seat in layout.seats:
        _furnish(state.machine_folder(layout.lab, seat.machine.name), seat)
    if wishes.secure:
        make_certificates(programs.nomad, access.folder_of(layout.lab), layout.grid.nomad.region or "global")
    say(f"network: {len(layout.lans)} zones, {len(layout.seats)} machines")
    for command in network.build_commands(layout):
        network.run_ip(programs.ip, command)
    found = replace(_start_overlay(programs, layout), boot_time_s=wishes.boot_time_s, consul=programs.consul, secure=wishes.secure)
    state.save(found)
    say(f"overlay: {layout.grid.overlay.interface} is up on {len(found.residents)} machines")
    if layout.devices:
        found = build_devices(programs, layout, found, wishes.devices_asleep)
        say(f"devices: {len(layout.devices)} for the grid's peripherals")
    found = _start_servers(programs, layout, found)
    certificates = access.folder_of(found.name) if found.secure else None
    port, door = _open_door(programs, found, nomad_agents.SERVER_HTTP_PORT, nomad_agents.HTTP_PORT, certificates)
    found = replace(found, nomad_port=port, forward=door)
    state.save(found)
    say(f"nomad: servers on {', '.join(one.name for one in found.residents if one.server)}")
    _wait_for_leader(found)
    say("nomad: there is a leader")
    if found.secure:
        access.hand_out(found, layout.grid)
        say("nomad: access control is on, with the grid's policies")
    found = _start_clients(programs, layout, found, asleep)
    _wait_until_ready(found, len(found.residents) - len(asleep), say)
    if programs.consul is not None:
        found = _start_consul(programs, layout, found, asleep)
        say(f"consul: agents on {len(found.residents) - len(asleep)} machines; there is a leader")
    found = replace(found, keeper=switching.start_keeper(programs, found))
    if layout.grid.clouds:
        found = replace(found, sites=sites_of(layout))
        state.save(found)
        found = replace(found, cloud=start_cloud(programs, found))
        say(f"cloud: a stand-in for {', '.join(site.cloud for site in found.sites)}")
    if asleep:
        switching.put_to_sleep(found, asleep)
        say(f"power: {', '.join(asleep)} {'is' if len(asleep) == 1 else 'are'} asleep")
    found = replace(found, phase="up")
    state.save(found)
    return found


def _furnish(folder: Path, seat: Seat) -> None:
    folder.mkdir()
    write_card(folder, card_of(seat))
    write_hooks(folder)


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
        residents.append(Resident(seat.machine.name, seat.machine.zone, seat.namespace, seat.server, address, seat.port, started))
    for router in routers:
        folder = state.router_folder(layout.lab, router.zone)
        overlay.wait_for_admin(folder)
    for router in routers:
        overlay.call_peers(programs, state.router_folder(layout.lab, router.zone))
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
        cables=cables(layout),
    )


def cables(layout: Layout) -> tuple[Cable, ...]:
    """The uplinks' cables, each with the zones behind it at any distance."""
    inner = {switch.uplink: switch for switch in layout.switches if switch.uplink is not None}

    def behind(bridge: str) -> tuple[str, ...]:
        own = [lan.zone for lan in layout.lans if lan.switch == bridge]
        return tuple(sorted({*own, *(zone for switch in inner.values() if switch.via == bridge for zone in behind(switch.bridge))}))

    return tuple(Cable(name, switch.port, behind(switch.bridge), switch.near) for name, switch in inner.items() if switch.port is not None)


def _start_servers(programs: Programs, layout: Layout, found: LabState) -> LabState:
    addresses = tuple(one.address for one in found.residents if one.server)
    for seat, one in zip(layout.seats, found.residents, strict=True):
        if seat.server:
            folder = state.machine_folder(layout.lab, one.name)
            nomad_agents.write_server(layout, seat, folder, addresses)
            found = found.with_resident(replace(one, server_agent=nomad_agents.start_server(programs, one.namespace, folder)))
            state.save(found)
    return found


def _start_clients(programs: Programs, layout: Layout, found: LabState, asleep: tuple[str, ...]) -> LabState:
    """Configure all, and start all but those in ``asleep``; a moment between two, so that they don't all want the processor at once."""
    addresses = tuple(one.address for one in found.residents if one.server)
    for seat, one in zip(layout.seats, found.residents, strict=True):
        folder = state.machine_folder(layout.lab, one.name)
        nomad_agents.write_client(layout, seat, folder, addresses)
        if one.name in asleep:
            continue
        found = found.with_resident(replace(one, agent=nomad_agents.start_client(programs, one.namespace, folder)))
        state.save(found)
        time.sleep(_STAGGER_S)
    return found


def _start_consul(programs: Programs, layout: Layout, found: LabState, asleep: tuple[str, ...]) -> LabState:
    """Configure the Consul agents, start those of the machines that are on, and open their door; wait until they know each other."""
    addresses = tuple(one.address for one in found.residents if one.server)
    started = {}
    for one in sorted(found.residents, key=lambda one: (not one.server, one.name)):
        folder = state.machine_folder(found.name, one.name)
        consul_agents.write(layout, one, folder, addresses)
        process = None if one.name in asleep else consul_agents.start(programs, found.consul, one.namespace, folder)
        if process is not None:
            started[one.name] = process
    port, door = _open_door(programs, found, consul_agents.HTTP_PORT, consul_agents.HTTP_PORT)
    found = replace(found, consul_port=port, consul_forward=door)
    state.save(found)
    consul_agents.wait_until_ready(found, started, len(started))
    return found


def _open_door(
    programs: Programs, found: LabState, server_port: int, first_port: int, certificates: Path | None = None
) -> tuple[int, Process]:
    """The door lives outside the zones, and has the servers' HTTP addresses in their namespaces; its port on the host, and its process."""
    targets = tuple(Target(one.namespace, one.address, server_port) for one in found.residents if one.server)
    with listen(first_port) as listening:
        command = enter(programs.nsenter, found.wan_namespace, forward_command(listening.fileno(), targets, certificates))
        log = state.lab_folder(found.name) / f"forward-{first_port}.log"
        here = clean_environment(PYTHONPATH=str(Path(__file__).resolve().parents[2]))
        process = spawn(command, log, pass_fds=(listening.fileno(),), environment=here)
        return int(listening.getsockname()[1]), process


def _wait_for_leader(found: LabState) -> None:
    until = time.monotonic() + _LEADER_WITHIN_S
    while not leader_known(found.nomad_addr, access.certificates(found)):
        _check_agents(found)
        if time.monotonic() > until:
            raise Unreachable(f"lab {found.name}: its Nomad servers elected no leader within {_LEADER_WITHIN_S:.0f} s")
        time.sleep(0.2)
    time.sleep(_KEYRING_S)


def _wait_until_ready(found: LabState, expected: int, say: Say) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    told = -1
    while time.monotonic() < until:
        _check_agents(found)
        nodes = node_states(access.environment(found, access.READER)) or {}
        ready = sum(1 for one in found.residents if nodes.get(one.address) == "ready")
        if ready > told:
            say(f"nomad: {ready} of {expected} machines are ready")
            told = ready
        if ready == expected:
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
