"""Nomad's queue by hand: who is placed where, who waits, and who goes first when room comes."""

from __future__ import annotations

from watched_world import staged

from simulacra.simulate.equal import EqualMachines, equal_grid
from simulacra.simulate.placing import Placing, Run
from simulacra.simulate.trace import TraceJob


class Queue:
    """Machines of four cores, the first of them open."""

    def __init__(self, count: int, opened: int, *jobs: TraceJob) -> None:
        stage = staged(equal_grid(EqualMachines(count, 4, 8192)), *jobs)
        self.heard: list[tuple[str, int]] = []
        self.placing = Placing(
            stage.fleet, lambda at: self.heard.append(("filled", at)), lambda at: self.heard.append(("emptied", at))
        )  # fmt: skip
        self.placing.opened[:opened] = True
        self.runs = [Run(at, work, work.submit_s) for at, work in enumerate(stage.works)]
        self.stand = [self.placing.submit(run) for run in self.runs]

    @property
    def places(self) -> list[list[int]]:
        return [run.places for run in self.runs]

    def retry(self) -> list[int]:
        """The numbers of those that stand now."""
        return [run.work.number for run in self.placing.retry()]


def job(number: int, cores: float, memory_mb: float = 0, priority: int = 50) -> TraceJob:
    return TraceJob(number, number, 60, cores, memory_mb, priority=priority)


def test_work_is_packed_onto_the_fullest_machine_that_has_room() -> None:
    it = Queue(3, 3, job(1, 1), job(2, 3), job(3, 2), job(4, 2))
    assert it.places == [[0], [0], [1], [1]]
    assert it.heard == [("filled", 0), ("filled", 1)]


def test_memory_counts_as_well_as_cores() -> None:
    it = Queue(2, 2, job(1, 1, 6000), job(2, 1, 3000), job(3, 1, 6000))
    assert (it.places, it.stand) == ([[0], [1], []], [True, True, False])


def test_a_job_of_more_cores_than_a_machine_has_stands_when_its_last_part_does() -> None:
    it = Queue(3, 2, job(1, 10))
    assert (it.stand, it.runs[0].left, [run.work.pieces for run in it.runs]) == ([False], 1, [3])
    it.placing.opened[:] = True
    assert (it.retry(), sorted(it.places[0])) == ([1], [0, 1, 2])


def test_the_highest_priority_goes_first_then_the_oldest() -> None:
    it = Queue(1, 0, job(1, 4), job(2, 4, priority=80), job(3, 4), job(4, 4, priority=80))
    it.placing.opened[:] = True
    order = []
    while found := it.retry():
        order += found
        it.placing.leave(it.runs[found[0] - 1])
    assert order == [2, 4, 1, 3]


def test_age_is_when_it_was_submitted_not_its_line_in_the_file() -> None:
    late, early = TraceJob(1, 50, 60, 4), TraceJob(2, 10, 60, 4)
    it = Queue(1, 0, early, late)
    it.placing.opened[:] = True
    assert it.retry() == [2]


def test_a_small_job_passes_a_large_one_that_waits() -> None:
    it = Queue(1, 1, job(1, 3), job(2, 2), job(3, 1))
    assert it.stand == [True, False, True]


def test_what_leaves_gives_its_room_back() -> None:
    it = Queue(1, 1, job(1, 4, 8192), job(2, 4, 8192))
    it.placing.leave(it.runs[0])
    assert (it.retry(), it.heard) == ([2], [("filled", 0), ("emptied", 0), ("filled", 0)])
    assert (it.placing.cpu_mhz.tolist(), it.placing.memory_mb.tolist()) == ([0], [0])


def test_two_that_hold_what_the_other_waits_for_do_not_wait_for_ever() -> None:
    """Each of two parts; the one that goes first gets both machines as soon as these are free."""
    it = Queue(2, 2, job(1, 3), job(2, 8), job(3, 7, priority=80))
    assert it.places == [[0], [1], []]
    it.placing.leave(it.runs[0])
    assert (it.retry(), it.places) == ([3], [[], [], [0, 1]])
    it.placing.leave(it.runs[2])
    assert it.retry() == [2]
