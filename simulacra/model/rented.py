"""The slots of clouds as machines: asleep while they have no server, woken by creating one, put to sleep by destroying it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from simulacra.model.cloud import Cloud, slots_of, stem_of
from simulacra.model.grid import Grid
from simulacra.model.ledger import Ledger
from simulacra.model.machine import Machine, Rent, Sleep

GIVEN_BACK = Sleep("destroy")


def with_slots(grid: Grid, ledgers: Iterable[Ledger]) -> Grid:
    """The grid with its clouds' slots among its machines, and with what runs there and has no place in the definitions any more."""
    if not grid.clouds:
        return grid
    own = {machine.name for machine in grid.machines}
    slots = {machine.name: machine for cloud in grid.clouds for machine in _slots(cloud)}
    left = {machine.name: machine for machine in _retired(grid, ledgers) if machine.name not in slots and machine.name not in own}
    return replace(grid, machines=tuple(sorted((*grid.machines, *slots.values(), *left.values()), key=lambda it: it.name)))


def may_be_left(grid: Grid, name: str) -> bool:
    """Whether a server may be called so that runs at a cloud and has no place in the definitions any more: its ledger knows."""
    return any(name.startswith(stem_of(cloud.name, "")) for cloud in grid.clouds)


def own_machines(grid: Grid) -> tuple[Machine, ...]:
    """The machines that aren't rented."""
    return tuple(machine for machine in grid.machines if machine.rent is None)


def cloud_of(grid: Grid, machine: Machine) -> Cloud | None:
    """The cloud that the machine is rented from."""
    return next((cloud for cloud in grid.clouds if machine.rent is not None and cloud.name == machine.rent.cloud), None)


def rented_from(machines: Iterable[Machine], cloud: str) -> Sequence[Machine]:
    """The slots of a cloud, as they come."""
    return [machine for machine in machines if machine.rent is not None and machine.rent.cloud == cloud]


def _slots(cloud: Cloud) -> Iterator[Machine]:
    return (_machine(cloud, slot.name, Rent(cloud.name, slot.size)) for slot in slots_of(cloud))


def _retired(grid: Grid, ledgers: Iterable[Ledger]) -> Iterator[Machine]:
    """What is in a ledger whose cloud there is still, so that it can be asked to destroy it."""
    clouds = {cloud.name: cloud for cloud in grid.clouds}
    for ledger in ledgers:
        cloud = clouds.get(ledger.cloud)
        if cloud is not None:
            yield from (_machine(cloud, it.machine, Rent(cloud.name, it.size, retired=True)) for it in ledger.servers)


def _machine(cloud: Cloud, name: str, rent: Rent) -> Machine:
    return Machine(name, cloud.zone, cloud.tier, boot_time_s=cloud.boot_time_s, wake=rent, sleep=GIVEN_BACK, source=cloud.source)
