"""A service to its Nomad jobspec: HCL text in `nomad fmt`'s layout, the same bytes for the same grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulacra.faults import Usage
from simulacra.hcl.quote import Unquotable
from simulacra.model.catalog import catalog_names
from simulacra.model.grid import Grid
from simulacra.model.service import Service
from simulacra.model.verbatim import Verbatim
from simulacra.render.environment import fill
from simulacra.render.existing import add_stanzas
from simulacra.render.layout import assignments
from simulacra.render.own_template import fill_own
from simulacra.render.proxy_job import render_proxy
from simulacra.render.stanzas import instances_of, stanzas_view

TEMPLATE = "job.nomad.hcl.j2"


def jobspec_file(service: Service) -> str:
    """The name of a service's file in ``jobspecs/``."""
    return f"{service.name}.nomad.hcl"


def render_job(grid: Grid, service: Service, templates: Path | None = None) -> str:
    """The service's jobspec; ``templates`` is the user's own folder of templates, which wins over the shipped ones.

    Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    if service.jobspec is not None:
        return add_stanzas(grid, service, templates)
    if service.proxies:
        return render_proxy(grid, service, templates)
    title = f'service "{service.name}"'
    try:
        if service.template is not None:
            return fill_own(grid, service, _view(grid, service), templates)
        return fill(TEMPLATE, _view(grid, service), title, templates)
    except Unquotable as error:
        raise Usage(f"{service.source}: {title} holds a string that Nomad would read as another: it {error}") from error


def _view(grid: Grid, service: Service) -> dict[str, Any]:
    """What the template works with, beside what its stanzas do."""
    own_body = dict(service.tasks).get(service.name, Verbatim())
    return stanzas_view(grid, service, service.job, service.group, instances_of(grid, service)) | {
        "head": _head(service),
        "job_meta": service.job.lifted_body("meta"),
        "network": service.group.lifted_body("network"),
        "catalog_names": dict(catalog_names(service)),
        "own_task": service.driver is not None or bool(own_body) or service.resources is not None,
        "own_body": own_body,
        "other_tasks": [(name, body) for name, body in service.tasks if name != service.name],
    }


def _head(service: Service) -> str:
    priority = [("priority", str(service.priority))] if service.priority is not None else []
    return assignments([("type", f'"{service.type}"'), *priority], 2)
