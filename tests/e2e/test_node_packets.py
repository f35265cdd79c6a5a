"""Magic packets on real cables: in a network of their own, which is gone with the process in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulacra.render.node_job import PARTS
from simulacra.render.templates import shipped_templates

pytestmark = pytest.mark.lab
INSIDE = """
import socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
from cards import Packet, cards, lan_interfaces, send_packets
from pathlib import Path

def ip(words):
    subprocess.run(["ip", *words.split()], check=True)

for here, there in (("one", "eins"), ("two", "zwei"), ("mesh", "netz")):
    ip(f"link add {here} type veth peer name {there}")
    ip(f"link set {here} up")
    ip(f"link set {there} up")
ip("link set lo up")
ip("addr add 192.168.44.1/24 brd + dev one")
ears = {}
for name in ("eins", "zwei", "netz"):
    ears[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    ears[name].bind((name, 0x0800))
    ears[name].settimeout(0.5)

def heard(name):
    count = 0
    try:
        while True:
            frame = ears[name].recv(2000)
            count += frame[:6] == b"\\xff" * 6 and frame[-102:] == payload and frame[36:38] == (9).to_bytes(2, "big")
    except TimeoutError:
        return count

payload = b"\\xff" * 6 + bytes.fromhex("525400a71c01") * 16
for broadcast, interface in (("255.255.255.255", None), ("255.255.255.255", "two"), ("192.168.44.255", None), ("192.168.44.255", "gone")):
    failure = send_packets([Packet("tower", payload, broadcast, 9, interface)], "mesh")
    print(broadcast, interface, repr(failure), *(heard(name) for name in ears))
print(*[name for name in lan_interfaces("mesh") if name in ("one", "two", "mesh", "lo")])
print(*sorted(str(card["interface"]) for card in cards(Path("/nowhere"))))
"""


def test_broadcasts_reach_every_lan_but_the_overlay(tmp_path: Path) -> None:
    for name in PARTS:
        shutil.copy(shipped_templates() / "node" / name, tmp_path)
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", INSIDE, tmp_path], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "255.255.255.255 None '' 3 3 0",
        "255.255.255.255 two '' 0 3 0",
        "192.168.44.255 None '' 3 0 0",
        "192.168.44.255 gone '' 3 0 0",
        "one two",
        "eins mesh netz one two zwei",
    ]
