"""A recorded trace grows: nothing twice, nothing lost, and it reads back as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulacra.model.history import FinishedWork
from simulacra.simulate.csv_trace import as_csv, from_csv
from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.recording import recorded
from simulacra.simulate.stage import stage_of
from simulacra.simulate.trace import Trace, TraceJob

NONE_YET = Trace("grid", ())
CORE_MHZ = 1000.0
BEGINS_S = 1_796_005_279.0
WORK = FinishedWork("a-1", "build", BEGINS_S + 0.25, 60.0004, 2000, 512.0, "server", "attic", 70)


def test_the_first_work_begins_the_trace_at_a_whole_second() -> None:
    job = TraceJob(1, 0.25, 60.0, 2.0, 512.0, "build", "server", "attic", 70, "a-1")
    assert recorded(NONE_YET, [WORK], CORE_MHZ) == Trace("grid", (job,), BEGINS_S, core_mhz=CORE_MHZ)


def test_what_is_in_it_isnt_added_again() -> None:
    before = recorded(NONE_YET, [WORK], CORE_MHZ)
    assert recorded(before, [WORK], CORE_MHZ) is before
    assert recorded(before, [], CORE_MHZ) is before
    assert recorded(NONE_YET, [], CORE_MHZ) is NONE_YET


def test_what_was_submitted_before_it_began_moves_its_beginning() -> None:
    before = recorded(NONE_YET, [WORK], CORE_MHZ)
    after = recorded(before, [replace(WORK, allocation="a-0", submitted_s=BEGINS_S - 7200.5)], CORE_MHZ)
    assert after.begins_s == BEGINS_S - 7201
    assert [(job.number, job.id, job.submit_s) for job in after.jobs] == [(1, "a-0", 0.5), (2, "a-1", 7201.25)]


def test_jobs_without_an_id_stay_as_they_are() -> None:
    by_hand = Trace("grid", (TraceJob(1, 5.0, 10.0, 1.0), TraceJob(2, 5.0, 10.0, 1.0)), BEGINS_S)
    assert [job.id for job in recorded(by_hand, [replace(WORK, submitted_s=BEGINS_S + 6)], CORE_MHZ).jobs] == ["", "", "a-1"]


def test_what_takes_next_to_nothing_takes_something() -> None:
    assert recorded(NONE_YET, [replace(WORK, cpu_mhz=0)], CORE_MHZ).jobs[0].cpu_cores == 0.0001


@given(st.integers(1, 400_000), st.integers(500, 9_000))
def test_a_simulation_gets_back_the_mhz_that_it_took(mhz: int, core_mhz: int) -> None:
    trace = recorded(NONE_YET, [replace(WORK, cpu_mhz=mhz, tier=None, zone=None)], core_mhz)
    grid = equal_grid(EqualMachines(1, cores=512))
    for read in (trace, from_csv(as_csv(trace), "grid", "grid.csv")):
        (work,) = stage_of(read, grid).works
        assert work.shape.cpu_mhz * work.pieces == mhz


def test_a_core_stays_what_it_was_when_the_trace_began() -> None:
    before = recorded(NONE_YET, [WORK], 500.0)
    after = recorded(before, [replace(WORK, allocation="a-2")], 4000.0)
    assert [job.cpu_cores for job in after.jobs] == [4.0, 4.0]
    assert after.core_mhz == 500.0


def test_where_a_trace_doesnt_say_what_a_core_is_none_is_made_up_for_its_old_lines() -> None:
    old = replace(recorded(NONE_YET, [WORK], CORE_MHZ), core_mhz=None)
    after = recorded(old, [replace(WORK, allocation="a-2")], 2000.0)
    assert ([job.cpu_cores for job in after.jobs], after.core_mhz) == ([2.0, 1.0], None)


def test_names_are_such_as_the_format_can_hold() -> None:
    odd = replace(WORK, name=" build\x1b[31m", tier="ser\nver", zone=" ")
    (job,) = recorded(NONE_YET, [odd], CORE_MHZ).jobs
    assert (job.name, job.tier, job.zone) == ("build�[31m", "ser�ver", None)


WORKS = st.lists(
    st.builds(
        FinishedWork,
        allocation=st.uuids().map(str),
        name=st.sampled_from(("build", "back,up", 'say "x"')),
        submitted_s=st.floats(BEGINS_S - 1e6, BEGINS_S + 1e6),
        run_s=st.floats(0.001, 1e6),
        cpu_mhz=st.integers(0, 100_000),
        memory_mb=st.integers(0, 100000).map(float),
        tier=st.sampled_from((None, "server")),
        zone=st.sampled_from((None, "attic")),
        priority=st.integers(1, 100),
    ),
    max_size=6,
    unique_by=lambda it: it.allocation,
)


@given(WORKS, st.data())
def test_however_it_came_to_be_it_is_the_same_and_reads_back(works: list[FinishedWork], data: st.DataObject) -> None:
    """In any portions, each in any order and with what was there before in it, written and read in between."""
    at_once = recorded(NONE_YET, works, CORE_MHZ)
    grown, told = NONE_YET, list[FinishedWork]()
    for work in data.draw(st.permutations(works)):
        told.append(work)
        grown = recorded(grown, data.draw(st.permutations(told)), CORE_MHZ)
        assert from_csv(as_csv(grown), "grid", "grid.csv") == grown
    assert {job.id for job in grown.jobs} == {work.allocation for work in works}
    when = {job.id: grown.begins_s + job.submit_s for job in grown.jobs}
    assert when == pytest.approx({job.id: at_once.begins_s + job.submit_s for job in at_once.jobs}, abs=1e-6)
    assert [(job.run_s, job.cpu_cores) for job in sorted(grown.jobs, key=lambda it: it.id)] == [
        (job.run_s, job.cpu_cores) for job in sorted(at_once.jobs, key=lambda it: it.id)
    ]
