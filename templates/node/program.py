#!/usr/bin/env python3
"""The machine's side of the grid: obeys orders to sleep, sends magic packets for its neighbours, reports what Nomad can't know.

It runs as root on every machine, started by Nomad's raw_exec driver out of the job `simulacra-node`, whose jobspec holds this
file and those beside it. It needs Linux and Python 3.7, nothing else. Orders come in a file that Nomad keeps like the variable
`nomad/jobs/simulacra-node/orders/MACHINE`; reports leave through Nomad's task API as `.../reports/MACHINE`.

What the surroundings can say (environment of the Nomad agent):
  SIMULACRA_STATE   where it remembers what it has obeyed (default /var/lib/simulacra-node)
  SIMULACRA_HOOKS   folder of hooks (default /etc/simulacra/hooks), each of which is optional:
                      poweroff, suspend  are run instead of the system's own
                      command            is run with the words of an order's command, instead of that command
                      keep-awake         prints a reason to stay awake on each line
                      boot-id            a program that prints, or a file that says, which boot this is, instead of the kernel's boot id
                    Where SIMULACRA_HOOKS is set, sleeping goes through these hooks only, never through the system.
  SIMULACRA_SENSES  which of people, inhibitors, battery, load, connections, cards, addresses, neighbours, reach, hooks it looks at
                    (default: all)
  SIMULACRA_OVERLAY_ADMIN  yggdrasil's admin socket (default: where its packages have it)
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, Callable, NamedTuple

from cards import Packet, cards, send_packets
from hooks import fall_asleep, hooked_reasons
from lan import addresses, neighbours
from memory import Memory
from people import Input, people
from place import Place, Settings, boot_id, read, tell
from reach import Reach, programs
from reports import Nomad
from senses import Load, connections, inhibitors, on_battery

STAY_S = 4 * 3600.0
"""So long "stay awake" holds."""
ASKED_S = 1800.0
"""So long after "sleep now" people at the machine don't keep it awake: one of them asked for it."""
LOOK_S, LOOK_LAZILY_S = 5.0, 60.0
"""How often it looks around: on a machine that may be put to sleep, on another."""
REPORT_S = 300.0
RETRY_S, RETRY_AT_MOST_S = 2.0, 60.0
REASONS_AT_MOST, REASON_AT_MOST = 20, 200
LARGEST = 2**63 - 1
"""A report with a larger number isn't read."""


class Order(NamedTuple):
    """What the grid wants of this machine. Times are Unix seconds."""

    sequence: int
    kind: str
    expires_s: float
    boot_id: str
    method: str
    command: list[str]
    packets: list[Packet]

    @classmethod
    def of(cls, text: str) -> Order | None:
        """The order in Nomad's variable; None where there is none, or none that can be understood."""
        try:
            told = json.loads(text)
            packets = [Packet.of(packet) for packet in told.get("packets", [])]
            command = [str(word) for word in told.get("command", [])]
            sequence, expires_s = int(told["sequence"]), float(told["expires_s"])
            if abs(sequence) > LARGEST:
                return None
            return cls(sequence, str(told["kind"]), expires_s, str(told.get("boot_id")), str(told.get("method")), command, packets)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
            return None


class Program:
    """Looks around, obeys, reports. ``now_s`` is the clock, in Unix seconds."""

    def __init__(self, place: Place, settings: Settings, nomad: Any, now_s: Callable[[], float] = time.time) -> None:
        self.place, self.settings, self.nomad, self.now_s = place, settings, nomad, now_s
        self.memory = Memory(place.state)
        self.boot_id = boot_id(place)
        self.input, self.load = Input(place.root, now_s()), Load(place.root)
        self.reach = Reach(place.root, settings.devices, settings.overlay)
        self.last: tuple[int, str] = (0, "")
        self.sent: dict[str, object] = {}
        self.sent_s = self.retry_s = 0.0
        self.pause_s = RETRY_S

    def step(self) -> None:
        """Obey a new order if there is one, look around, and report what is new."""
        order = self.order()
        if order is not None:
            self.obey(order)
        self.look()
        self.report()

    def look(self) -> None:
        if "load" in self.place.senses and self.settings.busy_load > 0:
            self.load.look(self.now_s())

    def order(self) -> Order | None:
        """The order in the file, if it is newer than the last one."""
        order = Order.of(read(self.place.local / "order.json"))
        return order if order is not None and order.sequence > self.obeyed()[0] else None

    def obeyed(self) -> tuple[int, str]:
        """Also what couldn't be written down, so that it isn't tried without end."""
        kept = self.memory.obeyed()
        return self.last if self.last[0] > kept[0] else kept

    def obey(self, order: Order) -> None:
        """Recorded first, so that whatever happens next it is done at most once; what may be its last act is reported first too."""
        refused = self.refusal(order)
        if not self.record(order.sequence, refused):
            return
        if not refused and order.kind == "sleep":
            self.report(soon=True)
            refused = self.refusal(order) or self.sleep(order)  # somebody may have come meanwhile
        elif not refused and order.kind == "wake":
            tell(f"order {order.sequence}: wake {', '.join(packet.machine for packet in order.packets)}")
            refused = send_packets(order.packets, self.settings.overlay)
        if refused:
            tell(f"order {order.sequence}: {refused}")
            self.record(order.sequence, refused)
        self.sent_s = 0.0  # the next report says that it is (still, or again) awake

    def sleep(self, order: Order) -> str:
        """Fall asleep: why it couldn't, empty once it is on its way, or is awake again."""
        tell(f"order {order.sequence}: {order.method}")
        stay_until_s, sleep_asked_s = self.memory.wishes(self.boot_id)
        if sleep_asked_s:
            self.memory.wish(self.boot_id, stay_until_s, 0.0)
        return fall_asleep(self.place, order.method, order.command)

    def record(self, sequence: int, refused: str) -> bool:
        try:
            self.memory.record(sequence, refused)
        except OSError as error:
            refused = f"what was obeyed can't be written down in {self.place.state}: {error.strerror}"
            tell(f"order {sequence}: {refused}")
            self.last = (sequence, refused)
            return False
        self.last = (sequence, refused)
        return True

    def refusal(self, order: Order) -> str:
        """Why an order isn't obeyed now; empty if it is."""
        now_s = self.now_s()
        if order.kind not in ("sleep", "wake", "none"):
            return f"nobody here knows the order {order.kind}"
        if not now_s <= order.expires_s:  # which no NaN is
            return f"it came too late: {now_s - order.expires_s:.0f} s after it expired"
        if order.kind != "sleep":
            return ""
        if order.boot_id != self.boot_id:
            return "it was meant for another boot"
        if self.memory.wishes(self.boot_id)[0] > now_s:
            return "somebody asked it to stay awake"
        return "; ".join(self.reasons())

    def reasons(self) -> list[str]:
        """Why the machine must not be put to sleep now."""
        place, settings, now_s, found = self.place, self.settings, self.now_s(), []
        if "people" in place.senses:
            there = people(place.root, self.input, settings.idle_after_s, now_s)
            if now_s - self.memory.wishes(self.boot_id)[1] > ASKED_S:
                found += there
        if "inhibitors" in place.senses:
            found += inhibitors()
        if "connections" in place.senses:
            found += connections(place.root, settings.busy_ports)
        if "load" in place.senses and settings.busy_load > 0 and (self.load.per_core() or 0.0) > settings.busy_load:
            found.append("it is busy with work that isn't the grid's")
        if "hooks" in place.senses:
            found += hooked_reasons(place)
        return [reason[:REASON_AT_MOST] for reason in found[:REASONS_AT_MOST]]

    def report(self, soon: bool = False) -> None:
        """Write the report if it says something new, or the last one is old; ``soon``: whatever was tried before."""
        now_s = self.now_s()
        if now_s < self.retry_s <= now_s + RETRY_AT_MOST_S and not soon:
            return
        found = self.found()
        if found == self.sent and 0 <= now_s - self.sent_s < REPORT_S:
            return
        if self.nomad.report(json.dumps(dict(found, at_s=round(now_s, 3)), sort_keys=True)):
            self.sent, self.sent_s, self.retry_s, self.pause_s = found, now_s, 0.0, RETRY_S
        else:
            self.retry_s, self.pause_s = now_s + self.pause_s, min(self.pause_s * 2, RETRY_AT_MOST_S)

    def found(self) -> dict[str, object]:
        """The report, but for the time."""
        sequence, refused = self.obeyed()
        stay_until_s, sleep_asked_s = self.memory.wishes(self.boot_id)
        reached, unreached = self.reach.found()
        return {
            "machine": self.place.machine,
            "boot_id": self.boot_id,
            "obeyed": sequence,
            "refused": refused,
            "keep_awake": self.reasons(),
            "on_battery": on_battery(self.place.root) if "battery" in self.place.senses else None,
            "stay_until_s": stay_until_s,
            "sleep_asked_s": sleep_asked_s,
            "cards": cards(self.place.root) if "cards" in self.place.senses else [],
            "addresses": addresses(self.place.root, self.settings.overlay) if "addresses" in self.place.senses else [],
            "neighbours": neighbours(self.place.root, self.place.overlay_admin) if "neighbours" in self.place.senses else [],
            "reached": reached,
            "unreached": unreached,
            "programs": programs(self.place.root) if self.settings.proxies and "reach" in self.place.senses else [],
        }

    def run(self) -> None:
        """For ever. A change in the folder of orders or of wishes, or in what is reached, ends the wait at once."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
        if "reach" in self.place.senses:
            self.reach.start(lambda: os.kill(os.getpid(), signal.SIGIO))  # only now that it doesn't end the program
        watched = watch([self.place.local, self.place.state])
        slept_s = suspended_s()
        while True:
            if abs(suspended_s() - slept_s) > 1.0:
                slept_s, self.sent_s, self.retry_s = suspended_s(), 0.0, 0.0
            self.step()
            pause_s = LOOK_S if self.settings.sleeps else LOOK_LAZILY_S
            pause_s = min(pause_s, self.pause_s) if self.nomad.trouble else pause_s
            signal.sigtimedwait({signal.SIGIO}, pause_s if watched else min(pause_s, 1.0))


def watch(folders: list[Path]) -> list[int]:
    """Let the kernel send SIGIO when something in these folders changes; empty where it can't. Source: fcntl(2), F_NOTIFY."""
    watched = []
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            opened = os.open(str(folder), os.O_RDONLY)
            fcntl.fcntl(opened, fcntl.F_NOTIFY, fcntl.DN_MODIFY | fcntl.DN_CREATE | fcntl.DN_RENAME | fcntl.DN_MULTISHOT)
        except OSError as error:
            tell(f"{folder} isn't watched, it is looked at every second: {error.strerror}")
            return []
        watched.append(opened)
    return watched


def suspended_s() -> float:
    """How long the machine was suspended in this boot: one clock stands still meanwhile, the other doesn't."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def press(button: str, place: Place, settings: Settings, now_s: float) -> str:
    """What a person asked for with a button in Nomad's web page; the words to answer with."""
    memory, boot = Memory(place.state), boot_id(place)
    if button == "stay-awake":
        memory.wish(boot, now_s + STAY_S, 0.0)
        return f"{place.machine} stays awake for {STAY_S / 3600:.0f} hours"
    if button == "sleep-now":
        if not settings.sleeps:
            return f"nothing was done: the grid's definitions don't say how {place.machine} is put to sleep"
        memory.wish(boot, 0.0, now_s)
        return f"the grid was asked to empty {place.machine} and put it to sleep"
    return "there are the buttons sleep-now and stay-awake"


def main(words: list[str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    place = Place.of(os.environ)
    settings = Settings.of((place.local / "settings.json").read_text(), place.machine)
    if words:
        print(press(words[0], place, settings, time.time()))
    else:
        Program(place, settings, Nomad(os.environ, settings.reports)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
