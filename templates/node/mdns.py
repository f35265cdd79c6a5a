"""Addresses of names that end in `.local`, as devices on the LAN tell them. Source: RFC 6762, its one-shot queries, and RFC 1035."""

from __future__ import annotations

import ipaddress
import selectors
import socket
import struct
import time
from typing import Any, Iterator, Sequence

EVERYBODY = ("224.0.0.251", 5353)
PATIENCE_S = 1.0
NAMES_AT_ONCE, NAME_AT_MOST, MESSAGE_AT_MOST, RECORDS_AT_MOST = 20, 255, 9000, 200
A, INTERNET, ANSWER_TO_ME, UNIQUE = 1, 1, 0x8000, 0x7FFF
"""``ANSWER_TO_ME`` in a question's class asks for an answer to whoever asked; all but ``UNIQUE`` is an answer's class."""


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
    asked = [_labels(name) for name in names]
    good = [labels for labels in asked if labels]
    tail = struct.pack("!HH", A, INTERNET | ANSWER_TO_ME)
    return struct.pack("!HHHHHH", 0, 0, len(good), 0, 0, 0) + b"".join(labels + tail for labels in good)


def _labels(name: str) -> bytes:
    parts = [part.encode() for part in name.rstrip(".").split(".")]
    made = b"".join(bytes([len(part)]) + part for part in parts if len(part) < 64)
    return made + b"\0" if all(0 < len(part) < 64 for part in parts) and len(made) < NAME_AT_MOST else b""


def addresses_in(message: bytes) -> Iterator[tuple[str, str]]:
    """Names, in lower case, and addresses that an answer tells; as far as it can be read."""
    try:
        _, flags, questions, *counts = struct.unpack_from("!HHHHHH", message)
        if not flags & 0x8000:
            return
        at = 12
        for _ in range(min(questions, RECORDS_AT_MOST)):
            _, at = _name(message, at)
            at += 4
        for _ in range(min(sum(counts), RECORDS_AT_MOST)):
            name, at = _name(message, at)
            kind, of, _, length = struct.unpack_from("!HHIH", message, at)
            at += 10
            if kind == A and of & UNIQUE == INTERNET and length == 4 and at + 4 <= len(message):
                yield name, socket.inet_ntoa(message[at : at + 4])
            at += length
    except (struct.error, IndexError, ValueError):
        return


def _name(message: bytes, at: int) -> tuple[str, int]:
    """The name that stands there, and where what follows begins. Each pointer must lead further back: there is no going round."""
    parts, after, limit = [], 0, at
    while message[at]:
        size = message[at]
        if size >= 0xC0:
            target = (size & 0x3F) << 8 | message[at + 1]
            after = after or at + 2
            if target >= limit:
                raise ValueError("a pointer that doesn't lead back")
            at = limit = target
            continue
        if size >= 0x40 or sum(map(len, parts)) + size > NAME_AT_MOST:
            raise ValueError("no name")
        parts.append(message[at + 1 : at + 1 + size])
        at += 1 + size
    return _plain(b".".join(parts).decode(errors="replace")), after or at + 1


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
