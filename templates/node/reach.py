"""Which of the devices that it should reach the machine does reach, and which programs it has that bring them onto the overlay.

A thread of its own knocks at all of them every few seconds, so that slow ones don't hold up orders.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Callable, Sequence

from lan import lans
from naming import Names
from place import ANSWER_S, Device, run, tell
from probing import probe

EVERY_S, PAUSE_S = 3.0, 0.5
FALL, RISE, RISE_AT_MOST = 3, 2, 100
CALM_S = 3600.0
LETTERS_AT_MOST = 40_000
"""Of all the names in a report, which has to fit into one Nomad variable of 64 KiB."""
PROGRAMS = ("haproxy", "nginx", "python3")
FOLDERS = ("usr/sbin", "usr/local/sbin")
MODULES = ("usr/lib/nginx/modules", "usr/lib64/nginx/modules", "usr/share/nginx/modules", "usr/local/libexec/nginx")
"""Where a proxy's `start.sh` looks for nginx's proxy for streams."""


def programs(root: Path) -> list[str]:
    """Those of a proxy's programs that are installed: where commands are looked for, and where servers often are."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *(str(root / folder) for folder in FOLDERS)])
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    return [name for name in PROGRAMS if found[name] and (name != "nginx" or _has_streams(root, str(found[name])))]


def _has_streams(root: Path, nginx: str) -> bool:
    """Whether it hands on datagrams: by a module of its own, or one that is built in."""
    return any((root / folder / "ngx_stream_module.so").exists() for folder in MODULES) or _built_in(nginx, Path(nginx).stat().st_mtime)


@lru_cache(maxsize=4)
def _built_in(nginx: str, _: float) -> bool:
    return re.search(r"--with-stream(\s|$)", run([nginx, "-V"], ANSWER_S)[1]) is not None


class Verdict:
    """Whether one device counts as reached: once it has answered, or hasn't three times in a row; then otherwise after three failures in a
    row, or two answers. ``reached`` is None while nothing is known.

    What was lost several times within an hour must answer twice as often each time: a proxy may move for it, with all that it serves.
    """

    def __init__(self) -> None:
        self.reached: bool | None = None
        self.contrary = 0
        self.lost: list[float] = []

    @property
    def doubtful(self) -> bool:
        """It answers again, and not yet for long enough: neither should a proxy come for it, nor go."""
        return self.reached is False and self.contrary >= RISE

    def hear(self, answered: bool, now_s: float) -> bool:
        """Whether that changes it."""
        if answered == self.reached:
            self.contrary = 0
            return False
        self.contrary += 1
        if self.contrary < self._enough(answered, now_s):
            return False
        if self.reached and not answered:
            self.lost.append(now_s)
        self.reached, self.contrary = answered, 0
        return True

    def _enough(self, answered: bool, now_s: float) -> int:
        """How often in a row it must be heard to count."""
        if not answered:
            return FALL
        if self.reached is None:
            return 1
        self.lost = [at_s for at_s in self.lost if now_s - at_s < CALM_S]
        return min(RISE << max(0, len(self.lost) - 1), RISE_AT_MOST)


class Reach:
    """Knows what is reached once it is started; until then nothing. ``now_s`` is a clock of its own, that never goes back."""

    def __init__(self, root: Path, devices: Sequence[Device], overlay: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self.root, self.devices, self.overlay, self.now_s = root, devices, overlay, now_s
        self.names = Names(root, overlay, now_s)
        self.verdicts = {device.name: Verdict() for device in devices}
        self.thread: threading.Thread | None = None
        self.trouble = ""

    def start(self, changed: Callable[[], None]) -> None:
        """From now on, for ever; ``changed`` is called, from that thread, when something is reached that wasn't, or the other way round."""
        if self.devices:
            self.thread = threading.Thread(target=self._run, args=(changed,), daemon=True)
            self.thread.start()

    def found(self) -> tuple[list[str], list[str]]:
        """The names of what is reached and of what isn't, in order; what isn't known yet, or has no room in a report, is in neither."""
        if self.thread is not None and not self.thread.is_alive():
            return [], []  # nobody looks any more: better nothing than what was
        sure = ((name, it.reached) for name, it in self.verdicts.items() if it.reached is not None and not it.doubtful)
        known = sorted(sure)
        unreached, room = _fitting([name for name, reached in known if not reached], LETTERS_AT_MOST)
        reached, _ = _fitting([name for name, reached in known if reached], room)
        return reached, unreached

    def look(self) -> bool:
        """Knock at all of them once; whether that changed anything."""
        self.names.look_up(self.devices)
        addresses = {device.name: self.names.address(device) for device in self.devices}
        there = {device.name: (address, device.port) for device in self.devices for address in [addresses[device.name]] if address}
        answered = probe(there)
        around = lans(self.root, self.overlay) if any(device.sleeps for device in self.devices) else []
        now_s, changed = self.now_s(), False
        for device in self.devices:
            address = addresses[device.name]
            if address is not None:  # it is being looked up
                asleep = device.sleeps and device.name not in answered and _could_sleep(address, around)
                changed = self.verdicts[device.name].hear(device.name in answered or asleep, now_s) or changed
        return changed

    def _run(self, changed: Callable[[], None]) -> None:
        while True:
            began_s, trouble = self.now_s(), ""
            try:
                if self.look():
                    changed()
            except OSError as error:
                trouble = f"devices can't be looked for: {error.strerror or error}"
            if trouble != self.trouble:
                tell(trouble or "devices are looked for again")
            self.trouble = trouble
            time.sleep(max(PAUSE_S, EVERY_S - (self.now_s() - began_s)))


def _could_sleep(address: str, around: Sequence[ipaddress.IPv4Interface | ipaddress.IPv6Interface]) -> bool:
    """Whether a device that is woken when it is needed, and doesn't answer, may just be asleep: a magic packet would get there.

    That is so where the machine is plugged into the LAN that the address is of, or into any where only a name or a card is known.
    """
    return any(not address or ipaddress.ip_address(address.partition("%")[0]) in lan.network for lan in around)


def _fitting(names: list[str], letters: int) -> tuple[list[str], int]:
    """As many as have room, and what room is left."""
    found = []
    for name in names:
        letters -= len(name) + 4  # quotes, a comma, a space
        if letters < 0:
            break
        found.append(name)
    return found, max(0, letters)
