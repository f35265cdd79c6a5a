"""Where the program runs, what the definitions say of this machine, and how files and commands are asked."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Mapping, NamedTuple

SENSES = ("people", "inhibitors", "battery", "load", "connections", "cards", "addresses", "neighbours", "hooks")
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


class Settings(NamedTuple):
    """What the definitions say of this machine; see `Sleep` there. ``sleeps``: they let it be put to sleep."""

    sleeps: bool = False
    idle_after_s: float = 900.0
    busy_ports: tuple[int, ...] = ()
    busy_load: float = 0.0
    overlay: str = ""
    reports: str = ""

    @classmethod
    def of(cls, text: str, machine: str) -> Settings:
        told = json.loads(text)
        reports = f"{told['reports']}/{variable_name(machine)}"
        mine = told["machines"].get(machine)
        if mine is None:
            return cls(overlay=told["overlay"], reports=reports)
        return cls(True, mine["idle_after_s"], tuple(mine["busy_ports"]), mine["busy_load"], told["overlay"], reports)


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
