"""DNS messages, as far as finding devices needs them. Whoever is on the LAN may send anything: nothing is read beyond the packet's end,
and a name only leads backwards.

Source: RFC 1035 (4, messages), RFC 6762 (multicast DNS), RFC 6763 (service discovery).
"""

from __future__ import annotations

import socket
import struct
from typing import Iterator, NamedTuple, Tuple

Name = Tuple[str, ...]
"""Labels; bytes that aren't UTF-8 stand in them as Python's `surrogateescape` has them, so that they can be sent back."""

A, PTR, TXT, AAAA, SRV = 1, 12, 16, 28, 33
IN, TO_ME = 1, 0x8000
"""The class of the Internet; ``TO_ME`` in a question's asks for an answer to whoever asked (RFC 6762, 5.4)."""
HEADER = struct.Struct("!6H")
ANSWER, FAILED = 0x8000, 0x780F
"""Flags: it is an answer; it is of another kind than a standard one, or tells of an error."""
LABEL_AT_MOST, NAME_AT_MOST, RECORDS_AT_MOST = 63, 255, 512


class Malformed(ValueError):
    """The packet isn't a DNS message."""


class Record(NamedTuple):
    """``target`` is what PTR and SRV lead to, ``port`` SRV's, ``address`` A's and AAAA's, ``texts`` TXT's."""

    name: Name
    kind: int
    target: Name = ()
    port: int = 0
    address: str = ""
    texts: tuple[bytes, ...] = ()


def same(name: Name) -> Name:
    """A name to compare by: case doesn't matter in DNS."""
    return tuple(label.lower() for label in name)


def query(questions: list[tuple[Name, int]], direct: bool = False) -> bytes:
    """A message that asks these, each a name and the kind of its records; raises `Malformed` for a name that can't be asked for.

    ``direct``: to be answered to whoever asks.
    """
    class_ = IN | TO_ME if direct else IN
    asked = b"".join(encoded(name) + struct.pack("!HH", kind, class_) for name, kind in questions)
    return HEADER.pack(0, 0, len(questions), 0, 0, 0) + asked


def encoded(name: Name) -> bytes:
    """As it stands in a message; raises `Malformed` for what can't be a name."""
    labels = [label.encode(errors="surrogateescape") for label in name]
    whole = b"".join(bytes([len(label)]) + label for label in labels if 0 < len(label) <= LABEL_AT_MOST) + b"\0"
    if len(whole) != sum(len(label) + 1 for label in labels) + 1 or len(whole) > NAME_AT_MOST:
        raise Malformed("a label is empty or too long")
    return whole


def records(packet: bytes) -> list[Record]:
    """The records of an answer, of the kinds above; none of a question. Raises `Malformed`."""
    return list(read_records(packet))


def read_records(packet: bytes) -> Iterator[Record]:
    """The same one by one, as far as it can be read; then raises `Malformed`."""
    if len(packet) < HEADER.size:
        raise Malformed("it ends within its header")
    _, flags, questions, *counts = HEADER.unpack_from(packet)
    if not flags & ANSWER or flags & FAILED:
        return
    at = HEADER.size
    for _ in range(questions):
        _, at = _name(packet, at)
        at += 4
    for _ in range(min(sum(counts), RECORDS_AT_MOST)):
        record, at = _record(packet, at)
        if record is not None:
            yield record


def _record(packet: bytes, at: int) -> tuple[Record | None, int]:
    """The record there, None where it is of another kind; and where the next one begins."""
    name, at = _name(packet, at)
    kind, class_, _, size = _fields("!HHIH", packet, at)
    at += 10
    end = at + size
    if end > len(packet):
        raise Malformed("a record is longer than the packet")
    if class_ & 0x7FFF != IN:  # the highest bit tells caches to forget what they had
        return None, end
    if kind == PTR:
        return Record(name, kind, target=_name(packet, at)[0]), end
    if kind == SRV:
        (port,) = _fields("!H", packet, at + 4)
        return Record(name, kind, target=_name(packet, at + 6)[0], port=port), end
    if kind == TXT:
        return Record(name, kind, texts=_texts(packet, at, end)), end
    if (kind, size) in ((A, 4), (AAAA, 16)):
        family = socket.AF_INET if kind == A else socket.AF_INET6
        return Record(name, kind, address=socket.inet_ntop(family, packet[at:end])), end
    return None, end


def _fields(layout: str, packet: bytes, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, packet, at)
    except struct.error:
        raise Malformed("it ends within a record") from None


def _texts(packet: bytes, at: int, end: int) -> tuple[bytes, ...]:
    found = []
    while at < end:
        stop = at + 1 + packet[at]
        if stop > end:
            raise Malformed("a text is longer than its record")
        found.append(packet[at + 1 : stop])
        at = stop
    return tuple(found)


def _name(packet: bytes, at: int) -> tuple[Name, int]:
    """The name there, and where it ends. Each pointer must lead before what was read of the name so far: none can lead in circles."""
    labels: list[str] = []
    after, before, length = None, at, 0
    while True:
        (size,) = _fields("!B", packet, at)
        if size == 0:
            return tuple(labels), at + 1 if after is None else after
        if size >= 0xC0:
            (pointer,) = _fields("!H", packet, at)
            after = at + 2 if after is None else after
            at = pointer & 0x3FFF
            if at >= before:
                raise Malformed("a name leads in a circle")
            before = at
            continue
        end = at + 1 + size
        length += size + 1
        if size > LABEL_AT_MOST or end > len(packet) or length >= NAME_AT_MOST:
            raise Malformed("a label or a name is too long")
        labels.append(packet[at + 1 : end].decode(errors="surrogateescape"))
        at = end
