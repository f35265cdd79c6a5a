#!/usr/bin/env python3
"""Beside a proxy's HAProxy, for what that can't do: certificates that are pinned, addresses that only the LAN knows, devices that sleep.

It needs Linux and Python 3.7, nothing else. What it has to do stands in `devices.json` beside it. HAProxy is told of addresses, and
asked who is connected, through its socket; source: "Runtime API" in HAProxy's management guide.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - what Python reads only when it is needed nobody couldn't read, where Python is root's
import encodings.idna  # noqa: F401
import json
import os
import resource
from functools import partial
from pathlib import Path
from typing import Any

from haproxy import Haproxy
from naming import Names
from pinned import Pinned
from place import Device, tell
from waking import Sleeper

LOOK_S, LOOK_OFTEN_S = 1.0, 0.25
"""How often HAProxy is asked: for addresses, and while a device may sleep."""
NOBODY = 65534
WAKES_S = 180.0
"""So long a device may take to wake up; as long as HAProxy waits for one."""


class Companion:
    """``told`` is what `devices.json` says."""

    def __init__(self, told: dict[str, Any], names: Any) -> None:
        self.haproxy, self.names, self.shared = Haproxy(told["socket"]), names, Path(told["shared"])
        self.devices = [(Device(it["name"], it["address"], it["kind"], None, False), it) for it in told["devices"]]
        self.sleepers = [Sleeper(device, it, told["overlay"], self.address) for device, it in self.devices if it["wake"]]
        self.trouble = ""

    def address(self, device: Device) -> str:
        """Its IP address now; empty where it isn't known."""
        return self.names.address(device) or ""

    async def run(self) -> None:
        """For ever."""
        for device, told in self.devices:
            for port in (it for it in told["ports"] if it["fingerprint"]):
                patience_s = WAKES_S if told["wake"] else 0.0
                pinned = Pinned(device.name, port["number"], port["fingerprint"], partial(self.address, device), patience_s)
                await pinned.serve(self.shared / port["socket"])
        while True:
            self.names.look_up([device for device, _ in self.devices])
            try:
                await self.look()
                trouble = ""
            except (OSError, asyncio.TimeoutError) as error:
                trouble = f"HAProxy can't be asked: {error or 'it took too long'}"
            if trouble != self.trouble:
                tell(trouble or "HAProxy answers")
            self.trouble = trouble
            await asyncio.sleep(LOOK_OFTEN_S if self.sleepers else LOOK_S)

    async def look(self) -> None:
        """Tell HAProxy where devices are now, and wake those that are waited for."""
        found = [(device, told) for device, told in self.devices if device.kind in ("mac", "mdns")]
        if found:
            await self.lead(found)
        if self.sleepers:
            connected = await self.haproxy.connected()
            await asyncio.gather(*(sleeper.look(connected) for sleeper in self.sleepers))

    async def lead(self, found: list[Any]) -> None:
        """A worker that HAProxy has started anew knows nothing: what it has is looked at each time."""
        there = await self.haproxy.servers()
        for device, told in found:
            address = self.address(device)
            for port in told["ports"]:
                if address and "%" not in address and not port["socket"] and there.get(port["backend"]) != address:
                    await self.haproxy.lead(port["backend"], address, port["number"])
                    tell(f"{device.name}, {port['backend']}: {address} port {port['number']}")


def become_nobody() -> None:
    """It reads what strangers send."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    here = Path(os.environ.get("NOMAD_TASK_DIR") or Path(__file__).resolve().parent)
    told = json.loads((here / "devices.json").read_text())
    become_nobody()
    asyncio.run(Companion(told, Names(Path("/"), told["overlay"])).run())


if __name__ == "__main__":
    main()
