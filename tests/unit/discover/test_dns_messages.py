"""DNS messages as devices and others on a LAN send them."""

from __future__ import annotations

import struct
from types import ModuleType

import mdns_packets as packets
import pytest

POINTER = struct.pack("!H", 0xC00C)
"""To the first name after the header."""


def test_the_records_of_an_answer(dns_messages: ModuleType) -> None:
    found = dns_messages.records(packets.printer())
    assert [(it.kind, it.name[0], it.port or it.address or it.target[:1] or it.texts) for it in found] == [
        (dns_messages.PTR, "_services", ("_http",)),
        (dns_messages.PTR, "_ipp", ("Laser 5.1",)),
        (dns_messages.PTR, "_http", ("Laser 5.1",)),
        (dns_messages.SRV, "Laser 5.1", 631),
        (dns_messages.SRV, "Laser 5.1", 80),
        (dns_messages.TXT, "Laser 5.1", (b"txtvers=1", b"ty=Laser 5000")),
        (dns_messages.A, "printer", "192.168.1.50"),
    ]


def test_a_name_may_lead_back_to_one_before_it(dns_messages: ModuleType) -> None:
    (first, second) = dns_messages.records(
        packets.answer(packets.a("printer.local", "10.0.0.1"), packets.record(b"\3old" + POINTER, packets.PTR, POINTER))
    )
    assert (second.name, second.target) == (("old", "printer", "local"), first.name)


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"", "within its header"),
        (packets.printer()[:11], "within its header"),
        (packets.printer()[:-1], "longer than the packet"),
        (packets.printer()[:20], "too long|within a record"),
        (packets.answer(packets.record(POINTER, packets.A, b"1234")), "in a circle"),
        (packets.answer(packets.record(b"\1a" + POINTER, packets.A, b"1234")), "in a circle"),
        (packets.answer(packets.record(b"\1a\xc0\xff", packets.A, b"1234")), "in a circle"),
        (packets.answer(packets.record(b"\x40" + b"a" * 64 + b"\0", packets.A, b"1234")), "too long"),
        (packets.answer(packets.record((b"\x3f" + b"a" * 63) * 4 + b"\0", packets.A, b"1234")), "too long"),
        (packets.answer(packets.record(packets.name("a.local"), packets.TXT, b"\5ab")), "longer than its record"),
        (packets.answer(packets.record(packets.name("a.local"), packets.SRV, b"\0\0")), "within a record"),
    ],
    ids=[
        "nothing",
        "half a header",
        "half an address",
        "half a name",
        "itself",
        "its own beginning",
        "forward",
        "label",
        "name",
        "text",
        "srv",
    ],
)
def test_what_makes_no_sense_is_malformed(dns_messages: ModuleType, packet: bytes, why: str) -> None:
    with pytest.raises(dns_messages.Malformed, match=why):
        dns_messages.records(packet)


@pytest.mark.parametrize("flags", [0x0000, 0x8403, 0x8C00], ids=["a question", "an error", "of another kind"])
def test_only_answers_tell_something(dns_messages: ModuleType, flags: int) -> None:
    assert dns_messages.records(packets.answer(packets.a("printer.local", "10.0.0.1"), flags=flags)) == []


def test_records_of_other_kinds_and_classes_are_passed_over(dns_messages: ModuleType) -> None:
    other = packets.record(packets.name("a.local"), 47, b"\xc0\x0c\0\4")
    chaos = packets.record(packets.name("a.local"), packets.A, b"1234", class_=3)
    short = packets.record(packets.name("a.local"), packets.A, b"12")
    found = dns_messages.records(packets.answer(other, chaos, short, packets.a("b.local", "10.0.0.1")))
    assert [it.name for it in found] == [("b", "local")]


def test_a_question_as_it_is_sent(dns_messages: ModuleType) -> None:
    asked = dns_messages.query([(("a", "local"), dns_messages.A), (("_http", "_tcp", "local"), dns_messages.PTR)])
    assert (
        asked
        == struct.pack("!6H", 0, 0, 2, 0, 0, 0) + packets.name("a.local") + b"\0\1\0\1" + packets.name("_http._tcp.local") + b"\0\x0c\0\1"
    )


@pytest.mark.parametrize("name", [("",), ("a" * 64,), ("a" * 63,) * 4])
def test_what_is_no_name_is_not_asked_for(dns_messages: ModuleType, name: tuple[str, ...]) -> None:
    with pytest.raises(dns_messages.Malformed):
        dns_messages.query([(name, dns_messages.A)])
