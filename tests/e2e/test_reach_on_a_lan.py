"""What the program on a machine finds of devices on a real LAN: two network namespaces and a cable."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from simulacra.render.templates import shipped_templates

pytestmark = pytest.mark.lab
MACHINE, DEVICE = "simreach.machine", "simreach.device"
MAC = "52:54:00:a7:77:02"
LOOKS = """
import json, time
from pathlib import Path
from place import Device
from reach import Reach
told = [
    ("open", "10.77.0.2", "ip", 8080, False),
    ("shut", "10.77.0.2", "ip", 8081, False),
    ("udp", "10.77.0.2", "ip", None, False),
    ("card", "52:54:00:A7:77:02", "mac", None, False),
    ("named", "Lamp.local", "mdns", 8080, False),
    ("console", "10.77.0.9", "ip", 80, True),
    ("elsewhere", "10.78.0.9", "ip", 80, True),
    ("gone", "10.77.0.8", "ip", None, False),
]
reach = Reach(Path("/"), [Device(*it) for it in told], "ygg0")
reach.start(lambda: print(json.dumps(reach.found()), flush=True))
time.sleep(300)
"""
ANSWERS = """
import socket, struct
web = socket.create_server(("", 8080))
mdns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
mdns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
mdns.bind(("", 5353))
mdns.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.251") + socket.inet_aton("10.77.0.2"))
print("ready", flush=True)
while True:
    asked, whom = mdns.recvfrom(9000)
    name = b"\\4lamp\\5local\\0"
    if name in asked.lower():
        header, record = struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 0), struct.pack("!HHIH", 1, 0x8001, 60, 4)
        mdns.sendto(header + name + record + bytes([10, 77, 0, 2]), whom)
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@dataclass
class Lan:
    """``heard`` are the lines of the program: what is reached and what isn't, at each change."""

    heard: IO[str]

    def soon(self, reached: set[str], unreached: set[str], within_s: float) -> float:
        """How long it took."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < within_s + 30:
            last = tuple(map(set, json.loads(self.heard.readline())))
            if last == (reached, unreached):
                took_s = time.monotonic() - began_s
                assert took_s < within_s
                print(f"{took_s:.1f} s")
                return took_s
        raise AssertionError(f"it says {last}")


@pytest.fixture
def lan(lab_possible: None, tmp_path: Path) -> Iterator[Lan]:  # noqa: ARG001 - a fixture asked for
    running = []
    try:
        for name in (MACHINE, DEVICE):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", MACHINE, "link", "add", "lan0", "type", "veth", "peer", "name", "lan0", "address", MAC, "netns", DEVICE)
        for name, host in ((MACHINE, 1), (DEVICE, 2)):
            ip("-n", name, "address", "add", f"10.77.0.{host}/24", "dev", "lan0")
            ip("-n", name, "link", "set", "lan0", "up")
        for name, script in ((DEVICE, ANSWERS), (MACHINE, LOOKS)):
            path = tmp_path / f"{name}.py"
            path.write_text(f"import sys\nsys.path.insert(0, {str(shipped_templates() / 'node')!r})\n{script}")
            command = ["ip", "netns", "exec", name, sys.executable, "-B", str(path)]
            running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            if name == DEVICE:
                assert running[-1].stdout is not None
                running[-1].stdout.readline()
        assert running[-1].stdout is not None
        yield Lan(running[-1].stdout)
    finally:
        for process in running:
            process.kill()
            process.wait()
        for name in (MACHINE, DEVICE):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def test_a_device_that_goes_and_comes_and_a_cable_that_is_pulled(lan: Lan) -> None:
    answering = {"open", "shut", "udp", "card", "named"}
    asleep, never = {"console"}, {"elsewhere", "gone"}
    lan.soon(answering | asleep, never, 15)
    ip("-n", DEVICE, "address", "flush", "dev", "lan0")
    lan.soon(asleep, answering | never, 30)
    ip("-n", DEVICE, "address", "add", "10.77.0.2/24", "dev", "lan0")
    lan.soon(answering | asleep, never, 40)
    ip("-n", DEVICE, "link", "set", "lan0", "down")
    lan.soon(set(), answering | asleep | never, 40)
