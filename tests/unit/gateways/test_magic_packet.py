"""Magic packets, sent to a socket on the loopback."""

from __future__ import annotations

import socket

import pytest

from simulacra.faults import Refusal
from simulacra.gateways.magic_packet import packet, send
from simulacra.model.journal import Packet
from simulacra.model.machine import Machine, WakeLan

MAC = "aa:bb:cc:dd:ee:0f"
BARE = b"\xff" * 6 + bytes.fromhex("aabbccddee0f") * 16


def machine(**more: object) -> Machine:
    return Machine("tower", "attic", wake=WakeLan(MAC, **more))  # type: ignore[arg-type]


def test_it_is_six_times_ff_and_sixteen_times_the_address() -> None:
    assert packet(machine()) == Packet("tower", BARE.hex(), "255.255.255.255", 9, None)


def test_a_secureon_password_stands_behind() -> None:
    made = packet(machine(secureon="01:02:03:04:05:06", broadcast="192.168.1.255", interface="eth0", port=7))
    assert bytes.fromhex(made.payload) == BARE + bytes.fromhex("010203040506")
    assert (made.broadcast, made.port, made.interface) == ("192.168.1.255", 7, "eth0")


@pytest.mark.parametrize("interface", [None, "lo"])
def test_it_arrives_as_a_broadcast(interface: str | None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.255.255.255", 0))
        listening.settimeout(5)
        send(packet(machine(broadcast="127.255.255.255", port=listening.getsockname()[1], interface=interface)))
        assert listening.recv(1000) == BARE


def test_an_interface_that_isnt_there_is_named() -> None:
    with pytest.raises(Refusal, match=r"tower's magic packet can't be sent to 127.255.255.255 through nowhere0: .*No such device"):
        send(packet(machine(broadcast="127.255.255.255", interface="nowhere0")))
