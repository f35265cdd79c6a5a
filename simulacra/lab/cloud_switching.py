"""What people do to the lab's cloud: start it with the lab, let it misbehave, and set it right again."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from simulacra.faults import Fault, Refusal
from simulacra.lab import state
from simulacra.lab.cloud_books import Mood
from simulacra.lab.cloud_wire import SOCKET, ask_cloud
from simulacra.lab.processes import Process, clean_environment, enter, spawn
from simulacra.lab.programs import Programs
from simulacra.lab.state import LabState

_PATIENCE_S = 20.0
_ANSWERS_WITHIN_S = 10.0


def start_cloud(programs: Programs, found: LabState) -> Process:
    """Start the process that is the lab's cloud; the lab's state, with its sites, is saved. Wait until it answers; raises `Fault`."""
    folder = state.lab_folder(found.name)
    here = clean_environment(PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    command = enter(programs.nsenter, found.wan_namespace, [sys.executable, "-m", "simulacra.lab.cloud_provider", found.name])
    started = spawn(command, folder / "cloud.log", environment=here)
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        try:
            _ask(folder, {"do": "show"})
        except OSError:
            time.sleep(0.05)
        else:
            return started
    raise Fault(f"lab {found.name}: its cloud did not start in {_PATIENCE_S:.0f} s; see {folder / 'cloud.log'}")


def mood_of(found: LabState) -> Mood:
    """How the lab's cloud behaves now; raises `Refusal` where the lab has none."""
    return _told(found, {"do": "show"})


def behave(found: LabState, **changes: Any) -> Mood:
    """Let it behave so from now on, by the names of `Mood`; what isn't named stays. Raises `Refusal` where the lab has no cloud."""
    return _told(found, {"do": "behave", "mood": changes})


def _told(found: LabState, request: dict[str, Any]) -> Mood:
    if not found.sites:
        raise Refusal(f"lab {found.name}: the grid that it was started with has no cloud; define one, and start the lab again")
    try:
        return Mood(**_ask(state.lab_folder(found.name), request))
    except OSError as error:
        help_ = f"`simulacra lab down --name {found.name}` removes it, `simulacra lab up --name {found.name}` starts another"
        raise Refusal(f"lab {found.name}: its cloud doesn't answer any more ({error}); {help_}") from None


def _ask(folder: Path, request: dict[str, Any]) -> Any:
    return ask_cloud(folder / SOCKET, request, _ANSWERS_WITHIN_S)
