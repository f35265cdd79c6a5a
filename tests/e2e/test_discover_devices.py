"""The program that looks for devices, on a LAN of its own: a real cable, and a device that answers at its other end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulacra.render.discover_job import PARTS
from simulacra.render.templates import shipped_templates

pytestmark = pytest.mark.lab
TESTS = Path(__file__).resolve().parents[1]
DEVICE = """
import socket, struct, sys
import mdns_packets as packets
heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.bind(("", 5353))
heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.251") + socket.inet_aton("192.168.9.50"))
heard.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.168.9.50"))
print("here", flush=True)
ours = ("192.168.9.50", 5353)
while True:
    packet, sender = heard.recvfrom(9000)
    if sender == ours or packet[2] & 0x80:
        continue
    to = ("224.0.0.251", 5353) if sys.argv[1] == "everybody" else sender
    if (sender[1] == 5353) == (sys.argv[1] == "everybody"):
        heard.sendto(b"nonsense", to)
        heard.sendto(packets.printer(address="192.168.9.50"), to)
"""


@pytest.fixture
def cable() -> Iterator[tuple[str, str]]:
    """Two network namespaces with a cable between them: a machine and a device."""
    if os.geteuid():
        pytest.fail("needs root: network namespaces")
    ends = tuple(f"simdisc{os.getpid()}{it}" for it in "md")
    try:
        for end in ends:
            ip("netns", "add", end)
        ip("-n", ends[0], "link", "add", "eth0", "address", "52:54:00:00:09:0a", "type", "veth", "peer", "name", "eth0", "netns", ends[1])
        for end, address in zip(ends, ("192.168.9.10/24", "192.168.9.50/24"), strict=True):
            ip("-n", end, "address", "add", address, "dev", "eth0")
            ip("-n", end, "link", "set", "eth0", "up")
        yield ends[0], ends[1]
    finally:
        for end in ends:
            subprocess.run(["ip", "netns", "delete", end], check=False, timeout=20)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=20)


@pytest.mark.parametrize("answers", ["everybody", "asker"])
def test_a_device_that_answers_is_found(cable: tuple[str, str], answers: str, tmp_path: Path) -> None:
    machine, device = cable
    for name in PARTS:
        shutil.copy(shipped_templates() / name, tmp_path)
    answering = subprocess.Popen(
        ["ip", "netns", "exec", device, sys.executable, "-c", DEVICE, answers],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
    )
    try:
        assert answering.stdout is not None
        assert answering.stdout.readline() == b"here\n"
        done = subprocess.run(
            ["ip", "netns", "exec", machine, sys.executable, tmp_path / "devices.py"],
            env={**os.environ, "SIMULACRA_SECONDS": "2", "SIMULACRA_MACHINE": "nas", "SIMULACRA_OVERLAY": "ygg0"},
            capture_output=True,
            timeout=60,
            check=True,
        )
    finally:
        answering.kill()
        answering.wait()
        answering.stdout.close()  # type: ignore[union-attr]
    told = json.loads(done.stdout)
    assert (told["machine"], told["addresses"], told["macs"]) == ("nas", ["192.168.9.10"], ["52:54:00:00:09:0a"])
    assert [(it["instance"], it["port"], it["host"], it["addresses"]) for it in told["services"]] == [
        ("Laser 5.1", 80, "printer.local", ["192.168.9.50"]),
        ("Laser 5.1", 631, "printer.local", ["192.168.9.50"]),
    ]
    if answers == "asker":  # who answers to an address has asked whose it is
        assert [it["address"] for it in told["neighbours"]] == ["192.168.9.50"]
