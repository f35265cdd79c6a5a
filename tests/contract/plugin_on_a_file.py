"""The plugins' processes on a grid whose plan is a file of JSON: ``python plugin_on_a_file.py apm|target FILE``.

The file holds ``{"on": 2, "desired": 3, "mode": "act"}`` and may hold ``fault`` and ``slow_s``; each call is noted in ``FILE.log``
(``.log`` in place of its suffix).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulacra.faults import Unreachable, Usage
from simulacra.model.plan import Action, Plan, Totals, Waiting
from simulacra.plugin.handshake import Kind
from simulacra.plugin.main import grid_folder, run
from simulacra.plugin.steering_port import Opener, Tell
from simulacra.plugin.worker import work

WAITING = (Waiting("render", "render", 2, ""), Waiting("blog", "blog", 1, ""))
TOTALS = Totals(cpu_mhz=4000, cpu_free_mhz=1000, memory_mb=8000, memory_free_mb=2000, watts=66.5)


class SteeredByFile:
    """One more machine for each that is missing; fewer are never begun."""

    def __init__(self, file: Path, tell: Tell) -> None:
        self._file, self._tell = file, tell

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._file.read_text())
        if "fault" in state:
            raise Unreachable(state["fault"])
        return state

    def note(self, **call: Any) -> None:
        with self._file.with_suffix(".log").open("a") as log:
            log.write(json.dumps(call) + "\n")

    def mode(self) -> Any:
        return self._state()["mode"]

    def plan(self) -> Plan:
        state = self._state()
        self.note(call="plan")
        time.sleep(state.get("slow_s", 0))
        return Plan(state["desired"], state["on"], waiting=WAITING, totals=TOTALS)

    def gate(self, service: str) -> int:
        if service != "jenkins":
            raise Usage(f"the grid has no service {service}")
        return 1

    def nudge(self) -> None:
        self.note(call="nudge")

    def scale(self, count: int, reason: str, dry: bool) -> tuple[Action, ...]:
        state = self._state()
        self.note(call="scale", count=count, reason=reason, dry=dry)
        actions = tuple(Action("wake", f"m{number}", "work waits") for number in range(count - state["on"]))
        if dry:
            for action in actions:
                self._tell(f"would {action.action} {action.machine}: {action.reason}")
            return ()
        self._file.write_text(json.dumps({**state, "on": max(count, state["on"])}))
        return actions

    def close(self) -> None:
        self.note(call="close")


def opener_of(file: Path) -> Opener:
    def opener(grid: Path, config: Mapping[str, str], tell: Tell) -> SteeredByFile:
        steering = SteeredByFile(file, tell)
        steering.note(call="open", grid=str(grid), config=dict(config))
        return steering

    return opener


def main() -> int:
    """The supervisor that the agent starts; with a socket as third argument, its worker."""
    kind: Kind = "apm" if sys.argv[1] == "apm" else "target"
    if len(sys.argv) == 3:
        return run(kind, [], [sys.executable, *sys.argv])
    grid = grid_folder([])
    assert grid is not None
    return work(kind, grid, Path(sys.argv[3]), opener_of(Path(sys.argv[2])))


if __name__ == "__main__":
    sys.exit(main())
