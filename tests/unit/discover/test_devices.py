"""What the program makes of what it hears on its LANs."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import mdns_packets as packets
import pytest

HERE = "192.168.1.50"


@pytest.fixture
def lan(devices: ModuleType) -> Any:
    return devices.Lan("eth0", "192.168.1.10", ipaddress.IPv4Network("192.168.1.0/24"))


@pytest.fixture
def search(devices: ModuleType, lan: Any) -> Any:
    return devices.Search([lan])


def test_a_device_with_its_services(search: Any) -> None:
    search.hear(packets.printer(), HERE)
    assert search.found() == [
        {"instance": "Laser 5.1", "type": "_http._tcp", "host": "printer.local", "port": 80, "addresses": [HERE], "model": ""},
        {"instance": "Laser 5.1", "type": "_ipp._tcp", "host": "printer.local", "port": 631, "addresses": [HERE], "model": "Laser 5000"},
    ]


def test_what_is_missing_is_asked_for(search: Any, dns_messages: ModuleType) -> None:
    search.hear(packets.answer(packets.ptr(packets.EVERYTHING, "_odd._udp.local")), HERE)
    assert (("_odd", "_udp", "local"), dns_messages.PTR) in search.questions()
    search.hear(packets.answer(packets.ptr("_odd._udp.local", "Thing._odd._udp.local")), HERE)
    instance = ("Thing", "_odd", "_udp", "local")
    assert {(instance, dns_messages.SRV), (instance, dns_messages.TXT)} <= set(search.questions())
    search.hear(packets.answer(packets.srv("Thing._ODD._udp.local", 5683, "thing.local")), HERE)
    assert [name for name, _ in search.questions() if name == instance] == []
    assert (("thing", "local"), dns_messages.A) in search.questions()
    assert [(it["addresses"], it["instance"]) for it in search.found()] == [([HERE], "Thing")]  # its sender's, as long as none is told
    search.hear(packets.answer(packets.a("Thing.local", "192.168.1.51")), HERE)
    assert [it["addresses"] for it in search.found()] == [["192.168.1.51"]]
    assert (("thing", "local"), dns_messages.A) not in search.questions()


@pytest.mark.parametrize(
    ("packet", "sender"),
    [(packets.printer(), "10.9.9.9"), (packets.printer()[:-1], HERE), (b"nonsense", HERE)],
    ids=["from elsewhere", "cut off", "no message"],
)
def test_what_is_not_believed(search: Any, packet: bytes, sender: str) -> None:
    before = search.questions()
    search.hear(packet, sender)
    assert (search.found(), search.questions()) == ([], before)


def test_addresses_elsewhere_are_left_out(search: Any) -> None:
    search.hear(packets.answer(packets.srv("x._http._tcp.local", 80, "x.local"), packets.a("x.local", "8.8.8.8")), HERE)
    assert [it["addresses"] for it in search.found()] == [[HERE]]


@pytest.mark.parametrize("target", ["_http._tcp.elsewhere", "http._tcp.local", "_http._sctp.local", "_tcp.local"])
def test_what_is_no_type(search: Any, target: str) -> None:
    before = search.questions()
    search.hear(packets.answer(packets.ptr(packets.EVERYTHING, target)), HERE)
    assert search.questions() == before


def test_no_more_is_remembered_than_a_lan_has(search: Any, devices: ModuleType) -> None:
    for number in range(devices.AT_MOST + 100):
        search.hear(packets.answer(packets.srv(f"{number}._http._tcp.local", 80, f"{number}.local")), HERE)
    assert len(search.found()) == devices.AT_MOST


def test_bytes_that_are_no_text_can_be_printed(search: Any) -> None:
    owner = b"\2\xff\xfe" + packets.name("_http._tcp.local")
    search.hear(packets.answer(packets.record(owner, packets.SRV, b"\0\0\0\0\0\x50" + packets.name("x.local"))), HERE)
    assert json.loads(json.dumps(search.found()).encode("ascii"))[0]["instance"] == "\N{REPLACEMENT CHARACTER}" * 2


ARP = """\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.77     0x1         0x2         52:54:00:0D:00:77     *        eth0
192.168.1.8      0x1         0x2         52:54:00:0d:00:08     *        eth0
192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0
172.17.0.2       0x1         0x2         02:42:ac:11:00:02     *        docker0
"""


def test_neighbours_on_the_lans(devices: ModuleType, lan: Any, tmp_path: Path) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/arp").write_text(ARP)
    assert devices.neighbours(tmp_path, [lan]) == [
        {"address": "192.168.1.8", "mac": "52:54:00:0d:00:08"},
        {"address": "192.168.1.77", "mac": "52:54:00:0d:00:77"},
    ]


def test_without_a_lan_it_finds_nothing_and_is_done_at_once(devices: ModuleType) -> None:
    assert devices.look_around([], 60.0).found() == []
