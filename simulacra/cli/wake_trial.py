"""The wake self-test: each machine is really put to sleep and woken, one after the other, and put back as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulacra.act.wishes import against_sleeping, against_waking, record_of
from simulacra.faults import Refusal
from simulacra.model.machine import WakeLan
from simulacra.model.relays import relays_of, senders

if TYPE_CHECKING:
    from simulacra.act.steward import View
    from simulacra.act.wishes import Objection
    from simulacra.cli.following import Outcome
    from simulacra.cli.switching import Switching
    from simulacra.model.machine import Machine


@dataclass(frozen=True, slots=True)
class Trial:
    """How waking a machine went. ``relay``: who sent its packets (``its command`` where it has one, empty where it wasn't woken);
    ``seconds`` from the first try until it was ready, None where it wasn't; ``failed`` is None where all went well.
    """

    machine: str
    relay: str = ""
    tries: int = 0
    seconds: float | None = None
    failed: str | None = None


def candidates(seen: View) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The machines that may be tried out now, and those left out with why, both by name. Servers cost money: none is rented unasked."""
    tried, left = [], []
    for machine in sorted(seen.grid.machines, key=lambda it: it.name):
        if machine.wake is None or machine.rent is not None:
            continue
        reason = "no sleep block says how to put it to sleep again" if machine.sleep is None else _against(seen, machine)
        if reason:
            left.append((machine.name, reason))
        else:
            tried.append(machine.name)
    return tuple(tried), tuple(left)


def _against(seen: View, machine: Machine) -> str:
    power = record_of(seen, machine).power
    if power in ("draining", "sleeping", "waking"):
        return f"it is {power}"
    objections: Sequence[Objection] = against_sleeping(seen, machine) if seen.seen(machine).ready else against_waking(seen, machine)
    return "; ".join(it.why for it in objections)


def try_out(switching: Switching, names: Sequence[str]) -> Iterator[Trial]:
    """The machines' trials, each as soon as it is over. What one refuses is its own failure."""
    for name in names:
        seen = switching.steering.look()
        machine = seen.grid.machine(name)
        against = _against(seen, machine) if machine is not None else "it isn't defined"
        try:
            yield Trial(name, failed=f"not tried: {against}") if against else _tried(switching, name)
        except Refusal as refusal:
            yield Trial(name, failed=str(refusal))


def _tried(switching: Switching, name: str) -> Trial:
    was_on = switching.sleep([name]) != ()
    if was_on:
        (asleep,) = switching.put_to_sleep([name])
        if not asleep.reached:
            return Trial(name, failed=_failure("didn't fall asleep", asleep))
    switching.wake([name], hold_s=0.0)
    (woken,) = switching.woken([name])
    record = woken.record
    relay = _relay(switching.steering.look(fresh=False), name, record.attempts)
    if not woken.reached:
        return Trial(name, relay, record.attempts, failed=_failure("didn't wake", woken))
    failed = None if was_on else _put_back(switching, name)
    return Trial(name, relay, record.attempts, record.boot_took_s, failed)


def _put_back(switching: Switching, name: str) -> str | None:
    switching.sleep([name])
    (asleep,) = switching.put_to_sleep([name])
    return None if asleep.reached else _failure("woke, but wasn't put to sleep again", asleep)


def _failure(what: str, outcome: Outcome) -> str:
    still = "" if outcome.at_rest else f" (still {outcome.record.power} after {outcome.took_s:.0f} s)"
    return f"{what}: {outcome.record.reason}{still}"


def _relay(seen: View, name: str, attempts: int) -> str:
    machine = seen.grid.machine(name)
    if machine is None or not attempts:
        return ""
    if not isinstance(machine.wake, WakeLan):
        return "its command"
    relays = relays_of(seen.grid, seen.snapshot, machine.zone, name)
    return ", ".join(sorted({relay for attempt in range(1, attempts + 1) for relay in senders(relays, attempt)}))
