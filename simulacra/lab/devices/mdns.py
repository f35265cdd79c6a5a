"""A device that is asked for by its name on the LAN, and answers for itself. Sources: RFC 6762 (multicast DNS), RFC 1035 (messages)."""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass

GROUP, PORT = "224.0.0.251", 5353
_MESSAGE = 9000
_A, _ANY, _IN, _FLUSH, _UNICAST = 1, 255, 1, 0x8000, 0x8000
_ANSWER = 0x8400
_LEGACY_TTL_S, _TTL_S = 10, 120
_JUMPS_AT_MOST, _QUESTIONS_AT_MOST = 16, 64


@dataclass(frozen=True, slots=True)
class Reply:
    """``direct``: to whoever asked, else to all."""

    packet: bytes
    direct: bool


class NotDns(ValueError):
    """What came isn't a message that can be read."""


def open_mdns(address: str) -> socket.socket:
    """Where a device with that IPv4 address hears what is asked of all; its namespace is the calling thread's."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(address))
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    made.setblocking(False)
    made.bind(("", PORT))
    return made


def answer_queries(made: socket.socket, name: str, address: str) -> None:
    """Answer all that has come until now. An error is an empty queue."""
    with contextlib.suppress(OSError):
        while True:
            packet, sender = made.recvfrom(_MESSAGE)
            try:
                found = reply(packet, sender[1], name, address)
            except NotDns:
                continue
            if found is not None:
                made.sendto(found.packet, sender if found.direct else (GROUP, PORT))


def reply(packet: bytes, port: int, name: str, address: str) -> Reply | None:
    """What is to be said to a message from that port, by who has the name and the IPv4 address; None: nothing. Raises `NotDns`.

    Who asks from another port than mDNS's own knows plain DNS alone (RFC 6762, 6.7): its question and its number come back.
    """
    if len(packet) < 12:
        raise NotDns("shorter than a header")
    number, flags, questions = struct.unpack_from("!HHH", packet)
    at, asked = 12, None
    for _ in range(min(questions, _QUESTIONS_AT_MOST) if not flags & 0x8000 else 0):
        wanted, at = read_name(packet, at)
        if at + 4 > len(packet):
            raise NotDns("a question without its type")
        kind, kept = struct.unpack_from("!HH", packet, at)
        at += 4
        if wanted.lower() == name.rstrip(".").lower() and kind in (_A, _ANY) and kept & ~_UNICAST == _IN:
            asked = kept if asked is None else asked
    if asked is None:
        return None
    legacy = port != PORT
    own = b"".join(bytes([len(it)]) + it.encode() for it in name.rstrip(".").split(".")) + b"\0"
    space, ttl_s = (_IN, _LEGACY_TTL_S) if legacy else (_IN | _FLUSH, _TTL_S)
    answer = own + struct.pack("!HHIH", _A, space, ttl_s, 4) + socket.inet_aton(address)
    question = own + struct.pack("!HH", _A, _IN) if legacy else b""
    head = struct.pack("!HHHHHH", number if legacy else 0, _ANSWER, 1 if legacy else 0, 1, 0, 0)
    return Reply(head + question + answer, direct=legacy or bool(asked & _UNICAST))


def read_name(packet: bytes, at: int) -> tuple[str, int]:
    """The name that begins there, without a dot at its end, and where what follows it begins. Raises `NotDns`."""
    labels: list[str] = []
    after, jumps = None, 0
    while True:
        if at >= len(packet):
            raise NotDns("a name without end")
        size = packet[at]
        if size == 0:
            return ".".join(labels), after if after is not None else at + 1
        if size & 0xC0 == 0xC0 and at + 1 < len(packet) and jumps < _JUMPS_AT_MOST:
            after = after if after is not None else at + 2
            at, jumps = (size & 0x3F) << 8 | packet[at + 1], jumps + 1
        elif size < 64 and at + 1 + size <= len(packet):
            labels.append(packet[at + 1 : at + 1 + size].decode("utf-8", "replace"))
            at += 1 + size
        else:
            raise NotDns("a name that can't be read")
