"""What else keeps a machine awake, and what it runs from."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

from place import read, said

LOAD_OVER_S, LOAD_AT_LEAST_S = 60.0, 20.0
TICKS = os.sysconf("SC_CLK_TCK")
ESTABLISHED = "01"
INHIBITED = re.compile(r"\b((?:sleep|shutdown|idle|handle-[a-z-]+)(?::[a-z:-]+)?)\b")


def inhibitors() -> list[str]:
    """Programs that asked logind not to sleep, shut down or become idle; those that only want a moment's delay don't count."""
    answer = said(["busctl", "--json=short", "call", *["org.freedesktop.login1", "/org/freedesktop/login1"],
                   "org.freedesktop.login1.Manager", "ListInhibitors"])  # fmt: skip
    if answer is not None:
        try:
            told = [(row[0], row[1], row[3]) for row in json.loads(answer)["data"][0]]
        except (ValueError, LookupError, TypeError):
            told = []
    else:
        lister = next((name for name in ("systemd-inhibit", "elogind-inhibit") if shutil.which(name)), None)
        lines = (said([lister, "--list", "--no-legend", "--no-pager"]) or "").splitlines() if lister else []
        told = [(found[1], line.split()[0], line.split()[-1]) for line in lines for found in [INHIBITED.search(line)] if found]
    blocking = [(what, who) for what, who, mode in told if mode == "block" and {"sleep", "shutdown", "idle"} & set(what.split(":"))]
    return [f"{who} inhibits {what}" for what, who in sorted(set(blocking))]


def on_battery(root: Path) -> bool | None:
    """Whether it runs from its battery; None where there is nothing that tells."""
    told = False
    for supply in sorted(root.glob("sys/class/power_supply/*")):
        if read(supply / "scope").strip() == "Device":
            continue  # a mouse's battery
        told = True
        if read(supply / "type").strip() == "Battery" and read(supply / "status").strip() == "Discharging":
            return True
    return False if told else None


class Load:
    """How busy the machine is with what isn't Nomad's, over the last minute."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.samples: list[tuple[float, float, float, float]] = []

    def look(self, now_s: float) -> None:
        """Take a sample; several in a few seconds are one."""
        if not self.samples or now_s - self.samples[-1][0] >= LOAD_AT_LEAST_S / 2:
            kept = [it for it in self.samples if now_s - it[0] <= LOAD_OVER_S + LOAD_AT_LEAST_S]
            self.samples = [*kept, (now_s, self._busy_s(), self._tree_s(), self._control_group_s())]

    def per_core(self) -> float | None:
        """Busy cores out of all; None until one has looked for long enough."""
        if not self.samples or self.samples[-1][0] - self.samples[0][0] < LOAD_AT_LEAST_S:
            return None
        (then, *before), (now, *after) = self.samples[0], self.samples[-1]
        busy, tree, group = (new - old for old, new in zip(before, after))
        cores = len(re.findall(r"^cpu\d", read(self.root / "proc/stat"), re.MULTILINE)) or 1
        # tasks outside of the agent's tree (containers) are in its control group, the agent itself is in its tree
        return max(0.0, busy - max(tree, group, 0.0)) / (now - then) / cores

    def _busy_s(self) -> float:
        """All processors' busy time since boot; source: proc(5), `/proc/stat`."""
        words = read(self.root / "proc/stat").partition("\n")[0].split()[1:]
        numbers = [int(word) for word in words] + [0] * 7
        return (sum(numbers[:3]) + numbers[5] + numbers[6]) / TICKS

    def _tree_s(self) -> float:
        """Time used by the processes called ``nomad`` and by their descendants, those that ended included."""
        parents: dict[int, int] = {}
        used: dict[int, float] = {}
        ours = set()
        for path in self.root.glob("proc/[0-9]*/stat"):
            text = read(path)
            if ")" not in text:
                continue
            fields = text[text.rindex(")") + 2 :].split()
            pid = int(path.parent.name)
            parents[pid], used[pid] = int(fields[1]), sum(map(int, fields[11:15])) / TICKS
            if text[text.index("(") + 1 : text.rindex(")")] == "nomad":
                ours.add(pid)
        fresh = ours
        while fresh:
            fresh = {pid for pid, parent in parents.items() if parent in fresh} - ours
            ours = ours | fresh
        return sum(used[pid] for pid in ours)

    def _control_group_s(self) -> float:
        found = re.search(r"^usage_usec (\d+)", read(self.root / "sys/fs/cgroup/nomad.slice/cpu.stat"), re.MULTILINE)
        return int(found[1]) / 1e6 if found else 0.0


def connections(root: Path, ports: tuple[int, ...]) -> list[str]:
    """The ports among these that somebody elsewhere has an established connection to; source: `/proc/net/tcp` in proc(5)."""
    busy = set()
    for name in ("tcp", "tcp6"):
        for line in read(root / "proc/net" / name).splitlines()[1:]:
            words = line.split()
            if len(words) > 3 and words[3] == ESTABLISHED and not _loopback(words[2].partition(":")[0]):
                busy.add(int(words[1].partition(":")[2], 16))
    return [f"there is a connection to port {port}" for port in sorted(busy & set(ports))]


def _loopback(address: str) -> bool:
    """Whether an address as /proc has it, 32-bit words in the machine's byte order, is the machine itself."""
    words = [bytes.fromhex(address[at : at + 8]) for at in range(0, len(address), 8)]
    plain = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    mapped = len(plain) == 16 and plain[:12] == b"\0" * 10 + b"\xff\xff"
    four = plain[12:] if mapped else plain
    return four[0] == 127 if len(four) == 4 else plain == b"\0" * 15 + b"\1"
