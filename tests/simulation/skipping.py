"""When steering that has nothing to do has something to do again, if nothing changes: so that a quiet hour costs a few looks only."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.act.power import DAY_S, NOTICED_WITHIN_S, REMEMBER_AGAIN_S, wake_within_s
from simulacra.act.steward import View
from simulacra.model.journal import Record
from simulacra.plan.against_sleeping import ASKED_HOLDS_S
from simulacra.plan.against_waking import BREAKS_FOR_S

AT_LEAST_EVERY_S = 900.0


def due_s(seen: View) -> float:
    """The first time after the look at which some rule of the planner or of the power states may say something else."""
    now_s = seen.snapshot.now_s
    times = [at for record in seen.snapshot.records for at in _of_record(seen, record)]
    times += [at for report in seen.snapshot.reports for at in (report.stay_until_s, report.sleep_asked_s + ASKED_HOLDS_S)]
    return min([at for at in times if at > now_s] + [now_s + AT_LEAST_EVERY_S])


def _of_record(seen: View, record: Record) -> Iterator[float]:
    power = seen.grid.power
    machine = seen.grid.machine(record.machine)
    yield from (record.next_try_s, record.next_try_s + NOTICED_WITHIN_S, record.out_until_s, record.held_until_s)
    yield from (record.since_s + power.drain_within_s, record.since_s + power.wake_cooldown_s, record.failed_s + BREAKS_FOR_S)
    yield from (record.on_since_s + power.minimum_uptime_s, record.on_since_s + power.wake_cooldown_s)
    yield record.superfluous_since_s + power.sleep_after_s
    yield from (at + DAY_S for at in record.moved_s)
    if record.remembered is not None:
        yield record.remembered.changed_s + REMEMBER_AGAIN_S
    if machine is not None:
        yield record.since_s + wake_within_s(machine)
