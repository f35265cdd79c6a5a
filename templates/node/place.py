"""Where the program runs, what the definitions say of this machine, and how files and commands are asked."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Mapping, NamedTuple

SENSES = ("people", "inhibitors", "battery", "load", "connections", "cards", "addresses", "neighbours", "reach", "hooks")
ANSWER_S = 5.0
"""So long a command, or Nomad, may take to answer."""


class Place(NamedTuple):
    """Where it runs. ``root`` is the root of the file system, another one in tests; ``local`` is the task's own folder.

    ``overlay_admin`` is the path of the overlay's admin socket, empty for the usual places.
    """

    machine: str
    root: Path
    local: Path
    state: Path
    hooks: Path
    hooks_only: bool
    senses: tuple[str, ...]
    overlay_admin: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Place:
        given = [word.strip() for word in environment.get("SIMULACRA_SENSES", "").split(",") if word.strip()]
        return cls(
            environment.get("SIMULACRA_MACHINE") or socket.gethostname(),
            Path("/"),
            Path(environment.get("NOMAD_TASK_DIR") or Path(__file__).resolve().parent),
            Path(environment.get("SIMULACRA_STATE") or "/var/lib/simulacra-node"),
            Path(environment.get("SIMULACRA_HOOKS") or "/etc/simulacra/hooks"),
            bool(environment.get("SIMULACRA_HOOKS")),
            tuple(given) or SENSES,
            environment.get("SIMULACRA_OVERLAY_ADMIN", ""),
        )

    def file(self, path: str) -> Path:
        return self.root / path.lstrip("/")


class Device(NamedTuple):
    """What can't join the grid, and is brought onto the overlay by a machine that reaches it.

    ``kind`` is what its address is: ``ip``, ``dns``, ``mdns`` or ``mac``. ``port`` is where to knock by TCP; None: it is only looked
    whether it is there. ``sleeps``: it is woken when somebody wants something of it.
    """

    name: str
    address: str
    kind: str
    port: int | None
    sleeps: bool


class Settings(NamedTuple):
    """What the definitions say of this machine; see `Sleep` there. ``sleeps``: they let it be put to sleep.

    ``devices`` are those that the machine should reach; ``proxies``: there are such devices in the grid, here or elsewhere.
    """

    sleeps: bool = False
    idle_after_s: float = 900.0
    busy_ports: tuple[int, ...] = ()
    busy_load: float = 0.0
    overlay: str = ""
    reports: str = ""
    devices: tuple[Device, ...] = ()
    proxies: bool = False

    @classmethod
    def of(cls, text: str, machine: str) -> Settings:
        told = json.loads(text)
        given = cls(overlay=told["overlay"], reports=f"{told['reports']}/{variable_name(machine)}", proxies="reach" in told)
        given = given._replace(devices=_devices(told.get("reach", []), machine))
        mine = told["machines"].get(machine)
        if mine is None:
            return given
        ports = tuple(mine["busy_ports"])
        return given._replace(sleeps=True, idle_after_s=mine["idle_after_s"], busy_ports=ports, busy_load=mine["busy_load"])


def _devices(places: list[dict[str, Any]], machine: str) -> tuple[Device, ...]:
    """Of all the places that the machine is in."""
    return tuple(Device(**device) for place in places if machine in place["machines"] for device in place["devices"])


def variable_name(machine: str) -> str:
    """The machine's name as the last part of a variable's path, which may hold letters, digits, ``-`` and ``_``: others become ``~XX``."""
    return re.sub(rb"[^A-Za-z0-9_-]", lambda found: b"~%02X" % ord(found[0]), machine.encode()).decode()


def read(path: Path) -> str:
    """The file's text; empty where there is none that can be read."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def said(command: list[str], patience_s: float = ANSWER_S) -> str | None:
    """What a command prints; None where there is no such command, or it fails."""
    code, text = run(command, patience_s)
    return text if code == 0 else None


def run(command: list[str], patience_s: float) -> tuple[int | None, str]:
    """The exit code and what it printed; without a code, why there is none."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=patience_s, check=False
        )
    except subprocess.TimeoutExpired:
        return None, f"it took longer than {patience_s:.0f} s"
    except OSError as error:
        return None, error.strerror or str(error)
    return done.returncode, done.stdout.decode(errors="replace").strip()


def boot_id(place: Place) -> str:
    """Which boot this is: as the hook says, a program or a file, else as the kernel does."""
    hook = place.hooks / "boot-id"
    told = said([str(hook)]) if os.access(str(hook), os.X_OK) else read(hook)
    return (told or "").strip() or read(place.file("/proc/sys/kernel/random/boot_id")).strip()


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
