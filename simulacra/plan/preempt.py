"""Who would be pushed out for an instance of higher priority.

As nomad's ``scheduler/feasible/preemption.go``: only allocations of other jobs whose priority is lower by 10 or more, the lowest first,
and of those the ones that come closest to what is missing; then whoever needn't go stays. Reserved cores and dynamic ports push nobody out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, sqrt
from typing import TypeAlias

import numpy as np

from simulacra.model.workload import Allocation, Group, PortAsk
from simulacra.plan.room import Room

LEAST_DIFFERENCE = 10
_RATE, _ORIGIN = 0.0048, 2048.0
_Sizes: TypeAlias = tuple[int, int, int]
"""MHz, MiB of memory, MiB of disk."""


@dataclass(frozen=True, slots=True)
class Resident:
    """An allocation that may be pushed out; ``priority`` is its job's."""

    allocation: Allocation
    priority: int


def victims(room: Room, group: Group, node: int, residents: Sequence[Resident]) -> tuple[Resident, ...] | None:
    """Whom of a node's residents to push out so that an instance fits; None where that doesn't help. ``room`` isn't changed."""
    place = np.array([node], dtype=np.intp)
    dynamic = tuple(ask for ask in group.ports if ask.number is None)
    if room.jams[node] > 0 or (group.cores and room.cores[node] < group.cores) or not room.ports.fit(dynamic, place)[0]:
        return None
    for_ports, for_devices = _for_ports(room, group, node, residents), _for_devices(room, group, node, residents)
    if for_ports is None or for_devices is None:
        return None
    out = [*for_ports, *(it for it in for_devices if it not in for_ports)]
    missing = _missing(room, group, node)
    for resident in out:
        missing = _less(missing, _sizes(resident))
    for_sizes = _for_sizes(_asked(room, group, node), missing, [it for it in residents if it not in out])
    return (*out, *for_sizes) if for_sizes is not None and (out or for_sizes) else None


def cost(residents: Sequence[Resident]) -> float:
    """The score of a node where these would have to go: near 1 where they hardly matter. Source: nomad's ``preemptionScore``."""
    highest = max(it.priority for it in residents)
    net = highest + sum(it.priority for it in residents) / max(1, highest)
    return 1.0 / (1.0 + exp(_RATE * (net - _ORIGIN)))


def _for_ports(room: Room, group: Group, node: int, residents: Sequence[Resident]) -> list[Resident] | None:
    """Of several Nomad keeps one only (its ``filterSuperset`` counts bandwidth), and then the ports of the others aren't free."""
    out: list[Resident] = []
    place = np.array([node], dtype=np.intp)
    for ask in group.ports:
        if ask.number is None or ask.shared or room.ports.free(ask.number, ask.host_network, place)[0]:
            continue
        holders = _holders(room, ask, node, residents)
        if holders is None:
            return None
        out += [it for it in holders if it not in out]
    return out if len(out) <= 1 else None


def _holders(room: Room, ask: PortAsk, node: int, residents: Sequence[Resident]) -> list[Resident] | None:
    """Who asked for the port on the first address where nobody but these has it; None where there is no such address."""
    for socket in room.ports.taken_on(ask.number or 0, node, ask.host_network):
        having = [it for it in residents if (room.fleet.sockets.address(socket), ask.number) in _asked_ports(it.allocation)]
        if having and room.ports.taken_by(ask.number or 0, socket) == len(having):
            return having
    return None


def _asked_ports(allocation: Allocation) -> frozenset[tuple[str, int]]:
    return frozenset(it for it in allocation.ports if it[1] not in allocation.drawn_ports)


def _for_devices(room: Room, group: Group, node: int, residents: Sequence[Resident]) -> list[Resident] | None:
    """Nomad counts what each of them holds, and gives up where somebody else holds the same one, as what is leaving may."""
    racks, out = room.fleet.racks, list[Resident]()
    free = room.devices.copy()
    if racks.chosen(group.devices, free, node) is not None:
        return out
    for resident in sorted((it for it in residents if it.allocation.devices), key=_by_priority):
        out.append(resident)
        for kind, count in room.held(resident.allocation, node):
            free[kind] += count
        if racks.chosen(group.devices, free, node) is not None:
            free = room.devices.copy()
            for kind, count in room.freed([it.allocation for it in out], node):
                free[kind] += count
            return out if racks.chosen(group.devices, free, node) is not None else None
    return None


def _for_sizes(asked: _Sizes, missing: _Sizes, residents: Sequence[Resident]) -> list[Resident] | None:
    """MHz, MiB and disk. Ties go to the allocation's id."""
    left, out = sorted(residents, key=_by_priority), list[Resident]()
    needed, still = asked, missing
    while left and any(value > 0 for value in still):
        lowest = [it for it in left if it.priority == left[0].priority]
        closest = min(lowest, key=lambda it: (_distance(needed, _sizes(it)), it.allocation.id))
        left.remove(closest)
        out.append(closest)
        still, needed = _less(still, _sizes(closest)), _less(needed, _sizes(closest))
    if any(value > 0 for value in still):
        return None
    out.sort(key=lambda it: (-_distance(asked, _sizes(it)), it.allocation.id))
    for many, resident in enumerate(out, 1):
        missing = _less(missing, _sizes(resident))
        if all(value <= 0 for value in missing):
            return out[:many]
    return out


def _by_priority(resident: Resident) -> tuple[int, str]:
    return resident.priority, resident.allocation.id


def _sizes(resident: Resident) -> _Sizes:
    return resident.allocation.cpu_mhz, resident.allocation.memory_mb, resident.allocation.disk_mb


def _asked(room: Room, group: Group, node: int) -> _Sizes:
    return room.mhz_on(group, node), group.memory_mb, group.disk_mb


def _missing(room: Room, group: Group, node: int) -> _Sizes:
    return _less(_asked(room, group, node), (int(room.cpu_mhz[node]), int(room.memory_mb[node]), int(room.disk_mb[node])))


def _less(value: _Sizes, by: _Sizes) -> _Sizes:
    return value[0] - by[0], value[1] - by[1], value[2] - by[2]


def _distance(asked: _Sizes, used: _Sizes) -> float:
    parts = [(ask - use) / ask for ask, use in zip(asked, used, strict=True) if ask > 0]
    return sqrt(sum(part * part for part in parts)) if parts else inf
