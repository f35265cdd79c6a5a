"""The lab's power: one process that lets machines sleep, and boots them when their magic packet comes or somebody presses their button.

``python -m simulacra.lab.keeper LAB`` lives in the namespace of the cables, and goes away with it. It alone writes what the machines'
power is, and writes it before it acts: another keeper goes on from there. While a machine is on, nobody listens for its packet.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simulacra.faults import Fault
from simulacra.lab import machine, state
from simulacra.lab.asked import answer_at
from simulacra.lab.magic import listen_for_frames, packet_came, read_card
from simulacra.lab.power import MachinePower, load_power, save_power
from simulacra.lab.process_start import lab_of, say
from simulacra.lab.programs import Programs, find_programs
from simulacra.lab.state import LabState, Resident

_TICK_S = 0.1


@dataclass
class Keeper:
    """``powers`` is what is written; ``listening`` are the sockets of those asleep, ``work`` what is under way."""

    programs: Programs
    lab: LabState
    say: Callable[[str], None]
    powers: dict[str, MachinePower] = field(default_factory=dict)
    listening: dict[str, socket.socket] = field(default_factory=dict)
    work: set[asyncio.Task[None]] = field(default_factory=set)

    async def begin(self) -> None:
        """Take over all machines as they were left: what was under way goes on."""
        for one in self.lab.residents:
            found = load_power(self._folder(one.name))
            if found is None:
                found = MachinePower("on", time.time(), new_boot_id(), False, True, 0.0, False, one.overlay, one.agent, one.server_agent)
                save_power(self._folder(one.name), found)
            self.powers[one.name] = found
            if found.switch == "asleep":
                await self._listen(one)
            elif found.switch == "sleeping":
                self._start(self._stop(one))
            elif found.switch == "booting":
                self._start(self._boot(one))

    def answer(self, words: list[str]) -> tuple[bool, str]:
        """Do what is asked for, or begin with it; whether, and what is to be said of it."""
        match words:
            case [("poweroff" | "suspend" | "press" | "plug" | "unplug" | "sit" | "leave") as what, name] if name in self.powers:
                return self._do(what, name)
            case ["revive", name] if name in self.powers:
                return self._revive(name)
            case ["slow", name, seconds] if name in self.powers:
                self._change(name, slow_s=float(seconds))
                return True, f"boots of {name} take {float(seconds):g} s longer"
            case _:
                return False, f"the lab's keeper doesn't know: {' '.join(words)}"

    def _do(self, what: str, name: str) -> tuple[bool, str]:
        match what:
            case "poweroff" | "suspend":
                return self._switch_off(name, suspended=what == "suspend")
            case "press":
                return self._press(name)
            case "plug" | "unplug":
                self._change(name, plugged=what == "plug")
                return True, f"{name} wakes on its packet again" if what == "plug" else f"{name} doesn't wake on its packet any more"
            case _:
                self._change(name, person=what == "sit")
                return True, f"a person sits at {name}" if what == "sit" else f"nobody sits at {name}"

    def _press(self, name: str) -> tuple[bool, str]:
        match self.powers[name].switch:
            case "on":
                return self._switch_off(name, suspended=False)
            case "asleep":
                self._wake(name, "somebody pressed its button")
                return True, f"{name} boots"
            case under_way:
                return False, f"{name} is {under_way}; press again when it is done"

    def _revive(self, name: str) -> tuple[bool, str]:
        power = self.powers[name]
        if power.switch != "on":
            return False, f"{name} is {power.switch}: its agents start with it"
        server, agent = machine.revive(self.programs, self.lab, self._resident(name), power)
        self._change(name, server_agent=server, agent=agent)
        return True, f"the agents of {name} run"

    def _switch_off(self, name: str, *, suspended: bool) -> tuple[bool, str]:
        now = self.powers[name].switch
        if now == "booting":
            return False, f"{name} is booting"
        if now == "on":
            self._change(name, switch="sleeping", suspended=suspended)
            self._start(self._stop(self._resident(name)))
        return True, f"{name} goes to sleep"

    def _wake(self, name: str, why: str) -> None:
        self._deafen(name)
        before = self.powers[name]
        self._change(name, switch="booting", boot_id=before.boot_id if before.suspended else new_boot_id())
        self.say(f"{name} boots: {why}")
        self._start(self._boot(self._resident(name)))

    async def _stop(self, one: Resident) -> None:
        try:
            await asyncio.to_thread(machine.stop, self.programs, self.lab, one, self.powers[one.name])
        except Fault as fault:
            self.say(f"{one.name} would not go to sleep: {fault}")
            self._change(one.name, switch="on")
            return
        await self._listen(one)
        self._change(one.name, switch="asleep", overlay=None, agent=None, server_agent=None)
        self.say(f"{one.name} is asleep")

    async def _boot(self, one: Resident) -> None:
        """A machine that doesn't come up is on, without its agent."""
        while time.time() < (begun := self.powers[one.name]).since_s + self.lab.boot_time_s + begun.slow_s:
            await asyncio.sleep(_TICK_S)
        try:
            overlay, server, agent = await asyncio.to_thread(machine.start, self.programs, self.lab, one)
        except Fault as fault:
            self.say(f"{one.name} did not come up: {fault}")
            self._change(one.name, switch="on")
            return
        self._change(one.name, switch="on", overlay=overlay, server_agent=server, agent=agent)
        self.say(f"{one.name} is on")

    async def _listen(self, one: Resident) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max_workers=1) as surveyor:
            listening = await loop.run_in_executor(surveyor, listen_for_frames, one.namespace)
        self.listening[one.name] = listening
        loop.add_reader(listening, self._hear, one.name)

    def _hear(self, name: str) -> None:
        if packet_came(read_card(self._folder(name)), self.listening[name]) and self.powers[name].plugged:
            self._wake(name, "its magic packet came")

    def _deafen(self, name: str) -> None:
        listening = self.listening.pop(name)
        asyncio.get_running_loop().remove_reader(listening)
        listening.close()

    def _change(self, name: str, **changes: Any) -> None:
        """Write it before it counts; the time is that of a change of the switch."""
        if changes.get("switch", self.powers[name].switch) != self.powers[name].switch:
            changes["since_s"] = time.time()
        changed = replace(self.powers[name], **changes)
        save_power(self._folder(name), changed)
        self.powers[name] = changed

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.work.add(task)
        task.add_done_callback(self.work.discard)

    def _resident(self, name: str) -> Resident:
        found = self.lab.resident(name)
        assert found is not None, "powers are those of residents"
        return found

    def _folder(self, name: str) -> Path:
        return state.machine_folder(self.lab.name, name)


def new_boot_id() -> str:
    """As the kernel's: a random UUID."""
    return str(uuid.uuid4())


async def keep(keeper: Keeper, folder: Path) -> None:
    """Serve the lab's folder until the process ends."""
    await keeper.begin()

    async def answer(words: list[str]) -> tuple[bool, str]:
        return keeper.answer(words)

    await answer_at(folder, answer)


def keeper_command(lab: str) -> list[str]:
    """The command that keeps the power of the lab, whose state is written."""
    return [sys.executable, "-m", "simulacra.lab.keeper", lab]


def main() -> None:
    """The process itself."""
    os.environ.pop("PYTHONPATH", None)  # that by which it was found itself isn't for the machines it boots
    lab = lab_of(sys.argv[1])
    asyncio.run(keep(Keeper(find_programs(), lab, say), state.lab_folder(lab.name)))


if __name__ == "__main__":
    main()
