"""What planning and observing cost as the grid grows: time and memory against machines, and the exponent of their growth.

Each measurement is in a process of its own, and what counts is its processor time, which others on the machine change little. A look is
read through the real gateway, with answers in the shapes of Nomad's but made up in memory: what a server and a network take comes on top.
With `--nomad` it is looked at a real server too; that is by the clock on the wall. Plans are made of
`bench/crowds.py`: grids in which everything differs, with ten allocations on each machine, and half as many instances waiting as there
are machines.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from apm import NOMAD, changed_again_and_again, fill, grid_of, remember
from crowds import NOW_S, Crowd, crowd
from growth import table
from lone_server import server
from nomad_answers import Answers, connected_to
from scale_plot import plot

from simulacra.gateways.journal import Journal
from simulacra.gateways.nomad import Nomad, connect
from simulacra.model.machine import Sleep
from simulacra.model.snapshot import Snapshot
from simulacra.observe.snapshot import Observer
from simulacra.plan.plan import plan

SIZES = (300, 1_000, 3_000, 10_000)
PER_MACHINE, ASLEEP, CHANGED = 10, 0.3, 0.01
LOOKS = 5
"""So many looks and plans follow the first one in a process."""
Costs = dict[str, float]
"""Milliseconds, and what is called a peak: MiB."""
MEMORY = "peak: "
Clock = Callable[[], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--machines", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--runs", type=int, default=3, help="processes for each measurement; medians count")
    parser.add_argument("--plot", type=Path, default=Path("scale.svg"))
    parser.add_argument("--nomad", action="store_true", help="look at a real Nomad server with so many nodes too")
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "MACHINES"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(MEASURED[chosen.one[0]](int(chosen.one[1]))))
        return
    if len(set(chosen.machines)) < 2:
        parser.error("how a cost grows takes two sizes at least")
    sizes = sorted(set(chosen.machines))
    whats = [what for what in MEASURED if chosen.nomad or what != "real"]
    found = {size: _merged([_apart(what, size, chosen.runs) for what in whats]) for size in sizes}
    costs = {name: [found[size][name] for size in sizes] for name in found[sizes[0]]}
    times = {name: values for name, values in costs.items() if not name.startswith(MEMORY)}
    peaks = {name.removeprefix(MEMORY): values for name, values in costs.items() if name.startswith(MEMORY)}
    print(f"processor time; {chosen.runs} runs each, a process each; medians, and the exponent of the growth from size to size\n")
    print(table("time", sizes, times, "ms"), table("memory beside the values", sizes, peaks, "MB"), sep="\n\n")
    plot(chosen.plot, sizes, times, peaks)
    print(f"\nplotted in {chosen.plot}")


def _merged(some: Sequence[Costs]) -> Costs:
    return {name: cost for costs in some for name, cost in costs.items()}


def _apart(what: str, size: int, runs: int) -> Costs:
    """The median of each cost over so many processes."""
    command = [sys.executable, __file__, "--one", what, str(size)]
    all_runs = [json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout) for _ in range(runs)]
    print(f"{what} at {size:,}: done", file=sys.stderr, flush=True)
    return {name: statistics.median(costs[name] for costs in all_runs) for name in all_runs[0]}


def _looks(machines: int) -> Costs:
    answers = Answers(machines)
    return _looked(connected_to(answers), machines, lambda: answers.change(CHANGED), "")


def _real_looks(machines: int) -> Costs:
    binary = Path(os.environ.get("NOMAD_BIN") or NOMAD)
    with tempfile.TemporaryDirectory() as folder, server(binary, Path(folder)) as found:
        fill(found, machines)
        nomad = connect(environment={"NOMAD_ADDR": found.address})
        remember(nomad, machines)
        changes = changed_again_and_again(found, nomad, machines)
        return _looked(nomad, machines, lambda: next(changes), " (a real server)", time.perf_counter)


def _looked(nomad: Nomad, machines: int, change: Callable[[], object], where: str, clock: Clock = time.process_time) -> Costs:
    observer = Observer(grid_of(machines), nomad, Journal(nomad))
    first, peak = _first(lambda: observer.look(NOW_S), clock)
    quiet, changed = [], []
    for _ in range(LOOKS):
        quiet.append(_ms(lambda: observer.look(NOW_S), clock))
        change()
        changed.append(_ms(lambda: observer.look(NOW_S), clock))
    some = "a look, 1 % changed" if not where else "a look, a little of everything changed"
    return {
        f"the first look{where}": first,
        f"{some}{where}": statistics.median(changed),
        f"a look, nothing new{where}": statistics.median(quiet),
        f"{MEMORY}the first look{where}": peak,
    }


def _plans(name: str, waiting: float, asleep: float) -> Callable[[int], Costs]:
    """The first plan of a process, and those that follow, before each of which 1 % of the nodes have changed."""

    def measured(machines: int) -> Costs:
        made = crowd(machines, machines * PER_MACHINE, round(machines * waiting), asleep)
        grid = replace(made.grid, machines=tuple(replace(it, sleep=Sleep()) for it in made.grid.machines))
        first, peak = _first(lambda: plan(grid, made.snapshot), time.process_time)
        later = [_ms(lambda seen=seen: plan(grid, seen), time.process_time) for seen in _changed(made)]  # type: ignore[misc]
        return {f"the first plan, {name}": first, f"a plan, {name}, 1 % changed": statistics.median(later), f"{MEMORY}a plan, {name}": peak}

    return measured


def _changed(made: Crowd) -> list[Snapshot]:
    """What is seen at the next looks: 1 % of the nodes take work no more, where they did, or again."""
    seen, found = made.snapshot, []
    for turn in range(1, LOOKS + 1):
        nodes = tuple(replace(it, eligible=not it.eligible) if at % 100 == turn else it for at, it in enumerate(seen.nodes))
        seen = replace(seen, nodes=nodes, now_s=seen.now_s + 10)
        found.append(seen)
    return found


def _ms(call: Callable[[], object], clock: Clock) -> float:
    begun = clock()
    call()
    return (clock() - begun) * 1000


def _first(call: Callable[[], object], clock: Clock) -> tuple[float, float]:
    """What the first one takes, and by how much memory the process grew for it at its peak."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
    before = _memory_mb("VmRSS")
    took = _ms(call, clock)
    return took, _memory_mb("VmHWM") - before


def _memory_mb(what: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


MEASURED = {
    "look": _looks,
    "real": _real_looks,
    "quiet": _plans("nothing waits", 0.0, 0.0),
    "busy": _plans("all on, work waits", 0.5, 0.0),
    "asleep": _plans("30 % asleep, work waits", 0.5, ASLEEP),
}

if __name__ == "__main__":
    main()
