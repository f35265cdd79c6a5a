"""Magic packets, what is written of a machine's power, and what a lab's keeper answers."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simulacra.faults import Fault, Refusal, Usage
from simulacra.lab import keeper as keeping
from simulacra.lab import machine, state
from simulacra.lab.ask import ask
from simulacra.lab.keeper import Keeper, keep
from simulacra.lab.layout import lay_out
from simulacra.lab.magic import Card, card_of, read_card, write_card
from simulacra.lab.power import MachinePower, hooks_folder, load_power, save_power, write_hooks
from simulacra.lab.processes import Process
from simulacra.lab.programs import Programs
from simulacra.lab.state import LabState, Resident
from simulacra.lab.switching import tell_keeper, to_sleep
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, WakeCommand, WakeLan
from simulacra.model.place import Zone

MAC = "52:54:00:a7:1c:01"
PAYLOAD = b"\xff" * 6 + bytes.fromhex("525400a71c01") * 16
HAS = Has(1000, 512, drivers=("raw_exec",))


def seats(**wakes: WakeLan | WakeCommand | None) -> Grid:
    machines = tuple(Machine(name, "attic", has=HAS, wake=wake) for name, wake in wakes.items())
    return Grid("home", zones=(Zone("attic"),), machines=(*machines, Machine("nas", "attic", server=True, never_sleeps=True, has=HAS)))


@pytest.mark.parametrize(
    ("card", "frame", "wakes"),
    [
        (Card("", MAC), PAYLOAD, True),
        (Card("", MAC), b"any header" + PAYLOAD + b"and more", True),
        (Card("", MAC), b"\xff" * 20 + PAYLOAD[6:], True),
        (Card("", MAC), PAYLOAD[:-1], False),
        (Card("", MAC), PAYLOAD[1:], False),
        (Card("", "52:54:00:a7:1c:02"), PAYLOAD, False),
        (Card("", MAC, "01:02:03:04:05:06"), PAYLOAD + b"\x01\x02\x03\x04\x05\x06", True),
        (Card("", MAC, "01:02:03:04:05:06"), PAYLOAD + b"\x01\x02\x03\x04\x05\x07", False),
        (Card("", MAC, "01:02:03:04:05:06"), PAYLOAD, False),
        (Card("", None), PAYLOAD, False),
    ],
)
def test_a_card_hears_its_own_magic_packet_only(card: Card, frame: bytes, wakes: bool) -> None:
    assert card.wakes_on(frame) is wakes


def test_a_card_is_that_of_the_definition(tmp_path: Path) -> None:
    grid = seats(a=WakeLan(MAC, "01:02:03:04:05:06"), b=WakeCommand(("on",)), c=WakeLan("53:54:00:a7:1c:01"))
    cards = {seat.machine.name: card_of(seat) for seat in lay_out(grid, "lab").seats}
    assert [(name, card.mac, card.secureon) for name, card in cards.items()] == [
        ("a", MAC, "01:02:03:04:05:06"),
        ("b", None, None),
        ("c", None, None),  # the address of a group is no card's
        ("nas", None, None),
    ]
    write_card(tmp_path, cards["a"])
    assert read_card(tmp_path) == cards["a"]
    assert (tmp_path / "card.json").stat().st_mode & 0o077 == 0


def test_power_is_read_back_as_it_was_written_and_hooks_tell_it(tmp_path: Path) -> None:
    folder = tmp_path / "it's a tower"
    folder.mkdir()
    write_hooks(folder)
    assert load_power(folder) is None
    written = MachinePower("booting", 12.5, "a-boot", slow_s=3.0, person=True, agent=Process(1, 2))
    save_power(folder, written)
    assert load_power(folder) == written
    assert said(folder, "boot-id") == (0, "a-boot\n")
    assert said(folder, "keep-awake") == (0, "a person sits at it\n")
    save_power(folder, replace(written, person=False))
    assert said(folder, "keep-awake") == (0, "")


def said(folder: Path, hook: str) -> tuple[int, str]:
    done = subprocess.run([str(hooks_folder(folder) / hook)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_hook_fails_where_nobody_keeps_the_power(tmp_path: Path) -> None:
    folder = tmp_path / "tower"
    folder.mkdir()
    write_hooks(folder)
    assert said(folder, "poweroff") == (1, "")


def test_all_are_those_that_a_packet_wakes_and_that_need_not_stay_on() -> None:
    layout = lay_out(seats(a=WakeLan(MAC), b=None, c=WakeLan("52:54:00:a7:1c:03")), "lab")
    assert to_sleep(layout, ["all"]) == ("a", "c")
    assert to_sleep(layout, ["b"]) == ("b",)
    with pytest.raises(Usage, match="no machine x; there are a, b, c, nas"):
        to_sleep(layout, ["x"])
    with pytest.raises(Usage, match="nas can't start asleep"):
        to_sleep(layout, ["nas"])


PROGRAMS = Programs("ip", "nsenter", "yggdrasil", "yggdrasilctl", "nomad")


class Bench:
    """A lab's folder with one machine, whose processes and packets are the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab = LabState(
            "one", "home", "up", "wan", "ygg0", (Resident("tower", "attic", "ns", False, "200::1"),), (), (), boot_time_s=0.0
        )
        self.folder = state.machine_folder("one", "tower")
        self.folder.mkdir(parents=True)
        write_card(self.folder, Card("10.0.0.2/24", MAC))
        write_hooks(self.folder)
        self.done: list[str] = []
        self.fails = ""
        self.packets: list[bytes] = []
        monkeypatch.setattr(machine, "stop", self.stop)
        monkeypatch.setattr(machine, "start", self.start)
        monkeypatch.setattr(machine, "revive", self.revive)
        monkeypatch.setattr(keeping, "listen_for_frames", self.listen)

    def stop(self, *_: object) -> None:
        self.done.append("stop")
        if self.fails == "stop":
            raise Fault("it won't")

    def start(self, *_: object) -> tuple[Process, None, Process]:
        self.done.append("start")
        if self.fails == "start":
            raise Fault("it won't")
        return Process(1, 1), None, Process(2, 2)

    def revive(self, *_: object) -> tuple[None, Process]:
        self.done.append("revive")
        return None, Process(3, 3)

    def listen(self, _: str) -> object:
        self.wire, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        far.setblocking(False)
        return far

    def power(self) -> MachinePower:
        found = load_power(self.folder)
        assert found is not None
        return found

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.01)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Bench(monkeypatch)


def kept(bench: Bench, play: Callable[[Keeper], object]) -> None:
    """Play a scene with a keeper that serves the lab's folder."""

    async def scene() -> None:
        keeper = Keeper(PROGRAMS, bench.lab, lambda _: None)
        serving = asyncio.create_task(keep(keeper, state.lab_folder("one")))
        try:
            await bench.until(lambda: (state.lab_folder("one") / "power.sock").exists())
            await play(keeper)  # type: ignore[misc]
        finally:
            serving.cancel()

    asyncio.run(scene())


def test_a_machine_sleeps_wakes_on_its_packet_and_has_another_boot_id(bench: Bench) -> None:
    async def play(_: Keeper) -> None:
        first = bench.power().boot_id
        assert await asyncio.to_thread(said, bench.folder, "poweroff") == (0, "tower goes to sleep\n")
        await bench.until(lambda: bench.power().switch == "asleep")
        assert bench.done == ["stop"]
        assert await asyncio.to_thread(tell_keeper, bench.lab, ["unplug", "tower"]) == "tower doesn't wake on its packet any more"
        bench.wire.send(PAYLOAD)
        await asyncio.to_thread(tell_keeper, bench.lab, ["plug", "tower"])
        assert bench.power().switch == "asleep"
        bench.wire.send(PAYLOAD)
        await bench.until(lambda: bench.power().switch == "on")
        assert bench.done == ["stop", "start"]
        assert bench.power().boot_id != first
        assert bench.power().agent == Process(2, 2)

    kept(bench, play)


def test_a_suspended_machine_keeps_its_boot_id_and_a_finger_wakes_it(bench: Bench) -> None:
    async def play(_: Keeper) -> None:
        first = bench.power().boot_id
        await asyncio.to_thread(said, bench.folder, "suspend")
        await bench.until(lambda: bench.power().switch == "asleep")
        assert await asyncio.to_thread(tell_keeper, bench.lab, ["press", "tower"]) == "tower boots"
        await bench.until(lambda: bench.power().switch == "on")
        assert bench.power().boot_id == first
        assert await asyncio.to_thread(tell_keeper, bench.lab, ["press", "tower"]) == "tower goes to sleep"
        await bench.until(lambda: bench.power().switch == "asleep")

    kept(bench, play)


@pytest.mark.parametrize(
    ("left", "does", "ends"), [("sleeping", ["stop"], "asleep"), ("booting", ["start"], "on"), ("asleep", [], "asleep")]
)
def test_another_keeper_goes_on_from_what_is_written(bench: Bench, left: str, does: list[str], ends: str) -> None:
    save_power(bench.folder, MachinePower(left, 0.0, "a-boot"))  # type: ignore[arg-type]

    async def play(keeper: Keeper) -> None:
        await bench.until(lambda: not keeper.work)
        assert (bench.done, bench.power().switch, bench.power().boot_id) == (does, ends, "a-boot")

    kept(bench, play)


@pytest.mark.parametrize("step", ["stop", "start"])
def test_what_will_not_go_leaves_the_machine_without_its_agent(bench: Bench, step: str) -> None:
    bench.fails = step
    save_power(bench.folder, MachinePower("on" if step == "stop" else "asleep", 0.0, "a-boot"))

    async def play(keeper: Keeper) -> None:
        await asyncio.to_thread(tell_keeper, bench.lab, ["press", "tower"])
        await bench.until(lambda: bench.done == [step] and not keeper.work)
        assert (bench.power().switch, bench.power().agent) == ("on", None)

    kept(bench, play)


def test_agents_that_were_killed_are_started_again_while_the_machine_is_on(bench: Bench) -> None:
    async def play(_: Keeper) -> None:
        since_s = bench.power().since_s
        assert await asyncio.to_thread(tell_keeper, bench.lab, ["revive", "tower"]) == "the agents of tower run"
        assert (bench.done, bench.power().agent, bench.power().since_s) == (["revive"], Process(3, 3), since_s)
        await asyncio.to_thread(said, bench.folder, "poweroff")
        await bench.until(lambda: bench.power().switch == "asleep")
        with pytest.raises(Refusal, match="tower is asleep: its agents start with it"):
            await asyncio.to_thread(tell_keeper, bench.lab, ["revive", "tower"])

    kept(bench, play)


def test_a_keeper_says_what_it_does_not_know(bench: Bench) -> None:
    async def play(_: Keeper) -> None:
        assert await asyncio.to_thread(ask, state.lab_folder("one"), ["burn", "tower"]) == (
            False,
            "the lab's keeper doesn't know: burn tower",
        )
        assert await asyncio.to_thread(tell_keeper, bench.lab, ["slow", "tower", "60"]) == "boots of tower take 60 s longer"
        assert bench.power().slow_s == 60.0

    kept(bench, play)


def test_the_state_has_the_processes_that_the_keeper_started(bench: Bench) -> None:
    state.save(bench.lab)
    power = MachinePower("on", 1.0, "a-boot", overlay=Process(5, 6), agent=Process(7, 8))
    save_power(bench.folder, power)
    found = state.load_state("one")
    assert found is not None
    assert (found.residents[0].overlay, found.residents[0].agent, found.residents[0].power) == (Process(5, 6), Process(7, 8), power)
    state.save(found)
    save_power(bench.folder, replace(power, switch="asleep", overlay=None, agent=None))
    found = state.load_state("one")
    assert found is not None
    assert (found.residents[0].overlay, found.residents[0].agent) == (None, None)
