"""Answers by multicast DNS as devices send them: written out by hand, not by the program that reads them."""

from __future__ import annotations

import struct

A, PTR, TXT, SRV = 1, 12, 16, 33
EVERYTHING = "_services._dns-sd._udp.local"


def name(text: str) -> bytes:
    """Labels with dots between them; ``\\.`` is a dot within a label."""
    labels = text.replace("\\.", "\0").split(".")
    return b"".join(bytes([len(it)]) + it.encode().replace(b"\0", b".") for it in labels) + b"\0"


def record(owner: bytes, kind: int, data: bytes, class_: int = 0x8001) -> bytes:
    return owner + struct.pack("!HHIH", kind, class_, 120, len(data)) + data


def ptr(owner: str, target: str) -> bytes:
    return record(name(owner), PTR, name(target), class_=1)


def srv(owner: str, port: int, host: str) -> bytes:
    return record(name(owner), SRV, struct.pack("!3H", 0, 0, port) + name(host))


def txt(owner: str, *texts: str) -> bytes:
    return record(name(owner), TXT, b"".join(bytes([len(it.encode())]) + it.encode() for it in texts) or b"\0")


def a(owner: str, address: str) -> bytes:
    return record(name(owner), A, bytes(map(int, address.split("."))))


def answer(*records: bytes, flags: int = 0x8400) -> bytes:
    return struct.pack("!6H", 0, flags, 0, len(records), 0, 0) + b"".join(records)


def printer(host: str = "printer.local", address: str = "192.168.1.50") -> bytes:
    """One with a page of its own and a queue, as it answers to the question for all services."""
    return answer(
        ptr(EVERYTHING, "_http._tcp.local"),
        ptr("_ipp._tcp.local", "Laser 5\\.1._ipp._tcp.local"),
        ptr("_http._tcp.local", "Laser 5\\.1._http._tcp.local"),
        srv("Laser 5\\.1._ipp._tcp.local", 631, host),
        srv("Laser 5\\.1._http._tcp.local", 80, host),
        txt("Laser 5\\.1._ipp._tcp.local", "txtvers=1", "ty=Laser 5000"),
        a(host, address),
    )
