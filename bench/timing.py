"""Contestants that take turns, and the table of their medians."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def process(
    command: Sequence[str | Path], env: Mapping[str, str] | None = None, before: Callable[[], object] | None = None
) -> Callable[[], float]:
    """A contestant that is a whole process: its wall time in seconds; ``before`` is run first and not measured.

    Raises `RuntimeError` with what the process said where it doesn't exit 0.
    """

    def run() -> float:
        if before is not None:
            before()
        begun = time.perf_counter()
        ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        passed = time.perf_counter() - begun
        if ran.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))} exited {ran.returncode}:\n{ran.stdout}{ran.stderr}")
        return passed

    return run


def called(run: Callable[[], object]) -> Callable[[], float]:
    """A contestant that is a call: its wall time in seconds."""

    def timed() -> float:
        begun = time.perf_counter()
        run()
        return time.perf_counter() - begun

    return timed


def in_turns(contestants: Mapping[str, Callable[[], float]], runs: int) -> dict[str, list[float]]:
    """Every contestant's seconds: ``runs`` rounds, each contestant once a round, after one round that doesn't count."""
    for contestant in contestants.values():
        contestant()
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, contestant in contestants.items():
            seconds[name].append(contestant())
    return seconds


def timed(seconds: dict[str, list[float]], name: str, call: Callable[[], T]) -> T:
    """The call's answer; what it took is added to the seconds of that name."""
    begun = time.perf_counter()
    answer = call()
    seconds.setdefault(name, []).append(time.perf_counter() - begun)
    return answer


def table(seconds: Mapping[str, Sequence[float]], against: str | None = None) -> str:
    """Median, fastest and slowest of each in milliseconds, and its ratio to the median of ``against``."""
    wide = max(map(len, seconds))
    lines = [f"{'':{wide}}  {'median':>9}  {'fastest':>9}  {'slowest':>9}" + ("  ratio" if against else "")]
    for name, values in seconds.items():
        cells = [f"{value * 1000:6.1f} ms" for value in (statistics.median(values), min(values), max(values))]
        ratio = f"  {statistics.median(values) / statistics.median(seconds[against]):5.2f}" if against else ""
        lines.append(f"{name:{wide}}  " + "  ".join(f"{cell:>9}" for cell in cells) + ratio)
    return "\n".join(lines)
