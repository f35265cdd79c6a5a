"""Where the program finds its machine: addresses as the kernel tells them, neighbours as an overlay's admin socket does."""

from __future__ import annotations

import importlib
import ipaddress
import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def lan() -> ModuleType:
    return importlib.import_module("lan")


IF_INET6 = """\
00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000023 02 40 00 80     eth0
20010db80000000000000000000000aa 02 40 00 01     eth0
20010db80000000000000000000000bb 02 40 00 40     eth0
fd000000000000000000000000000007 02 40 00 80     eth0
fe80000000000000505400fffea71c01 02 40 20 80     eth0
0200000000000000000000000000000a 03 07 00 80     eth0
fd000000000000000000000000000008 04 40 00 80     wlan0
"""


def test_addresses_of_version_six_that_stay(lan: ModuleType, root: Path) -> None:
    (root / "proc/net/if_inet6").write_text(IF_INET6)
    assert list(lan._six(root, ["eth0"])) == ["2001:db8::23/64", "fd00::7/64"]


def test_addresses_of_this_machine(lan: ModuleType) -> None:
    """Read as the real kernel tells them; the interface of the default overlay has none of them."""
    found = lan.addresses(Path("/"), "ygg0")
    parsed = [ipaddress.ip_interface(text) for text in found]
    assert not any(it.ip.is_loopback or it.ip.is_link_local for it in parsed)
    for it in parsed:
        with socket.socket(socket.AF_INET6 if it.version == 6 else socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.bind((str(it.ip), 0))
    assert found == lan.addresses(Path("/"), "ygg0")


@pytest.mark.parametrize(
    ("ports", "inner"),
    [({}, True), ({"veth1": []}, True), ({"eth0": ["device"]}, False), ({"veth1": [], "bond0": ["lower_eth1"]}, False)],
    ids=["no port", "a container's", "a card", "a bond"],
)
def test_a_bridge_that_no_card_is_plugged_into_is_no_lan(lan: ModuleType, root: Path, ports: dict[str, list[str]], inner: bool) -> None:
    (root / "sys/class/net/br0/bridge").mkdir(parents=True)
    for port, links in ports.items():
        (root / "sys/class/net/br0/brif" / port).mkdir(parents=True)
        for link in links:
            (root / "sys/class/net" / port / link).mkdir(parents=True)
    assert lan._inner_bridge(root, "br0") is inner
    assert lan._inner_bridge(root, "eth0") is False


def peer(remote: str, address: str, **more: object) -> dict[str, object]:
    return {"address": address, "remote": remote, "bytes_recvd": 7, "uptime": 1.5, **more}


NEAR, FAR = "201:7d37:40cd:bbfd:73b:6bd6:e568:7533", "200:3333:5482:5dbd:7317:64d5:b133:9e67"


@contextmanager
def overlay(path: Path, answer: bytes) -> Iterator[list[bytes]]:
    """A node of the overlay that answers everything so; what it was asked."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    asked, _ = listening.accept()
                except OSError:
                    return
                with asked:
                    heard.append(asked.recv(1000))
                    asked.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield heard
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def answer(*peers: object) -> bytes:
    return json.dumps({"status": "success", "request": None, "response": {"peers": list(peers)}}, indent=2).encode()


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (answer(), []),
        (answer(peer("tls://[fe80::5054:ff:fea7:1c01%lan0]:37667", NEAR), peer("tcp://172.31.240.3:9001", FAR)), [NEAR]),
        (answer(peer("tls://[fe80::1%25eth0]:1", NEAR, up=True), peer("tls://[fe80::2%25eth0]:1", FAR, up=False)), [NEAR]),
        (answer(peer("tls://[fe80::1%a]:1", NEAR), peer("tls://[fe80::1%a]:2", NEAR), peer("tls://[FE80::2%a]:1", FAR)), [FAR, NEAR]),
        (answer(peer("tls://[2001:db8::fe80]:1", FAR), peer("tls://[fe80::1%a]:1", "fd00::1"), peer("tls://[fe80::1%a]:1", "?"), 7), []),
        (b'{"status": "error", "error": "no such request"}', []),
        (b"nothing to be understood", []),
        (b"[]", []),
        (b"", []),
    ],
)
def test_neighbours_are_the_peers_on_the_lan(lan: ModuleType, root: Path, told: bytes, found: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, overlay(Path(folder) / "admin", told) as heard:
        assert lan.neighbours(root, f"{folder}/admin") == found
    assert json.loads(heard[0])["request"] == "getPeers"


def test_neighbours_are_asked_for_where_packages_have_the_socket(lan: ModuleType) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert lan.neighbours(Path(folder), "") == []
        (Path(folder) / "run/yggdrasil").mkdir(parents=True)
        with overlay(Path(folder) / "run/yggdrasil/yggdrasil.sock", answer(peer("tls://[fe80::1%a]:1", NEAR))):
            assert lan.neighbours(Path(folder), "") == [NEAR]


def test_many_neighbours_are_the_first_of_them(lan: ModuleType, root: Path) -> None:
    peers = [peer("tls://[fe80::1%a]:1", f"200::{number:x}") for number in range(1, 100)]
    with tempfile.TemporaryDirectory() as folder, overlay(Path(folder) / "admin", answer(*peers)):
        found = lan.neighbours(root, f"{folder}/admin")
    assert (len(found), found) == (64, sorted(found))
