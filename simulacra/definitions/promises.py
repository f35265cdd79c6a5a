"""What a service's keys promise, whatever its job is made of.

They must fit each other, and what stands in the job must let them be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulacra.definitions.definition import Definition
from simulacra.definitions.problems import Problem, problem
from simulacra.model.journal import NODE_JOB
from simulacra.model.service import EACH, EVERYWHERE_TYPES, Service
from simulacra.model.source import Source
from simulacra.model.verbatim import Verbatim
from simulacra.model.words import numbered

_LONGEST_DESCRIPTION = 1000


def check_promises(d: Definition, title: str, own_zones: frozenset[str], bodies: Sequence[Verbatim]) -> Iterator[Problem]:
    """``bodies``: the job's and its groups' own stanzas; ``own_zones``: those with a machine of one's own."""
    service: Service = d.value
    if service.name == NODE_JOB:
        yield problem(d.source, f"{title}: the grid itself runs a job of that name: rename the service")
    if service.type in EVERYWHERE_TYPES:
        yield from _everywhere(d, title)
    else:
        yield from _guarantee(d, title, own_zones, bodies)
    if service.type == "batch" and service.moves not in (None, "never"):
        yield problem(d.at("moves"), f"{title}: batch work is never moved: remove `moves`")
    if service.type in ("service", "system"):
        for key in ("periodic", "parameterized"):
            if bodies[0].has(key):
                where = "there" if service.jobspec is not None else "beside the `job` block"
                line = bodies[0].line_of(key) if service.jobspec is not None else bodies[0].source.line
                yield within(bodies[0], line, f'{title}: a {key} job is batch work: write `type = "batch"` {where}')
    if len(service.description.encode()) > _LONGEST_DESCRIPTION:
        yield problem(d.at("description"), f"{title}: Nomad takes at most {_LONGEST_DESCRIPTION} bytes of description: shorten it")


def within(body: Verbatim, line: int, message: str) -> Problem:
    """A problem at a line of a body's file."""
    return problem(Source(body.source.file, line), message)


def _everywhere(d: Definition, title: str) -> Iterator[Problem]:
    """A system job stands on every machine that fits: there is nothing to count or to move."""
    service: Service = d.value
    for key in ("count", "moves", "needs", "run_twice"):
        if d.gives(key):
            yield problem(d.at(key), f"{title}: a {service.type} job runs on every machine that fits: remove `{key}`")
    if isinstance(service.zones, int):
        yield problem(d.at("zones"), f'{title}: a {service.type} job runs on every machine that fits: name its zones, or write "each"')


def zones_asked(service: Service, own_zones: frozenset[str]) -> int:
    """In how many zones the service is to stand; 0 where it asks for none."""
    if service.zones is None or isinstance(service.zones, int):
        return service.zones or 0
    return len(own_zones if service.zones == EACH else service.zones)


def _guarantee(d: Definition, title: str, own_zones: frozenset[str], bodies: Sequence[Verbatim]) -> Iterator[Problem]:
    service: Service = d.value
    if service.zones is None:
        return
    for body in bodies:
        if body.canary:
            yield within(
                body, body.canary, f"{title}: canaries can't be placed where each zone holds one and no more: remove `canary`, or `zones`"
            )
    if isinstance(service.zones, int) and service.zones > len(own_zones):
        there = numbered(len(own_zones), "zone")
        said = f"{title}: asks for {service.zones} zones, but machines stand in {there} only: lower it, or define more"
        yield problem(d.at("zones"), said, "broken-promise")
        return
    zones = zones_asked(service, own_zones)
    if not zones:
        said = f'{title}: `zones = "each"` means every zone with a machine of your own, and there is none: define machines'
        yield problem(d.at("zones"), said, "broken-promise")
    elif service.count is not None and service.count % zones:
        yield problem(
            d.at("count"),
            f"{title}: {numbered(service.count, 'instance')} can't be shared out evenly over {numbered(zones, 'zone')}: "
            f"leave `count` out for one in each, or take a multiple of {zones}",
        )
