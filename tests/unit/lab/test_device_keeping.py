"""Devices on and off: what their keeper does, what is written of them, and what is left of neither."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from simulacra.faults import Fault, Refusal, Usage
from simulacra.lab import state
from simulacra.lab.devices import keeper as keeping
from simulacra.lab.devices import network
from simulacra.lab.devices.certificate import make_certificate, shown_by_device
from simulacra.lab.devices.device import Device, DevicePort, DevicePower, Power, load_power, save_power
from simulacra.lab.devices.keeper import Keeper, keep
from simulacra.lab.devices.serving import Opened
from simulacra.lab.devices.switching import switch
from simulacra.lab.magic import Card, write_card
from simulacra.lab.network import Command
from simulacra.lab.processes import Process
from simulacra.lab.state import LabState, Router

MAC = "52:54:00:a7:1c:01"
PAYLOAD = b"\xff" * 6 + bytes.fromhex("525400a71c01") * 16
ECHO = DevicePort("hub", 0, "tcp")
HUB = Device(("hub", "bridge"), "attic", "simlab.one.d.hub", "127.0.0.1/8", None, "device0", (ECHO,), wakes=True)


class Bench:
    """A lab's folder with a device, whose namespace is the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        router = Router("attic", "simlab.one.z.attic", "zone0", "172.31.240.1", devices=Process(1, 2))
        self.lab = LabState("one", "home", "up", "wan", "ygg0", (), (router,), (), devices=(HUB,))
        self.folder = state.device_folder("one", "hub")
        self.folder.mkdir(parents=True)
        state.router_folder("one", "attic").mkdir()
        write_card(self.folder, Card(HUB.lan_address, MAC))
        save_power(self.folder, DevicePower("on", 1.0, "ab"))
        self.commands: list[str] = []
        self.fails = False
        monkeypatch.setattr(keeping, "run_batches", self.run)
        monkeypatch.setattr(keeping, "open_all", self.open)
        monkeypatch.setattr(keeping, "listen_for_frames", self.listen)
        monkeypatch.setattr(keeping, "WAKES_WITHIN_S", 0.05)

    def run(self, _: str, commands: Iterable[Command]) -> None:
        if self.fails:
            raise Fault("no such card")
        self.commands.extend(" ".join(command[2:4]) for command in commands)

    async def open(self, devices: Iterable[Device], _: ThreadPoolExecutor) -> dict[str, Opened]:
        made = socket.create_server(("127.0.0.1", 0))
        made.setblocking(False)
        self.port = made.getsockname()[1]
        return {it.name: Opened(((ECHO, made),), None) for it in devices}

    def listen(self, _: str) -> object:
        self.wire, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        far.setblocking(False)
        return far

    def power(self) -> Power:
        found = load_power(self.folder)
        assert found is not None
        assert found.fingerprint == "ab"
        return found.power

    async def switch(self, what: str, name: str = "hub") -> str:
        return await asyncio.to_thread(switch, self.lab, name, what)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.01)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Bench(monkeypatch)


def kept(bench: Bench, play: Callable[[], Awaitable[None]], device: Device = HUB) -> None:
    """Play a scene with a keeper that serves the zone's folder."""

    async def scene() -> None:
        with ThreadPoolExecutor(1) as surveyor:
            folder = state.router_folder("one", "attic")
            keeper = Keeper("ip", "one", {device.name: device}, lambda _: None, surveyor)
            serving = asyncio.create_task(keep(keeper, folder))
            try:
                await bench.until(lambda: (folder / "power.sock").exists() or serving.done())
                await play()
            finally:
                serving.cancel()
                for running in keeper.running.values():
                    running.stop()

    asyncio.run(scene())


async def say(bench: Bench) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    return reader, writer


def test_without_power_connections_die_and_nothing_answers_until_it_is_back(bench: Bench) -> None:
    async def play() -> None:
        reader, writer = await say(bench)
        assert await bench.switch("off", "bridge") == "hub is off"
        with pytest.raises(ConnectionError):
            await reader.readexactly(1)
        writer.close()
        assert (bench.power(), bench.commands) == ("off", ["addr flush"])
        with pytest.raises(OSError):
            await say(bench)
        with pytest.raises(Refusal, match="hub is off"):
            await bench.switch("sleep")
        assert await bench.switch("on") == "hub is on"
        assert bench.commands[1:] == ["link set", "addr replace", "link set", "route replace"]
        assert bench.power() == "on"
        (await say(bench))[1].close()
        assert await bench.switch("on") == "hub is on"
        assert len(bench.commands) == 5

    kept(bench, play)


def test_a_sleeper_wakes_on_its_packet_and_not_before_its_time(bench: Bench) -> None:
    async def play() -> None:
        assert await bench.switch("sleep") == "hub is asleep"
        assert bench.power() == "asleep"
        bench.wire.send(PAYLOAD[:-1])
        await asyncio.sleep(0.1)
        assert bench.power() == "asleep"
        bench.wire.send(b"a header" + PAYLOAD)
        await bench.until(lambda: bench.power() == "on")
        (await say(bench))[1].close()

    kept(bench, play)


def test_a_device_that_wakes_can_be_kept_from_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "WAKES_WITHIN_S", 0.4)

    async def play() -> None:
        await bench.switch("sleep")
        bench.wire.send(PAYLOAD)
        await asyncio.sleep(0.1)
        assert await bench.switch("off") == "hub is off"
        await asyncio.sleep(0.5)
        assert bench.power() == "off"
        assert await bench.switch("on") == "hub is on"

    kept(bench, play)


@pytest.mark.parametrize("left", ["off", "asleep"])
def test_what_is_written_is_what_a_keeper_begins_with(bench: Bench, left: Power) -> None:
    save_power(bench.folder, DevicePower(left, 1.0, "ab"))

    async def play() -> None:
        assert (bench.power(), bench.commands) == (left, ["addr flush"])
        if left == "asleep":
            bench.wire.send(PAYLOAD)
            await bench.until(lambda: bench.power() == "on")

    kept(bench, play)


def test_what_can_not_be_done_is_said(bench: Bench) -> None:
    async def play() -> None:
        with pytest.raises(Usage, match="no device stove; there are hub, bridge"):
            await bench.switch("on", "stove")
        with pytest.raises(Refusal, match="hub never sleeps"):
            await bench.switch("sleep")
        bench.fails = True
        with pytest.raises(Refusal, match="hub would not be switched: no such card"):
            await bench.switch("off")
        assert bench.power() == "on"

    kept(bench, play, replace(HUB, wakes=False))


def test_where_nobody_keeps_the_devices_that_is_said(bench: Bench) -> None:
    with pytest.raises(Refusal, match="what serves the devices of attic has ended"):
        switch(bench.lab, "hub", "on")


def test_the_state_has_the_power_that_the_keeper_has_written(bench: Bench) -> None:
    state.save(bench.lab)
    power = DevicePower("asleep", 2.0, "cd")
    save_power(bench.folder, power)
    found = state.load_state("one")
    assert found == replace(bench.lab, devices=(replace(HUB, power=power),))
    state.save(found)
    save_power(bench.folder, replace(power, power="on"))
    again = state.load_state("one")
    assert again is not None
    assert again.devices[0].power == replace(power, power="on")


def test_a_state_from_before_there_were_devices_can_be_read(bench: Bench) -> None:
    state.save(replace(bench.lab, devices=()))
    path = state.lab_folder("one") / "state.json"
    path.write_text(path.read_text().replace('"devices": []', '"cloud": null').replace('"devices": {', '"overlay": {'))
    found = state.load_state("one")
    assert found is not None
    assert (found.devices, found.routers[0].devices) == ((), None)


def test_a_certificate_is_its_own_and_out_of_date(tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    fingerprint = make_certificate(tmp_path, "camera")
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    made = x509.load_pem_x509_certificate(path.read_bytes())
    assert made.fingerprint(hashes.SHA256()).hex() == fingerprint
    assert made.issuer == made.subject
    assert made.not_valid_after_utc.year == 2020
    assert shown_by_device(tmp_path).get_ciphers()


def test_commands_for_one_namespace_are_one_process(tmp_path: Path) -> None:
    ip, told = tmp_path / "ip", tmp_path / "told"
    ip.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {told}\ncat >> {told}\n')
    ip.chmod(0o755)
    network.run_batches(str(ip), [("netns", "add", "a"), ("-n", "a", "link", "x"), ("-n", "a", "link", "y"), ("-n", "b", "link", "z")])
    assert told.read_text().splitlines() == ["-batch -", "netns add a", "-n a -batch -", "link x", "link y", "-n b -batch -", "link z"]
    ip.write_text("#!/bin/sh\necho no such thing >&2\nexit 1\n")
    with pytest.raises(Fault, match="no such thing"):
        network.run_batches(str(ip), [("netns", "add", "a")])
