"""simulacra broken on purpose where it rents servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import simulacra.plan.against_sleeping as against_sleeping
import simulacra.plan.rentals as rentals
from simulacra.act.steps import Destroy, Seen, Step
from simulacra.model.plan import Plan
from simulacra.model.snapshot import Snapshot
from simulacra.plan.budget import Purse
from simulacra.plan.rentals import Rental
from tests.simulation.breaking import Alarm, instead, plans, states
from tests.simulation.happenings import Happening, Schedule, Work
from tests.simulation.model_provider import ModelPort, ModelProvider

RENTED = "advance_rented"


def _unbounded(real: Callable[..., Purse]) -> Callable[..., Purse]:
    return lambda *given: replace(real(*given), budget=None, left=None, unpaid=frozenset())


def _empty(seen: Seen) -> Seen:
    node = replace(seen.node, draining=False, eligible=False) if seen.node is not None else None
    return replace(seen, node=node, busy=())


def _never_destroys(step: Step) -> Step:
    return replace(step, effects=tuple(it for it in step.effects if not isinstance(it, Destroy)))


def _never_rents(plan: Plan, snapshot: Snapshot) -> Plan:
    del snapshot
    wakes = tuple(it for it in plan.wakes if not it.machine.startswith("burst-"))
    return replace(plan, actions=(*wakes, *plan.sleeps), desired=plan.on + len(wakes) - len(plan.sleeps))


def _whosever(real: Callable[..., Any]) -> Callable[..., Any]:
    """The servers of other grids are taken for one's own."""

    def servers(port: ModelPort) -> Any:
        at: ModelProvider = port.at
        at.running = {id_: (port.grid, server) for id_, (_, server) in at.running.items()}
        return real(port)

    return servers


def _rents(schedule: Schedule) -> bool:
    return schedule.provider is not None and schedule.grid.mode == "act"


def _pays(schedule: Schedule) -> bool:
    """Of a budget that is soon spent."""
    cloud = schedule.grid.clouds[0] if _rents(schedule) else None
    return cloud is not None and cloud.monthly_budget is not None and cloud.billed_by_s < 600 and not schedule.works[-1].takes_s


def _of_one(schedule: Schedule) -> bool:
    return _rents(schedule) and schedule.grid.clouds[0].max == 1 and schedule.works[-1].count > 1


def _has_own(schedule: Schedule) -> bool:
    return _rents(schedule) and any(it.sleep is not None and it.name not in schedule.on for it in schedule.grid.machines)


def _with(what: str, much: float) -> Callable[[Schedule], bool]:
    return lambda schedule: any((it.what, it.much) == (what, much) for it in schedule.happenings)


def _work_ends(schedule: Schedule) -> bool:
    return _rents(schedule) and schedule.works[-1].goes_s is not None


def _a_stranger(schedule: Schedule) -> Schedule:
    """In its calm, a server of another grid that is called as one of ours."""
    return replace(schedule, happenings=(Happening(5.0, "stranger", "burst-small-1", 3.0),), strikes=())


@contextmanager
def _nobody_there() -> Iterator[None]:
    """Neither who plans nor who acts hears of people."""
    unheard = states(lambda seen: replace(seen, report=None), whose=RENTED)
    with unheard(), instead(against_sleeping, "against_giving_back", lambda _real: lambda *_: ""):
        yield


def _logged_in(schedule: Schedule) -> Schedule:
    """Somebody logs in while it works, and stays."""
    cloud = schedule.grid.clouds[0]
    slot = f"{cloud.name}-{cloud.sizes[0]}-1"
    comes = Happening(0.0, "sits down", slot, after="on", near=slot)
    grid = replace(schedule.grid, clouds=(replace(cloud, min=0, monthly_budget=None),))
    work = Work("job3", 2000, 1, 0.0, 90.0, zones=(cloud.zone,))
    return replace(schedule, grid=grid, works=(work,), happenings=(comes,), strikes=(), until_s=600.0)


CLOUD_ALARMS: dict[str, Alarm] = {
    "doesn't know budgets": Alarm("a cloud's budget", lambda: instead(rentals, "purse_of", _unbounded), _pays),
    "doesn't know how many servers a cloud may have": Alarm(
        "a cloud's max", lambda: instead(Rental, "room", lambda _real: property(lambda _rental: 9)), _of_one
    ),
    "takes rented servers for free": Alarm(
        "own machines first", lambda: instead(Rental, "weight", lambda _real: lambda _rental, _size: 0.0), _has_own
    ),
    "takes other grids' servers for its own": Alarm(
        "somebody else's server stays", lambda: instead(ModelPort, "servers", _whosever), _rents, _a_stranger
    ),
    "doesn't see the servers of its slots": Alarm(
        "each server has an owner", states(lambda seen: replace(seen, servers=()), whose=RENTED), _rents
    ),
    "never destroys": Alarm("each server has an owner", states(step=_never_destroys, whose=RENTED), _work_ends),
    "keeps servers that nothing runs on": Alarm(
        "no server is idle", lambda: instead(against_sleeping, "against_giving_back", lambda _real: lambda *_: "why not"), _work_ends
    ),
    "destroys servers with their work": Alarm("work is not lost", states(_empty, whose=RENTED), _rents),
    "throws people out of servers": Alarm("people are left alone", _nobody_there, _rents, _logged_in),
    "never rents": Alarm("work that can run runs", plans(_never_rents), _rents),
}
