"""Is there a person at the machine?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator, NamedTuple

from place import read, said


class Input:
    """When somebody last touched a keyboard, a mouse or a touch screen of this machine.

    The devices are kept open and only read when one looks: events that nobody waits for wake nobody up.
    """

    def __init__(self, root: Path, now_s: float) -> None:
        self.root, self.since_s, self.last_s = root, now_s, 0.0
        self.open: dict[str, int] = {}

    def look(self, now_s: float) -> None:
        wanted = set(self._devices())
        for name in sorted(wanted - set(self.open)):
            try:
                self.open[name] = os.open(str(self.root / "dev/input" / name), os.O_RDONLY | os.O_NONBLOCK)
            except OSError:
                continue
        for name, device in sorted(self.open.items()):
            if name not in wanted or self._touched(device, now_s) is None:
                os.close(self.open.pop(name))

    def idle_s(self, now_s: float) -> float | None:
        """Since the last input, or since one began to look; None where there is nothing to look at."""
        return now_s - max(self.last_s, self.since_s) if self.open else None

    def _devices(self) -> Iterator[str]:
        """Those that people type on or point with; a phone's sensor of position isn't one."""
        for line in read(self.root / "proc/bus/input/devices").splitlines():
            words = line.partition("Handlers=")[2].split()
            if any(word == "kbd" or word.startswith("mouse") for word in words):
                yield from (word for word in words if word.startswith("event"))

    def _touched(self, device: int, now_s: float) -> bool | None:
        """Whether there was input; None where the device is gone."""
        touched = False
        while True:
            try:
                if not os.read(device, 4096):
                    return touched
            except BlockingIOError:
                return touched
            except OSError:
                return None
            touched, self.last_s = True, now_s


class Session(NamedTuple):
    """One of logind's, of a person. ``idle_since_s``: None while the desktop says that it isn't idle."""

    user: str
    terminal: str
    graphical: bool
    remote: bool
    idle_since_s: float | None


def sessions() -> list[Session]:
    """Those that systemd's or elogind's logind knows of; none where there is no logind."""
    names = [line.split()[0] for line in (said(["loginctl", "list-sessions", "--no-legend"]) or "").splitlines() if line.split()]
    if not names:
        return []
    wanted = ("Name", "Type", "Class", "State", "Remote", "TTY", "IdleHint", "IdleSinceHint")
    options = [word for name in wanted for word in ("-p", name)]
    found = []
    for block in (said(["loginctl", "show-session", *names, *options]) or "").split("\n\n"):
        told = dict(line.partition("=")[::2] for line in block.splitlines())
        if not told.get("Class", "").startswith("user") or told.get("State") not in ("active", "online"):
            continue
        if told.get("Type") == "unspecified" and told.get("Remote") != "yes" and not told.get("TTY"):
            continue  # a cron job's, say
        since = float(told.get("IdleSinceHint") or 0) / 1e6 if told.get("IdleHint") == "yes" else None
        graphical = told.get("Type") in ("x11", "wayland", "mir")
        found.append(Session(told.get("Name", "somebody"), told.get("TTY", ""), graphical, told.get("Remote") == "yes", since))
    return found


def people(root: Path, touched: Input, idle_after_s: float, now_s: float) -> list[str]:
    """Those who did something on this machine within ``idle_after_s``: typed, pointed, play something."""
    found, known = [], sessions()
    touched.look(now_s)
    if touched.last_s and now_s - touched.last_s < idle_after_s:
        found.append("somebody uses its keyboard, mouse or screen")
    found += [f"{it.user} works on it{_on(it)}" for it in known if _idle_s(root, it, touched, now_s) < idle_after_s]
    logged_in = {line.split()[1] for line in (said(["who"]) or "").splitlines() if len(line.split()) > 1}
    terminals = [root / "dev" / name for name in sorted(logged_in) if name.startswith("tty")] + sorted((root / "dev/pts").glob("[0-9]*"))
    shown = {it.terminal for it in known}
    for path in terminals:
        name = str(path.relative_to(root / "dev"))
        if name not in shown and _terminal_idle_s(path, now_s) < idle_after_s:
            found.append(f"somebody types on {name}")
    if any("RUNNING" in read(path) for path in sorted(root.glob("proc/asound/card*/pcm*p/sub*/status"))):
        found.append("it plays sound")
    return found


def _on(session: Session) -> str:
    return " from elsewhere" if session.remote else f" on {session.terminal}" if session.terminal else ""


def _idle_s(root: Path, session: Session, touched: Input, now_s: float) -> float:
    """Not every desktop says when it is idle: where the input can be seen, that counts."""
    if session.idle_since_s is not None:
        return now_s - session.idle_since_s
    if session.graphical:
        seen = None if session.remote else touched.idle_s(now_s)
        return 0.0 if seen is None else seen
    return _terminal_idle_s(root / "dev" / session.terminal, now_s) if session.terminal else 0.0


def _terminal_idle_s(path: Path, now_s: float) -> float:
    """Since something was typed on a terminal: its access time, which `w` shows too. None is no terminal, idle for ever."""
    try:
        return now_s - path.stat().st_atime
    except OSError:
        return float("inf")
