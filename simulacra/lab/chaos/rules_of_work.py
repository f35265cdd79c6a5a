"""What must hold of the work: it is counted by the marks that it leaves itself."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.lab.chaos.kinds import CLIENT_KILLED, MACHINE_CUT, PACKETS_LOST, POWER_CUT, SLOW_CABLE, ZONE_CUT
from simulacra.lab.chaos.marks import Unit
from simulacra.lab.chaos.seen import Asked, Seen

Found = Iterator[tuple[str, str]]

RUNS_WITHIN_S = 240.0
"""So long after the last fault was healed work that waits may wait: for a new leader, for a machine to be missed, for one to boot."""
ANSWERS_WITHIN_S = 90.0
"""So long after the last fault in its zone was healed an instance in each zone may take to answer."""

_OVERLAPS_S = 15.0
"""So long one that goes and the one that takes its place may run at the same time."""
_HEARD_AFTER_S = 5.0
_KEEP_SILENT = (ZONE_CUT, MACHINE_CUT, PACKETS_LOST, SLOW_CABLE, CLIENT_KILLED, POWER_CUT)
_STOP_WORK = (POWER_CUT, CLIENT_KILLED)
"""An instance is asked on its own machine: a cable that is missing doesn't keep it from answering."""


def lost(seen: Seen) -> Found:
    """An instance is gone, neither done nor told to stop, and its machine did not die by a fault of ours meanwhile."""
    for unit in seen.units:
        if unit.gone_s is not None and not died_with_machine(seen, unit):
            yield str(unit.key), f"{unit.job} ({unit.allocation[:8]}) on {unit.machine} is gone, and nobody told it to stop"


def died_with_machine(seen: Seen, unit: Unit) -> bool:
    """Whether its machine was switched off by a fault of ours, or by an order, which another rule is about."""
    over_s = unit.over_s if unit.over_s is not None else seen.now_s
    return any(it.machine == unit.machine and it.after == "sleeping" and unit.begun_s <= it.at_s <= over_s for it in seen.switches)


def told(seen: Seen) -> Found:
    """Batch work was told to stop, though it was wanted: it begins anew elsewhere, if at all."""
    batch = {it.name: it for it in seen.asked if it.shape == "batch"}
    for unit in seen.units:
        if unit.told_s is not None and unit.job in batch:
            yield str(unit.key), f"{unit.job} ({unit.allocation[:8]}) on {unit.machine} was told to stop before it was done"


def twice(seen: Seen) -> Found:
    """A batch job was done more often than it was to be."""
    done: dict[str, list[Unit]] = {}
    for unit in seen.units:
        if unit.ended_s is not None and not unheard(seen, unit):
            done.setdefault(unit.job, []).append(unit)
    for job in seen.asked:
        mine = done.get(job.name, [])
        if job.shape == "batch" and len(mine) > job.count:
            yield job.name, f"{job.name} was done {len(mine)} times: {_where(mine)}"


def too_many_run(seen: Seen) -> Found:
    """More instances of a job run at the same time than were asked for."""
    running = [it for it in seen.units if it.over_s is None and not unheard(seen, it)]
    for job in seen.asked:
        mine = sorted((it for it in running if it.job == job.name), key=lambda it: it.begun_s)
        if len(mine) > job.count and seen.now_s - mine[job.count].begun_s > _OVERLAPS_S:
            yield f"{job.name} {mine[job.count].key}", f"{len(mine)} instances of {job.name} run where {job.count} should: {_where(mine)}"


def unheard(seen: Seen, unit: Unit) -> bool:
    """Whether a fault may have kept Nomad from hearing that it began. Nomad takes one that is cut off so early for one that never ran, and
    places another, whatever the job's `disconnect` says (source: ``filterByTainted`` in its reconciler).
    """
    around = seen.faults(unit.machine, unit.begun_s - _HEARD_AFTER_S, unit.begun_s + _HEARD_AFTER_S)
    return any(it.strike.kind in _KEEP_SILENT for it in around)


def _where(units: list[Unit]) -> str:
    return ", ".join(f"{it.allocation[:8]} on {it.machine}" for it in units)


def waits(seen: Seen) -> Found:
    """Work that is wanted doesn't run, and none that is as large begins either, long after the last fault was healed, and with no machine
    left out because of one.
    """
    for job in seen.asked:
        since_s = waits_since_s(seen, job)
        if since_s is None:
            continue
        waited_s = seen.now_s - max(since_s, seen.calm_since_s(), *_left_out_until_s(seen), *_went_before_s(seen, job))
        if waited_s > RUNS_WITHIN_S:
            yield f"{job.name} {since_s:.0f}", f"{job.name} has waited for {waited_s:.0f} s, with no fault meanwhile"


def _left_out_until_s(seen: Seen) -> Iterator[float]:
    """Until when machines are left out that failed to come: a fault that is healed has left them so."""
    return (it.out_until_s for it in seen.heard.records if it.power == "failed") if seen.heard is not None else iter(())


def _went_before_s(seen: Seen, job: Asked) -> Iterator[float]:
    """When instances began that ask for as much or more: where there is room for one at a time, they wait for each other."""
    as_large = {it.name for it in seen.asked if it.memory_mb >= job.memory_mb}
    return (it.begun_s for it in seen.units if it.job in as_large)


def waits_since_s(seen: Seen, job: Asked) -> float | None:
    """Since when too few of its instances have run; None where it has all that it wants."""
    if job.stopped_s is not None:
        return None
    mine = [it for it in seen.units if it.job == job.name]
    there = [it for it in mine if it.over_s is None or (job.shape == "batch" and it.ended_s is not None)]
    if len(there) >= job.count:
        return None
    return max([job.asked_s, *(it.over_s for it in mine if it.over_s is not None)])


def silent(seen: Seen) -> Found:
    """A zone's own instance doesn't answer, and no fault that may have stopped it is in the zone, or was lately."""
    since = {(job, zone): at_s for job, zone, at_s in seen.answered}
    for job in (it for it in seen.asked if it.name in seen.bounds.each and it.stopped_s is None):
        for zone in seen.ground.zones:
            answered_s = max(since.get((job.name, zone), 0.0), job.asked_s)
            silent_s = seen.now_s - max([answered_s, *_stopped_until_s(seen, zone)])
            if silent_s > ANSWERS_WITHIN_S:
                yield f"{job.name} {zone} {answered_s:.0f}", f"no {job.name} answers in {zone} for {silent_s:.0f} s, without a fault there"


def _stopped_until_s(seen: Seen, zone: str) -> Iterator[float]:
    """When faults were healed that may have stopped an instance in the zone; now, while one lasts."""
    for it in seen.strikes:
        if it.strike.kind in _STOP_WORK and not it.missed and any(name in it.machines for name in seen.ground.within(zone)):
            yield seen.now_s if it.healed_s is None else it.healed_s
