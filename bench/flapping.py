"""A machine that comes and goes every minute, in a lab with the real Nomad and Autoscaler: how often its service comes and goes with it.

The machine is switched on and off by its button; its service needs it, and wakes nothing. Needs root. Prints what was switched, how often
Nomad noticed, and what the gate and the job's count did.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench_lab import BenchLab, bench_lab

GRID = Path(__file__).resolve().parents[1] / "tests" / "e2e" / "gate_grid"
MACHINE, SERVICE = "big", "jenkins"
LOOK_S = 1.0


@dataclass
class Seen:
    """How often each thing changed, and what it was last."""

    changes: dict[str, int] = field(default_factory=dict)
    last: dict[str, object] = field(default_factory=dict)

    def look(self, what: str, now: object) -> None:
        if what in self.last and self.last[what] != now:
            self.changes[what] = self.changes.get(what, 0) + 1
        self.last[what] = now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=int, default=20)
    parser.add_argument("--every", type=float, default=60.0, help="seconds on, and seconds off")
    chosen = parser.parse_args()
    with _lab() as lab:
        seen, presses = _lived(lab, chosen.minutes * 60, chosen.every)
        log = json.loads(lab.simulacra("log", "--json"))
    moves = [it for it in log if it["machine"] == f"service:{SERVICE}"]
    print(f"\n{chosen.minutes} minutes; {MACHINE} was switched on or off {presses} times, every {chosen.every:g} s")
    print(
        f"Nomad saw it come or go {seen.changes.get('node', 0)} times; the count of {SERVICE} changed {seen.changes.get('count', 0)} times"
    )
    print(f"its gate moved {len(moves)} times: {', '.join(it['to'] for it in moves) or 'never'}")


def _lived(lab: BenchLab, for_s: float, every_s: float) -> tuple[Seen, int]:
    seen, presses = Seen(), 0
    end = time.monotonic() + for_s
    following = time.monotonic()
    while time.monotonic() < end:
        if time.monotonic() >= following:
            following, presses = following + every_s, presses + 1
            lab.on_lab("press", MACHINE)
        seen.look("node", any(it["Name"] == MACHINE and it["Status"] == "ready" for it in lab.nomad("nodes")))
        seen.look("count", lab.nomad(f"job/{SERVICE}")["TaskGroups"][0]["Count"])
        time.sleep(LOOK_S)
    return seen, presses


@contextmanager
def _lab() -> Iterator[BenchLab]:
    """With the gates' own times as a grid has them by default."""
    with tempfile.TemporaryDirectory() as folder:
        grid = Path(folder) / "grid"
        shutil.copytree(GRID, grid)
        text = (grid / "grid.hcl").read_text()
        start = text.index("  gates {")
        (grid / "grid.hcl").write_text(text[:start].rstrip() + "\n" + text[text.index("  }\n", start) + len("  }\n") :])
        with bench_lab(grid, "--asleep", MACHINE) as lab:
            lab.simulacra("run", "--detach")
            lab.on_lab("autoscaler")
            yield lab


if __name__ == "__main__":
    main()
