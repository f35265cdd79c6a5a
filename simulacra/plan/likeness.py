"""Which nodes are as good as one another for what waits: then it doesn't matter which of them takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from simulacra.model.workload import Group, Job
from simulacra.plan.columns import Codes, Mask, Numbers, Places
from simulacra.plan.crowd import Crowd
from simulacra.plan.feasible import possible
from simulacra.plan.room import Room

Wanted = Sequence[tuple[Job, Group]]


def kinds(room: Room, crowd: Crowd, wanted: Wanted, places: Places) -> list[bytes | None]:
    """For each of these nodes what of it may matter when any of that is placed: nodes of which it is equal are alike. None: it isn't told
    apart that simply, since something asks for ports or devices, or for cores where those of a node differ.
    """
    if any(group.ports or group.devices or (group.cores and room.mixed) for _, group in wanted):
        return [None] * len(places)
    rows = np.stack([row[places].astype(np.int64) for row in _rows(room, crowd, wanted)])
    return [column.tobytes() for column in rows.T.copy()]


def _rows(room: Room, crowd: Crowd, wanted: Wanted) -> Iterator[Numbers | Mask | Codes]:
    """Numbers over all nodes, row by row."""
    fleet = room.fleet
    yield from (*fleet.sizes, *room.sizes, room.cores, fleet.core_mhz, room.jams)
    yield from {id(mask): mask for mask in (possible(fleet, job, group) for job, group in wanted)}.values()
    for job in {(job.namespace, job.id): job for job, _ in wanted}.values():
        there = crowd.on(job, None, fleet.size)
        if there is not None:
            yield there
    for target in sorted({target for _, group in wanted for target in _targets(group)}):
        yield fleet.columns.column(target).codes


def _targets(group: Group) -> Iterator[str]:
    """What of a node its place among others depends on."""
    yield from (it.attribute for it in group.distincts if it.attribute)
    yield from (it.attribute for it in group.spreads)
    for it in group.affinities:
        yield from (it.left, it.right)
