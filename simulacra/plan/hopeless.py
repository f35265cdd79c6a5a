"""What services ask for that the machines of the definitions can never give, whatever is on and whatever else runs.

A machine or zone that isn't defined may give it all the same: what only such a one could mend is a warning. A promise that the
definitions themselves break is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulacra.model.grid import Grid
from simulacra.model.problem import Level, Problem, Rule, problem
from simulacra.model.service import Service
from simulacra.model.workload import Job, PortAsk
from simulacra.plan.asked import Asked
from simulacra.plan.candidates import Candidates
from simulacra.plan.feasible import rank_words
from simulacra.plan.needs import lacking
from simulacra.plan.port_rivals import rivals
from simulacra.plan.stopping import unsafely_stopped

_TO_DO = "change what it asks for, or define a machine that has it"


def hopeless(grid: Grid, jobs: Iterable[tuple[Service, Job]]) -> tuple[Problem, ...]:
    """``jobs``: each service with the job that it becomes. Nothing is said where neither a machine nor a cloud is defined."""
    candidates = Candidates.of(grid)
    if not candidates.zones:
        return ()
    asked = [Asked.of(grid, candidates, service, job, group) for service, job in jobs for group in job.groups]
    found = (it for one in asked for it in _of_group(grid, candidates, one))
    return tuple(sorted({*found, *_needs(grid, candidates), *rivals(candidates.servers, candidates.zones, asked)}))


def _of_group(grid: Grid, candidates: Candidates, asked: Asked) -> Iterator[Problem]:
    twice = _asked_twice(asked.group.ports)
    if twice is not None:
        yield asked.said(f": two of its ports are {twice.number} on the machine: change one", "service", "error")
    yield from unsafely_stopped(asked)
    missing = [zone for zone in asked.zones if not any(candidates.zones[it] == zone for it in asked.able)]
    if missing:
        yield _without_zones(grid, candidates, asked, missing)
    elif not asked.able:
        why = _why(grid, candidates, asked, candidates.zones)
        yield asked.said(f": no defined machine can ever run this: {why}; {_TO_DO}", "never-runs")
    elif asked.group.count > 1 and not asked.everywhere and twice is None:
        held = candidates.hold(asked.job, asked.group, asked.able)
        if held is not None and held < asked.group.count:
            few = f"the defined machines can never hold more than {held} of its {asked.group.count} instances at once"
            yield asked.said(f": {few}: lower `count`, or define more machines", "never-all")


def _without_zones(grid: Grid, candidates: Candidates, asked: Asked, missing: Sequence[str]) -> Problem:
    """Zones that are to hold one and can't. A zone with subnets may be joined by machines that aren't defined."""
    closed = {zone.name for zone in grid.zones if not zone.subnets}
    level: Level = "error" if closed.intersection(missing) else "warning"
    told: dict[str, list[str]] = {}
    for zone in missing:
        there = [name for name, its in candidates.zones.items() if its == zone]
        told.setdefault(_why(grid, candidates, asked, there) if there else "no machine is defined there", []).append(zone)
    whys = "; ".join(f"{_zones(names)}: {why}" for why, names in told.items()) if len(told) > 1 else next(iter(told))
    others = sorted({candidates.zones[it] for it in asked.anywhere} - set(asked.zones))
    to_do = f"name {_zones(others)} in `zones` instead, or define a machine there that has it" if others else _TO_DO
    if not asked.able and not others:
        rule: Rule = "broken-promise" if level == "error" else "never-runs"
        return asked.said(f": no defined machine can ever run this: {whys}; {to_do}", rule, level)
    where = "where no machine" if len(missing) == len(asked.zones) else f"and no machine in {_zones(missing)}"
    return asked.said(f" is to stand in {_zones(asked.zones)}, {where} can ever run it: {whys}; {to_do}", "broken-promise", level)


def _why(grid: Grid, candidates: Candidates, asked: Asked, names: Iterable[str]) -> str:
    why = candidates.why_not(asked.job, asked.group, frozenset(names))
    tier = grid.tier(asked.service.tier) if asked.service.tier is not None else None
    return why.replace(rank_words(str(tier.rank)), f"is of tier {tier.name} or above") if tier is not None else why


def _asked_twice(ports: Iterable[PortAsk]) -> PortAsk | None:
    """A fixed port that a group asks for twice on one network: Nomad refuses that."""
    seen: set[tuple[str, int]] = set()
    for port in ports:
        if port.number is not None and not port.shared:
            if (port.host_network, port.number) in seen:
                return port
            seen.add((port.host_network, port.number))
    return None


def _needs(grid: Grid, candidates: Candidates) -> Iterator[Problem]:
    """Needs that all defined machines together don't meet; of the services that one needs it is taken that they run."""
    online = frozenset(service.name for service in grid.services)
    for service in grid.services:
        for what in lacking(grid, service, candidates.pool, online, "defined"):
            said = f'service "{service.name}" can never come online: {what}; lower its `needs`, or define more'
            yield problem(service.source, said, "never-online", "warning")


def _zones(names: Sequence[str]) -> str:
    shown = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"zone{'' if len(names) == 1 else 's'} {shown}"
