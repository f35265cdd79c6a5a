"""The job of a whole jobspec's text in Nomad's JSON, as far as a scheduler reads it, without a Nomad to ask."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulacra.hcl.quote import quote
from simulacra.hcl.syntax import Block, Body, parse
from simulacra.model.grid import Grid
from simulacra.model.jobspec import Jobspec
from simulacra.model.marks import META_DEFINITION, META_GRID
from simulacra.model.service import EVERYWHERE_TYPES, Service
from simulacra.model.spread import count_of
from simulacra.render.nomad_json import (
    NOTHING,
    Json,
    affinity,
    as_text,
    as_texts,
    as_whole,
    blocks,
    constraints,
    disconnect,
    disk,
    last,
    network,
    reschedule,
    spread,
    task,
    volume,
)

_VARIABLE = re.compile(r"(=[ \t]*)(var\.[\w-]+)(?=[ \t]*\r?$)", re.MULTILINE)


def job_of_text(grid: Grid, service: Service, text: str) -> Json:
    """The job that the service's text is of. Groups that only Nomad can count (dynamic ones) are left out.

    One that waits for its hour or for a call has no instances; one with a gate has them all.
    """
    job = next((it.body for it in parse(text).blocks if it.type == "job"), NOTHING)
    groups = [group_of_block(job, it, _count(grid, service, job, it.body)) for it in blocks(job, "group") if it.labels]
    bare = _count(grid, service, job, NOTHING)
    groups += [{"Name": it.labels[0], "Count": bare, "Tasks": [task(it.body)]} for it in blocks(job, "task") if it.labels]
    return whole_job(grid, service, job, groups) | {"Priority": as_whole(job, "priority", None)}


def whole_job(grid: Grid, service: Service, job: Body, groups: Sequence[Json]) -> Json:
    """A service's job with these groups; ``job`` has what stands beside them."""
    return {
        "ID": service.name,
        "Type": service.type,
        "Priority": service.priority,
        "Datacenters": list(as_texts(job, "datacenters", ("*",))),
        "NodePool": as_text(job, "node_pool", "default"),
        "Namespace": as_text(job, "namespace", "default"),
        "Meta": {META_GRID: grid.name, META_DEFINITION: f"service.{service.name}"},
        "Constraints": constraints(job),
        "Affinities": [affinity(it) for it in blocks(job, "affinity")],
        "Spreads": [spread(it.body) for it in blocks(job, "spread")],
        "TaskGroups": list(groups),
    }


def with_values(text: str, spec: Jobspec) -> str:
    """The text with plain values in the place of variables that stand for a whole attribute, where they are known."""

    def known(found: re.Match[str]) -> str:
        plain = spec.plain(found[2])
        return f"{found[1]}{plain if plain.isdigit() or plain in ('true', 'false') else quote(plain)}" if plain else found[0]

    return _VARIABLE.sub(known, text)


def group_of_block(job: Body, group: Block, count: int | None) -> Json:
    """A ``group`` block of a job's; ``count`` is None where it runs on every machine."""
    own, body = last(group.body, "disconnect"), group.body
    made: Json = {
        "Name": group.labels[0],
        "Count": count,
        "Constraints": constraints(body),
        "Affinities": [affinity(it) for it in blocks(body, "affinity")],
        "Spreads": [spread(it.body) for it in blocks(body, "spread")],
        "Disconnect": disconnect(own) if own is not None else None,
        "ReschedulePolicy": reschedule(body) or reschedule(job),
        "Networks": [network(it.body) for it in blocks(body, "network")],
        "Volumes": {it.labels[0]: volume(it.body) for it in blocks(body, "volume") if it.labels},
        "Tasks": [{"Name": it.labels[0]} | task(it.body) for it in blocks(body, "task") if it.labels],
    }
    return made | disk(body)


def _count(grid: Grid, service: Service, job: Body, group: Body) -> int | None:
    own = own_count(service, job, group)
    return count_of(grid, service) if service.needs is not None and own is not None and not _waits(job) else own


def _waits(job: Body) -> bool:
    """For its hour, or for a call."""
    return bool(blocks(job, "periodic") or blocks(job, "parameterized"))


def own_count(service: Service, job: Body, group: Body) -> int | None:
    """How many instances a group of the service's job has by itself, gates aside; 1 where only Nomad can tell."""
    if service.type in EVERYWHERE_TYPES:
        return None
    if _waits(job):
        return 0
    return max(as_whole(group, "count", 1), 0)
