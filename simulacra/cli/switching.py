"""A person's wishes carried out: machines woken, put to sleep, held, and tried out, through the same records as the plan's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, get_args

from simulacra.act.power import NOTICED_WITHIN_S, ORDER_HOLDS_S, SLEEP_ORDERS
from simulacra.act.transitions import wake_within_s
from simulacra.act.wishes import against_sleeping, against_waking, held, record_of
from simulacra.cli.context import expect_of_nomad
from simulacra.cli.following import Clock, Outcome, Steers, Told, follow
from simulacra.definitions.problems import did_you_mean
from simulacra.faults import Refusal, Usage
from simulacra.model.journal import A_PERSON, from_before
from simulacra.model.plan import Action, ActionKind
from simulacra.model.rented import may_be_left, with_slots

if TYPE_CHECKING:
    from simulacra.act.steward import View
    from simulacra.act.wishes import Objection
    from simulacra.model.grid import Grid
    from simulacra.model.journal import PowerState, Record
    from simulacra.model.machine import Machine

SPARE_S = 60.0
"""Until whoever leads has had its turn, or its lease has run out and we lead."""
NOTICES_WITHIN_S = 20.0
REPORTS_WITHIN_S = 30.0
TRIES = 5

STANZA = {"wake": 'wake "lan" { mac = "aa:bb:cc:dd:ee:ff" }', "sleep": "sleep {}"}


class Writes(Protocol):
    """``write`` raises a `Refusal` where somebody else has written since the record was read."""

    def write(self, record: Record) -> Record: ...


class Switches(Steers, Protocol):
    """What switching needs of the grid's steering."""

    @property
    def journal(self) -> Writes: ...
    def intend(self, seen: View, actions: tuple[Action, ...], by: str) -> tuple[Action, ...]: ...


@dataclass(frozen=True, slots=True)
class Insistence:
    """``force``: objections that yield don't count. ``anyway``: the grid may be touched though it only observes."""

    force: bool = False
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Switching:
    """One command's work. ``told`` hears of each transition; ``why`` stands in the log, else the command's name does."""

    steering: Switches
    clock: Clock
    told: Told
    insistence: Insistence = Insistence()
    why: str = ""

    def wake(self, names: Sequence[str], hold_s: float) -> tuple[str, ...]:
        """Begin to wake the machines, held on for ``hold_s`` from now; those that aren't on yet. One that is on, and held for longer
        already, stays so. Raises `Usage`, `Refusal`.
        """
        seen = self._ready_to_switch(names, "wake")
        off = [machine for machine in _defined(seen.grid, names) if not _is_on(seen, machine)]
        if sum(machine.rent is not None for machine in off) > 1:
            raise Usage("servers are rented one at a time, so that no bound of their cloud is passed: name a single one")
        for machine in off:
            self._objected("wake", machine, against_waking(seen, machine))
        until_s = seen.snapshot.now_s + hold_s
        for machine in _defined(seen.grid, names) if hold_s else ():
            if machine in off or record_of(seen, machine).held_until_s < until_s:
                self.hold(machine.name, until_s, wanted_on=True)
        self._begin("wake", [machine.name for machine in off])
        return tuple(machine.name for machine in off)

    def woken(self, names: Sequence[str]) -> tuple[Outcome, ...]:
        """Follow them until they are on. One that was going to sleep is woken once it does, if that can't be called off."""
        found = {it.machine: it for it in self._follow(names, "on")}
        again = [name for name, it in found.items() if it.record.power == "asleep"]
        if again:
            self._begin("wake", again)
            found |= {it.machine: it for it in self._follow(again, "on")}
        for name, it in found.items():
            if it.at_rest and not it.reached and it.record.held_until_s:
                self.hold(name, 0.0)  # what isn't on needn't be kept so: the plan may try it again
        return tuple(found[name] for name in sorted(found))

    def sleep(self, names: Sequence[str]) -> tuple[str, ...]:
        """Begin to put the machines to sleep; those that aren't asleep yet. Raises `Usage`, `Refusal`."""
        self._ready_to_switch(names, "sleep")
        self._heard_of(names)
        before = self._unheld(names)
        try:
            going = self._going(names)
        except Refusal:
            for name, until_s in before:
                self.hold(name, until_s)
            raise
        seen = self.steering.look(fresh=False)
        for machine in going:
            if record_of(seen, machine).held_until_s > seen.snapshot.now_s:
                self.hold(machine.name, 0.0)
        self._begin("sleep", [machine.name for machine in going])
        return tuple(machine.name for machine in going)

    def _heard_of(self, names: Sequence[str]) -> None:
        """Give machines that have just come on the time to report: until they have they can't be put to sleep."""
        begun = self.clock.now()
        while self.clock.now() - begun < REPORTS_WITHIN_S:
            seen = self.steering.look()
            if not any(_silent(seen, machine) for machine in _defined(seen.grid, names)):
                return
            self.clock.pause(1.0)

    def _unheld(self, names: Sequence[str]) -> tuple[tuple[str, float], ...]:
        """End the holds that came with waking: whoever wakes a machine may put it back. What was ended, with its time."""
        seen = self.steering.look(fresh=False)
        records = [record_of(seen, machine) for machine in _defined(seen.grid, names)]
        ended = [it for it in records if it.by == A_PERSON and it.power == "on" and it.held_until_s > seen.snapshot.now_s]
        for record in ended:
            self.hold(record.machine, 0.0)
        return tuple((it.machine, it.held_until_s) for it in ended)

    def _going(self, names: Sequence[str]) -> tuple[Machine, ...]:
        """Those of the machines that are on. Raises `Refusal` where one must not be put to sleep."""
        seen = self.steering.look()
        going = []
        for machine in _defined(seen.grid, names):
            record = record_of(seen, machine)
            if record.power == "waking":
                raise Refusal(f"{machine.name} is being woken: it can be put to sleep once it is on")
            if seen.seen(machine).ready:
                going.append(machine)
                if record.power not in ("draining", "sleeping"):
                    self._objected("sleep", machine, against_sleeping(seen, machine))
        return tuple(going)

    def put_to_sleep(self, names: Sequence[str]) -> tuple[Outcome, ...]:
        """Follow them until they are asleep."""
        return self._follow(names, "asleep")

    def hold(self, name: str, until_s: float, wanted_on: bool = False) -> Record:
        """Write down that a person wants the machine left as it is until then (0: no longer); ``wanted_on`` is as for `held`."""
        for _ in range(TRIES):
            seen = self.steering.look()
            (machine,) = _defined(seen.grid, (name,))
            holdable(machine)
            try:
                return self.steering.journal.write(held(seen, machine, until_s, wanted_on))
            except Refusal as conflict:
                last = conflict
        raise last

    def checked(self, name: str) -> None:
        """Raises `Usage` where the machine isn't defined, or can't both be woken and put to sleep."""
        grid = self.steering.look(fresh=False).grid
        (machine,) = _defined(grid, (name,))
        for action in get_args(ActionKind):
            switchable(grid, machine, action)

    def _ready_to_switch(self, names: Sequence[str], action: ActionKind) -> View:
        """The grid, once its records agree with what is seen of the machines."""
        seen = self.steering.look()
        for machine in _defined(seen.grid, names):
            switchable(seen.grid, machine, action)
        acting(seen.grid, self.insistence)
        begun = self.clock.now()
        while True:
            self.steering.step()
            seen = self.steering.look(fresh=False)
            late = [it for it in _defined(seen.grid, names) if _unnoticed(seen, it)]
            if not late or self.clock.now() - begun > NOTICES_WITHIN_S:
                return seen
            self.clock.pause(1.0)

    def _objected(self, action: ActionKind, machine: Machine, objections: Iterable[Objection]) -> None:
        left = [it for it in objections if not (self.insistence.force and it.yields)]
        if not left:
            return
        lines = [f"{it.why}; {it.todo}" if it.todo else it.why for it in left]
        insist = ["--force overrides that"] if all(it.yields for it in left) else []
        doing = "woken" if action == "wake" else "put to sleep"
        raise Refusal("\n  ".join([f"{machine.name} isn't {doing}:", *lines, *insist]))

    def _begin(self, action: ActionKind, names: Sequence[str]) -> None:
        wanted = tuple(Action(action, name, self.why or f"asked for with `simulacra {action}`") for name in names)
        for _ in range(TRIES):
            if not wanted:
                return
            seen = self.steering.look()
            if self.insistence.anyway:
                seen = replace(seen, grid=replace(seen.grid, mode="act"))
            begun = {it.machine for it in self.steering.intend(seen, wanted, A_PERSON)}
            before: PowerState = "on" if action == "sleep" else "asleep"
            # what is in another state is on its way already, or somebody else has just written: that one is looked at again
            wanted = tuple(it for it in wanted if it.machine not in begun and self._power(it.machine) == before)

    def _power(self, name: str) -> PowerState:
        seen = self.steering.look()
        (machine,) = _defined(seen.grid, (name,))
        return record_of(seen, machine).power

    def _follow(self, names: Sequence[str], goal: PowerState) -> tuple[Outcome, ...]:
        if not names:
            return ()
        grid = self.steering.look(fresh=False).grid
        patience = max(wake_within_s(machine) for machine in _defined(grid, names)) + SPARE_S
        if goal == "asleep":
            patience = grid.power.drain_within_s + SLEEP_ORDERS * ORDER_HOLDS_S + NOTICED_WITHIN_S + SPARE_S
        return follow(self.steering, dict.fromkeys(names, goal), patience, self.clock, self.told)


def told_by_definitions(grid: Grid, names: Collection[str]) -> tuple[Machine, ...]:
    """The machines of those names, each once, by name, as far as the definitions alone tell of them; raises `Usage`. A server that runs
    and has no place in them any more isn't among them: for one Nomad must be there, else `Unreachable` is raised.
    """
    whole, left = with_slots(grid, ()), {name for name in names if may_be_left(grid, name)}
    for name in sorted(left):
        expect_of_nomad(grid, "machine", name, (it.name for it in whole.machines))
    return _defined(whole, (name for name in names if whole.machine(name) is not None or name not in left))


def acting(grid: Grid, insistence: Insistence) -> None:
    """Raises `Refusal` where the grid only observes and nobody insists."""
    if grid.mode != "act" and not insistence.anyway:
        where = grid.source if grid.source.line else "the grid's definition"
        raise Refusal(f'grid {grid.name} only observes: set mode = "act" at {where}, or insist with --anyway')


def holdable(machine: Machine) -> None:
    """Raises `Usage` where the machine is never switched, so that nothing is to be held."""
    if machine.wake is None and machine.sleep is None:
        raise Usage(f"{machine.name} is never switched: its definition has neither a wake nor a sleep block")


def _defined(grid: Grid, names: Iterable[str]) -> tuple[Machine, ...]:
    """The machines of those names, each once, by name; raises `Usage`."""
    found = []
    for name in sorted(set(names)):
        machine = grid.machine(name)
        if machine is None:
            raise Usage(f"grid {grid.name} has no machine {name}.{did_you_mean(name, (it.name for it in grid.machines))}")
        found.append(machine)
    return tuple(found)


def switchable(grid: Grid, machine: Machine, action: ActionKind) -> None:
    """Raises `Usage` with what to define where a machine can't be woken, or put to sleep."""
    if (machine.wake if action == "wake" else machine.sleep) is None:
        can = "be woken" if action == "wake" else "be put to sleep"
        where = f" at {machine.source}" if machine.source.line else f" in grid {grid.name}"
        raise Usage(f"{machine.name} can't {can}: its definition{where} has no {action} block; add {STANZA[action]}")


def _is_on(seen: View, machine: Machine) -> bool:
    return seen.seen(machine).ready and record_of(seen, machine).power not in ("draining", "sleeping")


def _silent(seen: View, machine: Machine) -> bool:
    """It is on, and its program has said nothing since it came on."""
    report = seen.reports.get(machine.name)
    return report is not None and _is_on(seen, machine) and from_before(record_of(seen, machine), report, machine.sleep)


def _unnoticed(seen: View, machine: Machine) -> bool:
    """Its record says on, and it isn't any more, or the other way round: whoever leads will see it in a moment."""
    looked = seen.seen(machine)
    power = record_of(seen, machine).power
    joining = looked.node is not None and looked.node.status == "initializing"
    if looked.cut_off or joining:
        return False
    return (looked.ready and power in ("asleep", "failed", "waking")) or (not looked.ready and power == "on" and machine.wake is not None)
