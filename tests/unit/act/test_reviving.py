"""What its own machine has stopped is placed anew: after a while, not while Nomad is about to do it, and ever less often."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from simulacra.act.reviving import LONGEST_S, PATIENCE_S, Reviving
from simulacra.act.steward import View, view
from simulacra.faults import Unreachable
from simulacra.gateways.nomad_values import Allocation as JobsAllocation
from simulacra.gateways.nomad_values import Evaluation
from simulacra.model.grid import Grid
from simulacra.model.plan import Plan
from simulacra.model.settings import Mode
from simulacra.model.snapshot import Snapshot
from simulacra.model.workload import Allocation, Demand, Disconnect, Group, Job

NOW = 10_000.0
STOPS = Disconnect(stop_after_s=60.0)
WIKI = Job("wiki", groups=(Group("web", 2, disconnect=STOPS),), definition="wiki")
ONE = Allocation("a-1", "wiki", "web", "n-1")
TOO_FEW = Snapshot(NOW, jobs=(WIKI,), allocations=(ONE,))


def of_job(id_: str, status: str = "complete", desired: str = "run") -> JobsAllocation:
    return JobsAllocation(id_, "wiki", "default", "n-2", "mini", desired, status, None, 0, 0, 0, 1, ())


def evaluation(status: str) -> Evaluation:
    return Evaluation(f"e-{status}", "wiki", "default", 1, status, "", ())


@dataclass
class Nomad:
    """What it answers of the job, and what was asked of it."""

    statuses: tuple[str, ...] = ("complete",)
    its: tuple[JobsAllocation, ...] = (of_job("a-3"), of_job("a-2"), of_job("a-1", "running"))
    silent: bool = False
    asked: int = 0
    done: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    reviving: Reviving = field(init=False)

    def __post_init__(self) -> None:
        self.reviving = Reviving(self, self.told.append)

    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]:
        assert (job, namespace) == ("wiki", "default")
        self.asked += 1
        if self.silent:
            raise Unreachable("no answer")
        return tuple(evaluation(it) for it in self.statuses)

    def allocations_of(self, job: str, namespace: str) -> tuple[JobsAllocation, ...]:
        assert (job, namespace) == ("wiki", "default")
        return self.its

    def stop_allocation(self, allocation_id: str) -> None:
        self.done.append(allocation_id)

    def at(self, seconds: float, snapshot: Snapshot = TOO_FEW, mode: Mode = "act", leads: bool = True) -> bool:
        return self.reviving.revive(seen(replace(snapshot, now_s=NOW + seconds), mode), lambda: leads)


def seen(snapshot: Snapshot, mode: Mode) -> View:
    return view(Grid("trial", mode=mode), snapshot, Plan())


def test_the_newest_that_ended_is_placed_anew_once_it_has_been_missing_for_a_while() -> None:
    nomad = Nomad()
    assert [nomad.at(seconds) for seconds in (0, 10, PATIENCE_S - 1, PATIENCE_S)] == [False, False, False, True]
    assert (nomad.done, nomad.asked) == (["a-3"], 1)
    assert nomad.told == ["wiki: mini has stopped its instance when no server answered, and Nomad leaves it at that: it is placed anew"]


def test_what_stays_missing_is_asked_about_ever_less_often() -> None:
    nomad = Nomad()
    for seconds in range(0, 6 * int(LONGEST_S), 10):
        nomad.at(seconds)
    times = [PATIENCE_S * (2**n - 1) for n in range(1, 8)]
    later = [times[-1] + LONGEST_S * n for n in range(1, 6) if times[-1] + LONGEST_S * n < 6 * LONGEST_S]
    assert len(nomad.done) == len([*times, *later])


def test_patience_begins_anew_once_all_are_there() -> None:
    nomad = Nomad()
    nomad.at(0)
    nomad.at(10, replace(TOO_FEW, allocations=(ONE, replace(ONE, id="a-4"))))
    assert [nomad.at(seconds) for seconds in (20, 40, 49, 50)] == [False, False, False, True]


@pytest.mark.parametrize("status", ["pending", "blocked"])
def test_what_nomad_will_do_by_itself_is_left_to_it(status: str) -> None:
    nomad = Nomad(statuses=("complete", status))
    nomad.at(0)
    assert (nomad.at(PATIENCE_S), nomad.done, nomad.asked) == (False, [], 1)


def test_where_none_has_ended_nothing_is_done() -> None:
    nomad = Nomad(its=(of_job("a-3", "failed"), of_job("a-2", desired="stop"), of_job("a-1", "running")))
    nomad.at(0)
    assert (nomad.at(PATIENCE_S), nomad.done, nomad.told) == (False, [], [])


def test_beside_one_that_failed_for_good_nothing_is_done() -> None:
    """It counts as there for Nomad, which places nothing then; another one ended long ago."""
    nomad = Nomad(its=(of_job("a-4", "failed"), of_job("a-3"), of_job("a-1", "running")))
    nomad.at(0)
    assert (nomad.at(PATIENCE_S), nomad.done, nomad.told) == (False, [], [])


def test_what_has_come_meanwhile_is_there() -> None:
    nomad = Nomad(its=(of_job("a-4", "pending"), of_job("a-3"), of_job("a-1", "running")))
    nomad.at(0)
    assert (nomad.at(PATIENCE_S), nomad.done, nomad.told) == (False, [], [])


@pytest.mark.parametrize("status", ["lost", "complete", "failed"])
def test_what_nomad_has_given_up_takes_nobodys_place(status: str) -> None:
    nomad = Nomad(its=(of_job("a-4", status, "stop"), of_job("a-3"), of_job("a-1", "running")))
    nomad.at(0)
    assert (nomad.at(PATIENCE_S), nomad.done) == (True, ["a-3"])


@pytest.mark.parametrize(
    "snapshot",
    [
        replace(TOO_FEW, allocations=(ONE, replace(ONE, id="a-2", running=False))),
        replace(TOO_FEW, demands=(Demand("wiki", "default", "web", 1, NOW),)),
        replace(TOO_FEW, allocations=(replace(ONE, leaving=True),)),
        replace(TOO_FEW, jobs=(replace(WIKI, definition=None),)),
        replace(TOO_FEW, jobs=(replace(WIKI, type="batch"),)),
        replace(TOO_FEW, jobs=(replace(WIKI, groups=(replace(WIKI.groups[0], disconnect=Disconnect()),)),)),
        replace(TOO_FEW, jobs=()),
    ],
    ids=["one is out of reach", "one waits", "it is being stopped", "somebody else's", "batch", "nobody stops it", "no job"],
)
def test_of_what_is_as_it_should_be_nobody_is_asked(snapshot: Snapshot) -> None:
    nomad = Nomad()
    nomad.at(0, snapshot)
    assert (nomad.at(LONGEST_S, snapshot), nomad.asked) == (False, 0)


def test_one_that_leaves_is_missing() -> None:
    nomad, leaving = Nomad(), replace(TOO_FEW, allocations=(ONE, replace(ONE, id="a-2", leaving=True)))
    nomad.at(0, leaving)
    assert nomad.at(PATIENCE_S, leaving)


def test_who_only_observes_or_leads_no_more_does_nothing() -> None:
    nomad = Nomad()
    nomad.at(0)
    assert not nomad.at(PATIENCE_S, leads=False)
    assert not nomad.at(PATIENCE_S, mode="observe")
    assert (nomad.asked, nomad.done) == (0, [])


def test_where_nomad_is_silent_that_is_told_and_tried_again() -> None:
    nomad = Nomad(silent=True)
    nomad.at(0)
    assert not nomad.at(PATIENCE_S)
    assert nomad.told == ["wiki: what its machine has stopped is left for later: no answer"]
    nomad.silent = False
    assert nomad.at(3 * PATIENCE_S)
