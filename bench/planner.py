"""How long it takes to find a place for all that waits, and to plan, from values in memory; and how much memory that takes."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from crowds import crowd

from simulacra.model.snapshot import Scheduler
from simulacra.plan.board import Board
from simulacra.plan.plan import plan

GRIDS = ((1_000, 10_000, 5_000), (10_000, 100_000, 5_000))
COLUMNS = (
    ("machines", 9), ("running", 9), ("waiting", 9), ("jobs", 7), ("placed", 8), ("wakes", 7), ("seconds", 9), ("board", 8),
    ("placed/s", 10), ("values", 9), ("peak", 9),
)  # fmt: skip
ASLEEP, FULL = 0.3, 0.15


@dataclass(frozen=True)
class Measured:
    """``board_s`` of the seconds went into making the board. ``peak_mb`` is the whole process's, the grid's own values among it."""

    seconds: float
    board_s: float
    placed: int
    wakes: int
    different: int
    values_mb: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", nargs=4, metavar=("WHAT", "MACHINES", "ALLOCATIONS", "WAITING"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        what, *numbers = chosen.one
        print(json.dumps(asdict(MEASURED[what](*map(int, numbers)))))
        return
    print(f"{chosen.runs} runs each, a process each; seconds are medians\n")
    print("board      every waiting instance is put onto machines that are all on, the making of the board included")
    print("plan       a whole plan, 30 % of the machines asleep, on those that are on there is room for most")
    print("plan full  a whole plan, 30 % of the machines asleep, on those that are on there is little room left\n")
    print(f"{'':10}" + "".join(f"{name:>{wide}}" for name, wide in COLUMNS))
    for what in MEASURED:
        for numbers in GRIDS:
            print(_row(what, numbers, [_apart(what, numbers) for _ in range(chosen.runs)]), flush=True)


def _row(what: str, numbers: tuple[int, int, int], runs: list[Measured]) -> str:
    seconds, board = (statistics.median(values) for values in ([it.seconds for it in runs], [it.board_s for it in runs]))
    first, peak = runs[0], max(it.peak_mb for it in runs)
    sizes = "".join(f"{number:9,}" for number in numbers)
    rate = f"{first.placed / seconds:10,.0f}"
    counts = f"{first.different:7,}{first.placed:8,}{first.wakes:7,}"
    return f"{what:10}{sizes}{counts}{seconds:9.2f}{board:8.2f}{rate}{first.values_mb:6.0f} MB{peak:6.0f} MB"


def _apart(what: str, numbers: tuple[int, int, int]) -> Measured:
    """In a process of its own, whose memory is nobody else's."""
    command = [sys.executable, __file__, "--one", what, *map(str, numbers)]
    return Measured(**json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))


def _board(machines: int, allocations: int, waiting: int) -> Measured:
    made = crowd(machines, allocations, waiting)
    snapshot, wanted, before = made.snapshot, made.waiting, _peak_mb()
    begun = time.perf_counter()
    board = Board.of(snapshot.nodes, snapshot.allocations, snapshot.jobs, Scheduler())
    built = time.perf_counter()
    placed = sum(len(board.place(job, group, count)) for job, group, count in wanted)
    ended = time.perf_counter()
    return Measured(ended - begun, built - begun, placed, 0, len(wanted), before, _peak_mb())


def _plan(machines: int, allocations: int, waiting: int, full: float = 0.0) -> Measured:
    made = crowd(machines, allocations, waiting, ASLEEP, full)
    before, begun = _peak_mb(), time.perf_counter()
    planned = plan(made.grid, made.snapshot)
    ended = time.perf_counter()
    return Measured(ended - begun, 0.0, len(planned.placed), len(planned.wakes), len(made.waiting), before, _peak_mb())


def _plan_full(machines: int, allocations: int, waiting: int) -> Measured:
    return _plan(machines, allocations, waiting, FULL)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MEASURED = {"board": _board, "plan": _plan, "plan full": _plan_full}

if __name__ == "__main__":
    main()
