"""The ways to sleep: the hooks of whoever looks after the machine, else those of the system."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from place import ANSWER_S, Place, run

HOOK_S = 60.0
FAILURE_AT_MOST = 200


def hook(place: Place, name: str) -> str | None:
    """The hook's path where there is one."""
    path = place.hooks / name
    return str(path) if "hooks" in place.senses and path.is_file() and os.access(str(path), os.X_OK) else None


def hooked_reasons(place: Place) -> list[str]:
    """What the hook `keep-awake` says; one that fails keeps the machine awake too."""
    path = hook(place, "keep-awake")
    if path is None:
        return []
    code, text = run([path], ANSWER_S)
    if code != 0:
        return [f"the hook keep-awake failed: {text if code is None else f'exit code {code}'}"]
    return [line.strip() for line in text.splitlines() if line.strip()]


def fall_asleep(place: Place, method: str, command: list[str]) -> str:
    """Why it couldn't, empty where it could; returns after the machine is awake again where the method comes back."""
    path = hook(place, method)
    if path is not None:
        return _failure([path, *(command if method == "command" else [])])
    if place.hooks_only or place.root != Path("/"):
        return f"there is no hook {method} in {place.hooks}"
    if method == "command":
        return _failure(command)
    ways = {"poweroff": [["systemctl", "poweroff"], ["poweroff"], ["busybox", "poweroff"]], "suspend": [["systemctl", "suspend"]]}
    if method not in ways:
        return f"nobody here knows how to {method}"
    failures = [failure for way in ways[method] if shutil.which(way[0]) for failure in [_failure(way)]]
    if "" in failures:
        return ""
    if method == "suspend":
        try:
            Path("/sys/power/state").write_text("mem")
        except OSError as error:
            failures.append(f"/sys/power/state: {error.strerror}")
        else:
            return ""
    return "; ".join(failures) or f"there is nothing here to {method} with"


def _failure(command: list[str]) -> str:
    code, text = run(command, HOOK_S)
    why = text if code is None else f"exit code {code}" + (f": {text[-FAILURE_AT_MOST:]}" if text else "")
    return "" if code == 0 else f"{' '.join(command)}: {why}"
