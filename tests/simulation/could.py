"""What work that waits could run on: a machine that is asleep and may be woken, a server that may be rented."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from simulacra.model.cloud import Cloud
from simulacra.model.cluster import Node
from simulacra.model.machine import Machine, WakeLan
from simulacra.model.months import month_began_s
from simulacra.plan.budget import DESTROYED_WITHIN_S
from tests.simulation.model_machine import ModelMachine
from tests.simulation.model_records import Key, fits

if TYPE_CHECKING:
    from tests.simulation.model_cloud import ModelCloud
    from tests.simulation.model_world import World

NODE_PROGRAM_TAKES = 20, 32
"""MHz and MiB, of the system job."""


def waiting_in_vain(world: World) -> Iterator[str]:
    """What waits though something would do for it."""
    if world.grid.mode != "act":
        return
    for key, job in sorted(world.nomad.jobs_.items()):
        if not job.queued:
            continue
        since = f"{key[1]} waits since {job.waits_since_s - world.schedule.starts_s:.0f} s"
        machine = next((it for it in world.machines.values() if may_wake(world, it) and _takes(world, key, it.machine, it.node)), None)
        if machine is not None:
            yield f"{since}, and {machine.name} would do"
        if world.cloud is not None:
            slot = next(
                (it for it in world.cloud.slots.values() if may_rent(world, it) and _takes(world, key, it, world.cloud.node(it))), None
            )
            if slot is not None:
                yield f"{since}, and a server for {slot.name} could be rented"


def may_wake(world: World, machine: ModelMachine) -> bool:
    """Whether it is asleep, and may be woken now."""
    record, power = world.watch.powers.get(machine.name), world.grid.power
    if machine.on or machine.machine.wake is None or record is None or record.power != "asleep":
        return False
    if len([at for at in record.moved_s if world.now_s - at < 86400.0]) > power.moves_per_day or machine.machine.quiet_hours:
        return False
    if not _may_be_on(world):
        return False
    if any(not world.machines[name].on for name in machine.machine.after):
        return False
    others = [it for it in world.machines.values() if it.machine.zone == machine.machine.zone and it.on and it.obeying]
    return bool(others) or not isinstance(machine.machine.wake, WakeLan)


def may_rent(world: World, slot: Machine) -> bool:
    """Whether the slot has no server, and may have one: the cloud's bounds are kept with room to spare, and none of its size has failed."""
    if world.cloud is None or slot.rent is None or slot.rent.retired or not _may_be_on(world):
        return False
    cloud, there = world.cloud.cloud, world.cloud.provider.there()
    records = [record for name, it in world.cloud.slots.items() if it.rent == slot.rent and (record := world.watch.powers.get(name))]
    record = world.watch.powers.get(slot.name)
    if any(it.failures and it.out_until_s > world.now_s for it in records) or slot.rent.size not in cloud.sizes:
        return False
    if record is not None and (record.power != "asleep" or record.held_until_s > world.now_s):
        return False
    if any(it.server.machine == slot.name for it in there) or int(slot.name.rpartition("-")[2]) > cloud.max or len(there) >= cloud.max:
        return False
    return _is_affordable(world, world.cloud, cloud, slot.rent.size)


def _is_affordable(world: World, rented: ModelCloud, cloud: Cloud, size: str) -> bool:
    """With each server paid for as long as it takes to give it back, and two units to spare for each that there ever was."""
    if cloud.monthly_budget is None:
        return True
    prices = {it.size: it.price or Decimal(0) for it in rented.provider.sells}
    leaves_s = world.grid.power.drain_within_s + DESTROYED_WITHIN_S
    left = Decimal(str(cloud.monthly_budget)) - world.watch.clouds.spent(month_began_s(world.grid.timezone, world.now_s))
    sizes = [size, *(it.server.size for it in rented.provider.there())]
    for name in sizes:
        units = (leaves_s + cloud.boot_time_s) // cloud.billed_by_s + 3
        left -= prices[name] * Decimal(str(units * cloud.billed_by_s)) / 3600
    for tenant in rented.provider.books.values():
        left -= prices[tenant.server.size] * Decimal(str(2 * cloud.billed_by_s)) / 3600
    return left >= 0


def _may_be_on(world: World) -> bool:
    """Whether one more machine may be on."""
    most = world.grid.power.machines_max
    return most is None or sum(it.on for it in world.everybody) < most


def _takes(world: World, key: Key, machine: Machine, node: Node) -> bool:
    taken = {world.nomad._zone(it.node) for it in world.nomad.instances.values() if it.key == key}
    return (not world.nomad.jobs_[key].apart or machine.zone not in taken) and world.nomad.has_room(key, node)


def all_fit(world: World, on: Collection[Node], instead_of: Node) -> bool:
    """Whether all that waits, and could run on that node, fits on the others together, beside what else waits for these. False where it
    can't be told simply.
    """
    room = {node.name: (node.cpu_mhz - NODE_PROGRAM_TAKES[0], node.memory_mb - NODE_PROGRAM_TAKES[1]) for node in on}
    nodes = {node.name: node for node in on}
    jobs = sorted(world.nomad.jobs_.items(), key=lambda it: (-int(str(it[1].job.get("Priority") or 50)), -it[1].asks[1], it[0]))
    waits = [(key, job, *job.asks) for key, job in jobs for _ in range(job.queued)]
    movable = False
    for key, job, cpu, memory in waits:
        either_way = world.nomad.has_room(key, instead_of)
        movable = movable or either_way
        free = [name for name, (mhz, mb) in room.items() if fits(job, nodes[name]) and mhz >= cpu and mb >= memory]
        if either_way and (job.apart or not free):
            return False
        if not free and any(world.nomad.has_room(key, node) for node in on):
            return False  # it would have had a place but for the others
        if not free:
            continue
        best = min(free, key=lambda name: (room[name][1], name))
        room[best] = room[best][0] - cpu, room[best][1] - memory
    return movable
