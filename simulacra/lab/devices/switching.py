"""A lab's devices as the lab and its people see them: made, started, switched off and on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simulacra.faults import Fault, Refusal, Usage
from simulacra.lab import state
from simulacra.lab.ask import ask
from simulacra.lab.devices.certificate import make_certificate
from simulacra.lab.devices.device import Device, DevicePort, DevicePower, save_power
from simulacra.lab.devices.keeper import keeper_command
from simulacra.lab.devices.network import plug_in_devices, run_batches
from simulacra.lab.layout import DeviceSeat, Layout
from simulacra.lab.magic import Card, write_card
from simulacra.lab.processes import Process, alive, clean_environment, enter, spawn
from simulacra.lab.programs import Programs
from simulacra.lab.state import LabState

_PATIENCE_S = 60.0
ALL = "all"


def build_devices(programs: Programs, layout: Layout, found: LabState, asleep: Sequence[str]) -> LabState:
    """Plug them in, and start them; the state, saved, that has them. The network of their zones is there. Raises `Fault`."""
    devices = tuple(_device(seat) for seat in layout.devices)
    for seat, device in zip(layout.devices, devices, strict=True):
        _furnish(state.device_folder(layout.lab, device.name), seat, device, asleep=device.name in asleep)
    run_batches(programs.ip, plug_in_devices(layout))
    found = replace(found, devices=devices)
    state.save(found)
    zones = sorted({it.zone for it in devices})
    started = {zone: _start(programs, found, zone) for zone in zones}
    found = replace(found, routers=tuple(replace(it, devices=started.get(it.zone)) for it in found.routers))
    state.save(found)
    for zone, process in started.items():
        _wait_until_ready(found, zone, process)
    return found


def to_sleep(layout: Layout, named: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The devices that are meant by these names, and those of the names that are left, which must be machines'. Raises `Usage`.

    ``all`` means those that a packet wakes, and stays for the machines.
    """
    if tuple(named) == (ALL,):
        return tuple(it.name for it in layout.devices if it.wake is not None), tuple(named)
    machines = {seat.machine.name for seat in layout.seats}
    devices = {one.name: it for it in layout.devices for one in it.peripherals if one.name not in machines}
    theirs = [devices[name] for name in named if name in devices]
    awake = sorted(it.name for it in theirs if it.wake is None)
    if awake:
        raise Usage(f'lab {layout.lab}: {", ".join(awake)} can\'t start asleep: no packet wakes a device without `wake "lan"`')
    return tuple(it.name for it in theirs), tuple(name for name in named if name not in devices)


def switch(found: LabState, name: str, what: str) -> str:
    """Do it (``on``, ``off`` or ``sleep``) to the device; what is said of that. Raises `Usage` (no such device) or `Refusal`."""
    device = found.device(name)
    if device is None:
        there = ", ".join(one for it in found.devices for one in it.names) or "none: the grid that it was started with has no peripheral"
        raise Usage(f"lab {found.name}: no device {name}; there are {there}")
    try:
        done, said = ask(state.router_folder(found.name, device.zone), [what, device.name])
    except OSError:
        help_ = f"`simulacra lab down --name {found.name}` removes it, `simulacra lab up --name {found.name}` starts another"
        raise Refusal(f"lab {found.name}: what serves the devices of {device.zone} has ended; {help_}") from None
    if not done:
        raise Refusal(f"lab {found.name}: {said}")
    return said


def _device(seat: DeviceSeat) -> Device:
    ports = tuple(DevicePort(it.name, port.number, port.protocol) for it in seat.peripherals for port in it.ports)
    names = tuple(it.name for it in seat.peripherals)
    mdns = seat.peripherals[0].address if seat.peripherals[0].address_kind == "mdns" else None
    wakes = seat.wake is not None
    return Device(names, seat.zone, seat.namespace, seat.lan_address, seat.elsewhere, seat.port, ports, wakes, mdns)


def _furnish(folder: Path, seat: DeviceSeat, device: Device, *, asleep: bool) -> None:
    folder.mkdir()
    wake = seat.wake
    write_card(folder, Card(seat.lan_address, wake.mac if wake is not None else None, wake.secureon if wake is not None else None))
    fingerprint = make_certificate(folder, device.name) if device.speaks_tls else None
    save_power(folder, DevicePower("asleep" if asleep else "on", time.time(), fingerprint))


def _start(programs: Programs, found: LabState, zone: str) -> Process:
    router = next(it for it in found.routers if it.zone == zone)
    here = clean_environment(PYTHONPATH=str(Path(__file__).resolve().parents[3]))
    command = enter(programs.nsenter, router.namespace, keeper_command(found.name, zone))
    return spawn(command, state.router_folder(found.name, zone) / "devices.log", environment=here)


def _wait_until_ready(found: LabState, zone: str, process: Process) -> None:
    folder = state.router_folder(found.name, zone)
    until = time.monotonic() + _PATIENCE_S
    while alive(process) and time.monotonic() < until:
        try:
            ask(folder, ["hello"])
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise Fault(f"lab {found.name}: the devices of {zone} did not start; see {folder / 'devices.log'}")
