"""The offline bound against the best schedule there is, found by an integer program over whole seconds, on many small cases.

Times are whole seconds, so a best schedule is at whole seconds too: what limits it are differences of two times, and what it costs changes
its slope at whole seconds only. `python tests/properties/test_bound_below_best.py 400` tells how close the bound comes.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from simulacra.simulate.bound import Drawing, Timed, bound

CASES = 120


@dataclass(frozen=True, slots=True)
class Case:
    jobs: tuple[Timed, ...]
    machines: tuple[Drawing, ...]
    horizon_s: int
    wait_s: int


def drawn(seed: int) -> Case:
    """Two or three machines, equal in every other case; up to five jobs that all fit if none waits."""
    chance = random.Random(seed)
    wait = chance.choice([0, 2, 3, 5])
    first = _machine(chance, 0)
    count = chance.choice([2, 3])
    machines = tuple(replace(first, name=f"m{n}") if seed % 2 else _machine(chance, n) for n in range(count))
    span = chance.choice([6, 20, 40])
    jobs = []
    for _ in range(chance.randint(1, 5)):
        carrier = chance.choice(machines)
        memory = chance.choice([0, 0, carrier.memory_mb // 2, carrier.memory_mb])
        submit, run = chance.randint(0, span), chance.randint(1, chance.choice([3, 12]))
        jobs.append(Timed(submit, run, chance.choice([1, 1, 2]), chance.randint(1, int(carrier.cores)), memory))
    return Case(tuple(jobs), machines, int(max(it.submit_s + it.run_s for it in jobs)), wait)


def _machine(chance: random.Random, number: int) -> Drawing:
    idle = chance.choice([10, 30, 60])
    return Drawing(
        f"m{number}", chance.choice([1, 2, 4]), chance.choice([100, 200]), idle, idle + chance.choice([0, 20, 90]), chance.choice([0, 2]),
        chance.choice([0, 2, 5]), chance.choice([0, 3]), chance.random() > 0.15,
    )  # fmt: skip


@dataclass
class Program:
    """An integer program in the making: rows are sums that lie between two numbers."""

    cost: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def number(self, cost: float, most: float) -> int:
        self.cost.append(cost)
        self.most.append(most)
        return len(self.cost) - 1

    def least(self) -> float | None:
        """None: no schedule keeps the longest wait."""
        entries = [(at, column, value) for at, (row, _, _) in enumerate(self.rows) for column, value in row.items()]
        at, columns, values = zip(*entries, strict=True)
        table = coo_array((values, (at, columns)), shape=(len(self.rows), len(self.cost))).tocsr()
        limits = LinearConstraint(table, [low for _, low, _ in self.rows], [high for _, _, high in self.rows])
        found = milp(np.array(self.cost), constraints=limits, bounds=Bounds(0, np.array(self.most)), integrality=np.ones(len(self.cost)))
        return float(found.fun) if found.success else None


def best(case: Case, hours: bool) -> float | None:
    """The least joules, or seconds on, of all schedules."""
    program = Program()
    end = int(max(case.horizon_s, *(it.submit_s + case.wait_s + it.run_s for it in case.jobs)))
    always = 0.0
    on = {}
    for it in case.machines:
        above = 1.0 if hours else it.idle_w - it.asleep_w
        always += case.horizon_s * ((0.0 if hours else it.asleep_w) if it.can_sleep else (1.0 if hours else it.idle_w))
        on[it.name] = _switching(program, it, above if it.can_sleep else 0.0, (case.horizon_s, end))
    used: dict[tuple[str, int], list[tuple[int, Timed]]] = {}
    for job in case.jobs:
        _starting(program, case, job, hours, used)
    for it in case.machines:
        for second in range(end):
            there = used.get((it.name, second), [])
            for size, had in ((lambda job: job.cores, it.cores), (lambda job: job.memory_mb, it.memory_mb)):
                row = {column: size(job) for column, job in there}
                program.rows.append((row | {on[it.name][second]: -had}, -np.inf, 0.0))
    found = program.least()
    return None if found is None else found + always


def _switching(program: Program, machine: Drawing, above: float, until: tuple[int, int]) -> list[int]:
    """Columns that are 1 in each second in which it is on; it may begin in any state, and nothing counts that is before 0."""
    horizon, end = until
    on = [program.number(above, 1) for _ in range(end)]
    for second in range(1, end):
        woken = program.number(above * min(machine.boot_s, second), 1)
        halted = program.number(above * min(machine.down_s, max(0, horizon - second)), 1)
        program.rows.append(({on[second]: 1.0, on[second - 1]: -1.0, woken: -1.0, halted: 1.0}, 0.0, 0.0))
    return on


def _starting(program: Program, case: Case, job: Timed, hours: bool, used: dict[tuple[str, int], list[tuple[int, Timed]]]) -> None:
    begins = range(int(job.submit_s), int(job.submit_s) + case.wait_s + 1)
    starts = {second: program.number(0.0, 1) for second in begins}
    program.rows.append((dict.fromkeys(starts.values(), 1.0), 1.0, 1.0))
    for second, start in starts.items():
        placed = {start: -float(job.pieces)}
        for it in case.machines:
            watts = 0.0 if hours else (it.busy_w - it.idle_w) * job.cores / it.cores
            column = program.number(watts * job.run_s, job.pieces)
            placed[column] = 1.0
            for later in range(second, second + int(job.run_s)):
                used.setdefault((it.name, later), []).append((column, job))
        program.rows.append((placed, 0.0, 0.0))


@cache
def ratios(seed: int) -> tuple[float, float] | None:
    """Of energy and of hours: bound / best."""
    case = drawn(seed)
    joules, seconds = best(case, hours=False), best(case, hours=True)
    if joules is None or seconds is None:
        return None
    found = bound(case.jobs, case.machines, case.horizon_s, case.wait_s)
    return (
        found.kwh * 3.6e6 / joules if joules else 1.0,
        found.machine_hours * 3600 / seconds if seconds else 1.0,
    )


@pytest.mark.parametrize("block", range(CASES // 20))
def test_no_schedule_is_below_the_bound(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        found = ratios(seed)
        assert found is None or max(found) <= 1 + 1e-6, f"seed {seed}: {found} of the best, {drawn(seed)}"


@pytest.mark.parametrize(("first", "energy", "hours"), [(1, 0.95, 0.95), (0, 0.8, 0.85)], ids=["equal machines", "different machines"])
def test_the_bound_comes_close(first: int, energy: float, hours: float) -> None:
    found = [pair for seed in range(first, CASES, 2) if (pair := ratios(seed)) is not None]
    assert len(found) >= CASES // 4
    assert np.mean([it[0] for it in found]) >= energy
    assert np.mean([it[1] for it in found]) >= hours


if __name__ == "__main__":
    seen = [(seed % 2, *pair) for seed in range(int(sys.argv[1])) if (pair := ratios(seed)) is not None]
    for equal, name in ((1, "equal machines"), (0, "different machines")):
        of = np.array([row[1:] for row in seen if row[0] == equal])
        mean, least = of.mean(axis=0).round(3), of.min(axis=0).round(3)
        print(f"{name}, {len(of)} cases: bound / best of energy and of hours: mean {mean}, least {least}")
        print(f"  above 1: {int((of > 1 + 1e-6).sum())}; within 1 %: {(of > 0.99).mean(axis=0).round(3)}")
