"""Why no machine takes an instance, in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulacra.model.workload import Group, Job
from simulacra.plan.columns import Mask, Numbers, Places
from simulacra.plan.crowd import Crowd, under
from simulacra.plan.feasible import hurdles
from simulacra.plan.fleet import Fleet
from simulacra.plan.room import Room

_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class _Check:
    """``met`` is over the nodes that are left; ``none`` says that no machine passes, ``one`` what a single machine lacks."""

    met: Mask
    none: str
    one: str


def refusal(empty: Room, room: Room, crowd: Crowd, job: Job, group: Group, among: Mask, everywhere: bool) -> str:
    """The decisive reason: the first of what a machine must be, must have and must have left that none of the nodes passes.

    ``empty`` is the room if nothing ran. ``everywhere``: the job puts one onto each node, so that a node that has one takes no other.
    The answer is empty where one of them takes it.
    """
    fleet, left = room.fleet, among
    if not among.any():
        return "no machine takes work"
    for hurdle in hurdles(fleet, job, group):
        after = left & hurdle.met
        if not after.any():
            otherwise = f" of those that fit otherwise ({names(fleet, left)})" if (hurdle.met & among).any() else ""
            return f"no machine{otherwise} {hurdle.lacking}"
        left = after
    whole = _first(list(_checks(empty, group, np.flatnonzero(left), "has")), fleet, left)
    if whole:
        return whole
    places = np.flatnonzero(left)
    left = left.copy()
    left[places] = empty.fit(group, places)
    places = np.flatnonzero(left)
    now = [*_checks(room, group, places, "free"), *_distinct(fleet, crowd, job, group, places, everywhere)]
    return _first(now, fleet, left)


def names(fleet: Fleet, mask: Mask) -> str:
    """The first few machines by name."""
    all_names = fleet.named(mask)
    more = f" and {len(all_names) - _MOST_NAMES} more" if len(all_names) > _MOST_NAMES else ""
    return ", ".join(all_names[:_MOST_NAMES]) + more


def _first(checks: Sequence[_Check], fleet: Fleet, left: Mask) -> str:
    """What none passes; where each is passed by some but all by none, what the first machines lack."""
    failed = [check.none for check in checks if not check.met.any()]
    if failed:
        return "; ".join(failed)
    if not checks or np.logical_and.reduce([check.met for check in checks]).any():
        return ""
    places = np.flatnonzero(left)
    lacking = [
        f"{fleet.names[node]} {' and '.join(check.one for check in checks if not check.met[at])}"
        for at, node in enumerate(places[:_MOST_NAMES].tolist())
    ]
    more = f"; and {len(places) - _MOST_NAMES} more" if len(places) > _MOST_NAMES else ""
    return f"no machine that fits has room for all of it: {'; '.join(lacking)}{more}"


def _checks(room: Room, group: Group, places: Places, free: str) -> Iterator[_Check]:
    fleet = room.fleet
    asked = room.asked_mhz(group, places)
    least = asked if isinstance(asked, int) else int(asked.min())
    yield _sized("CPU", "MHz", room.enough_cpu(group, places), least, room.cpu_mhz[places], fleet, places, free)
    for what, unit, ask, have in (
        ("memory", "MiB", group.memory_mb, room.memory_mb), ("disk", "MiB", group.disk_mb, room.disk_mb),
        ("cores to reserve", "", group.cores, room.cores),
    ):  # fmt: skip
        yield _sized(what, unit, have[places] >= ask, ask, have[places], fleet, places, free)
    on = ", ".join(fleet.names[at] for at in places[:_MOST_NAMES].tolist())
    on += f" and {len(places) - _MOST_NAMES} more" if len(places) > _MOST_NAMES else ""
    if room.jams.any():
        met = room.jams[places] <= 0
        yield _Check(met, f"ports of what runs there collide on every machine that fits ({on})", "has ports that collide")
    state, statics = "taken" if free == "free" else "kept for itself", np.ones(len(places), dtype=np.bool_)
    for port in group.ports:
        if port.number is not None and not port.shared:
            where = "" if port.host_network == "default" else f" of host network {port.host_network}"
            met = room.ports.free(port.number, port.host_network, places)
            statics &= met
            yield _Check(met, f"port {port.number}{where} is {state} on every machine that fits ({on})", f"has port {port.number} {state}")
    if any(port.number is None for port in group.ports):
        met = room.ports.fit(group.ports, places) | ~statics
        yield _Check(met, f"no dynamic port is free on any machine that fits ({on})", "has no dynamic port free")
    if group.devices:
        words = ", ".join(f"{it.count} of {it.name}" for it in group.devices)
        met = fleet.racks.fit(group.devices, room.devices)[places]
        few = "in use" if free == "free" else "too few"
        yield _Check(met, f"devices are {few} on every machine that fits ({on}): asks {words}",
                     f"lacks free devices ({words})")  # fmt: skip


def _sized(what: str, unit: str, met: Mask, ask: int, have: Numbers, fleet: Fleet, places: Places, free: str) -> _Check:
    best = int(have.argmax())
    where, most, asked = fleet.names[int(places[best])], f"{max(0, have[best])} {unit}".strip(), f"{ask} {unit}".strip()
    having = f"most free is {most} on {where}" if free == "free" else f"the biggest that fits otherwise, {where}, has {most}"
    none = f"not enough {what}: asks {asked}, {having}"
    return _Check(met, none, f"has too little {what}")


def _distinct(fleet: Fleet, crowd: Crowd, job: Job, group: Group, places: Places, everywhere: bool) -> Iterator[_Check]:
    if everywhere:
        own = crowd.on(job, group, fleet.size)
        if own is not None:
            yield _Check(own[places] == 0, "every machine that fits runs one already", "runs one already")
    for distinct in group.distincts:
        counted = None if distinct.whole_job else group
        if distinct.attribute:
            staying = crowd.where(job, counted, staying=True)
            met = under(fleet.columns.column(distinct.attribute), staying, distinct.allowed)[places]
            often = "once" if distinct.allowed == 1 else f"{distinct.allowed} times"
            yield _Check(met, f"every value of {distinct.attribute} is in use {often} already (distinct_property)",
                         f"has a value of {distinct.attribute} in use {often} already")  # fmt: skip
        elif not everywhere:
            own = crowd.on(job, counted, fleet.size)
            if own is not None:
                yield _Check(own[places] == 0, "every machine that fits runs one already (distinct_hosts)", "runs one already")
