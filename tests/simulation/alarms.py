"""simulacra broken on purpose, once for each thing that must always hold: so that it is known that breaking it is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import simulacra.act.meter as meter
import simulacra.act.power as power
import simulacra.act.steward as steward
import simulacra.act.transitions as transitions
import simulacra.plan.against_sleeping as against_sleeping
import simulacra.steering as steering
from simulacra.act.steps import Release, Seen, Step
from simulacra.model.costs import Page
from simulacra.model.grid import Grid
from simulacra.model.plan import Action, Plan
from simulacra.model.snapshot import Snapshot
from tests.simulation.breaking import Alarm, instead, planner, plans, states
from tests.simulation.cloud_alarms import CLOUD_ALARMS
from tests.simulation.happenings import Happening, Schedule, Strike, Work
from tests.simulation.node_program import NodeProgram


def _empty(seen: Seen) -> Seen:
    node = replace(seen.node, draining=False, eligible=False) if seen.node is not None else None
    return replace(seen, node=node, busy=())


def _never_released(step: Step) -> Step:
    return replace(step, effects=tuple(it for it in step.effects if not isinstance(it, Release)))


def _bounded(**power: Any) -> Callable[[], AbstractContextManager[None]]:
    return planner(lambda grid, snapshot: (replace(grid, power=replace(grid.power, **power)), snapshot))


def _machines(**more: Any) -> Callable[[Grid, Snapshot], tuple[Grid, Snapshot]]:
    return lambda grid, snapshot: (replace(grid, machines=tuple(replace(it, **more) for it in grid.machines)), snapshot)


def _records(**more: Any) -> Callable[[Grid, Snapshot], tuple[Grid, Snapshot]]:
    return lambda grid, snapshot: (grid, replace(snapshot, records=tuple(replace(it, **more) for it in snapshot.records)))


def _no_servers(grid: Grid, snapshot: Snapshot) -> tuple[Grid, Snapshot]:
    return _machines(server=False)(grid, replace(snapshot, servers=(), voters=0))


def _everything_moves(grid: Grid, snapshot: Snapshot) -> tuple[Grid, Snapshot]:
    return replace(grid, services=tuple(replace(it, moves="any") for it in grid.services)), snapshot


def _always_superfluous(plan: Plan, snapshot: Snapshot) -> Plan:
    """Whatever is on could sleep at once, whoever needs it."""
    del snapshot
    on = [it.machine for it in plan.machines if it.standing == "on"]
    machines = tuple(replace(it, superfluous=True) for it in plan.machines)
    return replace(plan, desired=0, actions=tuple(Action("sleep", name, "why not") for name in on), machines=machines)


def _to_and_fro(plan: Plan, snapshot: Snapshot) -> Plan:
    """Sleepers are woken each half hour, for nothing."""
    asleep = [it.machine for it in plan.machines if it.standing == "asleep"]
    if plan.actions or snapshot.now_s % 1800 > 900 or not asleep:
        return plan
    return replace(plan, desired=plan.on + 1, actions=(Action("wake", asleep[0], "why not"),))


def _never_wakes(plan: Plan, snapshot: Snapshot) -> Plan:
    del snapshot
    return replace(plan, actions=plan.sleeps, desired=plan.on - len(plan.sleeps))


@contextmanager
def _acts_anyway() -> Iterator[None]:
    def one(real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda grid, *more: real(replace(grid, mode="act"), *more)

    with instead(steering, "view", one):
        yield


@contextmanager
def _never_obeyed() -> Iterator[None]:
    """As if no order that is out could be obeyed any more."""

    def never(_real: object) -> Callable[..., bool]:
        return lambda *_: False

    with instead(power, "may_obey", never), instead(transitions, "may_obey", never):
        yield


def _forgets(real: Callable[[NodeProgram], tuple[int, str]]) -> Callable[[NodeProgram], tuple[int, str]]:
    del real
    return lambda _program: (0, "")


def _unseen(real: Callable[[NodeProgram], list[str]]) -> Callable[[NodeProgram], list[str]]:
    del real
    return lambda _program: []


def _with(*what: str) -> Callable[[Schedule], bool]:
    return lambda schedule: schedule.provider is None and any(it.what in what for it in schedule.happenings)


def _observes(schedule: Schedule) -> bool:
    return schedule.grid.mode == "observe"


def _has_quiet_hours(schedule: Schedule) -> bool:
    return any(it.quiet_hours for it in schedule.grid.machines)


def _tower_sleeps(schedule: Schedule) -> bool:
    """It is on at first, and stays so only if something keeps it."""
    return "tower" in schedule.on and schedule.grid.mode == "act" and schedule.grid.power.machines_min == 0


def _changes_its_mind(schedule: Schedule) -> Schedule:
    """tower isn't to sleep after all, but doesn't hear it at once; and who says so is struck at one moment or the other."""
    goes = Happening(0.5, "relay goes", "tower", after="draining", near="tower")
    hold = Happening(4.0, "hold", "tower", 200.0, after="sleeping", near="tower")
    comes = Happening(32.0, "relay comes", "tower", after="sleeping", near="tower")
    work, strike = Work("job0", 500, 1, 90.0, machine="tower"), Strike("first", True, 6 + schedule.seed % 14, "lost")
    return replace(schedule, works=(work,), happenings=(goes, hold, comes), strikes=(strike,), agents=("first",), until_s=300.0)


def _shares_a_zone(schedule: Schedule) -> bool:
    """Of two machines that are on in a zone without a server one may sleep and one never does."""
    tower, mini = schedule.grid.machine("tower"), schedule.grid.machine("mini")
    if tower is None or mini is None or tower.zone != mini.zone or not {"tower", "mini"} <= set(schedule.on):
        return False
    return mini.never_sleeps and not any(it.server for it in schedule.grid.machines if it.zone == tower.zone)


def _cut_off(schedule: Schedule) -> Schedule:
    tower = schedule.grid.machine("tower")
    assert tower is not None
    return replace(schedule, happenings=(Happening(5.0, "cut", tower.zone), Happening(105.0, "heal", tower.zone)), strikes=())


def _forgets_how_far(real: Callable[..., tuple[Page, ...]]) -> Callable[..., tuple[Page, ...]]:
    """Whoever counts doesn't know until when others have."""
    return lambda pages, *more: real(tuple(replace(it, until_s=0.0) for it in pages), *more)


ALARMS: dict[str, Alarm] = {
    "doesn't wait until a machine is empty": Alarm("what is due to run something stays on", states(_empty)),
    "empties nothing": Alarm("work is not lost", states(_empty)),
    "sleeps though work has no other place": Alarm("work is not lost", plans(_always_superfluous)),
    "senses nobody": Alarm("people are left alone", lambda: instead(NodeProgram, "reasons", _unseen)),
    "lets work in while an order to sleep is out": Alarm("work is not lost", _never_obeyed, _tower_sleeps, _changes_its_mind),
    "doesn't keep a relay": Alarm("what sleeps can be woken", lambda: instead(against_sleeping, "_relay", lambda _real: lambda *_: "")),
    "doesn't know cuts": Alarm(
        "what is cut off is left as it is",
        lambda: instead(steward, "dark_zones", lambda _: lambda *_: frozenset()),
        _shares_a_zone,
        _cut_off,
    ),
    "forgets what it obeyed": Alarm("each order is obeyed once", lambda: instead(NodeProgram, "obeyed", _forgets)),
    "sends everybody to sleep": Alarm("never_sleeps", plans(_always_superfluous)),
    "doesn't know machines_max": Alarm("machines_max", _bounded(machines_max=None)),
    "doesn't know machines_min": Alarm("machines_min", _bounded(machines_min=0)),
    "doesn't count moves": Alarm("moves_per_day", _bounded(moves_per_day=1000)),
    "doesn't know quiet hours": Alarm("quiet hours", planner(_machines(quiet_hours=())), _has_quiet_hours),
    "doesn't know holds": Alarm("a hold holds", planner(_records(held_until_s=0.0)), _with("hold")),
    "doesn't know servers": Alarm("quorum", planner(_no_servers)),
    "moves what must stay": Alarm("work that is never moved stays", planner(_everything_moves)),
    "acts where it may only observe": Alarm("a grid that observes", _acts_anyway, _observes),
    "never wakes": Alarm("work that can run runs", plans(_never_wakes)),
    "wakes for nothing": Alarm("a quiet grid stands still", plans(_to_and_fro)),
    "counts what is counted": Alarm(
        "each second is counted once", lambda: instead(meter, "taken_on", _forgets_how_far), _with("agent dies")
    ),
    "leaves nodes drained": Alarm("nothing of ours stays behind", states(step=_never_released)),
    **CLOUD_ALARMS,
}
