"""What must hold of the machines' power: by the lab's own word, and by what the grid has written down."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.lab.chaos.kinds import AGENT_FROZEN, ZONE_CUT
from simulacra.lab.chaos.seen import Seen, Switched
from simulacra.model.journal import UNDER_WAY, LogEntry

Found = Iterator[tuple[str, str]]

STUCK_S = 240.0
"""So long a machine may be in between, with no fault meanwhile: three orders to sleep take three minutes."""
STILL_S = 45.0
"""So long nothing may have moved in the end."""
_SAT_S = 1.0
"""Who sat down less than so long ago may have sat down just after the machine had looked."""
_NEAR_S = 5.0
"""Nomad's answers are so old at most."""
_LATELY_S = 90.0
"""So long after a fault Nomad may not have seen it, or that it is over."""


def _put_to_sleep(seen: Seen) -> Iterator[Switched]:
    return (it for it in seen.switches if it.after == "sleeping" and not it.by_fault)


def under_hands(seen: Seen) -> Found:
    """A machine goes to sleep while somebody sits at it."""
    for it in _put_to_sleep(seen):
        if it.sat_s is not None and it.at_s - it.sat_s > _SAT_S:
            yield f"{it.machine} {it.at_s:.0f}", f"{it.machine} went to sleep, where somebody had sat for {it.at_s - it.sat_s:.0f} s"


def switched_off(seen: Seen) -> Found:
    """A machine goes to sleep while something runs on it."""
    for it in _put_to_sleep(seen):
        for unit in seen.units:
            if unit.machine == it.machine and unit.begun_s < it.at_s and (unit.over_s is None or unit.over_s > it.at_s):
                yield str(unit.key), f"{it.machine} went to sleep while {unit.job} ({unit.allocation[:8]}) ran on it"


def never_sleeps(seen: Seen) -> Found:
    """A machine that never sleeps goes to sleep."""
    for it in _put_to_sleep(seen):
        if it.machine in seen.ground.keepers:
            yield f"{it.machine} {it.at_s:.0f}", f"{it.machine} went to sleep"


def obeyed_twice(seen: Seen) -> Found:
    """A machine goes to sleep twice by one order."""
    orders: dict[tuple[str, int], float] = {}
    for it in _put_to_sleep(seen):
        if (it.machine, it.obeyed) in orders:
            yield f"{it.machine} {it.obeyed} {it.at_s:.0f}", f"{it.machine} went to sleep again by the order {it.obeyed}"
        orders[it.machine, it.obeyed] = it.at_s


# the grid's bounds


def too_many(seen: Seen) -> Found:
    """The plan wakes one more than may be on. Those that a fault reached lately aren't counted: Nomad may know more or less of them."""
    most = seen.bounds.machines_max
    for entry in _by_plan(seen, "waking") if most is not None else ():
        on = {name for name in seen.ground.machines if _ready(seen, name, entry.at_s)} | _waking(seen, entry.at_s)
        certain = {name for name in on - {entry.machine} if not any(seen.faults(name, entry.at_s - _LATELY_S, entry.at_s + _NEAR_S))}
        if most is not None and len(certain) >= most and not _two_lead(seen, entry.at_s):
            yield _moment(entry), f"{entry.machine} is woken beside {', '.join(sorted(certain))}, and no more than {most} may be on"


def too_few(seen: Seen) -> Found:
    """The plan sends one away though too few stay. Those that a fault reached lately count as on."""
    for entry in _by_plan(seen, "draining"):
        stay = {
            name
            for name in seen.ground.machines
            if _ready(seen, name, entry.at_s) or any(seen.faults(name, entry.at_s - _LATELY_S, entry.at_s + _NEAR_S))
        }
        stay -= {entry.machine, *(name for name in stay if _going(seen, name, entry))}
        if len(stay) < seen.bounds.machines_min and not _two_lead(seen, entry.at_s):
            there = ", ".join(sorted(stay)) or "none"
            yield _moment(entry), f"{entry.machine} is sent to sleep though only {there} stay on, and {seen.bounds.machines_min} must"


def _by_plan(seen: Seen, after: str) -> Iterator[LogEntry]:
    return (it for it in seen.entries if it.after == after and it.by == "plan")


def _moment(entry: LogEntry) -> str:
    return f"{entry.machine} {entry.at_s:.0f}"


def _ready(seen: Seen, machine: str, at_s: float) -> bool:
    """Whether Nomad called it ready all the while around that time."""
    was = False
    for it in seen.reachable:
        if it.machine == machine and it.at_s <= at_s - _NEAR_S:
            was = it.ready
        elif it.machine == machine and it.at_s <= at_s + _NEAR_S:
            return False
    return was


def _waking(seen: Seen, at_s: float) -> set[str]:
    last = {it.machine: it.after for it in seen.entries if it.at_s < at_s}
    return {name for name, after in last.items() if after == "waking"}


def _going(seen: Seen, machine: str, entry: LogEntry) -> bool:
    last = next((it for it in reversed(seen.entries) if it.machine == machine and it.at_s <= entry.at_s and it != entry), None)
    booted = any(
        it.machine == machine and it.after == "on" and last is not None and last.at_s < it.at_s <= entry.at_s for it in seen.switches
    )
    return last is not None and last.after in ("draining", "sleeping") and not booted


def _two_lead(seen: Seen, at_s: float) -> bool:
    """Whether an agent stood still then: until it has noticed, two choose."""
    return any(it.strike.kind == AGENT_FROZEN and it.lasted(at_s - _LATELY_S, at_s) for it in seen.strikes)


# what is written down


def taken_for_off(seen: Seen) -> Found:
    """A machine is taken for asleep that is on behind a cut cable, together with one of its zone that never sleeps."""
    for entry in seen.entries:
        if entry.after != "asleep" or seen.switch(entry.machine, entry.at_s) != "on":
            continue
        zone = dict(seen.ground.zone_of).get(entry.machine, "")
        cut = any(it.strike.kind == ZONE_CUT and it.strike.whom == zone and it.lasted(entry.at_s, entry.at_s) for it in seen.strikes)
        kept = [name for name in seen.ground.within(zone) if name in seen.ground.keepers and seen.switch(name, entry.at_s) == "on"]
        if cut and kept:
            yield _moment(entry), f"{entry.machine} is taken for asleep, and is on behind the cut cable of {zone}"


def stuck(seen: Seen) -> Found:
    """A machine stays in between."""
    for record in seen.heard.records if seen.heard is not None else ():
        stuck_s = seen.now_s - max(record.since_s, seen.calm_since_s())
        if record.power in UNDER_WAY and stuck_s > STUCK_S:
            yield (
                f"{record.machine} {record.since_s:.0f}",
                f"{record.machine} is {record.power} for {stuck_s:.0f} s, without a fault",
            )


def moves_on(seen: Seen) -> Found:
    """In the end machines are still switched."""
    late = [it for it in seen.entries if it.at_s > seen.now_s - STILL_S]
    if seen.over and late:
        last = ", ".join(f"{it.machine} {it.before} -> {it.after} ({it.reason})" for it in late[-3:])
        yield "", f"with all work done and all faults healed it still moves: {last}"


def stays_on(seen: Seen) -> Found:
    """In the end more is on than must be, or less."""
    on = [name for name in seen.ground.machines if seen.switch(name, seen.now_s) == "on"]
    wanted = max(seen.bounds.machines_min, len(seen.ground.keepers))
    if seen.over and len(on) != wanted:
        yield "", f"with all work done {', '.join(on)} are on, and {wanted} should be"


def left_behind(seen: Seen) -> Found:
    """In the end a machine is something else than what is written of it, or doesn't take work."""
    if not seen.over:
        return
    if seen.heard is None or seen.heard.at_s < seen.now_s - STILL_S:
        yield "Nomad", "in the end no Nomad server answers"
        return
    records = {it.machine: it.power for it in seen.heard.records}
    for name in seen.ground.machines:
        on, node, record = seen.switch(name, seen.now_s) == "on", seen.heard.node(name), records.get(name)
        if on and (node is None or not node.ready or not node.eligible or node.draining):
            yield name, f"{name} is on, and takes no work: {node}"
        elif name in seen.ground.sleepers and (record not in ("asleep", "failed") if not on else record != "on"):
            yield name, f"{name} is {'on' if on else 'off'}, and is written down as {record}"


def unowned(seen: Seen) -> Found:
    """In the end a rented server is there that the journal doesn't know: it costs money for ever."""
    for server in seen.servers if seen.over else ():
        if not server.owned:
            yield server.name, f"the server {server.name} is rented, and nobody knows of it"
