"""What of Nomad's batch jobs is work that ran and ended, when it was submitted, and of which machines it asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from simulacra.faults import Refusal
from simulacra.gateways.nomad_values import JobJson, JobStub, Node
from simulacra.model.grid import Grid
from simulacra.model.history import BatchRun, FinishedWork
from simulacra.model.machine import Has, Machine, Tier
from simulacra.model.workload import Constraint
from simulacra.observe.asked_place import asked_place
from simulacra.observe.finished import BEGUN_ANEW, NEVER_RAN, UNSEEN, Finished, finished, slowest_core_mhz

GRID = Grid("trial", tiers=(Tier("hypervisor", 40), Tier("phone", 10), Tier("server", 20)))
RUN = BatchRun("a-1", "build", "default", "build", "n-1", "tower", 0, "complete", "run", 100.0, 110.0, 170.0, 2000, 512)


def node(name: str, cpu_mhz: int, cores: int) -> Node:
    return Node(name, name, "dc1", "ready", True, False, (), cpu_mhz, cores, 1, 1, "", 1, ())


def stub(name: str, type_: str = "batch", queued: int = 0, stopped: bool = False) -> JobStub:
    return JobStub(name, "default", type_, "running", stopped, False, False, None, 1, (), queued, 0, 0)


def version(number: int = 0, submitted_s: float = 90.0, **more: Any) -> dict[str, Any]:
    job = {"ID": "build", "Version": number, "SubmitTime": int(submitted_s * 1e9), "Type": "batch"}
    return {**job, "TaskGroups": [{"Name": "build"}], **more}


@dataclass
class Past:
    """``asked``: of which jobs the versions were wanted."""

    runs: tuple[BatchRun, ...] = (RUN,)
    versions: tuple[JobJson, ...] = (version(),)
    stubs: tuple[JobStub, ...] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)

    def jobs(self) -> tuple[JobStub, ...]:
        return self.stubs

    def nodes(self) -> tuple[Node, ...]:
        return (node("nas", 4000, 4), node("tower", 16000, 8))

    def batch_runs(self) -> tuple[BatchRun, ...]:
        return self.runs

    def job_versions(self, keys: Sequence[tuple[str, str]]) -> tuple[tuple[JobJson, ...], ...]:
        self.asked += keys
        return tuple(self.versions for _ in keys)


def seen(*runs: BatchRun, versions: tuple[JobJson, ...] = (version(),), known: frozenset[str] = frozenset()) -> Finished:
    return finished(GRID, Past(runs, versions), known)


def test_a_run_that_has_ended() -> None:
    assert seen(RUN).work == (FinishedWork("a-1", "build", 90.0, 60.0, 2000, 512.0),)


def test_a_core_is_the_slowest_machines() -> None:
    nodes = (node("nas", 4000, 4), node("tower", 16000, 8), node("odd", 0, 0))
    assert slowest_core_mhz(GRID, nodes) == 1000
    asleep = Machine("old", "attic", has=Has(1200, 1024, cores=2))
    unlike = Machine("nas", "attic", has=Has(400, 1024, cores=4))
    assert slowest_core_mhz(Grid("g", machines=(asleep, unlike)), nodes) == 600  # what Nomad found on the nas counts
    with pytest.raises(Refusal, match="how much work a core does isn't known"):
        slowest_core_mhz(Grid("g", machines=(Machine("x", "attic"),)), ())


def test_a_child_is_called_as_its_parent_and_a_group_of_another_name_too() -> None:
    child = replace(RUN, job="build/periodic-1796005280", group="all")
    (found,) = seen(child, versions=(version(ParentID="build", TaskGroups=[{"Name": "all"}]),)).work
    assert found.name == "build.all"


def test_what_the_job_said_of_priority_tier_and_zone() -> None:
    rank = {"LTarget": "${meta.simulacra_rank}", "Operand": ">=", "RTarget": "15"}
    zone = {"LTarget": "${meta.simulacra_zone}", "Operand": "=", "RTarget": "attic"}
    group = {"Name": "build", "Constraints": [zone]}
    (found,) = seen(RUN, versions=(version(Priority=70, Constraints=[rank], TaskGroups=[group]),)).work
    assert (found.priority, found.tier, found.zone) == (70, "server", "attic")


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ([], (None, None)),
        ([("${meta.simulacra_rank}", ">=", "20")], ("server", None)),
        ([("${meta.simulacra_rank}", ">=", "9")], ("phone", None)),
        ([("${meta.simulacra_rank}", ">", "20")], ("hypervisor", None)),
        ([("${meta.simulacra_rank}", "=", "40")], ("hypervisor", None)),
        ([("${meta.simulacra_rank}", ">=", "10"), ("${meta.simulacra_rank}", ">=", "30")], ("hypervisor", None)),
        ([("${meta.simulacra_rank}", ">=", "50")], (None, None)),
        ([("${meta.simulacra_rank}", "<=", "20")], (None, None)),
        ([("${meta.simulacra_rank}", ">=", "many")], (None, None)),
        ([("${meta.simulacra_tier}", "=", "phone"), ("${meta.simulacra_rank}", ">=", "20")], ("phone", None)),
        ([("${meta.simulacra_zone}", "!=", "attic")], (None, None)),
        ([("${meta.simulacra_zone}", "=", "${attr.unique.hostname}")], (None, None)),
        ([("${attr.kernel.name}", "=", "linux"), ("${meta.simulacra_zone}", "=", "attic")], (None, "attic")),
    ],
)
def test_tier_and_zone_by_labels(constraints: list[tuple[str, str, str]], expected: tuple[str | None, str | None]) -> None:
    assert asked_place(GRID, [Constraint(*it) for it in constraints]) == expected


def test_each_version_of_a_job_was_submitted_for_itself() -> None:
    runs = (RUN, replace(RUN, id="a-2", job_version=1, created_s=300.0, began_s=301.0, ended_s=302.0))
    found = seen(*runs, versions=(version(1, 250.0, Priority=80), version(0, 90.0))).work
    assert [(it.submitted_s, it.priority) for it in found] == [(90.0, 50), (250.0, 80)]


@pytest.mark.parametrize("versions", [(), (version(3),), (version(0, 140.0),)])
def test_what_nobody_knows_the_submission_of_came_when_it_was_placed(versions: tuple[JobJson, ...]) -> None:
    """The job is gone, or so is that version, or the instance went on under a newer version."""
    assert seen(RUN, versions=versions).work[0].submitted_s == 100.0


FAILED = replace(RUN, status="failed", desired="stop", next="a-2")
AGAIN = replace(RUN, id="a-2", created_s=175.0, began_s=176.0, ended_s=180.0)


def test_a_failed_try_is_work_and_the_next_comes_when_it_ends() -> None:
    assert [(it.allocation, it.submitted_s, it.run_s) for it in seen(FAILED, AGAIN).work] == [("a-1", 90.0, 60.0), ("a-2", 170.0, 4.0)]


def test_so_does_one_that_was_moved_after_it() -> None:
    moved = replace(AGAIN, desired="stop", moved=True, next="a-3")
    last = replace(AGAIN, id="a-3", created_s=181.0, began_s=182.0, ended_s=190.0)
    assert [(it.allocation, it.submitted_s) for it in seen(FAILED, moved, last).work] == [("a-1", 90.0), ("a-3", 170.0)]


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (replace(RUN, desired="stop", next="a-2"), BEGUN_ANEW),
        (replace(RUN, desired="stop", next="a-9"), BEGUN_ANEW),
        (replace(RUN, desired="stop", moved=True), BEGUN_ANEW),
        (replace(RUN, desired="evict"), BEGUN_ANEW),
        (replace(RUN, status="lost", desired="stop", next="a-2", ended_s=None), UNSEEN),
        (replace(RUN, status="failed", began_s=None, ended_s=None), NEVER_RAN),
        (replace(RUN, ended_s=None), NEVER_RAN),
    ],
)
def test_what_has_ended_and_is_no_work_of_its_own(first: BatchRun, reason: str) -> None:
    found = seen(first, AGAIN)
    assert [it.allocation for it in found.work] == ["a-2"]
    assert found.left_out == ((reason, 1),)


@pytest.mark.parametrize("first", [replace(RUN, desired="stop"), replace(RUN, moved=True), replace(RUN, desired="stop", next="a-2")])
def test_what_was_stopped_for_good_or_by_a_new_version_is_work(first: BatchRun) -> None:
    assert [it.allocation for it in seen(first, replace(AGAIN, job_version=1)).work] == ["a-1", "a-2"]


def test_what_is_to_end_yet_and_what_never_does_is_counted() -> None:
    runs = tuple(replace(RUN, id=it, status=it, ended_s=None) for it in ("pending", "running", "unknown"))
    stubs = (stub("a", queued=2), stub("b"), stub("c", "service", 5), stub("d", "system"), stub("e", "service", stopped=True))
    assert finished(GRID, Past(runs, (), stubs), frozenset()) == Finished((), running=3, waiting=2, endless=2)


def test_what_is_known_isnt_asked_for() -> None:
    past = Past((RUN, replace(RUN, id="a-2", job="other")))
    assert [it.allocation for it in finished(GRID, past, {"a-1"}).work] == ["a-2"]
    assert past.asked == [("default", "other")]
    past = Past()
    assert finished(GRID, past, {"a-1"}).work == ()
    assert past.asked == []


def test_a_run_is_never_of_no_length() -> None:
    assert seen(replace(RUN, ended_s=110.0)).work[0].run_s == 0.001
    assert seen(replace(RUN, ended_s=109.0)).work[0].run_s == 0.001
