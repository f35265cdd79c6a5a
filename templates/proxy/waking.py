"""Wakes a device when somebody has connected and it doesn't answer; HAProxy holds the connection meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Callable

from cards import Packet, send_packets
from place import Device, tell

KNOCK_S, AGAIN_S = 0.5, 2.0
"""How long it may take to answer, and how long until the next packet."""


class Sleeper:
    """``told`` is the device in `devices.json`; ``address`` tells where it is; ``overlay`` is the interface that no packet goes out by."""

    def __init__(self, device: Device, told: dict[str, Any], overlay: str, address: Callable[[Device], str]) -> None:
        self.device, self.ports, self.overlay, self.address = device, told["ports"], overlay, address
        wake = told["wake"]
        payload = bytes.fromhex("ff" * 6 + wake["mac"].replace(":", "") * 16)
        self.packet = Packet(device.name, payload, wake["broadcast"], wake["port"], wake["interface"])
        self.seen: dict[int, int] = {}
        self.waited_for = False
        self.sent_s = 0.0

    async def look(self, connected: dict[str, Any]) -> None:
        """``connected`` has by backend how many are connected now, and how many were in all."""
        mine = {it["number"]: connected[it["backend"]] for it in self.ports if it["backend"] in connected}
        used = [number for number, (now, _) in mine.items() if now]
        anew = any(mine[number][1] != self.seen.get(number) for number in used)
        self.seen = {number: total for number, (_, total) in mine.items()}
        if not used:
            self.waited_for = False
        elif anew or self.waited_for:
            self.waited_for = not all(await asyncio.gather(*map(self.answers, used)))
            if self.waited_for and time.monotonic() - self.sent_s > AGAIN_S:
                self.sent_s = time.monotonic()
                failed = await asyncio.get_event_loop().run_in_executor(None, send_packets, [self.packet], self.overlay)
                tell(f"{self.device.name}: somebody waits for it: {failed or 'a magic packet is sent'}")

    async def answers(self, port: int) -> bool:
        """Whether it takes connections there: one that is just waking up refuses them."""
        address = self.address(self.device)
        if not address:
            return False
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), KNOCK_S)
        except (OSError, asyncio.TimeoutError):
            return False
        writer.close()
        return True
