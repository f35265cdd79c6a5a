"""The lab's namespaces and links: as commands, and as they are seen to be."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from simulacra.faults import Fault
from simulacra.lab.addresses import beside
from simulacra.lab.layout import LAN, WAN, Lan, Layout, Seat, Switch, namespace_prefix

NETNS = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
Command = tuple[str, ...]


def build_commands(layout: Layout) -> Iterator[Command]:
    """The arguments of `ip` that make the network, in order."""
    for namespace in layout.namespaces():
        yield from new_namespace(namespace)
    for switch in layout.switches:
        yield from bridge(layout.wan_namespace, switch.bridge)
    for switch in layout.switches:
        yield from _cable(layout, switch)
    for lan in layout.lans:
        yield from _router(layout, lan)
    for seat in layout.seats:
        yield from plug_in(layout, seat)


def new_namespace(name: str) -> Iterator[Command]:
    yield ("netns", "add", name)
    yield ("-n", name, "link", "set", "lo", "up")


def bridge(namespace: str, name: str) -> Iterator[Command]:
    """A switch that floods multicast as a cheap one does, so that neighbours are found at once."""
    yield ("-n", namespace, "link", "add", name, "type", "bridge", "mcast_snooping", "0")
    yield ("-n", namespace, "link", "set", name, "up")


def _cable(layout: Layout, switch: Switch) -> Iterator[Command]:
    if switch.via is None or switch.port is None:
        return
    inside, far = switch.near, switch.port
    yield ("-n", layout.wan_namespace, "link", "add", inside, "type", "veth", "peer", "name", far)
    yield ("-n", layout.wan_namespace, "link", "set", inside, "master", switch.bridge, "up")
    yield ("-n", layout.wan_namespace, "link", "set", far, "master", switch.via, "up")


def _router(layout: Layout, lan: Lan) -> Iterator[Command]:
    yield from bridge(lan.namespace, LAN)
    yield ("-n", lan.namespace, "addr", "add", lan.router, "dev", LAN)
    yield ("-n", lan.namespace, "link", "add", WAN, "type", "veth", "peer", "name", lan.port, "netns", layout.wan_namespace)
    yield ("-n", lan.namespace, "addr", "add", lan.wan, "dev", WAN)
    yield ("-n", lan.namespace, "link", "set", WAN, "up")
    yield ("-n", layout.wan_namespace, "link", "set", lan.port, "master", lan.switch, "up")


def plug_in(layout: Layout, seat: Seat) -> Iterator[Command]:
    """The machine's card, plugged into its zone's switch."""
    lan = layout.lan(seat.machine.zone)
    assert lan is not None, "a grid's references hold"
    yield from plug(seat.namespace, seat.lan_address, (lan.namespace, seat.port), seat.mac, seat.reaches)


def plug(namespace: str, address: str, switch: tuple[str, str], mac: str | None = None, reaches: tuple[str, ...] = ()) -> Iterator[Command]:
    """A card in the namespace, whose cable leads to that port of the switch in the router's namespace."""
    router, port = switch
    own = ("address", mac) if mac else ()
    yield ("-n", namespace, "link", "add", LAN, *own, "type", "veth", "peer", "name", port, "netns", router)
    yield from take_address(namespace, address, reaches)
    yield ("-n", router, "link", "set", port, "master", LAN, "up")


def take_address(namespace: str, address: str, reaches: tuple[str, ...] = ()) -> Iterator[Command]:
    """The card's address on its LAN, which is also where a broadcast goes: a real machine's default route leads there.

    ``reaches`` are addresses that are on this LAN though they aren't of its network.

    The link goes down first, since it gets its link-local address, on which the overlay finds its neighbours, when it comes up.
    """
    yield ("-n", namespace, "link", "set", LAN, "down")
    yield ("-n", namespace, "addr", "replace", address, "broadcast", "+", "dev", LAN)
    yield ("-n", namespace, "link", "set", LAN, "up")
    yield ("-n", namespace, "route", "replace", "255.255.255.255", "dev", LAN)
    if any(":" in other for other in reaches):  # an address of the overlay would be the sender's else, which nobody on the LAN can answer
        yield ("-n", namespace, "addr", "replace", beside(address), "dev", LAN, "nodad")
    for other in reaches:
        yield ("-n", namespace, "route", "replace", other, "dev", LAN)


def drop_addresses(namespace: str) -> Command:
    """The card hears what comes, and answers nobody."""
    return ("-n", namespace, "addr", "flush", "dev", LAN)


def cable_command(namespace: str, port: str, up: bool) -> Command:
    """The far end of a cable goes: the near end loses its carrier, and its packets go nowhere."""
    return ("-n", namespace, "link", "set", port, "up" if up else "down")


def run_ip(ip: str, command: Command) -> str:
    """Run one `ip` command; raises `Fault` with what it said."""
    done = subprocess.run([ip, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fault(f"lab: `ip {' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout


def ports_down(ip: str, namespaces: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The ports whose cable is taken away, each with its namespace, among these."""
    down = set()
    for namespace in namespaces:
        links = json.loads(run_ip(ip, ("-n", namespace, "-json", "link", "show")) or "[]")
        down |= {(namespace, str(link["ifname"])) for link in links if "UP" not in link["flags"] and link["ifname"] != "lo"}
    return frozenset(down)


def lab_namespaces(lab: str) -> tuple[str, ...]:
    """The names of the namespaces that carry the lab's name, whether or not its state is known."""
    if not NETNS.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in NETNS.iterdir() if entry.name.startswith(namespace_prefix(lab))))


def labs_seen() -> tuple[str, ...]:
    """The names of the labs that have namespaces."""
    if not NETNS.is_dir():
        return ()
    found = (entry.name.split(".") for entry in NETNS.iterdir())
    return tuple(sorted({parts[1] for parts in found if len(parts) > 2 and namespace_prefix(parts[1]).startswith(parts[0] + ".")}))


def enter_namespace(namespace: str) -> None:
    """Let the calling thread live in the namespace from now on: what it opens belongs there. Raises `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(NETNS / namespace, os.O_RDONLY)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), namespace)
    finally:
        os.close(descriptor)
