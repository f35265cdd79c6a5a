"""The devices of one zone of a lab: one process that serves all their ports, and keeps their power.

``python -m simulacra.lab.devices.keeper LAB ZONE`` lives in the namespace of the zone's router, and goes away with it. A socket belongs to
the namespace it was made in: those of a device are made by a thread that steps into the device's. So hundreds of devices cost one process,
and are there within seconds; a process each would take some ten MB and half a second of a processor.

A device that is off or asleep has no address and no socket, and its connections are gone; its card and its cable stay.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from simulacra.faults import Fault
from simulacra.lab import state
from simulacra.lab.asked import answer_at
from simulacra.lab.devices.device import Device, DevicePower, Power, load_power, save_power
from simulacra.lab.devices.network import run_batches, take_addresses
from simulacra.lab.devices.serving import Running, open_all, serve
from simulacra.lab.magic import listen_for_frames, packet_came, read_card
from simulacra.lab.network import drop_addresses
from simulacra.lab.process_start import lab_of, say
from simulacra.lab.programs import find_ip

WAKES_WITHIN_S = 3.0


@dataclass
class Keeper:
    """``running`` are the devices that are on, ``listening`` the sockets of those asleep, ``waking`` those that have heard their packet.

    ``serial`` lets one thing at a time be done to a device.
    """

    ip: str
    lab: str
    devices: dict[str, Device]
    say: Callable[[str], None]
    surveyor: ThreadPoolExecutor
    running: dict[str, Running] = field(default_factory=dict)
    listening: dict[str, socket.socket] = field(default_factory=dict)
    waking: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    serial: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def begin(self) -> None:
        """Take over the devices as they were left, those that are on with their addresses. Raises `OSError`."""
        self.serial = {name: asyncio.Lock() for name in self.devices}
        on = [it for it in self.devices.values() if self._power(it.name).power == "on"]
        opened = await open_all(on, self.surveyor)
        for device in on:
            self.running[device.name] = await serve(device, opened[device.name], self._folder(device.name))
        for name in self.devices.keys() - self.running.keys():
            await self._darken(name, self._power(name).power)

    async def answer(self, words: list[str]) -> tuple[bool, str]:
        """Do what is asked for; whether that went, and what is to be said of it."""
        match words:
            case [("on" | "off" | "sleep") as what, name] if name in self.devices:
                async with self.serial[name]:
                    try:
                        return await self._switch(what, name)
                    except (Fault, OSError) as problem:
                        return False, f"{name} would not be switched: {problem}"
            case _:
                return False, f"the keeper of the lab's devices doesn't know: {' '.join(words)}"

    async def _switch(self, what: str, name: str) -> tuple[bool, str]:
        now = self._power(name).power
        if what == "sleep" and not self.devices[name].wakes:
            return False, f'{name} never sleeps: its definition has no `wake "lan"`'
        if what == "sleep" and now == "off":
            return False, f"{name} is off"
        self._stay_asleep(name)
        if what == "on":
            if now != "on":
                await self._light(name)
            return True, f"{name} is on"
        after: Power = "off" if what == "off" else "asleep"
        if now != after or name not in self.listening:
            await self._darken(name, after)
        return True, f"{name} is {after}"

    async def _light(self, name: str) -> None:
        """Its addresses, then its ports, then it is said."""
        device = self.devices[name]
        self._deafen(name)
        commands = take_addresses(device.namespace, device.lan_address, device.elsewhere)
        await asyncio.to_thread(run_batches, self.ip, commands)
        opened = await open_all([device], self.surveyor)
        self.running[name] = await serve(device, opened[name], self._folder(name))
        self._write(name, "on")

    async def _darken(self, name: str, after: Power) -> None:
        """Its addresses go before its connections do, so that no goodbye gets out."""
        device = self.devices[name]
        self._deafen(name)
        await asyncio.to_thread(run_batches, self.ip, [drop_addresses(device.namespace)])
        running = self.running.pop(name, None)
        if running is not None:
            running.stop()
        if after == "asleep":
            await self._listen(device)
        self._write(name, after)

    async def _listen(self, device: Device) -> None:
        loop = asyncio.get_running_loop()
        listening = await loop.run_in_executor(self.surveyor, listen_for_frames, device.namespace)
        self.listening[device.name] = listening
        loop.add_reader(listening, self._hear, device.name)

    def _hear(self, name: str) -> None:
        if packet_came(read_card(self._folder(name)), self.listening[name]):
            self.say(f"{name} wakes: its magic packet came")
            self._deafen(name)
            self.waking[name] = asyncio.get_running_loop().create_task(self._wake(name))

    async def _wake(self, name: str) -> None:
        await asyncio.sleep(WAKES_WITHIN_S)
        async with self.serial[name]:
            self.waking.pop(name)
            try:
                await self._light(name)
            except (Fault, OSError) as problem:
                self.say(f"{name} did not wake: {problem}")
            else:
                self.say(f"{name} is on")

    def _stay_asleep(self, name: str) -> None:
        """What it was waking for doesn't count any more."""
        waking = self.waking.pop(name, None)
        if waking is not None:
            waking.cancel()

    def _deafen(self, name: str) -> None:
        listening = self.listening.pop(name, None)
        if listening is not None:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()

    def _power(self, name: str) -> DevicePower:
        found = load_power(self._folder(name))
        assert found is not None, "it is written before the keeper starts"
        return found

    def _write(self, name: str, after: Power) -> None:
        before = self._power(name)
        if before.power != after:
            save_power(self._folder(name), DevicePower(after, time.time(), before.fingerprint))

    def _folder(self, name: str) -> Path:
        return state.device_folder(self.lab, name)


async def keep(keeper: Keeper, folder: Path) -> None:
    """Serve the folder of the zone's router until the process ends."""
    await keeper.begin()
    await answer_at(folder, keeper.answer)


def keeper_command(lab: str, zone: str) -> list[str]:
    """The command that keeps the devices of that zone of the lab, whose state is written."""
    return [sys.executable, "-m", "simulacra.lab.devices.keeper", lab, zone]


def main() -> None:
    """The process itself."""
    os.environ.pop("PYTHONPATH", None)
    lab, zone = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    devices = {it.name: it for it in lab_of(lab).devices if it.zone == zone}
    with ThreadPoolExecutor(max_workers=1) as surveyor:
        asyncio.run(keep(Keeper(find_ip(), lab, devices, say, surveyor), state.router_folder(lab, zone)))


if __name__ == "__main__":
    main()
