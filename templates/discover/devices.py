#!/usr/bin/env python3
"""Looks around on this machine's LANs for devices, and prints what it has found as JSON: those that announce services by multicast DNS, and
the neighbours that the kernel knows. It asks, listens for a few seconds, and changes nothing.

It is run by Nomad's raw_exec driver out of the job `simulacra-discover-ZONE`. It needs Linux and Python 3.7, nothing else.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import select
import socket
import sys
import time
from pathlib import Path
from typing import NamedTuple

from cards import ask, cards, lan_interfaces
from dns_messages import PTR, SRV, TXT, A, Malformed, Name, Record, query, records, same
from lan import SIOCGIFADDR, addresses
from place import read, tell

GROUP, PORT = "224.0.0.251", 5353
PACKET = 9000
ROUNDS_S = (0.0, 0.5, 1.5, 3.5, 6.5)
"""When it asks; packets get lost, and answers bring new questions."""
AT_ONCE, AT_MOST, TEXT_AT_MOST = 20, 512, 128
EVERYTHING: Name = ("_services", "_dns-sd", "_udp", "local")
COMMON = (
    *("http", "https", "ipp", "ipps", "printer", "pdl-datastream", "uscan", "rtsp", "mqtt", "hap", "hue", "shelly", "esphomelib"),
    *("googlecast", "airplay", "raop", "spotify-connect", "sonos", "home-assistant", "octoprint", "smb", "nfs", "ssh"),
)
"""Asked for by name too: not every device tells which services it has."""
MODEL_KEYS = ("ty", "md", "fn", "model", "product")
"""Keys of a service's texts that say what the device is, the best first."""
COMPLETE = 0x2
"""The flag of a neighbour whose address is known; source: net/if_arp.h."""


class Lan(NamedTuple):
    """An interface, and the machine's address there."""

    interface: str
    address: str
    network: ipaddress.IPv4Network


class Search:
    """What has been heard on the LANs so far; from elsewhere nothing is believed."""

    def __init__(self, lans: list[Lan]) -> None:
        self.networks = [lan.network for lan in lans]
        self.types: dict[Name, Name] = {same(name): name for name in ((f"_{it}", "_tcp", "local") for it in COMMON)}
        self.instances: dict[Name, Name] = {}
        self.services: dict[Name, tuple[int, Name, str]] = {}
        self.texts: dict[Name, tuple[bytes, ...]] = {}
        self.addresses: dict[Name, set[str]] = {}

    def near(self, address: str) -> bool:
        return any(ipaddress.IPv4Address(address) in network for network in self.networks)

    def hear(self, packet: bytes, sender: str) -> None:
        """Remember what a packet tells; one that makes no sense tells nothing."""
        if not self.near(sender):
            return
        try:
            for record in records(packet):
                self._remember(record, sender)
        except Malformed:
            return

    def _remember(self, record: Record, sender: str) -> None:
        name = same(record.name)
        if record.kind == PTR and name == EVERYTHING and _is_type(record.target):
            _put(self.types, same(record.target), record.target)
        elif record.kind == PTR and _is_type(record.name) and len(record.target) > 3 and same(record.target)[-3:] == name:
            _put(self.instances, same(record.target), record.target)
        elif record.kind == SRV and len(name) > 3 and _is_type(name[-3:]):
            _put(self.services, name, (record.port, record.target, sender))
            _put(self.instances, name, record.name)
        elif record.kind == TXT:
            _put(self.texts, name, record.texts)
        elif record.kind == A and self.near(record.address):
            found = self.addresses.get(name, set())
            if len(found) < 8:
                _put(self.addresses, name, found | {record.address})

    def questions(self) -> list[tuple[Name, int]]:
        """All that is still to be asked."""
        hosts = {same(host): host for _, host, _ in self.services.values()}
        return [
            (EVERYTHING, PTR),
            *((name, PTR) for name in self.types.values()),
            *((name, kind) for key, name in self.instances.items() if key not in self.services for kind in (SRV, TXT)),
            *((name, A) for key, name in hosts.items() if key not in self.addresses),
        ]

    def found(self) -> list[dict[str, object]]:
        """The services, by name: of each the host that it is on, with its addresses."""
        told = []
        for key, (port, host, sender) in sorted(self.services.items()):
            name = self.instances.get(key, key)
            told.append({
                "instance": _text(".".join(name[:-3])),
                "type": _text(".".join(same(name[-3:-1]))),
                "host": _text(".".join(host)),
                "port": port,
                "addresses": sorted(self.addresses.get(same(host), {sender})),
                "model": _model(self.texts.get(key, ())),
            })  # fmt: skip
        return told[:AT_MOST]


def _put(known: dict, key: Name, value: object) -> None:
    """Remember it, but no more of anything than a LAN has."""
    if key in known or len(known) < AT_MOST:
        known[key] = value


def _is_type(name: Name) -> bool:
    """Whether it is a service's type, as `_http._tcp.local`."""
    plain = same(name)
    return len(plain) == 3 and plain[0].startswith("_") and plain[1] in ("_tcp", "_udp") and plain[2] == "local"


def _model(texts: tuple[bytes, ...]) -> str:
    """What the device says that it is."""
    told = dict(text.decode(errors="replace").partition("=")[::2] for text in texts)
    return _text(next((told[key] for key in MODEL_KEYS if told.get(key)), ""))


def _text(text: str) -> str:
    return text.encode(errors="surrogateescape").decode(errors="replace")[:TEXT_AT_MOST]


def lans(root: Path, overlay: str) -> list[Lan]:
    """The machine's LANs, by interface: those with an address of version 4, without the overlay and the bridges of containers."""
    own = [ipaddress.ip_interface(text) for text in addresses(root, overlay)]
    networks = {str(it.ip): it.network for it in own if isinstance(it, ipaddress.IPv4Interface)}
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for name in lan_interfaces(overlay):
            answer = ask(asked, SIOCGIFADDR, name)
            address = socket.inet_ntoa(answer[20:24]) if answer else ""
            if address in networks:
                found.append(Lan(name, address, networks[address]))
    return found


def sockets(lan: Lan) -> list[socket.socket]:
    """Two to ask through: what is asked from the group's port is answered to everybody, what is asked from another to the one who asks.

    A firewall may keep one of the answers back.
    """
    made = []
    for bound in ((GROUP, PORT), ("", 0)):
        it = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            it.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            it.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(lan.address))
            it.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            it.bind(bound)
            if bound[1]:
                it.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(lan.address))
        except OSError as error:
            tell(f"{lan.interface}: can't listen on port {bound[1]}: {error.strerror or error}")
            it.close()
        else:
            it.setblocking(False)
            made.append(it)
    return made


def look_around(there: list[Lan], seconds: float) -> Search:
    """Ask on all LANs, and listen for so long."""
    search, open_ = Search(there), [it for lan in there for it in sockets(lan)]
    began, rounds = time.monotonic(), [it for it in ROUNDS_S if it == 0.0 or it < seconds - 0.5]
    try:
        while open_:
            passed = time.monotonic() - began
            if rounds and passed >= rounds[0]:
                rounds.pop(0)
                _ask_all(open_, search.questions())
            if passed >= seconds:
                break
            until = min([seconds, *rounds[:1]]) - passed
            for it in select.select(open_, [], [], max(0.0, until))[0]:
                try:
                    packet, sender = it.recvfrom(PACKET)
                except OSError:
                    continue
                search.hear(packet, sender[0])
    finally:
        for it in open_:
            it.close()
    return search


def _ask_all(through: list[socket.socket], questions: list[tuple[Name, int]]) -> None:
    for at in range(0, len(questions), AT_ONCE):
        packet = query(questions[at : at + AT_ONCE])
        for it in through:
            try:
                it.sendto(packet, (GROUP, PORT))
            except OSError as error:
                tell(f"can't ask: {error.strerror or error}")


def neighbours(root: Path, there: list[Lan]) -> list[dict[str, str]]:
    """The machines and devices on the LANs whose hardware address the kernel knows; source: `/proc/net/arp` in proc(5)."""
    found = []
    for line in read(root / "proc/net/arp").splitlines()[1:]:
        words = line.split()
        if len(words) != 6 or words[5] not in [lan.interface for lan in there]:
            continue
        address, _, flags, mac = words[:4]
        plain = re.fullmatch(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", mac.lower())
        if int(flags, 16) & COMPLETE and plain and any(int(byte, 16) for byte in mac.split(":")):
            found.append({"address": address, "mac": mac.lower()})
    return sorted(found, key=lambda it: socket.inet_aton(it["address"]))[:AT_MOST]


def main(environment: dict[str, str]) -> None:
    overlay, root = environment.get("SIMULACRA_OVERLAY", ""), Path("/")
    there = lans(root, overlay)
    if not there:
        tell("this machine has no LAN with an address of version 4")
    search = look_around(there, float(environment.get("SIMULACRA_SECONDS", "10")))
    told = {
        "machine": environment.get("SIMULACRA_MACHINE", socket.gethostname()),
        "addresses": [text.partition("/")[0] for text in addresses(root, overlay)],
        "macs": [str(card["mac"]) for card in cards(root)],
        "services": search.found(),
        "neighbours": neighbours(root, there),
    }
    json.dump(told, sys.stdout)
    print()


if __name__ == "__main__":
    main(dict(os.environ))
