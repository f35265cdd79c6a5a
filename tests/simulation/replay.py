"""Lives one seed again and tells its story: ``python -m tests.simulation.replay SEED``; ``--help`` says what else."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from contextlib import ExitStack

from tests.simulation.alarms import ALARMS
from tests.simulation.lives import lived
from tests.simulation.model_world import Said
from tests.simulation.schedules import schedule_of
from tests.simulation.shrinking import shrunk
from tests.simulation.story import story
from tests.simulation.watch import RULES, Rule


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.replay",
        description="Lives one seed again. Where something is broken it tells the shortest story that still breaks it, else the whole one.",
    )
    parser.add_argument("seed", type=int)
    parser.add_argument("--whole", action="store_true", help="the story of the whole schedule, nothing left out")
    parser.add_argument("--broken", choices=sorted(ALARMS), help="with simulacra broken on purpose in this way")
    given = parser.parse_args()
    heeded = (ALARMS[given.broken].rule,) if given.broken else RULES
    with ExitStack() as stack:
        if given.broken:
            stack.enter_context(ALARMS[given.broken].broken())
        print(told_of(given.seed, given.whole, heeded))
        return 1 if lived(schedule_of(given.seed), heeded=heeded) else 0


def told_of(seed: int, whole: bool = False, heeded: Collection[Rule] = RULES) -> str:
    """The seed's story, the shortest that still breaks what it breaks."""
    schedule = schedule_of(seed)
    found = lived(schedule, heeded=heeded)
    if found is not None and not whole:
        rule = (found.rule,)
        schedule = shrunk(schedule, lambda smaller: lived(smaller, heeded=rule) is not None)
    told: list[Said] = []
    lived(schedule, told, heeded)
    return story(schedule, told)


if __name__ == "__main__":
    sys.exit(main())
