"""What a person wants done with one machine: what speaks against it, and whether they may insist. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulacra.act.power import first_record
from simulacra.act.steward import View
from simulacra.model.journal import A_PERSON, Record
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.relays import relays_of
from simulacra.model.workload import BATCH_TYPES


@dataclass(frozen=True, slots=True)
class Objection:
    """``todo`` says what helps; ``yields``: the machine may be switched all the same, if a person insists."""

    why: str
    todo: str = ""
    yields: bool = False


def record_of(seen: View, machine: Machine) -> Record:
    """The machine's entry, or the first one, as it is found."""
    return seen.records.get(machine.name) or first_record(machine, seen.seen(machine))


def held(seen: View, machine: Machine, until_s: float, wanted_on: bool = False) -> Record:
    """The machine's entry with the wish that it is left as it is until then; 0 ends the wish.

    ``wanted_on``: one that is on already is as one that a person has woken: who wanted that may put it to sleep again.
    """
    record = replace(record_of(seen, machine), held_until_s=until_s)
    return replace(record, by=A_PERSON) if wanted_on and record.power == "on" else record


def against_waking(seen: View, machine: Machine) -> tuple[Objection, ...]:
    """What speaks against waking a machine that is off: nobody could send its packet, or its cloud's bounds, which bind people too."""
    if machine.rent is not None:
        judged = seen.judged.get(machine.name)
        return (Objection(judged.against, "see `simulacra status`"),) if judged is not None and judged.against else ()
    if not isinstance(machine.wake, WakeLan) or relays_of(seen.grid, seen.snapshot, machine.zone, machine.name):
        return ()
    why = f"no machine that could send its magic packet is on in zone {machine.zone}"
    return (Objection(why, "one there must be on, with the job simulacra-node running: see `simulacra doctor`", yields=True),)


def against_sleeping(seen: View, machine: Machine) -> tuple[Objection, ...]:
    """What speaks against putting a machine that is on to sleep: what nobody may override first, then what yields.

    Cooldowns are the plan's own and don't bind a person.
    """
    found = (*_by_definition(machine), *_by_quorum(seen, machine), *_by_report(seen, machine), *_by_work(seen, machine))
    if not found:
        found = tuple(_by_plan(seen, machine))
    return tuple(sorted(found, key=lambda it: it.yields))


def _by_definition(machine: Machine) -> Iterator[Objection]:
    if machine.never_sleeps:
        yield Objection("its definition says never_sleeps", f"take that out at {machine.source} if it may after all")
    if machine.wake is None:
        yield Objection("no way to wake it again is defined", 'add a block wake "lan" or wake "command"', yields=True)


def _by_quorum(seen: View, machine: Machine) -> Iterator[Objection]:
    servers = seen.snapshot.servers
    if machine.name not in servers:
        return
    going = {name for name in servers if name in seen.records and seen.records[name].power in ("draining", "sleeping")} | {machine.name}
    voters = max(seen.snapshot.voters, len(servers))
    if 2 * (len(servers) - len(going)) <= voters:
        alive = f"{len(servers)} of {voters} servers are alive ({', '.join(servers)})"
        yield Objection(f"Nomad's servers would lose their quorum: {alive}", "more than half must stay")


def _by_report(seen: View, machine: Machine) -> Iterator[Objection]:
    report = seen.reports.get(machine.name)
    if report is None and machine.rent is not None:
        return
    if report is None:
        yield Objection("its program doesn't report, so it can't be told to sleep", "see `simulacra doctor`")
        return
    for reason in report.keep_awake:
        yield Objection(reason, "the machine itself has the last word on that")
    if report.stay_until_s > seen.snapshot.now_s:
        yield Objection("a person there pressed `stay awake`", "wait until that has passed")


def _by_work(seen: View, machine: Machine) -> Iterator[Objection]:
    record = seen.records.get(machine.name)
    if record is not None and record.held_until_s > seen.snapshot.now_s:
        yield Objection("a person holds it", f"`simulacra hold {machine.name} --release` ends that", yields=True)
    batch = {job.id for job in seen.snapshot.jobs if job.type in BATCH_TYPES}
    running = [name for name in seen.busy.get(machine.name, ()) if name in batch]
    if running:
        yield Objection(f"it runs batch work: {', '.join(running)}", "wait for its end, or it begins anew elsewhere", yields=True)


def _by_plan(seen: View, machine: Machine) -> Iterator[Objection]:
    judged = seen.judged.get(machine.name)
    if judged is None or judged.superfluous or any(it.action == "sleep" and it.machine == machine.name for it in seen.plan.actions):
        return
    for reason in judged.reasons or ("the plan needs it",):
        yield Objection(reason, yields=True)
