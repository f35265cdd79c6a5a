"""Devices on their LANs: namespaces and cards, as commands. A zone may have hundreds, so one `ip` process runs many of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from itertools import groupby

from simulacra.faults import Fault
from simulacra.lab.addresses import beside
from simulacra.lab.layout import LAN, Layout
from simulacra.lab.network import Command, new_namespace, plug, take_address


def plug_in_devices(layout: Layout) -> Iterator[Command]:
    """The arguments of `ip` that make the devices, in order; those for one namespace stand together."""
    routers = {lan.zone: lan.namespace for lan in layout.lans}
    made = [
        (*new_namespace(it.namespace), *plug(it.namespace, it.lan_address, (routers[it.zone], it.port), it.mac)) for it in layout.devices
    ]
    yield from (command for commands in made for command in commands if command[0] == "netns")
    for seat, commands in zip(layout.devices, made, strict=True):
        yield from (command for command in commands if command[:2] == ("-n", seat.namespace))
        yield from _have_elsewhere(seat.namespace, seat.lan_address, seat.elsewhere)
    for router in routers.values():
        yield from (command for commands in made for command in commands if command[:2] == ("-n", router))


def take_addresses(namespace: str, lan_address: str, elsewhere: str | None) -> Iterator[Command]:
    """All that a device has, after it was off."""
    yield from take_address(namespace, lan_address)
    yield from _have_elsewhere(namespace, lan_address, elsewhere)


def _have_elsewhere(namespace: str, lan_address: str, elsewhere: str | None) -> Iterator[Command]:
    """Nobody else has these addresses: the card doesn't wait to see, so that they can be listened at."""
    if elsewhere is None:
        return
    if ":" not in elsewhere:
        yield ("-n", namespace, "addr", "replace", f"{elsewhere}/32", "dev", LAN)
        return
    for address in (f"{elsewhere}/128", beside(lan_address)):
        yield ("-n", namespace, "addr", "replace", address, "dev", LAN, "nodad")


def run_batches(ip: str, commands: Iterable[Command]) -> None:
    """Run them in order, a process for each row of those for one namespace; raises `Fault` with what it said."""
    for where, its in groupby(commands, key=lambda command: command[:2] if command[0] == "-n" else ()):
        lines = "".join(f"{' '.join(command[len(where) :])}\n" for command in its)
        done = subprocess.run([ip, *where, "-batch", "-"], input=lines, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Fault(f"lab: `ip {' '.join(where)} -batch` failed: {done.stderr.strip()}")
