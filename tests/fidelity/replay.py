"""Asks the real Nomad and the planner again: ``python -m tests.fidelity.replay``; ``--help`` says what."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.lone_server import Server, server
from tests.fidelity.asking import QUESTIONS, Case, World, cases, world
from tests.fidelity.table import table

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 40


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fidelity.replay", description="Can it be placed? What Nomad says, and the planner."
    )
    parser.add_argument("case", nargs="?", help="SEED.NUMBER: one question alone, with all that it is about")
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, metavar="N", help=f"sets of nodes, {QUESTIONS} questions each (default {SEEDS})"
    )
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first of them (default 0)")
    given = parser.parse_args()
    here = ROOT / ".tools" / "bin" / "nomad"
    binary = os.environ.get("NOMAD_BIN") or (str(here) if here.exists() else shutil.which("nomad"))
    if not binary:
        parser.error("no nomad: ./setup.sh test builds one, or set NOMAD_BIN")
    with tempfile.TemporaryDirectory() as folder, server(Path(binary), Path(folder)) as running:
        if given.case:
            seed, _, number = given.case.partition(".")
            with world(running, int(seed)) as of:
                (case,) = cases(of, int(seed), [int(number)])
                print(told(case, of))
                return int(case.differs)
        found = tuple(asked(running, range(given.first, given.first + given.seeds)))
        print(table(found))
        print("".join(f"\n{it.name}: Nomad {it.nomad[0]}, the planner {it.planner}" for it in found if it.differs))
        return int(any(it.differs for it in found))


def asked(running: Server, seeds: Iterable[int]) -> Iterator[Case]:
    """Every question of these seeds."""
    for seed in seeds:
        with world(running, seed) as of:
            yield from cases(of, seed)


def told(case: Case, of: World) -> str:
    """What was asked, of which nodes, and what was answered. Of the nodes only those that differ on their own, where that is known."""
    about = [it for it in of.nodes if it["Name"] in case.apart] or list(of.nodes)
    names = {it["ID"] for it in about}
    there = [it for it in of.snapshot.allocations if it.node in names]
    again = f".venv/bin/python -m tests.fidelity.replay {case.name}"
    answers = ", ".join(map(str, case.nomad))
    return "\n".join(
        (
            f"{case.name}: {case.count} of a {case.kind} job: Nomad places {answers}; the planner {case.planner}. Again: {again}",
            f"decided by: {', '.join(name for name, decided in case.features if decided) or 'nothing'}; {of.snapshot.scheduler}",
            f"job:  {json.dumps({key: value for key, value in case.job.items() if value})}",
            *(f"node: {json.dumps(it, default=list)}" for it in about),
            *(f"there: {it}" for it in there),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
