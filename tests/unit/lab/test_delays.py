"""Slow cables: what is asked of the kernel, and how a process holds frames back."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from simulacra.faults import Usage
from simulacra.lab import lab
from simulacra.lab.delayer import Lane
from simulacra.lab.delays import Wanted, delay_to, netem_commands, put_back, put_between
from simulacra.lab.places import find_place
from simulacra.lab.state import Cable, Delay, LabState, Resident, Router

FOUND = LabState(
    name="lab",
    grid="home",
    phase="up",
    wan_namespace="simlab.lab.wan",
    interface="ygg0",
    residents=(
        Resident("nas", "attic", "simlab.lab.m.nas", True, "200::1", "port0"),
        Resident("vps", "sky", "simlab.lab.m.vps", False, "200::2", "port0"),
    ),
    routers=(Router("attic", "simlab.lab.z.attic", "zone0", "172.31.240.1"), Router("sky", "simlab.lab.z.sky", "zone1", "172.31.240.2")),
    cables=(Cable("street", "cable0", ("attic",), "up0up"),),
)
TIMES = ("root", "netem", "limit", "10000", "delay", "12.5ms", "1ms")


@pytest.mark.parametrize(
    ("place", "ends"),
    [
        ("attic", [("simlab.lab.wan", "zone0"), ("simlab.lab.z.attic", "wan0")]),
        ("street", [("simlab.lab.wan", "cable0"), ("simlab.lab.wan", "up0up")]),
        ("nas", [("simlab.lab.z.attic", "port0"), ("simlab.lab.m.nas", "lan0")]),
    ],
)
def test_netem_stands_at_both_ends_of_a_cable(place: str, ends: list[tuple[str, str]]) -> None:
    commands = list(netem_commands(find_place(FOUND, place), Wanted(12.5, 1.0)))
    assert commands == [("-n", namespace, "qdisc", "replace", "dev", port, *TIMES) for namespace, port in ends]


def test_netem_loses_frames_too() -> None:
    commands = list(netem_commands(find_place(FOUND, "nas"), Wanted(0.0, loss_percent=2.5)))
    assert [command[-6:] for command in commands] == [("10000", "delay", "0ms", "0ms", "loss", "2.5%")] * 2


@pytest.mark.parametrize(("wanted", "worse"), [(Wanted(0.0), False), (Wanted(3.0), True), (Wanted(0.0, loss_percent=1.0), True)])
def test_a_cable_is_worse_that_is_slow_or_loses_frames(wanted: Wanted, worse: bool) -> None:
    assert bool(wanted) == worse


def test_without_netem_a_card_takes_the_ports_place_in_its_bridge() -> None:
    place = find_place(FOUND, "nas")
    before, after = put_between(place, "port0s", "lan0")
    inside = ("-n", "simlab.lab.z.attic", "link", "set", "dev")
    assert before == (*inside, "port0", "nomaster", "arp", "off", "addrgenmode", "none")
    assert after == (*inside, "port0s", "addrgenmode", "none", "master", "lan0", "up")
    assert put_back(place, "lan0") == (*inside, "port0", "master", "lan0", "arp", "on")


def test_a_machine_is_as_far_as_all_cables_that_lead_to_it() -> None:
    delays = (Delay("zone:attic", 4, 0, "up0"), Delay("uplink:street", 20, 1, "wan"), Delay("machine:nas", 0.5, 0, "lan0"))
    found = replace(FOUND, delays=delays)
    assert (delay_to(found, "nas"), delay_to(found, "vps")) == (24.5, 0.0)


@pytest.mark.parametrize("wanted", [Wanted(-1.0), Wanted(1.0, 2.0), Wanted(20000.0)])
def test_a_delay_that_no_cable_has_is_refused(wanted: Wanted) -> None:
    with pytest.raises(Usage, match="from 0 to 10000 ms"):
        lab.delay("lab", "attic", wanted)


@pytest.mark.parametrize("loss", [-1.0, 100.0, float("nan")])
def test_a_loss_that_leaves_nothing_is_refused(loss: float) -> None:
    with pytest.raises(Usage, match="from 0 to 99"):
        lab.delay("lab", "attic", Wanted(1.0, loss_percent=loss))


@dataclass
class LongCable:
    """A lane, 10 ms long and up to 4 ms more or less, with both its ends in hand."""

    lane: Lane
    near: socket.socket
    far: socket.socket

    def came(self) -> list[bytes]:
        found = []
        with suppress(BlockingIOError):
            while frame := self.far.recv(100):
                found.append(frame)
        return found


@pytest.fixture
def long() -> Iterator[LongCable]:
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2)]
    ends = [end for pair in pairs for end in pair]
    for end in ends:
        end.setblocking(False)
    yield LongCable(Lane(ends[1].fileno(), ends[2].fileno(), 0.010, 0.004), ends[0], ends[3])
    for end in ends:
        end.close()


def test_frames_come_later_in_the_order_in_which_they_went(long: LongCable) -> None:
    frames = [b"%03d" % number for number in range(50)]
    for number, frame in enumerate(frames):
        long.near.send(frame)
        long.lane.take(100.0 + number / 1000)
    long.lane.give(100.0059)
    assert long.came() == []
    long.lane.give(100.0141)
    early = long.came()
    assert frames[:1] == early[:1]
    assert len(early) < 50
    long.lane.give(100.0 + 0.049 + 0.0141)
    assert early + long.came() == frames
    assert long.lane.due_s() == float("inf")


def test_what_no_cable_could_hold_is_lost(long: LongCable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulacra.lab.delayer._FRAMES_AT_MOST", 2)
    for frame in (b"a", b"b", b"c"):
        long.near.send(frame)
    long.lane.take(1.0)
    long.lane.give(2.0)
    assert long.came() == [b"a", b"b"]


def test_frames_are_lost_at_random(long: LongCable) -> None:
    random.seed(1)
    long.lane.loss = 0.5
    for number in range(100):
        long.near.send(b"%03d" % number)
    long.lane.take(1.0)
    long.lane.give(2.0)
    assert 20 < len(long.came()) < 80
