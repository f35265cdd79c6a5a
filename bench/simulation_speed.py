"""How long `simulacra simulate` takes for a month of 20,000 jobs on 50 machines, as a whole process; and each policy by itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from timing import called, in_turns, process, table

from simulacra.gateways.backoff import mean_backoff
from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.generating import generate
from simulacra.simulate.scoring import POLICIES, scored
from simulacra.simulate.simulating import Settings, bound_of
from simulacra.simulate.stage import stage_of

MACHINES, SCALE, DAYS, SEED = 50, 2.0, 30, 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    stage = stage_of(generate("ci", DAYS, SEED, SCALE), equal_grid(EqualMachines(MACHINES)))
    command = (Path(sys.executable).parent / "simulacra", "simulate", "ci", "--scale", f"{SCALE:g}", "--machines", str(MACHINES))
    contestants = {"simulate": process(command), "simulate --no-curve": process((*command, "--no-curve"))}
    contestants |= {it: called(lambda it=it: scored(stage, it, Settings(SEED), mean_backoff)) for it in POLICIES}  # type: ignore[misc]
    contestants |= {"bound": called(lambda: bound_of(stage))}
    print(f"{len(stage.works):,} jobs in {DAYS} days on {MACHINES} machines")
    print(table(in_turns(contestants, runs)))


if __name__ == "__main__":
    main()
