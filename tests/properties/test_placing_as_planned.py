"""The simulation puts an instance where the planner's board does, which is where Nomad would."""

from __future__ import annotations

import random

import numpy as np
import pytest
from watched_world import staged

from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Sleep, WakeCommand, Watts
from simulacra.model.place import Zone
from simulacra.model.snapshot import Scheduler
from simulacra.model.workload import Allocation
from simulacra.plan.board import Board
from simulacra.simulate.placing import Placing
from simulacra.simulate.stage import Stage
from simulacra.simulate.trace import TraceJob

SEEDS = 300


def drawn(chance: random.Random) -> Stage:
    """Up to eight machines: few sizes, so that many are equal; some never sleep, and all want to be liked for what they draw."""
    machines = []
    for number in range(chance.randint(1, 8)):
        cores, awake = chance.choice([2, 4, 4, 8]), chance.random() < 0.3
        machines.append(
            Machine(
                f"m{number}", chance.choice(["attic", "office"]), never_sleeps=awake, has=Has(cores * 1000, cores * 2000, cores=cores),
                watts=Watts(chance.choice([5, 60]), 180), wake=None if awake else WakeCommand(("wake",)), sleep=None if awake else Sleep(),
            )
        )  # fmt: skip
    grid = Grid("random", mode="act", zones=(Zone("attic"), Zone("office")), machines=tuple(machines))
    zone = chance.choice([None, None, machines[0].zone])
    return staged(grid, TraceJob(1, 0, 60, chance.choice([0.5, 1, 2, 3, 4]), chance.choice([0, 700, 4000]), zone=zone))


@pytest.mark.parametrize("block", range(6))
def test_an_instance_goes_where_the_board_puts_it(block: int) -> None:
    chosen = set()
    for seed in range(block * SEEDS // 6, (block + 1) * SEEDS // 6):
        chance = random.Random(seed)
        stage = drawn(chance)
        fleet, work = stage.fleet, stage.works[0]
        if work.never:
            continue
        taken = [
            Allocation(f"{at}", "other", "it", node.id, cpu_mhz=chance.choice([0, 1000, node.cpu_mhz]), memory_mb=chance.choice([0, 1500]))
            for at, node in enumerate(fleet.nodes)
        ]
        opened = [chance.random() < 0.8 for _ in fleet.nodes]
        board = Board.of(fleet.nodes, taken, (), Scheduler())
        board.set_open([name for name, is_open in zip(fleet.names, opened, strict=True) if is_open])
        placing = Placing(fleet, lambda _: None, lambda _: None)
        cpu, memory = (np.array([getattr(it, size) for it in taken]) for size in ("cpu_mhz", "memory_mb"))
        best = placing.best(work.shape, np.array(opened), placing.cpu_mhz - cpu, placing.memory_mb - memory)
        expected = board.place(work.job, work.shape.group)
        assert (() if best is None else (fleet.names[best],)) == expected, f"seed {seed}"
        chosen.add(expected)
    assert len(chosen) > 4
