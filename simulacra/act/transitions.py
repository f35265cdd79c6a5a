"""Single transitions of the power states, for machines of one's own and for rented ones alike. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from simulacra.act.steps import Release, Seen, Step
from simulacra.model.cluster import Node, is_lasting_as
from simulacra.model.journal import DAY_S, LogEntry, PowerState, Record
from simulacra.model.machine import Machine
from simulacra.model.resting import needed_lately

REMEMBER_AGAIN_S = 3600.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 300.0, DAY_S
"""A machine that didn't come is left out for the first pause, after each further failure for twice as long."""
FORGOTTEN_AFTER_S = 20.0
"""A drain that ends by itself does so within moments of the node's being empty."""
FRESH_S = 60.0
"""So long after it came on a machine may not have been seen yet with the work that it was woken for."""
BOOT_MARGIN = 2.0
BOOT_SPARE_S = 10.0

Backoff = Callable[[int], float]
"""Seconds until the next try, from how many were made (1, 2, …)."""


def moved_to(record: Record, power: PowerState, reason: str, by: str, now_s: float) -> Step:
    moved = replace(record, power=power, since_s=now_s, reason=reason, by=by)
    return Step(moved, (), (LogEntry(now_s, record.machine, record.power, power, reason, by),))


def came(record: Record, seen: Seen, reason: str) -> Step:
    """On again: work is let in if we had kept it out, and failures are forgiven."""
    fresh = replace(record, failures=0, out_until_s=0.0, on_since_s=seen.now_s, superfluous_since_s=0.0)
    if record.power == "waking" and record.by == "plan":
        fresh = needed(fresh, seen)
    by = record.by if record.power == "waking" else "itself"
    return readmitted(moved_to(fresh, "on", reason, by, seen.now_s), seen)


def woke(record: Record, seen: Seen) -> Step:
    """On, as it was asked to be, with how long that took."""
    took_s = seen.now_s - record.since_s
    step = came(record, seen, f"{record.reason}; it took {took_s:.0f} s")
    return replace(step, record=replace(step.record, boot_took_s=took_s))


def back_on(record: Record, seen: Seen, reason: str) -> Step:
    """On still: the drain is called off."""
    return readmitted(moved_to(replace(record, superfluous_since_s=0.0), "on", reason, "plan", seen.now_s), seen)


def not_emptied(record: Record, seen: Seen, within_s: float) -> Step:
    """On still, since its work hasn't gone within the time that a drain may take."""
    left = f"{', '.join(seen.busy)} still there" if seen.busy else "Nomad still drains it"
    return back_on(record, seen, f"stays on: it wasn't empty after {within_s:.0f} s, {left}")


def is_forgotten(record: Record, seen: Seen, node: Node) -> bool:
    """Whether Nomad is to be asked for its drain again, since the node seems to be empty: that doesn't notice the end of what was leaving
    already, by somebody else's will, when the drain began, but looks when it is asked. Ending the drain is left to it: there may be work
    that we aren't shown, in namespaces that a token may not read. Source: ``DrainingJobs`` in nomad's ``nomad/drainer``.
    """
    return node.draining and not seen.busy and seen.now_s - record.since_s >= FORGOTTEN_AFTER_S


def kept_on(record: Record, seen: Seen) -> str:
    """Why one that is being emptied must stay after all, as its program, a person or the plan says; empty where none of them does."""
    if seen.report is not None and seen.report.keep_awake:
        return "; ".join(seen.report.keep_awake)
    if seen.report is not None and seen.report.stay_until_s > seen.now_s:
        return "a person pressed `stay awake`"
    if record.held_until_s > seen.now_s:
        return "a person holds it"
    if record.by == "plan" and seen.judged is not None and not seen.judged.superfluous:
        return seen.judged.reasons[0] if seen.judged.reasons else "it is needed"
    return ""


def readmitted(step: Step, seen: Seen) -> Step:
    """Work is let in, once no order to sleep can be obeyed any more: what writes that it is called off may fail, or never be heard."""
    assert seen.node is not None
    if may_obey(step.record, seen):
        return step
    if not step.record.drained and not seen.node.draining:
        return step
    return Step(step.record, (Release(seen.node.id, step.record.drained),), step.entries)


def may_obey(record: Record, seen: Seen) -> bool:
    """Whether its program may still obey an order to sleep: one for this boot that hasn't expired, and that it hasn't answered."""
    report = seen.report
    if report is None or seen.now_s >= record.next_try_s:
        return False
    return report.boot_id == record.boot_id and report.obeyed < record.sequence


def given_up(record: Record, seen: Seen, why: str) -> Step:
    """A failure: left out for a pause that doubles. A machine that is on stays on, and takes work again."""
    failures = record.failures + 1
    pause = min(FIRST_PAUSE_S * 2.0 ** (failures - 1), LONGEST_PAUSE_S)
    out = replace(record, failures=failures, failed_s=seen.now_s, out_until_s=seen.now_s + pause)
    if seen.ready:
        return back_on(out, seen, why)
    return moved_to(out, "failed", why, "itself", seen.now_s)


def wake_within_s(machine: Machine) -> float:
    """How long a machine may take from the first packet until it is given up: twice its boot time, and a little."""
    return BOOT_MARGIN * machine.boot_time_s + BOOT_SPARE_S


def marked(record: Record, seen: Seen) -> Record:
    """With the time since when the grid could do without it, or with when it was needed again, and for how large a job."""
    judged = seen.judged
    superfluous = judged is not None and judged.superfluous
    flips = superfluous != bool(record.superfluous_since_s)
    fresh = flips or seen.now_s - record.on_since_s < FRESH_S
    if fresh and judged is not None and seen.busy and judged.together != record.together:
        record = replace(record, together=judged.together)
    if not flips:
        return record
    if not superfluous and seen.busy:
        record = needed(record, seen)
    return replace(record, superfluous_since_s=seen.now_s if superfluous else 0.0)


def needed(record: Record, seen: Seen) -> Record:
    """Work has come for it."""
    return replace(record, needed_s=(*needed_lately(record, seen.now_s), seen.now_s))


def remembering(record: Record, seen: Seen) -> Record:
    """With its node as it is now, if that has changed; not too often, since some attributes change all the time."""
    assert seen.node is not None
    known = record.remembered
    if known is not None and seen.now_s - known.changed_s < REMEMBER_AGAIN_S:
        return record
    if known is not None and is_lasting_as(known, seen.node):
        return record
    when_on = replace(seen.node, status="ready", eligible=True, draining=False, changed_s=seen.now_s)
    return replace(record, remembered=when_on)


def starting(seen: Seen) -> bool:
    return seen.node is not None and seen.node.status == "initializing"
