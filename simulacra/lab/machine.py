"""One machine of the lab switched on and off: its processes, and its address on the LAN."""

from __future__ import annotations

import time
from pathlib import Path

from simulacra.lab import consul_agents, nomad_agents, overlay, state
from simulacra.lab.leftovers import clear_machine
from simulacra.lab.magic import read_card
from simulacra.lab.network import drop_addresses, run_ip, take_address
from simulacra.lab.power import MachinePower
from simulacra.lab.processes import Process, alive, ask_to_end
from simulacra.lab.programs import Programs
from simulacra.lab.state import LabState, Resident

_GRACE_S = 1.0


def stop(programs: Programs, lab: LabState, one: Resident, power: MachinePower) -> None:
    """End all that runs on the machine, and take its address: its card is left, which answers nobody. Idempotent; raises `Fault`.

    Its agents are asked to end first, as the machine's own shutdown does, and not to leave: Nomad misses the machine after a while.
    """
    asked = [process for process in (power.agent, power.server_agent) if process is not None]
    for process in asked:
        ask_to_end(process)
    until = time.monotonic() + _GRACE_S
    while any(alive(process) for process in asked) and time.monotonic() < until:
        time.sleep(0.05)
    clear_machine(programs.ip, lab.name, one.namespace, _folder(lab, one))
    run_ip(programs.ip, drop_addresses(one.namespace))


def start(programs: Programs, lab: LabState, one: Resident) -> tuple[Process, Process | None, Process]:
    """Boot the machine: its overlay, its server where it has one, and its agents, as `build` starts them. Raises `Fault`.

    What a boot that was interrupted has left is taken away first.
    """
    folder = _folder(lab, one)
    clear_machine(programs.ip, lab.name, one.namespace, folder)
    card = read_card(folder)
    for command in take_address(one.namespace, card.address, card.reaches):
        run_ip(programs.ip, command)
    mesh = overlay.start(programs, one.namespace, folder)
    overlay.wait_for_interface(programs, one.namespace, lab.interface, one.address)
    consul_agents.start(programs, lab.consul, one.namespace, folder)
    server = nomad_agents.start_server(programs, one.namespace, folder) if one.server else None
    return mesh, server, nomad_agents.start_client(programs, one.namespace, folder)


def revive(programs: Programs, lab: LabState, one: Resident, power: MachinePower) -> tuple[Process | None, Process]:
    """Start those of the machine's agents, server and client, that were killed while it stayed on: its tasks go on."""
    folder, server, agent = _folder(lab, one), power.server_agent, power.agent
    if one.server and (server is None or not alive(server)):
        server = nomad_agents.start_server(programs, one.namespace, folder)
    if agent is None or not alive(agent):
        agent = nomad_agents.start_client(programs, one.namespace, folder, tasks_live=True)
    return server, agent


def _folder(lab: LabState, one: Resident) -> Path:
    return state.machine_folder(lab.name, one.name)
