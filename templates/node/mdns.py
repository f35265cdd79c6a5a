"""Addresses of names that end in `.local`, as devices on the LAN tell them. Source: RFC 6762, its one-shot queries."""

from __future__ import annotations

import ipaddress
import selectors
import socket
import time
from typing import Any, Iterator, Sequence

from dns_messages import A, Malformed, Name, encoded, query, read_records

EVERYBODY = ("224.0.0.251", 5353)
PATIENCE_S = 1.0
NAMES_AT_ONCE, MESSAGE_AT_MOST = 20, 9000


def ask(names: Sequence[str], lans: Sequence[Any], to: tuple[str, int] = EVERYBODY, patience_s: float = PATIENCE_S) -> dict[str, str]:
    """The IPv4 addresses of those of these names that answer. ``lans`` are those that are asked, as the machine's own address there.

    Only who is on that LAN is believed, and only that something is there: elsewhere, or in the machine itself, a proxy has no business.
    """
    wanted, found = {_plain(name): name for name in names}, {}
    waiting = selectors.DefaultSelector()
    try:
        for lan in lans:
            asking = _asking(str(lan.ip), names, to)
            if asking is not None:
                waiting.register(asking, selectors.EVENT_READ, lan)
        end_s = time.monotonic() + patience_s
        while waiting.get_map() and len(found) < len(wanted) and time.monotonic() < end_s:
            for key, _ in waiting.select(max(0.0, end_s - time.monotonic())):
                try:
                    message, (source, _) = key.fileobj.recvfrom(MESSAGE_AT_MOST)
                except OSError:
                    continue
                near = ipaddress.ip_address(source) in key.data.network
                for name, address in addresses_in(message) if near else ():
                    there = ipaddress.ip_address(address)
                    if name in wanted and there in key.data.network and there != key.data.ip:
                        found.setdefault(wanted[name], address)
    finally:
        for key in list(waiting.get_map().values()):
            key.fileobj.close()
        waiting.close()
    return found


def _asking(address: str, names: Sequence[str], to: tuple[str, int]) -> socket.socket | None:
    """A socket on that LAN that has asked; None where that can't be."""
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        asking.setblocking(False)
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        asking.bind((address, 0))
        for at in range(0, len(names), NAMES_AT_ONCE):
            asking.sendto(question(names[at : at + NAMES_AT_ONCE]), to)
    except OSError:
        asking.close()
        return None
    return asking


def question(names: Sequence[str]) -> bytes:
    """One message that asks for the addresses of all of them; those that can't be names are left out."""
    asked = [tuple(name.rstrip(".").split(".")) for name in names]
    return query([(name, A) for name in asked if _can_be(name)], direct=True)


def _can_be(name: Name) -> bool:
    try:
        return bool(encoded(name))
    except Malformed:
        return False


def addresses_in(message: bytes) -> Iterator[tuple[str, str]]:
    """Names, in lower case, and addresses that an answer tells; as far as it can be read."""
    try:
        for record in read_records(message):
            if record.kind == A:
                yield _plain(".".join(record.name)), record.address
    except Malformed:
        return


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
