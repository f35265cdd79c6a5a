"""What ails waking and sleeping: findings from a snapshot and the lease. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, Report
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.relays import relays_of
from simulacra.model.snapshot import Snapshot
from simulacra.observe.doctor import Finding

REPORT_STALE_S = 900.0
"""A program that is well reports every five minutes, whatever happens."""


@dataclass(frozen=True, slots=True)
class _Machines:
    """By name the nodes that are ``ready`` and the ``reports``; ``obeying`` are the ids of the nodes on which our program runs."""

    now_s: float
    ready: Mapping[str, Node]
    reports: Mapping[str, Report]
    obeying: Set[str]


def switching_findings(grid: Grid, seen: Snapshot, leader: str | None) -> tuple[Finding, ...]:
    """The mode, who leads, the servers' quorum, a relay for each zone, then the machines that can be switched, by name.

    ``leader`` holds the lease now, None: nobody does.
    """
    switched = sorted((it for it in grid.machines if it.wake is not None or it.sleep is not None), key=lambda it: it.name)
    found = [*_mode(grid), *_scheduler(seen)]
    if switched:
        machines = _machines(seen)
        found += [*_leader(leader), *_quorum(grid, seen), *_relays(grid, seen, machines.ready)]
        for machine in switched:
            found += _switched(machine, machines)
    return tuple(found)


def _machines(seen: Snapshot) -> _Machines:
    return _Machines(
        seen.now_s,
        {it.name: it for it in seen.nodes if it.status == "ready"},
        {it.machine: it for it in seen.reports},
        {it.node for it in seen.allocations if it.job == NODE_JOB and it.running},
    )


def _mode(grid: Grid) -> Iterator[Finding]:
    if grid.mode == "act":
        yield Finding("ok", "mode", "act: machines are woken and put to sleep as planned")
        return
    where = f" at {grid.source}" if grid.source.line else ""
    todo = f'see `simulacra scale --dry-run`; when you trust it, set mode = "act"{where}'
    yield Finding("advice", "mode", "observe: it plans and explains, but neither wakes a machine nor puts one to sleep", todo)


def _scheduler(seen: Snapshot) -> Iterator[Finding]:
    if seen.scheduler.assumed:
        yield Finding("advice", "scheduler", seen.scheduler.assumed, "until then it is planned as if Nomad's scheduler had its defaults")


def _leader(leader: str | None) -> Iterator[Finding]:
    if leader is not None:
        yield Finding("ok", "autoscaler", f"{leader} leads")
        return
    todo = "run the Nomad Autoscaler: `nomad-autoscaler agent -config autoscaler/agent.hcl`, by hand or as the rendered job"
    yield Finding("advice", "autoscaler", "nobody leads the grid: nothing is woken or put to sleep by itself", todo)


def _quorum(grid: Grid, seen: Snapshot) -> Iterator[Finding]:
    alive, voters = len(seen.servers), max(seen.voters, len(seen.servers))
    if not alive:
        return
    names = ", ".join(seen.servers)
    if 2 * (alive - 1) > voters:
        yield Finding("ok", "quorum", f"{alive} of {voters} servers are alive ({names}); any one of them may be away")
    elif voters == 1:
        todo = "that is enough for a small grid if it never sleeps; with three servers in three places any one may be away"
        yield Finding("advice", "quorum", f"{names} is the only server: without it nothing is placed, woken or put to sleep", todo)
    else:
        todo = "bring the others back" if alive < voters else "run one, three or five servers"
        yield Finding(
            "problem" if alive < voters else "advice",
            "quorum",
            f"{alive} of {voters} servers are alive: losing any one of {names} stops Nomad",
            todo,
        )
    if voters % 2 == 0 and voters > 2:
        yield Finding("advice", "quorum", f"{voters} servers bear no more losses than {voters - 1}", "run three or five")
    for name in seen.servers:
        machine = grid.machine(name)
        if machine is not None and machine.sleep is not None and not machine.never_sleeps and 2 * (alive - 1) <= voters:
            todo = "say never_sleeps = true in its definition, or let a server run elsewhere"
            yield Finding("advice", f"machine {name}", "its sleep would take the quorum: it is kept on as long as that is so", todo)


def _relays(grid: Grid, seen: Snapshot, ready: Mapping[str, Node]) -> Iterator[Finding]:
    """Each zone with machines that a magic packet wakes; one can't send its own."""
    zones: dict[str, list[str]] = {}
    for machine in grid.machines:
        if isinstance(machine.wake, WakeLan):
            zones.setdefault(machine.zone, []).append(machine.name)
    for zone, sleepers in sorted(zones.items()):
        relays = relays_of(grid, seen, zone)
        never, able = [name for name in relays if _stays(grid.machine(name))], set(relays)
        stranded = [name for name in sorted(sleepers) if able <= {name} and name not in ready]
        subject = f"zone {zone}"
        if never:
            yield Finding("ok", subject, f"{', '.join(never)} can send magic packets there")
        elif stranded:
            todo = f"one there must be on and run the job {NODE_JOB} (`simulacra run`), best one that never sleeps"
            yield Finding("problem", subject, f"no machine is on there that could wake {', '.join(stranded)}", todo)
        else:
            only = f"only {', '.join(relays)}, which may sleep, can send" if relays else "no machine could send"
            todo = f"have one there that never sleeps and runs the job {NODE_JOB}, however small; else the last one stays on"
            yield Finding("advice", subject, f"{only} magic packets there", todo)


def _stays(machine: Machine | None) -> bool:
    return machine is None or machine.sleep is None or machine.never_sleeps


def _switched(machine: Machine, seen: _Machines) -> Iterator[Finding]:
    subject = f"machine {machine.name}"
    node, report = seen.ready.get(machine.name), seen.reports.get(machine.name)
    ailing: list[Finding] = []
    if node is not None and machine.sleep is not None:
        ailing += _program(machine, node, report, seen)
    if isinstance(machine.wake, WakeLan):
        ailing += _card(machine.wake, subject, report, node)
    yield from ailing
    if not ailing and node is not None and report is not None:
        does = [word for word, can in (("woken", machine.wake), ("put to sleep", machine.sleep)) if can is not None]
        yield Finding("ok", subject, f"can be {' and '.join(does)}")


def _program(machine: Machine, node: Node, report: Report | None, seen: _Machines) -> Iterator[Finding]:
    subject = f"machine {machine.name}"
    if node.id not in seen.obeying:
        todo = f"`simulacra run` submits it; `nomad job status {NODE_JOB}` says why it isn't placed there"
        yield Finding("problem", subject, f"the job {NODE_JOB} doesn't run there: it can't be put to sleep", todo)
    elif report is None:
        todo = (
            f"see the log of its task: `nomad alloc logs -job {NODE_JOB}`; with access control on, `simulacra run` needs its policy applied"
        )
        yield Finding("problem", subject, f"the job {NODE_JOB} runs there, but hasn't reported: it can't be put to sleep", todo)
    elif seen.now_s - report.at_s > REPORT_STALE_S:
        minutes = (seen.now_s - report.at_s) / 60
        todo = f"see the log of its task: `nomad alloc logs -job {NODE_JOB}`"
        yield Finding("problem", subject, f"its last report is {minutes:.0f} minutes old", todo)


def _card(wake: WakeLan, subject: str, report: Report | None, node: Node | None) -> Iterator[Finding]:
    """The card with the defined address: whether the machine has it, and whether it is set to wake."""
    cards = report.cards if report is not None else ()
    card = next((it for it in cards if it.mac == wake.mac), None)
    if card is None:
        macs = sorted({it.mac for it in cards} | set(node.macs if node is not None else ()))
        if macs and wake.mac not in macs:
            todo = f"put the right one into its definition: it has {', '.join(macs)}"
            yield Finding("problem", subject, f"no card of it has the address {wake.mac} that it is woken by", todo)
        return
    if card.wakes is False:
        todo = f"`ethtool -s {card.interface} wol g` there, in a way that outlasts a boot; in its firmware, wake on LAN must be enabled too"
        yield Finding("problem", subject, f"its card {card.interface} isn't set to wake by magic packet (Wake-on: g)", todo)
    elif card.wakes is None:
        todo = "`simulacra wake --test` tries it out"
        yield Finding("advice", subject, f"whether its card {card.interface} is set to wake by magic packet can't be told", todo)
