"""Which machines are on, for a few different ones: the cheapest course of sets of machines that can carry what must run.

Two such courses are bounds. In the one, sets carry what surely runs. In the other, a machine is called up at a second if it is on at some
time in the longest wait after it: then, for as long as a job runs from its submission on, machines that can carry it are up, whenever it
really begins. Being up lasts longer than being on, by the longest wait each time, and costs so much less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulacra.simulate.bounding.sizes import Measure
from simulacra.simulate.bounding.steps import Surely
from simulacra.simulate.bounding.values import NEAR, Flags, Jobs, Numbers, Prices

MOST_MACHINES = 9
MOST_STEPS = 30_000
"""So many steps of time times machines are looked at: more would take longer than the bound gains."""
MOST_LOADS = 32
"""So many sizes of jobs are told apart: others count as the next smaller."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Jobs, and the machines (a flag for each) that are all that can carry them. ``ways`` measure those machines, in their order."""

    jobs: Jobs
    members: Flags
    ways: tuple[Measure, ...]
    sure: Surely


@dataclass(frozen=True, slots=True)
class Switching:
    """Per machine: what a second on costs, and each change. ``wake`` may be below 0, with ``halt`` it is not."""

    hold: Numbers
    wake: Numbers
    halt: Numbers
    begin: Numbers


@dataclass(frozen=True, slots=True)
class Course:
    """In the steps of time between ``times`` (s) it holds which sets are enough: ``enough[step, set]``."""

    times: Numbers
    enough: Flags


def cheapest_sets(classes: tuple[Carried, ...], costs: Prices, horizon_s: float) -> float:
    """The greater of both bounds; 0 where there are too many machines, or jobs, to look at all their sets."""
    count = len(costs.hold)
    if not 0 < count <= MOST_MACHINES or not classes:
        return 0.0
    sets = (np.arange(2**count)[:, None] >> np.arange(count)[None, :]) & 1 == 1
    on = Switching(costs.hold, costs.change * costs.boot_s, costs.change * costs.down_s, np.zeros(count))
    shortest = min(float(it.jobs.run.min(initial=np.inf)) for it in classes)
    up = _up(costs, classes[0].jobs.wait_s, shortest)
    return max(
        _least(_course(classes, costs, sets, _times(classes, horizon_s, begins=False), alone=False), sets, on),
        _least(_course(classes, costs, sets, _times(classes, horizon_s, begins=True), alone=True), sets, up),
    )


def _up(costs: Prices, wait_s: float, shortest_s: float) -> Switching:
    """A machine that boots and shuts down in less than the wait may be up throughout while it goes off between: it pays no changes, and
    per second what it costs if each time it is on for the shortest job.
    """
    change = costs.boot_s + costs.down_s
    slow = change >= wait_s
    lasting = np.where(slow, 1.0, (change + shortest_s) / (wait_s + shortest_s) if wait_s + shortest_s > 0 else 1.0)
    early = np.where(slow, -np.maximum(wait_s - costs.boot_s, 0.0), 0.0)
    hold = costs.hold * lasting
    wake = np.where(slow, costs.change * costs.boot_s - hold * wait_s, 0.0)
    return Switching(hold, wake, np.where(slow, costs.change * costs.down_s, 0.0), hold * early)


def _times(classes: tuple[Carried, ...], horizon_s: float, begins: bool) -> Numbers:
    seconds = [np.array([0.0, horizon_s]), *(it.sure.times[1:] for it in classes)]
    if begins:
        seconds += [side for it in classes for side in (it.jobs.submit, it.jobs.submit + it.jobs.run)]
    return np.unique(np.concatenate(seconds))


def _course(classes: tuple[Carried, ...], costs: Prices, sets: Flags, times: Numbers, alone: bool) -> Course:
    """``alone``: each job for itself must be carried too, from when it was submitted on."""
    enough = np.ones((len(times) - 1, len(sets)), dtype=np.bool_)
    paying = np.flatnonzero(~costs.free)
    for it in classes:
        at = np.searchsorted(it.sure.times, times[:-1], side="right") - 1
        place = np.cumsum(it.members) - 1
        for way, measure in enumerate(it.ways):
            caps = np.where(it.members[paying], measure.caps[place[paying]], 0.0)
            loads = it.sure.loads[way, at]
            if alone:
                loads = np.maximum(loads, _largest(it.jobs, measure.loads, times))
            enough &= loads[:, None] <= (measure.free + sets @ caps)[None, :] + NEAR
    enough[~enough.any(axis=1), -1] = True  # too few machines: all of them
    return _merged(Course(times, enough))


def _largest(jobs: Jobs, loads: Numbers, times: Numbers) -> Numbers:
    """The largest load of the jobs that would run in each step if none waited."""
    sizes = np.unique(loads)
    if len(sizes) > MOST_LOADS:
        sizes = np.unique(np.quantile(sizes, np.linspace(0, 1, MOST_LOADS), method="lower"))
    begins, ends = np.searchsorted(times, jobs.submit), np.searchsorted(times, jobs.submit + jobs.run)
    found = np.zeros(len(times) - 1)
    for size in sizes:
        here = loads >= size
        running = np.bincount(begins[here], minlength=len(times)) - np.bincount(ends[here], minlength=len(times))
        found[running.cumsum()[:-1] > 0] = size
    return found


def _merged(course: Course) -> Course:
    """Steps in a row in which the same sets are enough are one."""
    differs = np.append(True, (course.enough[1:] != course.enough[:-1]).any(axis=1))
    return Course(np.append(course.times[:-1][differs], course.times[-1]), course.enough[differs])


def _least(course: Course, sets: Flags, costs: Switching) -> float:
    if len(course.enough) * sets.shape[1] > MOST_STEPS:
        return 0.0
    hold = sets @ costs.hold
    values = np.where(course.enough[0], sets @ costs.begin, np.inf) + hold * (course.times[1] - course.times[0])
    wake, halt = costs.wake.tolist(), costs.halt.tolist()
    for step, lasting in enumerate(np.diff(course.times)[1:].tolist(), start=1):
        for machine, (woken, halted) in enumerate(zip(wake, halt, strict=True)):
            pairs = values.reshape(-1, 2, 2**machine)
            off, on = pairs[:, 0], pairs[:, 1]
            values = np.stack([np.minimum(off, on + halted), np.minimum(on, off + woken)], axis=1)
        values = np.where(course.enough[step], values.ravel() + hold * lasting, np.inf)
    return float(values.min())
