"""A whole grid on one machine: up, status, cut, heal, machines switched, a command inside, down."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from simulacra.faults import Refusal, Usage
from simulacra.lab import access, autoscaler, consul_agents, delays, leftovers, network, nomad_agents, overlay, state, switching
from simulacra.lab.build import Say, Wishes, build
from simulacra.lab.devices import switching as devices
from simulacra.lab.devices.device import Power as DevicePower
from simulacra.lab.layout import check_name, lay_out
from simulacra.lab.nomad_answers import node_states
from simulacra.lab.places import Place, cut_off, find_place
from simulacra.lab.processes import alive, clean_environment, enter
from simulacra.lab.programs import find_consul, find_ip, find_programs, path_with, require_root
from simulacra.lab.state import LabState, Resident
from simulacra.model.grid import Grid
from simulacra.model.status import Power


@dataclass(frozen=True, slots=True)
class MachineSeen:
    """A machine of a running lab. ``agent`` is Nomad's word for its node (``ready``, ``disconnected``, …), None where it has none.

    ``delay_ms`` is how long frames take from the outermost cables to it. ``rented``: the size and the cloud of a server, None for a machine
    of one's own.
    """

    name: str
    zone: str
    address: str
    power: Power
    agent: str | None
    server: bool
    cut: bool
    delay_ms: float = 0.0
    rented: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """What stands for a peripheral in a running lab. ``address`` is where its zone's machines reach it; ``cut``: its own cable is missing.

    ``fingerprint`` is that of its certificate, None where it speaks no TLS.
    """

    name: str
    zone: str
    address: str
    namespace: str
    power: DevicePower
    fingerprint: str | None
    cut: bool


def up(grid: Grid, name: str, say: Say, wishes: Wishes) -> LabState:
    """Bring the grid up as a lab of that name and wait until its machines are ready, but for those that are to be asleep.

    What a half-started lab of that name left is removed first; when it can't be brought up, or is interrupted, everything is removed
    again. Raises `Usage` (no root, a missing program, a machine without ``has``), `Refusal` (it is up already), `Unreachable` (not
    ready in time) or `Fault`.
    """
    layout = lay_out(grid, name)
    state.check_paths(name, (seat.machine.name for seat in layout.seats))
    devices_asleep, others = devices.to_sleep(layout, wishes.asleep)
    wishes = replace(wishes, asleep=switching.to_sleep(layout, others), devices_asleep=devices_asleep)
    require_root()
    programs = find_programs()
    programs = replace(programs, consul=find_consul()) if wishes.consul else programs
    with state.held(name):
        found = state.load_state(name)
        if found is not None and _is_up(found):
            raise Refusal(f"lab {name}: it is up already, at {found.nomad_addr}; `simulacra lab down --name {name}` ends it")
        if leftovers.remove(programs.ip, name):
            say("removed what was left of a lab of that name")
        try:
            return build(programs, layout, say, wishes)
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
    """The lab's machines, by name, and then the servers of its cloud."""
    found = running(name)
    namespaces = (found.wan_namespace, *(router.namespace for router in found.routers))
    without_cable = cut_off(found, network.ports_down(find_programs().ip, namespaces))
    nodes = node_states(access.environment(found, access.READER)) or {}
    return tuple(
        MachineSeen(
            name=one.name,
            zone=one.zone,
            address=one.address,
            power=_power(one),
            agent=nodes.get(one.address),
            server=one.server,
            cut=one.name in without_cable,
            delay_ms=delays.delay_to(found, one.name),
            rented=one.rented,
        )
        for one in found.machines
    )


def device_status(name: str) -> tuple[DeviceSeen, ...]:
    """The lab's devices, by name; one that is several peripherals' has each of their names."""
    found = running(name)
    routers = {router.zone: router for router in found.routers}
    zones = sorted({device.zone for device in found.devices})
    down = network.ports_down(find_programs().ip, (routers[zone].namespace for zone in zones)) if zones else frozenset()
    served = {zone for zone in zones if (process := routers[zone].devices) is not None and alive(process)}
    seen = [
        DeviceSeen(
            name=one,
            zone=it.zone,
            address=it.addresses[0],
            namespace=it.namespace,
            power=it.power.power if it.power is not None and it.zone in served else "off",
            fingerprint=it.power.fingerprint if it.power is not None else None,
            cut=(routers[it.zone].namespace, it.port) in down,
        )
        for it in found.devices
        for one in it.names
    ]
    return tuple(sorted(seen, key=lambda it: it.name))


def _power(one: Resident) -> Power:
    if one.power is not None and one.power.switch != "on":
        return one.power.switch
    return "on" if _runs(one) else "failed"


def _runs(one: Resident) -> bool:
    """Whether the machine's agent runs, and its server where it has one."""
    agents = (one.agent, one.server_agent) if one.server else (one.agent,)
    return all(agent is not None and alive(agent) for agent in agents)


def cut(name: str, place: str) -> Place:
    """Take away the cable of a zone, an uplink, a machine or a device, and return that; raises `Usage` for one that isn't there."""
    return _plug(running(name), place, up=False)


def heal(name: str, place: str) -> None:
    """Put the cable back, and let routers and servers call their peers at once; raises `Usage` for a place that isn't there."""
    found = running(name)
    _plug(found, place, up=True)
    programs = find_programs()
    for router in found.routers:
        overlay.call_peers(programs, state.router_folder(name, router.zone))
    for server in found.servers:
        if server.overlay is not None:
            with suppress(FileNotFoundError):  # it may be destroyed just now
                overlay.call_peers(programs, state.folder_of(name, server))


def _plug(found: LabState, name: str, *, up: bool) -> Place:
    place = find_place(found, name)
    network.run_ip(find_programs().ip, network.cable_command(place.namespace, place.port, up=up))
    return place


def delay(name: str, place: str, wanted: delays.Wanted) -> None:
    """Let the place's cable take so long, each way, and lose so much; 0: as it was made. Raises `Usage` for a place that isn't there, or
    `Fault`.
    """
    if not 0 <= wanted.jitter_ms <= wanted.delay_ms <= delays.LONGEST_MS:
        raise Usage(f"lab {name}: a cable's delay is from 0 to {delays.LONGEST_MS:g} ms, and its jitter no more than that")
    if not 0 <= wanted.loss_percent < 100:
        raise Usage(f"lab {name}: of a hundred frames a cable loses from 0 to 99; `simulacra lab cut` takes it away")
    with state.held(name):
        found = running(name)
        delays.slow_down(find_programs(), found, find_place(found, place), wanted)


def run_inside(name: str, machine: str, command: Sequence[str]) -> int:
    """Run the command on the lab's machine, with this terminal; returns its exit code, as a shell would have it."""
    found = running(name)
    resident = found.machine(machine)
    if resident is None:
        raise Usage(f"lab {name}: no machine {machine}; there are {', '.join(one.name for one in found.machines)}")
    if resident.power is not None and resident.power.switch != "on":
        raise Refusal(f"lab {name}: {machine} is {resident.power.switch}; `simulacra lab press --name {name} {machine}` starts a sleeper")
    programs = find_programs()
    nomad = access.environment_inside(found, _address_inside(found, resident))
    environment = clean_environment(**nomad, SIMULACRA_LAB=name, PATH=path_with(programs.nomad, os.environ.get("PATH")))
    if found.consul is not None:
        environment["CONSUL_HTTP_ADDR"] = f"http://[{resident.address}]:{consul_agents.HTTP_PORT}"
    done = subprocess.run(enter(programs.nsenter, resident.namespace, command), env=environment, check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def switch(name: str, *words: str) -> str:
    """Do something to a machine (the second word) as its keeper understands it; what came of it in words. Raises `Usage`, `Refusal`."""
    return switching.tell_keeper(running(name), words)


def switch_device(name: str, device: str, what: str) -> str:
    """Let a device be ``on``, ``off`` or ``sleep``; what came of it in words. Raises `Usage`, `Refusal`."""
    return devices.switch(running(name), device, what)


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
        return f"{found.scheme}://[{resident.address}]:{nomad_agents.HTTP_PORT}"
    server = min((one for one in found.residents if one.server), key=lambda one: (not _runs(one), one.name))
    return f"{found.scheme}://[{server.address}]:{nomad_agents.SERVER_HTTP_PORT}"


def _is_up(found: LabState) -> bool:
    return found.phase == "up" and found.forward is not None and alive(found.forward)
