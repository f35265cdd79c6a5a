"""A trace on a grid under every policy, and what full knowledge would allow. Each policy is simulated by a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import active_children, get_context
from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, getsignal, pthread_sigmask, signal
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

import numpy as np

from simulacra.gateways.backoff import mean_backoff
from simulacra.model.grid import Grid
from simulacra.model.rented import own_machines
from simulacra.simulate.bound import Drawing, Timed, bound
from simulacra.simulate.machine import DOWN_S
from simulacra.simulate.outcome import Bound, Outcome, Simulation, Steps
from simulacra.simulate.scoring import POLICIES, scored
from simulacra.simulate.stage import Settings, Stage, machines_of, stage_of
from simulacra.simulate.trace import Trace

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import SynchronizedArray

__all__ = ["Settings", "simulate"]

FEW = 300
"""So few jobs aren't worth the start of other processes."""
POLLED_S = 0.2


@dataclass(frozen=True, slots=True)
class Task:
    """One policy to be simulated; None: the bound to be worked out."""

    policy: str | None
    settings: Settings


def simulate(trace: Trace, grid: Grid, settings: Settings, progress: Callable[[float], None] = lambda _: None) -> Simulation:
    """All policies, the bound, and with ``settings.curve`` idle-timeout's other timeouts. ``progress`` hears of the share that is done.

    Each policy is metered from the trace's first second to its last, or to the end of the last job where that is later.
    """
    stage = stage_of(trace, grid)
    timeouts = [it for it in settings.timeouts_s if it != settings.idle_timeout_s] if settings.curve else []
    tasks = [Task(policy, settings) for policy in POLICIES]
    tasks += [Task(None, settings), *(Task("idle-timeout", replace(settings, idle_timeout_s=it)) for it in timeouts)]
    results = _together(trace, grid, tasks, progress) if len(trace.jobs) > FEW else _one_by_one(stage, tasks, progress)
    progress(1.0)
    outcomes = {task: it for task, it in zip(tasks, results, strict=True) if isinstance(it, Outcome)}
    named = {task.policy: it for task, it in outcomes.items() if task.settings == settings}
    curve = {task.settings.idle_timeout_s: it for task, it in outcomes.items() if task.policy == "idle-timeout"} if settings.curve else {}
    return Simulation(
        trace.name,
        len(trace.jobs),
        trace.ends_s / 86400,
        len(own_machines(stage.whole)),
        tuple(named[policy] for policy in POLICIES),
        next(it for it in results if isinstance(it, Bound)),
        _demand(stage),
        tuple(sorted(curve.items())),
        settings.seed,
        tuple(_conditions(stage, settings)),
    )


def _one_by_one(stage: Stage, tasks: Sequence[Task], progress: Callable[[float], None]) -> list[Outcome | Bound]:
    results = []
    for at, task in enumerate(tasks):
        results.append(_done(stage, task, lambda share, at=at: progress((at + share) / len(tasks))))  # type: ignore[misc]
    return results


def _done(stage: Stage, task: Task, passed: Callable[[float], None]) -> Outcome | Bound:
    return bound_of(stage) if task.policy is None else scored(stage, task.policy, task.settings, mean_backoff, passed)


def bound_of(stage: Stage) -> Bound:
    """Of one's own machines, with nothing rented; where a job must run, and what waits for what, isn't looked at."""
    own = [it for it in machines_of(stage) if it.rented is None]
    fleet = stage.fleet
    drawings = [
        Drawing(
            it.name, float(fleet.cpu_mhz[it.at]), float(fleet.memory_mb[it.at]), it.idle_w, it.busy_w, it.asleep_w,
            it.machine.boot_time_s, DOWN_S, it.can_sleep,
        )
        for it in own
    ]  # fmt: skip
    jobs = [
        Timed(it.submit_s, it.run_s, it.pieces, float(it.shape.cpu_mhz), float(it.shape.memory_mb)) for it in stage.works if not it.never
    ]
    return bound(jobs, drawings, stage.trace.ends_s, max((it.machine.boot_time_s for it in own), default=0.0))


def _demand(stage: Stage) -> Steps:
    """In machines' worth: what the jobs took of a machine of the grid's average size."""
    works = [it for it in stage.works if not it.never]
    if not works:
        return ()
    share = np.array([it.pieces * it.shape.cpu_mhz for it in works]) / float(stage.fleet.cpu_mhz.mean())
    times = np.array([it.submit_s for it in works] + [it.submit_s + it.run_s for it in works])
    changes = np.concatenate((share, -share))
    order = np.argsort(times, kind="stable")
    level = np.cumsum(changes[order])
    last = np.append(np.diff(times[order]) > 0, True)
    return tuple((float(at), float(max(0.0, value))) for at, value in zip(times[order][last], level[last], strict=True))


def _conditions(stage: Stage, settings: Settings) -> Sequence[tuple[str, str]]:
    power = stage.grid.power
    found = [
        ("grid", stage.grid.name),
        ("looks every", f"{power.evaluate_every_s:g} s"),
        ("simulacra's cooldowns", f"sleep_after {power.sleep_after_s:g} s, minimum_uptime {power.minimum_uptime_s:g} s"),
        ("idle timeout", f"{settings.idle_timeout_s:g} s"),
        ("boots that fail", f"{settings.boot_failures:.1%}"),
        ("seed", str(settings.seed)),
    ]
    if stage.unknown:
        found.append(("not simulated, nothing says what they have", ", ".join(stage.unknown)))
    return found


# in processes of their own

_stage: Stage
_shares: SynchronizedArray[float]


def _prepare(trace: Trace, grid: Grid, shares: SynchronizedArray[float]) -> None:
    global _stage, _shares
    _stage, _shares = stage_of(trace, grid), shares


def _task(at: int, task: Task) -> Outcome | Bound:
    def passed(share: float) -> None:
        _shares[at] = share

    done = _done(_stage, task, passed)
    _shares[at] = 1.0
    return done


def _together(trace: Trace, grid: Grid, tasks: Sequence[Task], progress: Callable[[float], None]) -> list[Outcome | Bound]:
    context = get_context("spawn")
    shares: SynchronizedArray[float] = context.Array("d", len(tasks))
    workers = min(len(tasks), os.cpu_count() or 1)
    before = set(active_children())
    with ProcessPoolExecutor(workers, context, _prepare, (trace, grid, shares)) as pool:
        try:
            with _interrupts_later():  # whose processes are started now: Ctrl-C is for this one, which ends them
                futures: list[Future[Outcome | Bound]] = [pool.submit(_task, at, task) for at, task in enumerate(tasks)]
            while wait(futures, POLLED_S).not_done:
                progress(sum(shares[:]) / len(tasks))
                if failed := next((it for it in futures if it.done() and it.exception() is not None), None):
                    failed.result()
            return [future.result() for future in futures]
        except BaseException:
            for process in set(active_children()) - before:  # nobody wants what they are at
                process.terminate()
            raise


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C is held back until the end; processes that are started meanwhile never see one. A mask alone leaves it to other threads."""
    held: list[int] = []
    handler = getsignal(SIGINT)
    ours = current_thread() is main_thread() and callable(handler)
    if ours:
        signal(SIGINT, lambda number, _: held.append(number))
    mask = pthread_sigmask(SIG_BLOCK, {SIGINT})
    try:
        yield
    finally:
        pthread_sigmask(SIG_SETMASK, mask)
        if ours:
            signal(SIGINT, handler)
    if held:
        raise KeyboardInterrupt
