"""The least of a schedule that still goes wrong in the same way: everything is left out, bit by bit, that it goes wrong without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.happenings import Schedule

Fails = Callable[[Schedule], bool]
SHORTER = 0.75


def shrunk(schedule: Schedule, fails: Fails) -> Schedule:
    """``fails`` says of a schedule whether it goes wrong as the whole one does."""
    smaller = schedule
    found = True
    while found:
        found = False
        for candidate in _smaller(smaller):
            if fails(candidate):
                smaller, found = candidate, True
                break
    return smaller


def _smaller(it: Schedule) -> Iterator[Schedule]:
    """Each with one thing less, what says most about it first."""
    for agent in it.agents[1:]:
        yield replace(
            it, agents=tuple(name for name in it.agents if name != agent), strikes=tuple(s for s in it.strikes if s.agent != agent)
        )
    for at in range(len(it.strikes)):
        yield replace(it, strikes=it.strikes[:at] + it.strikes[at + 1 :])
    for at in range(len(it.happenings)):
        yield replace(it, happenings=it.happenings[:at] + it.happenings[at + 1 :])
    for at in range(len(it.works)):
        yield replace(it, works=it.works[:at] + it.works[at + 1 :])
    yield from _plainer_clouds(it)
    for machine in it.grid.machines:
        if machine.name != "nas":
            yield without_machine(it, machine.name)
    for at, work in enumerate(it.works):
        if work.count > 1:
            yield replace(it, works=(*it.works[:at], replace(work, count=work.count - 1), *it.works[at + 1 :]))
    if it.until_s > 30.0:
        yield replace(it, until_s=round(it.until_s * SHORTER))


def _plainer_clouds(it: Schedule) -> Iterator[Schedule]:
    """Without it, then with a provider that is quicker, and truer to its word."""
    if it.provider is None:
        return
    yield replace(it, grid=replace(it.grid, clouds=()), provider=None)
    plain = (("lag_s", 0.0), ("answers_s", 0.4), ("stop_s", 1.0), ("tokens", True), ("gives", 0.92))
    for name, value in plain:
        if getattr(it.provider, name) != value:
            yield replace(it, provider=replace(it.provider, **{name: value}))  # type: ignore[arg-type]


def without_machine(it: Schedule, name: str) -> Schedule:
    """The same grid without one of its machines."""
    machines = tuple(
        replace(other, after=tuple(first for first in other.after if first != name)) for other in it.grid.machines if other.name != name
    )
    return replace(
        it,
        grid=replace(it.grid, machines=machines),
        on=tuple(other for other in it.on if other != name),
        known=tuple(other for other in it.known if other != name),
        works=tuple(work for work in it.works if work.machine != name),
        happenings=tuple(happening for happening in it.happenings if happening.whom != name),
    )
