"""Generated workloads: the same for the same seed, and of the kind that their pages promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random

import pytest

from simulacra.faults import Usage
from simulacra.simulate.csv_trace import as_csv, from_csv
from simulacra.simulate.generating import GENERATORS, generate
from simulacra.simulate.generating.draws import DAY_S, HOUR_S, Activity, Lognormal, Shape, Tail, Window, generated
from simulacra.simulate.trace import TraceJob

KINDS = sorted(GENERATORS)


def kinds_of(jobs: Iterable[TraceJob]) -> Counter[str]:
    return Counter(job.name.partition("-")[0] for job in jobs)


def hours_of(jobs: Iterable[TraceJob]) -> set[int]:
    return {int(job.submit_s % DAY_S // HOUR_S) for job in jobs}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_trace_and_another_one_another(kind: str) -> None:
    assert generate(kind, 7, 1) == generate(kind, 7, 1)
    assert generate(kind, 7, 1).jobs != generate(kind, 7, 2).jobs


@pytest.mark.parametrize("kind", KINDS)
def test_more_days_begin_with_the_same_days(kind: str) -> None:
    week, fortnight = ({(job.submit_s, job.name) for job in generate(kind, days, 5).jobs} for days in (7, 14))
    assert week < fortnight


@pytest.mark.parametrize("kind", KINDS)
def test_jobs_are_in_order_and_fit_on_a_machine_of_four_cores_and_16_gib(kind: str) -> None:
    trace = generate(kind, 30, 3)
    assert [job.number for job in trace.jobs] == list(range(1, len(trace.jobs) + 1))
    assert [job.submit_s for job in trace.jobs] == sorted(job.submit_s for job in trace.jobs)
    assert len({job.name for job in trace.jobs}) == len(trace.jobs)
    for job in trace.jobs:
        assert (0 < job.cpu_cores <= 4, 0 < job.memory_mb < 16384, 1 <= job.run_s <= 6 * HOUR_S) == (True, True, True)
    assert datetime.fromtimestamp(trace.begins_s, UTC).isoformat() == "2026-11-02T00:00:00+00:00"


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_trace_can_be_kept_as_a_file(kind: str) -> None:
    trace = generate(kind, 7, 1)
    assert from_csv(as_csv(trace), trace.name, "x.csv") == trace


def test_a_home_is_busy_in_the_evening_and_at_weekends_and_quiet_at_night() -> None:
    jobs = generate("home", 70, 1).jobs
    assert hours_of(jobs).isdisjoint(range(4, 7))
    assert hours_of(job for job in jobs if job.name.startswith("backup")) <= {1, 2}
    assert min(kinds_of(jobs).values()) > 0
    started = [job for job in jobs if job.name.startswith(("transcode", "build"))]
    weekend = sum(job.submit_s // DAY_S % 7 >= 5 for job in started) / 20
    assert weekend > 1.2 * sum(job.submit_s // DAY_S % 7 < 5 for job in started) / 50
    evening = sum(job.run_s * job.cpu_cores for job in jobs if job.submit_s % DAY_S >= 17 * HOUR_S)
    assert evening > 0.5 * sum(job.run_s * job.cpu_cores for job in jobs)


def test_a_push_brings_a_burst_in_office_hours_mostly() -> None:
    jobs = [job for job in generate("ci", 70, 1).jobs if job.name.startswith("push")]
    bursts = Counter(job.name.rpartition("-")[0] for job in jobs)
    assert (min(bursts.values()), max(bursts.values()) <= 40, max(bursts.values()) > 20) == (3, True, True)
    assert sum(8 * HOUR_S <= job.submit_s % DAY_S < 17 * HOUR_S for job in jobs) > 0.8 * len(jobs)
    assert sum(job.submit_s // DAY_S % 7 >= 5 for job in jobs) / 20 < 0.15 * len(jobs) / 50


def test_few_long_jobs_are_much_of_the_work() -> None:
    longest = sorted((job.run_s for job in generate("ci", 70, 1).jobs if job.name.startswith("push")), reverse=True)
    assert sum(longest[: len(longest) // 10]) > 0.35 * sum(longest)


@pytest.mark.parametrize("seed", range(3))
def test_twice_the_load_is_a_month_of_20000_jobs(seed: int) -> None:
    assert 18_000 < len(generate("ci", 30, seed, scale=2.0).jobs) < 22_000


def test_scale_counts_for_timers_too() -> None:
    once, thrice = (kinds_of(generate("home", 7, 1, scale).jobs) for scale in (1.0, 3.0))
    assert (thrice["backup"], thrice["chore"]) == (3 * once["backup"], 3 * once["chore"])
    assert thrice["build"] > 2 * once["build"]


@pytest.mark.parametrize(
    ("kind", "days", "scale", "said"),
    [
        ("office", 7, 1.0, "there is no workload 'office' to be generated: there are ci, home"),
        ("ci", 0, 1.0, "0 days can't be generated: give 1 to 3660"),
        ("ci", 1, 0.0, "a workload can't be 0 times as large"),
        ("ci", 1, float("nan"), "a workload can't be nan times as large"),
    ],
)
def test_what_cannot_be_generated_is_refused(kind: str, days: int, scale: float, said: str) -> None:
    with pytest.raises(Usage) as refused:
        generate(kind, days, 1, scale)
    assert str(refused.value).startswith(said)


def test_draws_have_the_mean_and_the_median_that_they_say() -> None:
    many = Activity(
        name="many",
        weekday=(Window(9.0, 11.0, mean=50.0),),
        weekend=(),
        jobs=Lognormal(1.0, 0.0, least=1, most=1),
        gap_s=1.0,
        run_s=Lognormal(300.0, 1.0, least=1.0, most=1e6),
        shapes=(Shape(1, 1.0, 1.0), Shape(3, 2.0, 1.0)),
    )
    jobs = generated("made", [many], 140, Random(1), 1.0).jobs
    assert len(jobs) == pytest.approx(100 * 50, rel=0.05)
    assert hours_of(jobs) == {9, 10}
    assert sorted(job.run_s for job in jobs)[len(jobs) // 2] == pytest.approx(300, rel=0.05)
    assert sum(job.cpu_cores == 2.0 for job in jobs) / len(jobs) == pytest.approx(0.75, abs=0.03)


def test_the_tail_is_one_of_pareto() -> None:
    tail, random = Tail(1.0, from_s=100.0, alpha=1.5, most_s=1e9), Random(1)
    drawn = [tail.draw(random) for _ in range(10_000)]
    assert min(drawn) >= 100.0
    assert sum(it > 400 for it in drawn) / len(drawn) == pytest.approx(4**-1.5, rel=0.1)
