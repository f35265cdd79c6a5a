"""The power state machine of one machine: what is seen of it in, the next record and what is to be done out. Pure.

on → draining → sleeping → asleep → waking → on; waking → failed → asleep. What it must hold, however often it is interrupted:

- A record is written before the world is touched, and everything it asks for is asked for again until it is seen to have happened:
  whoever finds the record later goes on from there, and doing a step twice does no more than doing it once.
- A machine is told to sleep only while it is empty, ineligible because of us, and no report speaks against it.
- Whatever comes on by itself, late, or by someone's finger is on, and takes work again if it was us who kept it from that.
"""

from __future__ import annotations

from dataclasses import replace

from simulacra.act.steps import Drain, Effect, Release, Seen, SendOrder, Step, Wake
from simulacra.act.transitions import (
    Backoff,
    back_on,
    came,
    given_up,
    is_forgotten,
    kept_on,
    marked,
    may_obey,
    moved_to,
    not_emptied,
    remembering,
    starting,
    wake_within_s,
    woke,
)
from simulacra.model.cluster import Node
from simulacra.model.journal import Order, Record, from_before, moved_lately, next_sequence
from simulacra.model.machine import Machine
from simulacra.model.settings import Power

SLEEP_ORDERS = 3
ORDER_HOLDS_S = 60.0
NOTICED_WITHIN_S = 240.0
"""So long Nomad may take to notice that a machine is off: its heartbeat's grace, longer after a change of leader."""
MISSED_TOGETHER_S = 40.0
"""Within so long Nomad misses all that a cable cut takes away at once: heartbeats are up to 20 s apart, and their grace differs by 10 s."""


def first_record(machine: Machine, seen: Seen) -> Record:
    """The entry of a machine that there is none of yet: as it is found."""
    if seen.ready or (seen.node is None and machine.wake is None):
        return Record(machine.name, "on", seen.now_s, "found on", "itself", on_since_s=seen.now_s)
    return Record(machine.name, "asleep", seen.now_s, "found off", "itself")


def intend_wake(record: Record, reason: str, by: str, now_s: float) -> Step:
    """From asleep or failed to waking; the packets follow by `advance`. A machine in any other state stays as it is."""
    if record.power not in ("asleep", "failed"):
        return Step(record)
    moved = (*moved_lately(record, now_s), now_s)
    return moved_to(replace(record, moved_s=moved, attempts=0, next_try_s=now_s, out_until_s=0.0), "waking", reason, by, now_s)


def intend_sleep(record: Record, node: Node, reason: str, by: str, now_s: float) -> Step:
    """From on to draining; the drain follows by `advance`. A machine in any other state stays as it is.

    A node that somebody else has made ineligible won't be made eligible by us.
    """
    if record.power != "on":
        return Step(record)
    return moved_to(replace(record, attempts=0, next_try_s=0.0, drained=record.drained or node.eligible), "draining", reason, by, now_s)


def advance(machine: Machine, record: Record, seen: Seen, policy: Power, backoff: Backoff) -> Step:
    """The next step of a machine from its record and what is seen of it; the same record and no effects where nothing is to be done."""
    match record.power:
        case "on":
            return _on(machine, record, seen)
        case "draining":
            return _draining(machine, record, seen, policy)
        case "sleeping":
            return _sleeping(machine, record, seen)
        case "asleep":
            return came(record, seen, "came on by itself") if seen.ready else Step(record)
        case "waking":
            return _waking(machine, record, seen, backoff)
        case _:
            return _failed(record, seen)


def _on(machine: Machine, record: Record, seen: Seen) -> Step:
    if not seen.ready:
        if seen.cut_off or machine.wake is None or starting(seen) or _just_missed(seen):
            return Step(record)
        return moved_to(record, "asleep", "went off by itself", "itself", seen.now_s)
    assert seen.node is not None
    effects: tuple[Effect, ...] = ()
    if record.drained and seen.acting:
        if seen.node.eligible and not seen.node.draining:
            record = replace(record, drained=False)
        elif may_obey(record, seen):
            effects = (_called_off(record, seen),)
        else:
            effects = (Release(seen.node.id, eligible=True),)
    return Step(remembering(marked(record, seen), seen), effects)


def _draining(machine: Machine, record: Record, seen: Seen, policy: Power) -> Step:
    if not seen.ready:
        if seen.cut_off or _just_missed(seen):
            return Step(record)
        return moved_to(record, "asleep", "went off while it was being emptied", "itself", seen.now_s)
    assert seen.node is not None
    against = _against(machine, record, seen)
    if against:
        return back_on(record, seen, f"stays on: {against}")
    if seen.busy or seen.node.draining or seen.node.eligible:
        if seen.now_s - record.since_s > policy.drain_within_s:
            return not_emptied(record, seen, policy.drain_within_s)
        missing = not seen.node.draining or is_forgotten(record, seen, seen.node)
        return Step(record, (Drain(seen.node.id),) if missing else ())
    moved = replace(record, moved_s=(*moved_lately(record, seen.now_s), seen.now_s), attempts=0)
    step = moved_to(moved, "sleeping", record.reason, record.by, seen.now_s)
    ordered = _ordered(machine, step.record, seen)
    return Step(ordered.record, ordered.effects, step.entries)


def _just_missed(seen: Seen) -> bool:
    """Whether others of its zone, with which it may have been cut off, needn't have been missed yet."""
    return seen.node is not None and abs(seen.now_s - seen.node.changed_s) < MISSED_TOGETHER_S


def _against(machine: Machine, record: Record, seen: Seen) -> str:
    """Why a machine that is being emptied must stay on after all; empty where nothing speaks against it."""
    if not seen.acting:
        return "the grid only observes"
    if seen.report is None:
        return "its program doesn't report"
    if from_before(record, seen.report, machine.sleep):
        return "its program hasn't reported since it came on"
    return kept_on(record, seen)


def _ordered(machine: Machine, record: Record, seen: Seen) -> Step:
    """One more order to sleep."""
    assert seen.report is not None
    sleep = machine.sleep
    sequence = next_sequence(seen.now_s, record.sequence, seen.report.obeyed)
    again = replace(
        record,
        sequence=sequence,
        boot_id=seen.report.boot_id,
        attempts=record.attempts + 1,
        next_try_s=seen.now_s + ORDER_HOLDS_S,
    )
    order = Order(
        sequence=sequence,
        kind="sleep",
        expires_s=seen.now_s + ORDER_HOLDS_S,
        boot_id=seen.report.boot_id,
        method=sleep.method if sleep is not None else "poweroff",
        command=sleep.command if sleep is not None else (),
    )
    return Step(again, (SendOrder(machine.name, order),))


def _sleeping(machine: Machine, record: Record, seen: Seen) -> Step:
    report = seen.report
    if not seen.ready:
        said = report is not None and report.obeyed == record.sequence and not report.refused
        if seen.cut_off or (_just_missed(seen) and not said):
            return Step(record)
        return moved_to(record, "asleep", record.reason, record.by, seen.now_s)
    if report is not None and report.obeyed == record.sequence:
        if report.refused:
            return back_on(record, seen, f"stays on: {report.refused}")
        if record.boot_id and report.boot_id != record.boot_id:
            return came(record, seen, "came back before Nomad missed it")
        if seen.now_s - record.next_try_s < NOTICED_WITHIN_S:
            return Step(record)
        return back_on(record, seen, "came back before Nomad missed it")
    against = _against(machine, record, seen)
    if against:
        return _calling_off(back_on(record, seen, f"stays on: {against}"), seen)
    if seen.now_s < record.next_try_s:
        return Step(record)
    if record.attempts < SLEEP_ORDERS:
        return _ordered(machine, record, seen)
    return _calling_off(given_up(record, seen, f"didn't obey {record.attempts} orders to sleep"), seen)


def _calling_off(step: Step, seen: Seen) -> Step:
    """With an order to do nothing in the place of the one to sleep."""
    record = replace(step.record, sequence=next_sequence(seen.now_s, step.record.sequence))
    return replace(step, record=record, effects=(_called_off(record, seen), *step.effects))


def _called_off(record: Record, seen: Seen) -> SendOrder:
    return SendOrder(record.machine, Order(record.sequence, "none", seen.now_s + ORDER_HOLDS_S))


def _waking(machine: Machine, record: Record, seen: Seen, backoff: Backoff) -> Step:
    if seen.ready:
        return woke(record, seen)
    if seen.now_s - record.since_s > wake_within_s(machine):
        return given_up(record, seen, f"didn't come within {wake_within_s(machine):.0f} s, after {record.attempts} tries")
    if not seen.acting or seen.now_s < record.next_try_s:
        return Step(record)
    attempt = record.attempts + 1
    return Step(replace(record, attempts=attempt, next_try_s=seen.now_s + backoff(attempt)), (Wake(machine.name, attempt),))


def _failed(record: Record, seen: Seen) -> Step:
    if seen.ready:
        return came(record, seen, "came late")
    if seen.now_s >= record.out_until_s:
        return moved_to(record, "asleep", f"may be tried again; {record.reason}", "plan", seen.now_s)
    return Step(record)
