"""What generated workloads are drawn from: when work comes, how much at a time, how long it runs, what it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from simulacra.simulate.entries import trace_of
from simulacra.simulate.trace import Trace, TraceJob

DAY_S, HOUR_S = 86400.0, 3600.0
BEGINS_S = 1793577600.0
"""2026-11-02T00:00:00Z, a Monday: a generated trace's weeks begin as weeks do."""
_WORKING_DAYS, _WEEK_DAYS = 5, 7


@dataclass(frozen=True, slots=True)
class Window:
    """People start work between two hours of the day: a Poisson process, with ``mean`` starts in the window."""

    from_h: float
    to_h: float
    mean: float


@dataclass(frozen=True, slots=True)
class Timer:
    """A program starts work, at this hour of each day."""

    at_h: float


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A number whose logarithm is normal, with deviation ``sigma``; what is below ``least`` or above ``most`` is drawn again."""

    median: float
    sigma: float
    least: float
    most: float

    def draw(self, random: Random) -> float:
        while True:
            value = self.median * random.lognormvariate(0.0, self.sigma)
            if self.least <= value <= self.most:
                return value


@dataclass(frozen=True, slots=True)
class Tail:
    """A ``share`` of the jobs runs for longer than ``from_s``: seconds by a Pareto law of exponent ``alpha``, none above ``most_s``."""

    share: float
    from_s: float
    alpha: float
    most_s: float

    def draw(self, random: Random) -> float:
        while True:
            value = self.from_s * random.paretovariate(self.alpha)
            if value <= self.most_s:
                return value


@dataclass(frozen=True, slots=True)
class Shape:
    """What a job takes; ``weight`` is how often one is so, against the other shapes."""

    weight: float
    cpu_cores: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Activity:
    """One kind of work. Each start brings ``jobs`` of them, ``gap_s`` after each other (exponential, that is its mean), of ``run_s`` each.

    Hours are of the day, and the trace's day begins at its second 0; times are seconds, memory is MiB.
    """

    name: str
    weekday: tuple[Window | Timer, ...]
    weekend: tuple[Window | Timer, ...]
    jobs: Lognormal
    gap_s: float
    run_s: Lognormal
    shapes: tuple[Shape, ...]
    tail: Tail | None = None


def generated(name: str, activities: Sequence[Activity], days: int, random: Random, scale: float) -> Trace:
    """Whole days of these activities. ``scale`` is how often people start something, and how many jobs a timer does, against what is said.

    The work of a day is drawn before that of the next: more days of the same seed begin with the same days.
    """
    jobs = [job for day in range(days) for activity in activities for job in _day(activity, day, random, scale)]
    jobs.sort(key=lambda job: (job.submit_s, job.name))
    return trace_of(name, (replace(job, number=number) for number, job in enumerate(jobs, 1)), BEGINS_S)


def _day(activity: Activity, day: int, random: Random, scale: float) -> Iterator[TraceJob]:
    workday = day % _WEEK_DAYS < _WORKING_DAYS
    starts = [
        (at_s, scale if isinstance(when, Timer) else 1.0)
        for when in (activity.weekday if workday else activity.weekend)
        for at_s in _starts(when, random, scale)
    ]
    for number, (at_s, share) in enumerate(starts, 1):
        for place, job in enumerate(_batch(activity, at_s, share, random), 1):
            name = f"{activity.name}-{day + 1}-{number}-{place}"
            yield replace(job, submit_s=day * DAY_S + job.submit_s, name=name)


def _starts(when: Window | Timer, random: Random, scale: float) -> Iterator[float]:
    """The seconds of the day at which work comes."""
    if isinstance(when, Timer):
        yield when.at_h * HOUR_S
        return
    per_s = when.mean * scale / ((when.to_h - when.from_h) * HOUR_S)
    at_s = when.from_h * HOUR_S + random.expovariate(per_s)
    while at_s < when.to_h * HOUR_S:
        yield at_s
        at_s += random.expovariate(per_s)


def _batch(activity: Activity, at_s: float, share: float, random: Random) -> Iterator[TraceJob]:
    weights = [shape.weight for shape in activity.shapes]
    for _ in range(max(1, round(activity.jobs.draw(random) * share))):
        shape = random.choices(activity.shapes, weights)[0]
        tail = activity.tail
        length = tail if tail is not None and random.random() < tail.share else activity.run_s
        run_s = float(max(1, round(length.draw(random))))
        yield TraceJob(0, float(round(at_s)), run_s, shape.cpu_cores, shape.memory_mb)
        at_s += random.expovariate(1.0 / activity.gap_s)
