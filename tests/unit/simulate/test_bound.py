"""The offline bound on cases that are worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from simulacra.simulate.bound import Drawing, Timed, bound

# 60 W idle, 120 W more with all 4 cores at work; 30 s to boot and 10 s to shut down, at 60 W: a change and back takes 2,400 J
MACHINE = Drawing("a", 4, 8000, idle_w=60, busy_w=180, asleep_w=0, boot_s=30, down_s=10)
HOUR = 3600
DAY = 24 * HOUR


def grid(count: int, machine: Drawing = MACHINE) -> list[Drawing]:
    return [replace(machine, name=f"m{number}") for number in range(count)]


def found(jobs: list[Timed], machines: list[Drawing], horizon_s: float = DAY, boot_s: float = 30) -> tuple[float, float]:
    """Joules and seconds."""
    it = bound(jobs, machines, horizon_s, boot_s)
    return pytest.approx(it.kwh * 3.6e6), pytest.approx(it.machine_hours * HOUR)


def test_nothing_to_do_is_asleep_all_day() -> None:
    assert found([], grid(3, replace(MACHINE, asleep_w=2))) == (3 * 2 * DAY, 0)


def test_no_machines() -> None:
    assert found([Timed(0, 60, 1, 1)], []) == (0, 0)


def test_a_machine_that_never_sleeps_is_on_all_day() -> None:
    machines = [*grid(2), replace(MACHINE, name="nas", idle_w=12, busy_w=12, can_sleep=False)]
    assert found([Timed(HOUR, 600, 1, 4)], machines) == (12 * DAY, DAY)


@pytest.mark.parametrize("run", [5, 600], ids=["shorter than the boot", "longer"])
def test_one_job_needs_a_boot_its_time_and_a_shutdown(run: float) -> None:
    seconds = 30 + run + 10
    assert found([Timed(HOUR, run, 1, 2)], grid(5)) == (60 * seconds + 60 * run, seconds)


def test_pieces_run_side_by_side_on_machines_of_their_own() -> None:
    assert found([Timed(HOUR, 600, 3, 4)], grid(5)) == (3 * (60 * 640 + 120 * 600), 3 * 640)


@pytest.mark.parametrize(("gap", "between"), [(20, 20), (35, 35), (1000, 40)])
def test_a_gap_costs_idling_or_a_change_whichever_is_less(gap: float, between: float) -> None:
    """Two jobs of ten minutes that can't be moved, as none may wait."""
    jobs = [Timed(HOUR, 600, 1, 4), Timed(HOUR + 600 + gap, 600, 1, 4)]
    assert found(jobs, grid(2), boot_s=0)[1] == 40 + 1200 + between


def test_jobs_that_may_wait_share_one_time_on() -> None:
    """The first waits for the second: 30 s later both run."""
    assert found([Timed(HOUR, 5, 1, 1), Timed(HOUR + 28, 5, 1, 1)], grid(2))[1] == 30 + 5 + 3 + 10 - 3


def test_short_jobs_far_apart_need_a_boot_each() -> None:
    jobs = [Timed(HOUR * number, 5, 1, 1) for number in range(1, 11)]
    assert found(jobs, grid(4))[1] == 10 * 45


def test_a_crowd_of_short_jobs_needs_more_than_one_machine() -> None:
    """Ten of 20 s, a machine each: 200 s of work within 50 s need four machines at least."""
    seconds = bound([Timed(HOUR, 20, 1, 4) for _ in range(10)], grid(10), DAY, 30).machine_hours * HOUR
    assert seconds >= 200 + 4 * 40 - 0.01


def test_work_counts_where_what_surely_runs_says_little() -> None:
    """Ten of 40 s, a machine each: each surely runs for 10 s only, and yet all ten are on for 40 s."""
    assert found([Timed(HOUR, 40, 1, 4) for _ in range(10)], grid(10))[1] == 10 * (40 + 40)


@pytest.mark.parametrize(("cores", "machines"), [(1, 1), (2, 2), (3, 4)])
def test_pieces_that_do_not_fit_beside_each_other(cores: float, machines: int) -> None:
    """Three cores of four leave one that nobody can use."""
    assert found([Timed(HOUR, 600, 4, cores)], grid(5))[1] == machines * 640


def test_memory_counts_as_cores_do() -> None:
    assert found([Timed(HOUR, 600, 4, 1, memory_mb=5000)], grid(5))[1] == 4 * 640


def test_the_cheapest_machine_counts_unless_the_job_does_not_fit_there() -> None:
    phone = Drawing("phone", 1, 2000, idle_w=1, busy_w=3, asleep_w=0, boot_s=30, down_s=10)
    assert found([Timed(HOUR, 600, 1, 1)], [phone, *grid(1)])[0] == 640 + 2 * 600
    assert found([Timed(HOUR, 600, 1, 2)], [phone, *grid(1)])[0] == 60 * 640 + 120 * 600 / 2


def test_somebody_elses_electricity_is_no_energy_but_its_hours_count() -> None:
    rented = replace(MACHINE, name="rented", idle_w=0, busy_w=0)
    assert found([Timed(HOUR, 600, 1, 4)], [*grid(2), rented]) == (0, 640)


def test_a_machine_may_be_on_as_the_trace_begins_and_as_it_ends() -> None:
    assert found([Timed(0, 600, 1, 4)], grid(1), horizon_s=600)[1] == 600


def test_a_job_that_fits_nowhere_is_left_out() -> None:
    assert found([Timed(0, 600, 1, 5), Timed(0, 600, 1, 1, memory_mb=9000)], grid(2)) == (0, 0)


def test_the_order_of_jobs_and_machines_does_not_matter() -> None:
    chance = Random(7)
    jobs = [
        Timed(chance.randint(0, DAY), chance.randint(1, 900), 1, chance.choice([1, 2, 4]), chance.choice([0, 3000])) for _ in range(200)
    ]
    machines = [replace(it, idle_w=40 + at) for at, it in enumerate(grid(6))]
    assert bound(jobs, machines, DAY, 30) == bound(jobs[::-1], machines[::-1], DAY, 30)


def test_too_few_machines_still_have_all_work_to_do() -> None:
    """Nine pieces that run together on two machines: no schedule does it, and what is told is the work, and one change of each."""
    assert found([Timed(HOUR, 600, 9, 4)], grid(2))[1] == 9 * 600 + 2 * 40
