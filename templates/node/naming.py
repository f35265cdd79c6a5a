"""The IP addresses behind host names, names by mDNS, and MAC addresses."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator, Sequence

from lan import lans
from mdns import ask
from place import Device
from probing import AT_ONCE, knock, neighbours

AGAIN_S, SOONER_S = 60.0, 15.0
"""How long an address is taken for granted, and how long none is looked for again where none was found."""
LOOKED_UP_AT_ONCE = 4
NEAR = 24
"""A card is looked for among so many bits of addresses around the machine's own, however large its LAN is."""


class Names:
    """Addresses are looked up beside the knocking: a slow name server holds nobody up. One that was found is kept until another is."""

    def __init__(self, root: Path, overlay: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self.root, self.overlay, self.now_s = root, overlay, now_s
        self.known: dict[str, str] = {}
        self.due_s: dict[str, float] = {}
        self.lock = threading.Lock()
        self.pools: dict[str, ThreadPoolExecutor] = {}

    def address(self, device: Device) -> str | None:
        """Its IP address; empty where there is none, None where that isn't known yet."""
        return device.address if device.kind == "ip" else self.known.get(device.address)

    def look_up(self, devices: Sequence[Device]) -> None:
        """Begin with those whose time it is; what is found is known some time later."""
        due = [device for device in devices if device.kind != "ip" and self.due_s.get(device.address, 0.0) <= self.now_s()]
        if not due:
            return
        self.due_s.update((device.address, float("inf")) for device in due)
        for device in due:
            if device.kind == "dns":
                self._pool("dns", LOOKED_UP_AT_ONCE).submit(self._found, [device.address], _by_dns)
        for kind, way in (("mdns", self._by_mdns), ("mac", self._by_card)):
            wanted = sorted({device.address for device in due if device.kind == kind})
            if wanted:
                self._pool(kind, 1).submit(self._found, wanted, way)

    def _pool(self, kind: str, threads: int) -> ThreadPoolExecutor:
        """One for each kind: a slow name server holds up neither mDNS nor MAC addresses."""
        if kind not in self.pools:
            self.pools[kind] = ThreadPoolExecutor(threads)
        return self.pools[kind]

    def _found(self, wanted: list[str], way: Callable[[list[str]], dict[str, str]]) -> None:
        try:
            found = way(wanted)
        except (OSError, ValueError):
            found = {}
        with self.lock:
            for name in wanted:
                self.known[name] = found.get(name) or self.known.get(name, "")
                self.due_s[name] = self.now_s() + (AGAIN_S if name in found else SOONER_S)

    def _by_mdns(self, wanted: list[str]) -> dict[str, str]:
        """By asking on the LANs; what doesn't answer there the system may know all the same."""
        around = [lan for lan in lans(self.root, self.overlay) if lan.version == 4]
        found = ask(wanted, around)
        told = _by_dns([name for name in wanted if name not in found])
        near = {name: it for name, it in told.items() if any(ipaddress.ip_address(it.partition("%")[0]) in lan.network for lan in around)}
        return {**near, **found}

    def _by_card(self, wanted: list[str]) -> dict[str, str]:
        """From the kernel's table; where a card isn't in it, everybody near on the LAN is made to say theirs."""
        cards = {name.lower() for name in wanted}
        found = _of_cards(cards)
        if cards - set(found):
            near = [str(host) for lan in lans(self.root, self.overlay) if lan.version == 4 for host in _near(lan)]
            for at in range(0, len(near), AT_ONCE):
                knock({host: (host, None) for host in near[at : at + AT_ONCE]})
            found = _of_cards(cards)
        return {name: found[name.lower()] for name in wanted if name.lower() in found}


def _near(lan: ipaddress.IPv4Interface) -> Iterator[ipaddress.IPv4Address]:
    return ipaddress.ip_network(f"{lan.ip}/{max(lan.network.prefixlen, NEAR)}", strict=False).hosts()


def _of_cards(cards: set[str]) -> dict[str, str]:
    """Where each of these cards is, IPv4 first."""
    seen = sorted((it.mac, ":" in it.address, it.address) for it in neighbours() if it.there and it.mac in cards)
    found: dict[str, str] = {}
    for mac, _, address in seen:
        if not address.startswith("fe80:"):
            found.setdefault(mac, address)
    return found


def _by_dns(names: list[str]) -> dict[str, str]:
    """As the system looks names up."""
    found = {}
    for name in names:
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            continue
        found[name] = str(sorted(answers, key=lambda it: it[0] != socket.AF_INET)[0][4][0])
    return found
