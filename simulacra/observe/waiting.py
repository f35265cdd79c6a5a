"""In words why a service isn't placed: from the definitions and the machines as they are, the scheduler's word as a hint."""

from __future__ import annotations

from collections.abc import Sequence

from simulacra.gateways.nomad_values import PlacementFailure
from simulacra.model.asks import GroupAsk, group_asks
from simulacra.model.grid import Grid
from simulacra.model.proxy import MISSED, of_label
from simulacra.model.service import Service
from simulacra.model.spread import per_zone, zones_of
from simulacra.model.words import listed
from simulacra.observe.machines import Room, SeenMachine


def explain(
    grid: Grid, service: Service, machines: Sequence[SeenMachine], running: dict[str, int], failures: Sequence[PlacementFailure] = ()
) -> str:
    """Why some instances aren't placed. ``running`` counts the placed ones by zone; equal reasons of zones are told once."""
    zones = zones_of(grid, service)
    if not zones:
        return _reason(grid, service, machines, failures)
    share = per_zone(grid, service)
    lacking = [zone for zone in zones if running.get(zone, 0) < share]
    if not lacking:
        return _reason(grid, service, [it for it in machines if it.zone in zones], failures)
    told: dict[str, list[str]] = {}
    for zone in lacking:
        there = [it for it in machines if it.zone == zone]
        told.setdefault(_reason(grid, service, there, failures), []).append(zone)
    return "; ".join(f"zone{'s' if len(names) > 1 else ''} {listed(names)}: {reason}" for reason, names in told.items())


def _reason(grid: Grid, service: Service, machines: Sequence[SeenMachine], failures: Sequence[PlacementFailure]) -> str:
    """Of the groups that the scheduler couldn't place, else of all of them; equal reasons of groups are told once."""
    asks, failing = group_asks(service), {it.group for it in failures}
    concerned = [it for it in asks if it.group in failing] or asks
    told: dict[str, list[str]] = {}
    for ask in concerned:
        own = [it for it in failures if it.group == ask.group]
        told.setdefault(_of_group(grid, service, ask, machines, own or failures), []).append(ask.group or "of a dynamic block")
    if len(told) == 1 and len(concerned) == len(asks):
        return next(iter(told))
    return "; ".join(f"group{'s' if len(names) > 1 else ''} {listed(names)}: {reason}" for reason, names in told.items())


def _of_group(grid: Grid, service: Service, ask: GroupAsk, machines: Sequence[SeenMachine], failures: Sequence[PlacementFailure]) -> str:
    kind, drivers = "machine", ask.drivers
    fitting = list(machines)
    if service.tier is not None:
        need = grid.tier(service.tier)
        rank = need.rank if need is not None else 0
        kind = f"machine of tier {service.tier} or above"
        fitting = [it for it in fitting if it.rank is not None and it.rank >= rank]
    able = [it for it in fitting if it.drivers is None or set(drivers) <= set(it.drivers)]
    on, on_and_able = [it for it in fitting if it.takes_work], [it for it in able if it.takes_work]
    if not on:
        return f"no {kind} is on{_others(fitting)}"
    if not on_and_able:
        return f"no {kind} with driver {listed(drivers)} is on{_others(able)}"
    short = _short(Room(ask.cpu_mhz, ask.memory_mb, 0), on_and_able)
    if short is not None:
        return f"{short}{_others(able)}"
    bare = [it.name for it in on_and_able if not it.labelled]
    if len(bare) == len(on_and_able):
        return f"{listed(bare)} {_are(bare)} on but not labelled with zone, tier and rank: see `simulacra doctor`"
    return _hint(failures, on_and_able)


def _short(wants: Room, machines: Sequence[SeenMachine]) -> str | None:
    """The resource of which no single machine has enough; None if one has enough of everything."""
    rooms = [(it.name, it.free) for it in machines if it.free is not None]
    if not rooms or any(free.cpu_mhz >= wants.cpu_mhz and free.memory_mb >= wants.memory_mb for _, free in rooms):
        return None
    name, memory = max(((name, free.memory_mb) for name, free in rooms), key=lambda it: (it[1], it[0]))
    if memory < wants.memory_mb:
        return f"not enough memory: asks {wants.memory_mb} MiB, most free is {max(memory, 0)} MiB on {name}"
    name, cpu = max(((name, free.cpu_mhz) for name, free in rooms), key=lambda it: (it[1], it[0]))
    if cpu < wants.cpu_mhz:
        return f"not enough processor: asks {wants.cpu_mhz} MHz, most free is {max(cpu, 0)} MHz on {name}"
    return f"no single machine has both {wants.cpu_mhz} MHz and {wants.memory_mb} MiB free"


def _others(machines: Sequence[SeenMachine]) -> str:
    """What the fitting machines that aren't on do instead."""
    if not machines:
        return ", and none is defined"
    told = []
    for power in ("asleep", "sleeping", "waking", "booting", "draining", "failed"):
        names = [it.name for it in machines if it.power == power and (it.cloud is None or power != "asleep")]
        if names:
            told.append(f"{listed(names)} {_are(names)} {power}")
    told += [f"a server of {it} could be rented" for it in sorted({it.cloud for it in machines if it.cloud and it.power == "asleep"})]
    told += [f"{it.name} is {it.reason}" for it in machines if it.power == "on" and not it.takes_work]
    unknown = [it.name for it in machines if it.power == "unknown"]
    told += [f"{listed(unknown)} {_are(unknown)} out of reach"] if unknown else []
    return f"; {', '.join(told)}" if told else ""


def _hint(failures: Sequence[PlacementFailure], machines: Sequence[SeenMachine]) -> str:
    full = sorted({name for failure in failures for name, _ in failure.dimensions})
    if full:
        return f"the scheduler finds no room on {listed([it.name for it in machines])}: {listed(full)} exhausted"
    constraints = sorted({name for failure in failures for name, _ in failure.constraints})
    missed = [it for it in constraints if it.startswith(MISSED)]
    if missed:
        proxies = listed([of_label(it) for it in missed])
        return f"machines that reach less of what {proxies} serves than others do are left out, and the others have no room for it"
    if constraints:
        return f"the scheduler finds no machine that fits: {listed(constraints)}"
    return "the scheduler hasn't placed it yet"


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
