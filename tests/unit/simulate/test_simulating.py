"""A whole simulation: every policy, the bound, the demand, what could not run; the same in processes of their own as in one."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from simulacra.gateways.backoff import mean_backoff
from simulacra.model.cloud import Cloud, SizeFacts
from simulacra.model.grid import Grid
from simulacra.model.machine import Machine, Tier
from simulacra.model.settings import Electricity, Power
from simulacra.simulate.equal import ZONE, EqualMachines, equal_grid
from simulacra.simulate.outcome import Outcome, Simulation
from simulacra.simulate.scoring import POLICIES, scored
from simulacra.simulate.simulating import FEW, simulate
from simulacra.simulate.stage import Settings, stage_of
from simulacra.simulate.trace import Trace, TraceJob

GRID = equal_grid(EqualMachines(3, 4, 8192), electricity=Electricity(0.30, "CHF"))
TWO = (TraceJob(1, 100, 300, 4), TraceJob(2, 3000, 100, 4))
BARE = Settings(curve=False)


def simulated(*jobs: TraceJob, grid: Grid = GRID, settings: Settings = BARE) -> Simulation:
    return simulate(Trace("by hand", jobs), grid, settings)


def test_all_policies_on_one_trace() -> None:
    found = simulated(*TWO)
    assert tuple(it.policy for it in found.outcomes) == POLICIES
    assert (found.trace, found.jobs, found.machines) == ("by hand", 2, 3)
    assert found.days == pytest.approx(3100 / 86400)
    always = found.outcome("always-on")
    assert always.kwh == pytest.approx((3 * 60 * 3100 + 120 * 400) / 3.6e6)
    assert always.cost == (("CHF", pytest.approx(always.kwh * 0.30)),)
    assert always.machine_hours == pytest.approx(3 * 3100 / 3600)
    assert always.idle_kwh == pytest.approx(60 * (3 * 3100 - 400) / 3.6e6)
    assert all(it.finished == 2 and it.refused == () for it in found.outcomes)
    assert found.bound.kwh < min(it.kwh for it in found.outcomes)


def test_waiting_is_told_by_its_mean_and_its_worst_ones() -> None:
    """Of four that come at once one waits for a machine: 300 s."""
    wait = simulated(*(TraceJob(number, 100, 300, 4) for number in range(1, 5))).outcome("always-on").wait
    assert (wait.mean, wait.p50) == (75, 0)
    assert wait.p95 == pytest.approx(255)
    assert wait.p99 == pytest.approx(291)


def test_demand_is_in_machines_worth() -> None:
    jobs = (TraceJob(1, 100, 300, 4), TraceJob(2, 200, 200, 2), TraceJob(3, 200, 800, 6))
    assert simulated(*jobs).demand == ((100, 1), (200, 3), (400, 1.5), (1000, 0))


def test_jobs_that_can_never_run_are_told_and_not_waited_for() -> None:
    found = simulated(*TWO, TraceJob(3, 100, 60, 1, 9000), TraceJob(4, 100, 60, 1, 9000), TraceJob(5, 100, 60, 1, zone="moon"))
    for it in found.outcomes:
        assert it.finished == 2
        assert it.refused == (("no machine has 9000 MiB of memory", 2), ("there is no machine in zone moon", 1))
    assert found.jobs == 5


def test_what_waits_for_ever_ends_the_simulation() -> None:
    """target-value's figures don't tell it that what waits needs another machine."""
    found = simulated(TraceJob(1, 100, 60, 1), TraceJob(2, 200, 10, 4, zone=ZONE), grid=_small_first())
    it = found.outcome("target-value")
    assert (it.finished, it.refused) == (1, (("it waited for room that never came", 1),))
    assert it.machine_hours == pytest.approx(210 / 3600)


def _small_first() -> Grid:
    """The machine that target-value keeps on has two cores."""
    first, *others = GRID.machines
    has = replace(first.has, cpu_mhz=2000, cores=2) if first.has is not None else None
    return replace(GRID, machines=(replace(first, has=has), *others))


@pytest.mark.parametrize("jobs", [(), (TraceJob(1, 0, 10, 1, 9000),)], ids=["an empty trace", "only what can't run"])
def test_nothing_to_do(jobs: tuple[TraceJob, ...]) -> None:
    found = simulated(*jobs)
    assert [it.finished for it in found.outcomes] == [0] * 4
    assert found.outcome("simulacra").kwh == found.outcome("idle-timeout").kwh == 0
    assert found.outcome("always-on").kwh > 0


def test_what_waits_for_ever_is_metered_no_longer_than_there_is_work() -> None:
    """That no room will come is seen three days later, which isn't the trace's time: one machine stays on, and it has at most one."""
    grid = replace(GRID, power=Power(machines_min=1, machines_max=1))
    ours = simulated(TraceJob(1, 0, 600, 2), TraceJob(2, 0, 600, 12), grid=grid).outcome("simulacra")
    assert (ours.finished, ours.machine_hours) == (1, pytest.approx(630 / 3600))
    assert ours.kwh == pytest.approx((60 * 630 + 60 * 600) / 3.6e6)


def test_a_grid_that_can_run_nothing() -> None:
    found = simulated(*TWO, grid=replace(GRID, machines=()))
    assert [it.finished for it in found.outcomes] == [0] * 4
    assert found.outcome("simulacra").refused == (("there is no machine", 2),)


def test_machines_of_which_nothing_is_known_are_named() -> None:
    found = simulated(*TWO, grid=replace(GRID, machines=(*GRID.machines, Machine("visitor", ZONE))))
    assert ("not simulated, nothing says what they have", "visitor") in found.conditions


def test_other_idle_timeouts_are_simulated_where_they_are_asked_for() -> None:
    found = simulated(*TWO, settings=Settings(idle_timeout_s=100))
    assert [timeout_s for timeout_s, _ in found.idle_timeouts] == sorted((*Settings().timeouts_s, 100.0))
    assert dict(found.idle_timeouts)[100.0] == found.outcome("idle-timeout")
    energy = [it.kwh for _, it in found.idle_timeouts]
    assert energy == sorted(energy)
    assert simulated(*TWO).idle_timeouts == ()


def test_rent_is_part_of_the_cost() -> None:
    facts = (SizeFacts("s", 0.02, 8000, 4096),)
    cloud = Cloud("burst", "EC2", ZONE, "small", ("s",), "image", facts=facts, boot_time_s=60)
    found = simulated(*TWO, TraceJob(3, 100, 300, 4), grid=replace(GRID, machines=(), clouds=(cloud,), tiers=(Tier("small", 10),)))
    for it in found.outcomes:
        assert (it.kwh, it.finished) == (0, 3), it.policy
        ((currency, rent),) = it.rent
        assert (currency, it.cost) == ("USD", (("CHF", 0.0), ("USD", rent))), it.policy
        assert rent > 0
    assert found.machines == 0


def many() -> Trace:
    chance, at_s, jobs = Random(1), 0.0, []
    for number in range(1, FEW + 10):
        at_s += chance.choice([1, 60, 400])
        jobs.append(TraceJob(number, at_s, chance.choice([10, 100, 900]), chance.choice([1, 2, 4, 8])))
    return Trace("many", tuple(jobs))


def test_processes_of_their_own_find_the_same_and_say_how_far_they_are() -> None:
    trace, settings, heard = many(), Settings(7, boot_failures=0.1, curve=False), list[float]()
    found = simulate(trace, GRID, settings, heard.append)
    stage = stage_of(trace, GRID)
    expected: dict[str, Outcome] = {it: scored(stage, it, settings, mean_backoff) for it in POLICIES}
    assert {it.policy: it for it in found.outcomes} == expected
    assert heard == sorted(heard)
    assert (min(heard) >= 0, heard[-1]) == (True, 1)


def test_progress_goes_from_nothing_to_all() -> None:
    heard: list[float] = []
    simulate(Trace("by hand", TWO), GRID, Settings(), heard.append)
    assert heard == sorted(heard)
    assert (heard[0] < 0.1, heard[-1]) == (True, 1)


@pytest.mark.parametrize("every_s", [1.0, 10.0])
def test_the_same_seed_gives_the_same_outcomes(every_s: float) -> None:
    failing, grid = Settings(3, boot_failures=0.5, curve=False), replace(GRID, power=Power(evaluate_every_s=every_s))
    jobs = [TraceJob(number, number * 2000, 300, 4) for number in range(1, 12)]
    found = simulated(*jobs, grid=grid, settings=failing)
    assert found == simulated(*jobs, grid=grid, settings=failing)
    assert found.outcomes != simulated(*jobs, grid=grid, settings=replace(failing, seed=4)).outcomes
