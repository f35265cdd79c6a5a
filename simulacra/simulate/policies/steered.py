"""simulacra itself: its planner and its power states, each look as in the real grid, on what Nomad and the machines' programs would say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from math import inf

from simulacra.act.steward import Tools, View, intend, tick, view
from simulacra.act.transitions import Backoff, wake_within_s
from simulacra.model.grid import Grid
from simulacra.model.journal import LogEntry, Order, Packet, Record
from simulacra.model.machine import Machine
from simulacra.model.resting import NEEDED_WITHIN_S, needed_lately, rests_s
from simulacra.model.settings import Power
from simulacra.model.snapshot import Snapshot
from simulacra.plan.plan import plan
from simulacra.renting import Renting
from simulacra.simulate.policies.providers import Provided
from simulacra.simulate.policies.seen import Scenery
from simulacra.simulate.world import World

LOOKS_ANYWAY_S = 3600.0
WAITING_S = 60.0
"""What a plan depends on beside events (quiet hours, counts of a day) is looked at so often, while something waits more often."""


class Steered:
    """``backoff`` tells when a wake is tried again; ``provided`` None: nothing is rented."""

    def __init__(self, grid: Grid, scenery: Scenery, backoff: Backoff, provided: Provided | None = None) -> None:
        self._grid, self._scenery, self._provided = grid, scenery, provided
        self._renting = Renting(provided, provided, _nobody) if provided is not None else None
        self._records: dict[str, Record] = {}
        self._indices = count(1)
        self._tools = Tools(self, self, _packet, self._run, backoff, _nobody, self._renting)
        self._boot_s = {machine.name: wake_within_s(machine) for machine in grid.machines}

    def begin(self, world: World) -> None:
        """What can't be switched is on, the rest is off."""
        self._scenery.shows(world)
        if self._renting is not None:  # it has led for long before the trace, and has asked providers
            self._renting.lead(Snapshot(self._scenery.now_s), ())
        for machine in world.machines:
            if not machine.can_sleep and machine.machine.rent is None:
                world.starts_on(machine)
                self._scenery.changed(machine)

    def look(self, world: World) -> float | None:
        seen = self._look()
        made = tick(seen, self._tools)
        actions = seen.plan.actions
        if actions:
            if made:
                seen = self._look()
                actions = seen.plan.actions
            intend(seen, actions, "plan", self._tools)
        # what has come of a transition is planned with at the next look; one that has just been ordered to sleep is going as before
        return world.now_s if any(entry.after != "sleeping" for entry in made) else self._next_s(seen, world)

    def _look(self) -> View:
        snapshot = self._scenery.snapshot(tuple(self._records[name] for name in sorted(self._records)))
        if self._provided is None or self._renting is None:
            return view(self._grid, snapshot, plan(self._grid, snapshot))
        snapshot = self._renting.seen(self._grid, replace(snapshot, clouds=self._provided.written))
        whole = self._renting.whole(self._grid, snapshot.clouds)
        seen = view(whole, snapshot, plan(whole, snapshot), self._renting.refused)
        self._renting.lead(snapshot, self._provided.written)
        return seen

    def _next_s(self, seen: View, world: World) -> float | None:
        """When a record, a cooldown or the day may say otherwise though nothing has happened; what is overdue is looked at at once."""
        power, now_s = self._grid.power, seen.snapshot.now_s
        due_s = now_s + (WAITING_S if world.placing.waiting else LOOKS_ANYWAY_S)
        if not world.placing.waiting and all(record.power == "asleep" for record in self._records.values()):
            due_s = inf  # everything sleeps, and only work wakes it
        for record in self._records.values():
            for at_s, holds in _due(record, self._boot_s.get(record.machine, 0.0), power, now_s):
                if holds or at_s > now_s:
                    due_s = min(due_s, at_s)
        return due_s - self._scenery.begins_s if due_s < inf else None

    # what the tools do

    def drain(self, node_id: str) -> None:
        self._scenery.drain(node_id)

    def end_drain(self, node_id: str, eligible: bool) -> None:
        self._scenery.end_drain(node_id, eligible)

    def write(self, record: Record) -> Record:
        written = replace(record, index=next(self._indices))
        self._records[record.machine] = written
        return written

    def log(self, entries: Sequence[LogEntry]) -> None:
        """Nobody reads it."""

    def order(self, machine: str, order: Order) -> None:
        self._scenery.order(machine, order)

    def _run(self, command: tuple[str, ...]) -> None:
        self._scenery.run(command)


def _nobody(line: str) -> None:
    """Nobody reads the log."""


def _packet(machine: Machine) -> Packet:
    return Packet(machine.name, "")


def _due(record: Record, within_s: float, power: Power, now_s: float) -> tuple[tuple[float, bool], ...]:
    """When there may be something to do about a machine, in Unix time, and whether that holds on until it is done. ``within_s``: so long
    it may take to come.
    """
    match record.power:
        case "on" if record.superfluous_since_s:
            sleeps_s = max(record.superfluous_since_s + rests_s(power, record, now_s), record.on_since_s + power.minimum_uptime_s)
            needed_less_s = min((at_s + NEEDED_WITHIN_S for at_s in needed_lately(record, now_s)), default=0.0)
            return (sleeps_s, True), (needed_less_s, False), (record.out_until_s, False)
        case "on":
            return (record.since_s + power.wake_cooldown_s, False), (record.out_until_s, False)
        case "draining":
            return ((record.since_s, True),)
        case "waking":
            gives_up_s = record.since_s + within_s + 1.0
            return (record.next_try_s, True), (gives_up_s, True), (record.since_s + power.wake_cooldown_s, False)
        case "sleeping":
            return ((record.next_try_s, True),)
        case "failed":
            return ((record.out_until_s, True),)
        case _:
            return ()
