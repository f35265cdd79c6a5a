"""What each of a lab's own processes begins with."""

from __future__ import annotations

import time

from simulacra.lab.state import LabState, load_state


def lab_of(name: str) -> LabState:
    """The lab that the process is for; ends the process where there is none."""
    found = load_state(name)
    if found is None:
        raise SystemExit(f"there is no lab {name}")
    return found


def say(text: str) -> None:
    """Into the process's log, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
