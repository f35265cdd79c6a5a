"""When steering that has nothing to do has something to do again, if nothing changes: so that a quiet hour costs a few looks only."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.act.ledgers import TOLD_AGAIN_S
from simulacra.act.power import NOTICED_WITHIN_S
from simulacra.act.renting import CREATED_AGAIN_S, SOMEBODY_ELSES_AFTER_S
from simulacra.act.steward import View
from simulacra.act.transitions import BOOT_MARGIN, BOOT_SPARE_S, DAY_S, REMEMBER_AGAIN_S, wake_within_s
from simulacra.model.cloud import paid_until_s
from simulacra.model.journal import Record
from simulacra.model.ledger import SHOWS_WITHIN_S, Ledger
from simulacra.plan.against_sleeping import ASKED_HOLDS_S
from simulacra.plan.against_waking import BREAKS_FOR_S
from simulacra.plan.budget import DESTROYED_WITHIN_S, LOOKS
from simulacra.plan.renting import LEAVES_BEFORE_S, MOVES_BEFORE_S

AT_LEAST_EVERY_S = 900.0


def due_s(seen: View) -> float:
    """The first time after the look at which some rule of the planner or of the power states may say something else."""
    now_s = seen.snapshot.now_s
    times = [at for record in seen.snapshot.records for at in _of_record(seen, record)]
    times += [at for report in seen.snapshot.reports for at in (report.stay_until_s, report.sleep_asked_s + ASKED_HOLDS_S)]
    times += [at for ledger in seen.snapshot.clouds for at in _of_cloud(seen, ledger)]
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
    if machine is not None and machine.rent is not None:
        yield from (record.since_s + SOMEBODY_ELSES_AFTER_S, record.since_s + CREATED_AGAIN_S + wake_within_s(machine))


def _of_cloud(seen: View, ledger: Ledger) -> Iterator[float]:
    """What its provider says is written down now and then, here more seldom than in life; its servers' units of billing begin, and must be
    paid for before.
    """
    now_s, power = seen.snapshot.now_s, seen.grid.power
    yield now_s + 2.4 * TOLD_AGAIN_S
    cloud = next((it for it in seen.grid.clouds if it.name == ledger.cloud), None)
    for server in ledger.servers if cloud is not None else ():
        assert cloud is not None
        paid_s = paid_until_s(server.created_s, now_s, cloud.billed_by_s)
        leads = (LEAVES_BEFORE_S, LEAVES_BEFORE_S + MOVES_BEFORE_S)
        yield from (paid_s - lead - 3 * power.evaluate_every_s for lead in leads)
        yield from (server.created_s + SHOWS_WITHIN_S, server.created_s + BOOT_MARGIN * cloud.boot_time_s + BOOT_SPARE_S)
        for looks in (LOOKS, 2 * LOOKS):
            leaves_s = power.drain_within_s + DESTROYED_WITHIN_S + looks * power.evaluate_every_s
            yield paid_until_s(server.created_s, now_s + leaves_s, cloud.billed_by_s) - leaves_s
