"""A service as Nomad would hand its job back: its jobspec in Nomad's JSON, as far as a scheduler reads it, without a Nomad to ask.

Source: nomad's ``jobspec2`` for what stands where, ``api`` for the names. Values that only Nomad can work out (variables, functions)
are left out, and so are the constraints that Nomad itself adds when a job is submitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulacra.hcl.syntax import Body, SyntaxFaults, parse
from simulacra.model.grid import Grid
from simulacra.model.labels import CHEAP_WATTS
from simulacra.model.marks import LABEL_RANK, LABEL_WATTS, LABEL_ZONE
from simulacra.model.service import EVERYWHERE_TYPES, Service
from simulacra.model.spread import count_of, per_zone, zones_of
from simulacra.model.verbatim import Verbatim
from simulacra.render.expected_text import group_of_block, job_of_text, own_count, whole_job, with_values
from simulacra.render.jobspec import render_job
from simulacra.render.nomad_json import (
    NOTHING,
    Json,
    affinity,
    blocks,
    constraints,
    disconnect,
    disk,
    last,
    network,
    reschedule,
    resources,
    rule,
    spread,
    task,
    volume,
)

DAYS_S = 8760 * 3600


def expected_job(grid: Grid, service: Service, templates: Path | None = None) -> Json:
    """The job of the service's jobspec. One that waits for its hour or for a call has no instances; one with a gate has them all.

    ``templates`` is the user's own folder of them. Raises `simulacra.faults.Usage` for a service whose template is broken.
    """
    if service.jobspec is not None:
        return job_of_text(grid, service, with_values(render_job(grid, service, templates), service.jobspec))
    if service.template is not None or service.proxies:
        return job_of_text(grid, service, render_job(grid, service, templates))
    job, group = body_of(service.job), body_of(service.group)
    everywhere = service.type in EVERYWHERE_TYPES
    waits = service.job.has("periodic") or service.job.has("parameterized")
    tier = grid.tier(service.tier) if service.tier is not None else None
    ranked = [rule(f"${{meta.{LABEL_RANK}}}", ">=", str(tier.rank))] if tier is not None else []
    made: Json = {
        "Name": service.name,
        "Count": 0 if waits else None if everywhere else count_of(grid, service),
        "Constraints": [*_zones(grid, service), *constraints(group)],
        "Affinities": _affinities(service, group),
        "Spreads": _spreads(grid, service, group),
        "Disconnect": _disconnect(service, group),
        "ReschedulePolicy": reschedule(group) or reschedule(job),
        "Networks": _networks(service),
        "Volumes": {block.labels[0]: volume(block.body) for block in blocks(group, "volume") if block.labels},
        "Tasks": [*_tasks(service), *(task(it.body) for it in blocks(group, "task") if it.labels)],
    }
    made |= disk(group)
    others = [group_of_block(job, it, own_count(service, job, it.body)) for it in blocks(job, "group") if it.labels]
    whole = whole_job(grid, service, job, [made, *others])
    return whole | {"Constraints": [*ranked, *whole["Constraints"]]}


def _zones(grid: Grid, service: Service) -> Iterator[Json]:
    zones = zones_of(grid, service)
    if zones:
        yield rule(f"${{meta.{LABEL_ZONE}}}", "set_contains_any", ",".join(zones))
    share = 0 if service.type in EVERYWHERE_TYPES else per_zone(grid, service)
    if share:
        yield rule(f"${{meta.{LABEL_ZONE}}}", "distinct_property", str(share))


def _affinities(service: Service, group: Body) -> list[Json]:
    own = [affinity(it) for it in blocks(group, "affinity")]
    if service.type in EVERYWHERE_TYPES or service.job.has("affinity") or service.group.has("affinity"):
        return own
    watts = f"${{meta.{LABEL_WATTS}}}"
    return [rule(watts, "=", "0") | {"Weight": 100}, rule(watts, "<=", str(CHEAP_WATTS)) | {"Weight": 50}, *own]


def _spreads(grid: Grid, service: Service, group: Body) -> list[Json]:
    own = [spread(it.body) for it in blocks(group, "spread")]
    alone = service.type in EVERYWHERE_TYPES or count_of(grid, service) < 2 or bool(per_zone(grid, service))
    if alone or service.job.has("spread") or service.group.has("spread"):
        return own
    return [{"Attribute": f"${{meta.{LABEL_ZONE}}}", "Weight": 50, "SpreadTarget": []}, *own]


def _disconnect(service: Service, group: Body) -> Json | None:
    own = last(group, "disconnect")
    if own is not None:
        return disconnect(own)
    if service.type == "sysbatch":
        return None
    twice = service.run_twice and service.type != "system"
    hours = 6 * 3600 if twice else DAYS_S
    return {"LostAfter": hours * 10**9, "Replace": twice or service.type == "system"}


def _networks(service: Service) -> list[Json]:
    body = body_of(service.group.lifted_body("network"))
    if not service.ports and not body.items:
        return []
    found = network(body)
    found["ReservedPorts"] += [{"Label": it.name, "Value": it.static, "HostNetwork": "overlay"} for it in service.ports if it.static]
    found["DynamicPorts"] += [{"Label": it.name, "HostNetwork": "overlay"} for it in service.ports if not it.static]
    return [found]


def _tasks(service: Service) -> Iterator[Json]:
    tasks = dict(service.tasks)
    own = body_of(tasks.pop(service.name, Verbatim()))
    if service.driver is not None or own.items or service.resources is not None:
        made = task(own)
        if service.driver is not None:
            made["Driver"] = service.driver.name
        if service.resources is not None:
            has = service.resources
            made["Resources"] = resources((has.cpu, has.cores, has.memory), body_of(has.more))
        yield made
    for body in tasks.values():
        yield task(body_of(body))


def body_of(verbatim: Verbatim) -> Body:
    if not verbatim.text:
        return NOTHING
    try:
        return parse(verbatim.text)
    except SyntaxFaults:  # it was sound in its file: what its layout made of it isn't
        return NOTHING
