"""Processes in namespaces: started so that they outlive the command, known by pid and start time, found by where they live."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulacra.lab.network import NETNS

_HIDDEN = ("AWS_", "NOMAD_", "CONSUL_", "VAULT_")
_PROXIES = {"http_proxy", "https_proxy", "no_proxy", "all_proxy", "ftp_proxy"}


@dataclass(frozen=True, slots=True)
class Process:
    """One that was started: ``started`` is its start time in clock ticks since boot (field 22 of /proc/PID/stat)."""

    pid: int
    started: int


def read_process(found: dict[str, int] | None) -> Process | None:
    """As ``asdict`` wrote it; None where there was none."""
    return Process(**found) if found else None


def enter(nsenter: str, namespace: str, command: Sequence[str]) -> list[str]:
    """The command inside the namespace. Only the network changes: `ip netns exec` would hide the control groups under /sys too."""
    return [nsenter, f"--net={NETNS / namespace}", "--", *command]


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without what would lead an agent astray: proxies, and settings of clouds and other Nomads."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_HIDDEN) and key.lower() not in _PROXIES}
    return kept | more


def spawn(command: Sequence[str], log: Path, *, pass_fds: tuple[int, ...] = (), environment: Mapping[str, str] | None = None) -> Process:
    """Start it in a session of its own, its output appended to the log."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds,
            env=dict(environment) if environment is not None else clean_environment(),
            cwd="/",
        )
    return Process(started.pid, start_time(started.pid) or 0)


def start_time(pid: int) -> int | None:
    """The process's start time in clock ticks since boot; None where there is none, or only a zombie. Source: proc(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])


def alive(process: Process) -> bool:
    """Whether it is still that process, and not another one with its pid."""
    return start_time(process.pid) == process.started


def ask_to_end(process: Process) -> None:
    if alive(process):
        _signal(process.pid, signal.SIGTERM)


def end(process: Process, grace_s: float = 5.0) -> None:
    """Ask it to end, and make it end once the grace is over."""
    for number, patience in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 2.0)):
        if not alive(process):
            return
        _signal(process.pid, number)
        until = time.monotonic() + patience
        while alive(process) and time.monotonic() < until:
            time.sleep(0.05)


def kill_inhabitants(namespaces: Iterable[str], patience_s: float = 10.0) -> tuple[int, ...]:
    """Kill all that live in the namespaces, with their descendants elsewhere; returns the pids that wouldn't go."""
    names = tuple(namespaces)
    until = time.monotonic() + patience_s
    hunted: set[int] = set()
    while True:
        left = inhabitants(names)
        hunted |= left | descendants(left)
        kill_all(hunted)
        hunted = {pid for pid in hunted if start_time(pid) is not None}
        if not hunted:
            return ()
        if time.monotonic() > until:
            return tuple(sorted(hunted))
        time.sleep(0.05)


def kill_all(pids: Iterable[int]) -> None:
    for pid in pids:
        _signal(pid, signal.SIGKILL)


def inhabitants(namespaces: Iterable[str]) -> set[int]:
    """The pids of the processes whose network is one of these namespaces."""
    wanted = {inode for inode in (_inode(NETNS / name) for name in namespaces) if inode is not None}
    return {pid for pid in _pids() if wanted and _inode(Path(f"/proc/{pid}/ns/net")) in wanted and start_time(pid) is not None}


def descendants(pids: set[int]) -> set[int]:
    """The children of these processes, and theirs."""
    parents = {pid: parent for pid in _pids() if (parent := _parent(pid)) is not None}
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - pids


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(text[text.rindex(")") + 2 :].split()[1])


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return (found.st_dev, found.st_ino)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
