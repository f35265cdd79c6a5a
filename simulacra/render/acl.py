"""The folder ``autoscaler/acl``: Nomad's access policies with just the rights that each who works with the grid needs."""

from __future__ import annotations

from pathlib import Path

from simulacra.hcl.syntax import parse
from simulacra.model.grid import Grid
from simulacra.model.journal import NODE_JOB, ORDERS, REPORTS
from simulacra.model.proxy import grants_path, proxies_of
from simulacra.model.service import Service
from simulacra.render.environment import fill
from simulacra.render.expected_job import body_of
from simulacra.render.expected_text import with_values
from simulacra.render.nomad_json import NOTHING, as_text

NAMESPACE = "default"
ROLES = ("autoscaler", "node", "operator", "reader")
"""The Nomad Autoscaler, the program on every machine, a person who runs the grid, a person who looks at it."""


def namespace_of(grid: Grid) -> str:
    """The namespace of the grid's jobs, its journal and its orders."""
    return grid.nomad.namespace or NAMESPACE


def render_policies(grid: Grid, templates: Path | None = None) -> dict[str, str]:
    """The policies' texts by their paths in the folder ``autoscaler``; ``templates`` is the user's own folder of templates.

    Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    view = {
        "grid": grid,
        "namespace": namespace_of(grid),
        "other_namespaces": _others(grid),
        "node_job": NODE_JOB,
        "orders": ORDERS,
        "reports": REPORTS,
        "grants": [grants_path(it.name) for it in proxies_of(grid) if any(device.allow is not None for device in it.peripherals)],
    }
    names = (f"acl/{role}.hcl" for role in ROLES)
    return {name: fill(f"autoscaler/{name}.j2", view, f"the autoscaler's {name}", templates) for name in names}


def _others(grid: Grid) -> list[str]:
    """Where services run that say that they belong elsewhere than the grid's other jobs, by name."""
    found = {_own(service) for service in grid.services}
    return sorted(name for name in found if name is not None and name != namespace_of(grid))


def _own(service: Service) -> str | None:
    """The namespace that the service's job names, as far as it can be read without Nomad; None where it names none."""
    if service.jobspec is not None:
        text = with_values(service.jobspec.text, service.jobspec)
        job = next((it.body for it in parse(text).blocks if it.type == "job"), NOTHING)
    else:
        job = body_of(service.job)
    return as_text(job, "namespace", None)
