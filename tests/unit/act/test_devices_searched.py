"""The jobs that look for devices: what comes of them, and that none is left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from simulacra.act.discovering import Answer, Clock, look_around
from simulacra.faults import Denied, Refusal, Unreachable
from simulacra.gateways.nomad_faults import Conflict, NotThere
from simulacra.gateways.nomad_values import Allocation, Evaluation, JobJson, JobStub, PlacementFailure, RegisteredJob, TaskEvent
from simulacra.model.jobspec import NO_VALUES, Values

RUNS = Allocation("a", "j", "default", "id", "nas", "run", "running", None, 20, 40, 0, 1, ())
ENDED = (TaskEvent("look", 1, "Terminated", "Exit Code: 1", False), TaskEvent("look", 2, "Not Restarting", "no restarts", True))
STUB = JobStub("look-attic", "default", "batch", "dead", False, False, False, None, 7, (("simulacra_grid", "trial"),), 0, 0, 0)


@dataclass
class Jobs:
    """A Nomad whose allocations run ``course``, a state each time that somebody looks; the last one stays."""

    course: list[Allocation | None] = field(default_factory=lambda: [None, RUNS, replace(RUNS, status="complete")])
    there: dict[str, JobStub] = field(default_factory=dict)
    failures: tuple[PlacementFailure, ...] = ()
    told: str = "found"
    raises: dict[str, BaseException] = field(default_factory=dict)
    purged: list[str] = field(default_factory=list)
    looks: dict[str, int] = field(default_factory=dict)

    def _may(self, what: str) -> None:
        if what in self.raises:
            raise self.raises[what]

    def parse(self, text: str, what: str) -> JobJson:  # noqa: ARG002
        self._may("parse")
        return {"ID": text}

    def jobs(self) -> tuple[JobStub, ...]:
        return tuple(self.there.values())

    def register(self, job: JobJson, source: str, expected_index: int, preserve_counts: bool, values: Values = NO_VALUES) -> RegisteredJob:  # noqa: ARG002
        self._may("register")
        assert str(job["ID"]) not in self.there
        self.there[str(job["ID"])] = replace(STUB, id=str(job["ID"]))
        return RegisteredJob("e", 1, "")

    def allocations_of(self, job: str, namespace: str) -> tuple[Allocation, ...]:
        assert namespace == "default"
        self._may("allocations_of")
        at = self.looks[job] = self.looks.get(job, -1) + 1
        found = self.course[min(at, len(self.course) - 1)]
        return () if found is None else (found,)

    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]:
        return (Evaluation("e", job, namespace, 1, "blocked", "", self.failures),)

    def log(self, allocation: str, task: str) -> str:
        assert (allocation, task) == ("a", "look")
        self._may("log")
        return self.told

    def purge(self, job: str, namespace: str) -> None:  # noqa: ARG002
        self._may("purge")
        self.purged.append(job)
        self.there.pop(job, None)


def run(nomad: Jobs, *zones: str, sleep: Callable[[float], None] | None = None) -> tuple[Answer, ...]:
    now = [0.0]

    def passes(seconds: float) -> None:
        now[0] += seconds

    specs = {zone: f"look-{zone}" for zone in zones or ("attic",)}
    return look_around("trial", specs, "default", 10.0, nomad, Clock(lambda: now[0], sleep or passes))


def test_each_zone_answers_and_nothing_is_left() -> None:
    nomad = Jobs()
    assert run(nomad, "office", "attic") == (Answer("attic", "found"), Answer("office", "found"))
    assert (nomad.there, sorted(nomad.purged)) == ({}, ["look-attic", "look-office"])


@pytest.mark.parametrize(
    ("nomad", "why"),
    [
        (Jobs([replace(RUNS, status="failed", events=ENDED)]), "nas couldn't look around: Exit Code: 1"),
        (Jobs([replace(RUNS, status="lost")]), "nas couldn't look around: its program is lost"),
        (Jobs([RUNS]), "nas isn't done after 75 s: it is running"),
        (Jobs([None]), "no machine there takes the job; it needs raw_exec"),
        (
            Jobs([None], failures=(PlacementFailure("look", 1, (("missing drivers", 2),), ()),)),
            "no machine there takes the job: missing drivers; it needs raw_exec",
        ),
        (Jobs(raises={"log": NotThere("gone")}), "nas has looked around, but what it found can't be read: gone"),
    ],
    ids=["failed", "lost", "hangs", "not placed", "not placed, with a reason", "gone with its log"],
)
def test_a_zone_that_fails_says_why_and_nothing_is_left(nomad: Jobs, why: str) -> None:
    (answer,) = run(nomad)
    assert why in (answer.failed or "")
    assert (nomad.there, nomad.purged) == ({}, ["look-attic"])


@pytest.mark.parametrize(
    ("stub", "why"),
    [
        (replace(STUB, status="running"), "somebody is looking there already; if not, `nomad job stop -purge look-attic`"),
        (replace(STUB, meta=()), "isn't this grid's: it is left alone"),
    ],
    ids=["of somebody else", "of another grid"],
)
def test_what_is_there_already_stays(stub: JobStub, why: str) -> None:
    nomad = Jobs(there={stub.id: stub})
    first, second = run(nomad, "attic", "office")
    assert why in (first.failed or "")
    assert second == Answer("office", "found")
    assert nomad.there == {stub.id: stub}


def test_what_was_left_behind_is_replaced() -> None:
    nomad = Jobs(there={STUB.id: STUB})
    assert run(nomad) == (Answer("attic", "found"),)
    assert (nomad.there, nomad.purged) == ({}, [STUB.id, STUB.id])


@pytest.mark.parametrize("at", ["parse", "register", "allocations_of", "log"])
@pytest.mark.parametrize("kind", [Unreachable("away"), KeyboardInterrupt()], ids=["unreachable", "Ctrl-C"])
def test_however_it_ends_nothing_is_left(at: str, kind: BaseException) -> None:
    nomad = Jobs(raises={at: kind})
    if at == "log" and isinstance(kind, Unreachable):
        assert run(nomad)[0].failed is not None
    else:
        with pytest.raises(type(kind)):
            run(nomad, "attic", "office")
    assert nomad.there == {}


def test_a_ctrl_c_while_waiting_leaves_nothing() -> None:
    nomad = Jobs([RUNS])

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(nomad, "attic", "office", sleep=interrupted)
    assert (nomad.there, sorted(nomad.purged)) == ({}, ["look-attic", "look-office"])


@pytest.mark.parametrize("refusal", [Conflict("somebody was first"), Denied("no right")])
def test_a_job_that_somebody_else_registered_meanwhile_stays(refusal: Refusal) -> None:
    nomad = Jobs(raises={"register": refusal})
    with pytest.raises(Refusal, match=str(refusal)):
        run(nomad)
    assert nomad.purged == []


def test_what_could_not_be_removed_is_told_with_how_to() -> None:
    with pytest.raises(Refusal, match=r"left behind: look-attic and look-office; `nomad job stop -purge JOB` removes it: away"):
        run(Jobs(raises={"purge": Unreachable("away")}), "attic", "office")
