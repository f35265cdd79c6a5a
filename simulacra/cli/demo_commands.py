"""How the demo runs commands: those that one would type oneself, each shown before its output."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from simulacra.faults import Fault

ASK_ONE = """
import sys, urllib.request
with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=10) as answer:
    print(f"  {answer.read().decode().strip()}  ({sys.argv[1]})")
"""
"""Run on a machine of the lab: asks one address by HTTP, and prints what it says."""


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs `simulacra` commands on one grid and one lab, each shown before its output."""

    grid: Path
    lab: str
    environment: dict[str, str]

    def show(self, *words: str) -> None:
        """Run a command in plain sight; ends with its exit code where it fails."""
        shown = " ".join(words)
        print(f"\n$ simulacra {shown}", flush=True)
        done = subprocess.run(self._line(*words), env=self.environment, check=False)
        if done.returncode:
            raise typer.Exit(done.returncode)  # the command has said why

    def json(self, *words: str) -> Any:
        """What a command prints with ``--json``."""
        done = subprocess.run(self._line(*words, "--json"), env=self.environment, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Fault(f"the demo stops here: `simulacra {' '.join(words)}`: {done.stderr.strip()}")
        import json

        return json.loads(done.stdout)

    def until(self, within_s: float, what: str, holds: Callable[[], bool]) -> float:
        """Wait until it holds; the seconds that took. Raises `Fault`; one from within (Nomad elects a leader, say) is no answer yet."""
        began, why = time.monotonic(), ""
        while True:
            try:
                if holds():
                    return time.monotonic() - began
            except Fault as fault:
                why = f": {fault}"
            if time.monotonic() - began > within_s:
                raise Fault(f"the demo stops here: not {what} within {within_s:.0f} s{why}")
            time.sleep(0.5)

    def run_on(self, machine: str, *command: str) -> None:
        """Run a program on a machine of the lab; raises `Fault` where it fails."""
        done = subprocess.run(self._line("lab", "exec", "--name", self.lab, machine, "--", *command), env=self.environment, check=False)
        if done.returncode:
            raise Fault(f"the demo stops here: {command[0]} on {machine} ended with exit code {done.returncode}")

    def output_on(self, machine: str, *command: str) -> str:
        """What a program prints on a machine of the lab; raises `Fault` where it fails."""
        line = self._line("lab", "exec", "--name", self.lab, machine, "--", *command)
        done = subprocess.run(line, env=self.environment, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Fault(f"the demo stops here: {command[0]} on {machine}: {done.stderr.strip()}")
        return done.stdout

    def end_lab(self) -> None:
        """Remove the lab, whatever became of it."""
        subprocess.run(self._line("lab", "down", "--name", self.lab), env=self.environment, check=False)

    def _line(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "simulacra.cli.main", "--grid", str(self.grid), *words]
