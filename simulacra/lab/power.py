"""Whether a machine of the lab is on: what its keeper has written of it, and the hooks by which the machine itself is switched."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from simulacra.lab import ask
from simulacra.lab.cloud_wire import stand_in_environment
from simulacra.lab.overlay import admin_socket
from simulacra.lab.processes import Process, read_process

Switch = Literal["on", "sleeping", "asleep", "booting"]
PERSON = "a person sits at it"
_FILE, _BOOT_ID, _KEEP_AWAKE = "power.json", "boot-id", "keep-awake"


@dataclass(frozen=True, slots=True)
class MachinePower:
    """``since_s``: Unix time of the last change. ``boot_id`` is that of the last boot; ``suspended``: the next one keeps it.

    ``plugged``: magic packets reach it. ``slow_s``: by so much its boots take longer. ``person``: somebody sits at it.
    The processes are None where they aren't to run.
    """

    switch: Switch
    since_s: float
    boot_id: str
    suspended: bool = False
    plugged: bool = True
    slow_s: float = 0.0
    person: bool = False
    overlay: Process | None = None
    agent: Process | None = None
    server_agent: Process | None = None


def save_power(folder: Path, power: MachinePower) -> None:
    """Into the machine's folder, each file in one step; what the hooks read is there before the machine is said to be so."""
    _replace(folder / _BOOT_ID, f"{power.boot_id}\n")
    _replace(folder / _KEEP_AWAKE, f"{PERSON}\n" if power.person else "")
    _replace(folder / _FILE, json.dumps(asdict(power)) + "\n")


def load_power(folder: Path) -> MachinePower | None:
    """None where the machine's keeper hasn't written anything yet."""
    try:
        found = json.loads((folder / _FILE).read_text())
        return MachinePower(**found | {key: read_process(found[key]) for key in ("overlay", "agent", "server_agent")})
    except (FileNotFoundError, json.JSONDecodeError, TypeError, KeyError):
        return None


def write_hooks(folder: Path) -> None:
    """What a machine's own program runs in the lab where it would ask or switch the real machine.

    ``poweroff`` and ``suspend`` exit with 0 once it is going to happen, and so does ``command``, which stands for whatever command the
    definition has; ``boot-id`` prints the boot id; ``keep-awake`` prints why the machine must not be put to sleep now, a reason a line.
    """
    hooks = hooks_folder(folder)
    hooks.mkdir(exist_ok=True)
    state_folder(folder).mkdir(exist_ok=True)
    asking = [sys.executable, "-I", ask.__file__, str(folder.parent)]
    for name, what in (("poweroff", "poweroff"), ("suspend", "suspend"), ("command", "poweroff")):
        _write_hook(hooks / name, [*asking, what, folder.name])
    _write_hook(hooks / "boot-id", ["cat", str(folder / _BOOT_ID)])
    _write_hook(hooks / "keep-awake", ["cat", str(folder / _KEEP_AWAKE)])


def hooks_folder(folder: Path) -> Path:
    return folder / "hooks"


def state_folder(folder: Path) -> Path:
    """Where the machine's own program keeps what must survive a boot."""
    return folder / "node-state"


def agent_environment(folder: Path) -> dict[str, str]:
    """What the machine's agent hands on to its tasks: where the hooks are, and what else is to be looked at in a lab."""
    return {
        "SIMULACRA_HOOKS": str(hooks_folder(folder)),
        "SIMULACRA_SENSES": "connections,cards,addresses,neighbours,reach,hooks",
        "SIMULACRA_OVERLAY_ADMIN": str(admin_socket(folder)),
        "SIMULACRA_STATE": str(state_folder(folder)),
        **stand_in_environment(folder.parent),
    }


def _write_hook(path: Path, command: list[str]) -> None:
    path.write_text(f"#!/bin/sh\nexec {shlex.join(command)}\n")
    path.chmod(0o755)


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text)
    draft.replace(path)
