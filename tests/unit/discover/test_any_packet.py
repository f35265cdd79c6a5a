"""Whatever is sent to the program that looks for devices: it reads it or refuses it, soon, and never falls over it."""

from __future__ import annotations

import ipaddress
from types import ModuleType

import mdns_packets as packets
from hypothesis import given
from hypothesis import strategies as st

PACKET = packets.printer()
NETWORK = ipaddress.IPv4Network("192.168.1.0/24")
LABELS = st.lists(st.binary(min_size=1, max_size=63).map(lambda it: it.decode(errors="surrogateescape")), max_size=3).map(tuple)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good packet, with bytes changed, left out or put in between."""
    made = bytearray(PACKET)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(made)))
        made[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(made)


@given(st.one_of(st.binary(max_size=600), st.binary(max_size=300).map(lambda it: PACKET[:12] + it), spoilt()))
def test_any_bytes_are_read_or_refused(dns_messages: ModuleType, packet: bytes) -> None:
    try:
        for record in dns_messages.records(packet):
            assert sum(len(label.encode(errors="surrogateescape")) + 1 for label in record.name) < dns_messages.NAME_AT_MOST
            dns_messages.query([(record.name, dns_messages.PTR)])  # what was heard of can be asked for
    except dns_messages.Malformed:
        pass


@given(st.lists(spoilt(), max_size=8))
def test_what_was_heard_can_be_told_and_asked(dns_messages: ModuleType, devices: ModuleType, heard: list[bytes]) -> None:
    search = devices.Search([devices.Lan("eth0", "192.168.1.10", NETWORK)])
    for packet in heard:
        search.hear(packet, "192.168.1.50")
    for question in search.questions():
        dns_messages.query([question])
    for it in search.found():
        f"{it['instance']}{it['host']}".encode()  # no half characters
        assert all(ipaddress.IPv4Address(address) in NETWORK for address in it["addresses"])


@given(LABELS.filter(bool))
def test_a_name_arrives_as_it_was_sent(dns_messages: ModuleType, name: tuple[str, ...]) -> None:
    sent = dns_messages.query([(name, dns_messages.A)])[12:-4]
    (record,) = dns_messages.records(packets.answer(packets.record(sent, packets.A, b"\x0a\0\0\1")))
    assert (record.name, record.address) == (name, "10.0.0.1")
