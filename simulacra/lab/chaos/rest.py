"""Whether the grid has come to rest after all that happened, and how long that is waited for."""

from __future__ import annotations

from collections import Counter

from simulacra.lab.chaos.rules_of_power import STILL_S
from simulacra.lab.chaos.rules_of_work import RUNS_WITHIN_S
from simulacra.lab.chaos.schedule import Schedule
from simulacra.lab.chaos.seen import Seen
from simulacra.model.journal import UNDER_WAY

RESTS_WITHIN_S = 480.0
"""So long after the last fault; what still moves or waits then is told."""


def rests(seen: Seen, schedule: Schedule) -> bool:
    """Whether all work has come and is done or gone, no machine is under way, and nothing has moved for a while."""
    brought = {it.name for it in schedule.works}
    done = Counter(it.job for it in seen.units if it.ended_s is not None)
    if brought - {it.name for it in seen.asked} or any(it.shape == "batch" and done[it.name] < it.count for it in seen.asked):
        return False
    if any(it.over_s is None and it.job in brought for it in seen.units):
        return False
    if seen.heard is None or any(it.power in UNDER_WAY for it in seen.heard.records):
        return False
    moved = [*(it.at_s for it in seen.entries), *(it.at_s for it in seen.switches), *(it.over_s or 0.0 for it in seen.units)]
    return seen.now_s - max([seen.began_s + schedule.lasts_s, *moved]) > STILL_S


def waited_until_s(seen: Seen, schedule: Schedule) -> float:
    """When it is waited no longer; later where a machine that failed to come isn't tried again before."""
    records = seen.heard.records if seen.heard is not None else ()
    out = [it.out_until_s + RUNS_WITHIN_S for it in records if it.power == "failed"]
    return max([seen.began_s + schedule.lasts_s + RESTS_WITHIN_S, *out])
