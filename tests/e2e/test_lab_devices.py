"""Devices of a lab: reached from their zone's machines and nowhere else, switched off and on, asleep and woken, and gone in the end."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_lab import RunningLab, bring_up, command, eventually, simulacra

from simulacra.lab.network import NETNS, lab_namespaces
from simulacra.lab.processes import inhabitants
from simulacra.lab.state import lab_folder

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("lab_possible")]

GRID = Path(__file__).resolve().parent / "device_grid"

_GET = """
import http.client, ssl, sys
host, port, path, tls = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:] == ["tls"]
context = ssl._create_unverified_context() if tls else None
made = http.client.HTTPSConnection(host, port, timeout=3, context=context) if tls else http.client.HTTPConnection(host, port, timeout=3)
made.connect()
if tls:
    sys.stderr.write(made.sock.getpeercert(True).hex())
made.request("GET", path)
answer = made.getresponse()
print(answer.getheader("X-From"))
sys.stdout.write(answer.read().decode("latin-1"))
"""
_DATAGRAM = """
import socket, sys
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.settimeout(3)
made.connect((sys.argv[1], int(sys.argv[2])))
made.send(b"how warm is it")
print(made.recv(100).decode())
"""
_HELD = """
import socket, sys, time
made = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
made.sendall(b"a page")
assert made.recv(100) == b"a page"
print("connected", flush=True)
sys.stdin.readline()
made.settimeout(3)
made.sendall(b"another")
try:
    print("dead" if made.recv(100) == b"" else "alive")
except OSError as error:
    print("dead")
"""
_BY_NAME = """
import socket, struct, sys
labels = b"".join(bytes([len(it)]) + it for it in sys.argv[1].encode().split(b"."))
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.settimeout(3)
made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[2]))
made.sendto(struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + labels + bytes([0, 0, 1, 0, 1]), ("224.0.0.251", 5353))
print(socket.inet_ntoa(made.recv(1000)[-4:]))
"""
_MAGIC = """
import socket, sys
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
made.sendto(bytes([255] * 6) + bytes.fromhex(sys.argv[1].replace(":", "")) * 16, ("255.255.255.255", 9))
"""


@pytest.fixture(scope="module")
def devices(lab_possible: None) -> Iterator[RunningLab]:  # noqa: ARG001 - a fixture asked for
    running = bring_up(f"dev-{os.getpid()}", GRID, "--asleep", "amplifier", secure=False)
    try:
        yield running
    finally:
        simulacra(GRID, "lab", "down", "--name", running.name)
        assert (lab_namespaces(running.name), lab_folder(running.name).exists()) == ((), False)


def python(lab: RunningLab, machine: str, program: str, *words: str) -> str | None:
    """What the program says there; None: it failed."""
    done = lab.exec(machine, sys.executable, "-c", program, *words)
    return done.stdout if done.returncode == 0 else None


def switch(lab: RunningLab, device: str, what: str) -> str:
    done = lab.simulacra("lab", "device", "--name", lab.name, device, what)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("machine", "device", "caller"),
    [
        ("nas", "printer", "192.168.1.10"),
        ("tower", "printer", "192.168.1.11"),
        ("desk", "plotter", "192.168.1.10"),
        ("mini", "plotter", "192.168.1.11"),
    ],
)
def test_one_address_is_another_device_in_each_zone(devices: RunningLab, machine: str, device: str, caller: str) -> None:
    assert devices.devices()[device]["address"] == "192.168.1.50"
    assert python(devices, machine, _GET, "192.168.1.50", "80", "/") == f"{caller}\nhello from {device}\n"


def test_an_address_elsewhere_is_reached_in_its_zone_alone(devices: RunningLab) -> None:
    sensor, camera = devices.devices()["sensor"], devices.devices()["camera"]
    assert (sensor["zone"], sensor["address"], camera["address"]) == ("attic", "10.20.30.40", "fd12:3456::9")
    for machine in ("nas", "tower"):
        assert python(devices, machine, _DATAGRAM, "10.20.30.40", "5683") == "how warm is it\n"
    for machine in ("desk", "mini"):
        assert python(devices, machine, _DATAGRAM, "10.20.30.40", "5683") is None
        assert python(devices, machine, _GET, "fd12:3456::9", "443", "/", "tls") is None


def test_a_certificate_is_the_one_that_status_tells(devices: RunningLab) -> None:
    camera = devices.devices()["camera"]
    done = devices.exec("nas", sys.executable, "-c", _GET, camera["address"], "443", "/bytes/100000", "tls")
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(bytes.fromhex(done.stderr)).hexdigest() == camera["fingerprint"]
    assert len(done.stdout.partition("\n")[2]) == 100_000
    assert devices.devices()["printer"]["fingerprint"] is None


def test_without_power_a_device_is_there_for_nobody(devices: RunningLab) -> None:
    held = command(GRID, "lab", "exec", "--name", devices.name, "nas", "--", sys.executable, "-c", _HELD, "192.168.1.50", "9100")
    with subprocess.Popen(held, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        assert client.stdout.readline() == "connected\n"
        assert switch(devices, "printer", "off") == "printer is off.\n"
        assert client.communicate("now\n", timeout=20)[0] == "dead\n"
    assert devices.devices()["printer"]["power"] == "off"
    assert python(devices, "nas", _GET, "192.168.1.50", "80", "/") is None
    assert switch(devices, "printer", "on") == "printer is on.\n"
    assert python(devices, "nas", _GET, "192.168.1.50", "80", "/") == "192.168.1.10\nhello from printer\n"


def test_a_devices_cable_can_be_cut(devices: RunningLab) -> None:
    devices.cut("plotter")
    assert devices.devices()["plotter"]["cut"] is True
    assert python(devices, "desk", _GET, "192.168.1.50", "80", "/") is None
    assert not any(one["cut"] for one in devices.status().values())
    devices.heal("plotter")
    assert eventually(lambda: python(devices, "desk", _GET, "192.168.1.50", "80", "/") is not None, 10)


def test_a_device_that_sleeps_wakes_on_its_packet_in_its_lan(devices: RunningLab) -> None:
    amplifier = devices.devices()["amplifier"]
    assert (amplifier["zone"], amplifier["power"]) == ("office", "asleep")
    python(devices, "nas", _MAGIC, "52:54:00:de:71:ce")
    python(devices, "desk", _MAGIC, "52:54:00:de:71:cf")
    time.sleep(4)
    assert devices.devices()["amplifier"]["power"] == "asleep"
    begun = time.monotonic()
    python(devices, "desk", _MAGIC, "52:54:00:de:71:ce")
    assert eventually(lambda: devices.devices()["amplifier"]["power"] == "on", 15)
    assert time.monotonic() - begun > 2.5
    assert python(devices, "desk", _BY_NAME, "amplifier.local", "192.168.1.10") == f"{amplifier['address']}\n"
    assert python(devices, "desk", _GET, amplifier["address"], "8080", "/") == "192.168.1.10\nhello from amplifier\n"
    assert switch(devices, "amplifier", "sleep") == "amplifier is asleep.\n"
    assert python(devices, "desk", _GET, amplifier["address"], "8080", "/") is None


def test_devices_are_shown_and_are_one_process_a_zone(devices: RunningLab) -> None:
    shown = devices.simulacra("lab", "status", "--name", devices.name).stdout
    assert [line.split()[0] for line in shown.partition("DEVICE")[2].splitlines()[1:]] == [
        *("amplifier", "camera", "plotter", "printer", "sensor")
    ]
    assert all((NETNS / one["namespace"]).exists() for one in devices.devices().values())
    assert not inhabitants(one["namespace"] for one in devices.devices().values())
    told = devices.simulacra("lab", "device", "--name", devices.name, "stove", "off")
    assert (told.returncode, "no device stove; there are" in told.stderr) == (2, True)
