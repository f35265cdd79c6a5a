"""A trace and a grid brought together: every machine as it is when it is on, and the trace's jobs as Nomad gets them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from simulacra.model.cloud import Cloud, Offer, Offers, by_price
from simulacra.model.grid import Grid
from simulacra.model.ledger import Ledger
from simulacra.model.machine import Machine, WakeCommand
from simulacra.model.rented import cloud_of, with_slots
from simulacra.model.snapshot import Snapshot
from simulacra.plan.fleet import Fleet
from simulacra.plan.known import WATTS_UNKNOWN
from simulacra.plan.scene import look
from simulacra.simulate.machine import Rented, Simulated
from simulacra.simulate.trace import Trace
from simulacra.simulate.workload import Work, works_of
from simulacra.simulate.world import World

A_MONDAY_S = 1_767_571_200.0
"""2026-01-05T00:00:00Z: where a trace doesn't say when it begins."""
TIMEOUTS_S = (60.0, 120.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0)
"""The idle timeouts between which energy and waiting are shown to trade off."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``boot_failures`` is the share of boots that come to nothing, drawn with ``seed``. ``curve``: idle-timeout is also simulated with
    ``timeouts_s``.
    """

    seed: int = 1
    idle_timeout_s: float = 1800.0
    boot_failures: float = 0.0
    curve: bool = True
    timeouts_s: tuple[float, ...] = TIMEOUTS_S


@dataclass(frozen=True, slots=True)
class Stage:
    """``whole`` is the grid with its clouds' slots, in mode act. ``fleet`` has every machine's node as it is when it is on; of ``unknown``
    ones nothing says what they have, so that they aren't simulated. ``begins_s`` is the Unix time of the trace's first second.
    """

    trace: Trace
    grid: Grid
    whole: Grid
    fleet: Fleet
    works: tuple[Work, ...]
    begins_s: float
    unknown: tuple[str, ...] = ()


def stage_of(trace: Trace, grid: Grid) -> Stage:
    """The grid acts, whatever its mode; of clouds the sizes count whose memory, MHz and price the definitions tell."""
    begins_s = trace.begins_s or A_MONDAY_S
    grid = _acting(grid)
    whole = with_slots(grid, ())
    ledgers = tuple(Ledger(cloud.name, offers_of(cloud).here, begins_s) for cloud in grid.clouds)
    known = look(whole, Snapshot(begins_s, clouds=ledgers)).machines
    fleet = Fleet([it.expected for it in known.values() if it.expected is not None])
    unknown = tuple(sorted(it.name for it in known.values() if it.expected is None))
    return Stage(trace, grid, whole, fleet, works_of(trace, grid, fleet), begins_s, unknown)


def world_of(stage: Stage, settings: Settings) -> World:
    """All machines off, before the first job."""
    limits = {cloud.name: cloud.max for cloud in stage.grid.clouds}
    return World(stage.fleet, machines_of(stage), stage.works, Random(settings.seed), settings.boot_failures, limits)


def machines_of(stage: Stage) -> list[Simulated]:
    """In the fleet's order."""
    named = {machine.name: machine for machine in stage.whole.machines}
    return [_simulated(stage, at, named[name]) for at, name in enumerate(stage.fleet.names)]


def offers_of(cloud: Cloud) -> Offers:
    """The sizes of which the definitions tell memory, MHz and price."""
    offers = [
        Offer(it.name, it.memory_mb, it.disk_mb, cpu_mhz=it.cpu_mhz, price=Decimal(str(it.price)))
        for it in map(cloud.facts_of, cloud.sizes)
        if it.memory_mb is not None and it.cpu_mhz is not None and it.price is not None
    ]
    return Offers(by_price(offers), tuple(sorted(set(cloud.sizes) - {it.size for it in offers})))


def _acting(grid: Grid) -> Grid:
    return replace(grid, mode="act", services=(), peripherals=(), machines=tuple(map(_woken_alone, grid.machines)))


def _woken_alone(machine: Machine) -> Machine:
    """With a command of its own: that of several machines, as of one and its copies, would wake them all."""
    return replace(machine, wake=WakeCommand(("wake", machine.name))) if isinstance(machine.wake, WakeCommand) else machine


def _simulated(stage: Stage, at: int, machine: Machine) -> Simulated:
    cloud = cloud_of(stage.grid, machine)
    if machine.rent is not None and cloud is not None:
        price = next(it.price for it in offers_of(cloud).here if it.size == machine.rent.size) or Decimal(0)
        return Simulated(at, machine, 0.0, 0.0, 0.0, Rented(cloud.name, price, cloud.currency, cloud.billed_by_s))
    watts = machine.watts
    if watts is None:
        return Simulated(at, machine, WATTS_UNKNOWN, WATTS_UNKNOWN, 0.0)
    return Simulated(at, machine, watts.idle, watts.busy, watts.asleep)
