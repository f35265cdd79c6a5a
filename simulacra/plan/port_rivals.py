"""Services that ask for the same fixed port on the same machines, where not all of them can have it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from simulacra.model.problem import Problem
from simulacra.model.workload import BATCH_TYPES
from simulacra.plan.asked import Asked

_NAMED_AT_MOST = 4


def rivals(servers: Mapping[str, int], zones: Mapping[str, str], asked: Sequence[Asked]) -> Iterator[Problem]:
    """``servers``: how many machines a name stands for, where it isn't one; ``zones``: each one's zone.

    A machine has each port once. Told is only what can't be, in a zone or in all of them, however the services are placed.
    Batch work isn't counted: it takes its turn.
    """
    by_port: dict[tuple[str, int], list[Asked]] = {}
    for one in asked:
        if one.job.type not in BATCH_TYPES and one.able:
            alone = ((port.host_network, port.number) for port in one.group.ports if port.number is not None and not port.shared)
            for key in sorted(set(alone)):
                by_port.setdefault(key, []).append(one)
    for (network, number), same in sorted(by_port.items()):
        if len(same) > 1:
            port = f"port {number}" + (f" of host network {network}" if network != "overlay" else "")
            yield from _taken(port, sorted(same, key=lambda it: it.name))
            counted = [it for it in same if not it.everywhere]
            for zone in sorted({zone for it in counted for zone in it.zones}):
                there = [it for it in counted if zone in it.zones]
                room = {name for it in there for name in it.able if zones[name] == zone}
                yield from _crowded(f"{port} in zone {zone}", servers, there, [it.group.count // len(it.zones) for it in there], room)
            room = {name for it in counted for name in it.able}
            yield from _crowded(port, servers, counted, [it.group.count for it in counted], room)


def _taken(port: str, same: Sequence[Asked]) -> Iterator[Problem]:
    """Those that a system job leaves no machine to; of two system jobs the one that comes later by name."""
    takers = [it for it in same if it.everywhere]
    for one in same:
        for taker in takers:
            if one is not taker and one.able <= taker.able and not (one.everywhere and one.name < taker.name):
                said = f"{taker.title} runs on every machine that could run this, and takes {port} there: change one of the ports"
                yield one.said(f": {said}", "port-taken")
                break


def _crowded(
    port: str, servers: Mapping[str, int], asked: Sequence[Asked], counts: Sequence[int], room: Collection[str]
) -> Iterator[Problem]:
    """Told at the last of them by name."""
    there = sum(servers.get(name, 1) for name in room)
    if len(asked) < 2 or sum(counts) <= there:
        return
    *others, last = sorted(asked, key=lambda it: it.name)
    shown = ", ".join(it.title for it in others[:_NAMED_AT_MOST])
    more = f" and {len(others) - _NAMED_AT_MOST} more" if len(others) > _NAMED_AT_MOST else ""
    machines = "1 machine" if there == 1 else f"{there} machines"
    said = f"it and {shown}{more} ask for {port} {sum(counts)} times in all, and only {machines} could give it, once each"
    yield last.said(f": {said}: change one of the ports", "port-taken")
