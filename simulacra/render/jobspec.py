"""A service to its Nomad jobspec: HCL text in `nomad fmt`'s layout, the same bytes for the same grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulacra.faults import Usage
from simulacra.hcl.quote import Unquotable
from simulacra.model.catalog import catalog_names
from simulacra.model.grid import Grid
from simulacra.model.service import Service
from simulacra.model.spread import choice_of, count_of, per_zone, zones_of
from simulacra.model.verbatim import Verbatim
from simulacra.render.environment import fill
from simulacra.render.layout import assignments

TEMPLATE = "job.nomad.hcl.j2"


def jobspec_file(service: Service) -> str:
    """The name of a service's file in ``jobspecs/``."""
    return f"{service.name}.nomad.hcl"


def render_job(grid: Grid, service: Service, templates: Path | None = None) -> str:
    """The service's jobspec; ``templates`` is the user's own folder of templates, which wins over the shipped ones.

    Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    title = f'service "{service.name}"'
    try:
        return fill(TEMPLATE, _view(grid, service), title, templates)
    except Unquotable as error:
        raise Usage(f"{service.source}: {title} holds a string that Nomad would read as another: it {error}") from error


def _view(grid: Grid, service: Service) -> dict[str, Any]:
    """What the template works with, beside the grid and the service themselves."""
    everywhere = service.type in ("system", "sysbatch")
    count = None if everywhere else count_of(grid, service)
    tasks = dict(service.tasks)
    own_body = tasks.get(service.name, Verbatim())
    return {
        "grid": grid,
        "service": service,
        "head": _head(service),
        "description": service.description or f"The service {service.name} of the grid {grid.name}.",
        "job_meta": service.job.lifted_body("meta"),
        "tier": grid.tier(service.tier) if service.tier is not None else None,
        "count": count,
        "zones": zones_of(grid, service),
        "why_these_zones": _why_these_zones(grid, service),
        "per_zone": 0 if everywhere else per_zone(grid, service),
        "spread": count is not None and count > 1 and not _given(service, "spread"),
        "roams": not everywhere and not _given(service, "affinity"),
        "disconnect": _disconnect(service),
        "update": _update(service),
        "gate": service.needs is not None,
        "interval": f"{grid.power.evaluate_every_s:g}s",
        "network": service.group.lifted_body("network"),
        "catalog_names": dict(catalog_names(service)),
        "own_task": service.driver is not None or bool(own_body) or service.resources is not None,
        "own_body": own_body,
        "other_tasks": [(name, body) for name, body in service.tasks if name != service.name],
    }


def _why_these_zones(grid: Grid, service: Service) -> tuple[str, ...]:
    """Comment lines above the constraint that names the zones."""
    choice = choice_of(grid, service)
    return choice.reason() if choice is not None and len(choice.zones) < choice.of else ("only in these zones",)


def _given(service: Service, stanza: str) -> bool:
    return service.job.has(stanza) or service.group.has(stanza)


def _head(service: Service) -> str:
    priority = [("priority", str(service.priority))] if service.priority is not None else []
    return assignments([("type", f'"{service.type}"'), *priority], 2)


def _update(service: Service) -> str | None:
    """Which `update` the service gets: a name that the template knows, None for the user's own."""
    if service.type != "service" or _given(service, "update"):
        return None
    return "gated" if service.needs is not None else "waits"


def _disconnect(service: Service) -> str | None:
    """Which `disconnect` the service gets: a name that the template knows, None for none of ours."""
    if service.group.has("disconnect") or service.type == "sysbatch":
        return None
    if service.type == "system":
        return "everywhere"
    return "twice" if service.run_twice else "once"
