"""A service to its Nomad jobspec: HCL text in `nomad fmt`'s layout, the same bytes for the same grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError

from simulacra.faults import Usage
from simulacra.hcl.quote import Unquotable
from simulacra.model.catalog import catalog_names
from simulacra.model.grid import Grid, Port, Resources, Service, Verbatim
from simulacra.model.spread import count_of, per_zone, zones_of
from simulacra.render.environment import environment
from simulacra.render.layout import assignments

TEMPLATE = "job.nomad.hcl.j2"
_FAILURES = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""What an expression in a template of the user's may end in, beside Jinja2's own errors."""


def jobspec_file(service: Service) -> str:
    """The name of a service's file in ``jobspecs/``."""
    return f"{service.name}.nomad.hcl"


def render_job(grid: Grid, service: Service, templates: Path | None = None) -> str:
    """The service's jobspec; ``templates`` is the user's own folder of templates, which wins over the shipped ones.

    Raises `simulacra.faults.Usage` where a template of the user's is broken.
    """
    made = environment(templates)
    made.filters.setdefault("port_lines", _port_lines)
    made.filters.setdefault("resource_lines", _resource_lines)
    try:
        return made.get_template(TEMPLATE).render(_view(grid, service))
    except TemplateSyntaxError as error:
        raise Usage(f"{error.filename or error.name}:{error.lineno}: {error.message}: correct the template") from error
    except TemplateError as error:
        raise Usage(f'the template {TEMPLATE}, for service "{service.name}": {error.message}: correct the template') from error
    except UnicodeDecodeError as error:
        raise Usage(f"the template {TEMPLATE}, or one that it includes, isn't UTF-8 text: save it as UTF-8") from error
    except Unquotable as error:
        raise Usage(f'{service.source}: service "{service.name}" holds a string that Nomad would read as another: it {error}') from error
    except _FAILURES as error:
        if templates is None:
            raise
        raise Usage(f'the template {TEMPLATE}, for service "{service.name}": {error}: correct the template') from error


def _view(grid: Grid, service: Service) -> dict[str, Any]:
    """What the template works with, beside the grid and the service themselves."""
    everywhere = service.type in ("system", "sysbatch")
    tasks = dict(service.tasks)
    own_body = tasks.get(service.name, Verbatim())
    return {
        "grid": grid,
        "service": service,
        "head": _head(service),
        "description": service.description or f"The service {service.name} of the grid {grid.name}.",
        "job_meta": service.job.lifted_body("meta"),
        "tier": grid.tier(service.tier) if service.tier is not None else None,
        "count": None if everywhere else count_of(grid, service),
        "zones": zones_of(grid, service),
        "per_zone": 0 if everywhere else per_zone(grid, service),
        "spread": not everywhere and count_of(grid, service) > 1 and not _given(service, "spread"),
        "roams": not everywhere and not _given(service, "affinity"),
        "disconnect": _disconnect(service),
        "update": service.type == "service" and not _given(service, "update"),
        "network": service.group.lifted_body("network"),
        "catalog_names": dict(catalog_names(service)),
        "own_task": service.driver is not None or bool(own_body) or service.resources is not None,
        "own_body": own_body,
        "other_tasks": [(name, body) for name, body in service.tasks if name != service.name],
    }


def _given(service: Service, stanza: str) -> bool:
    return service.job.has(stanza) or service.group.has(stanza)


def _head(service: Service) -> str:
    priority = [("priority", str(service.priority))] if service.priority is not None else []
    return assignments([("type", f'"{service.type}"'), *priority], 2)


def _disconnect(service: Service) -> str | None:
    """Which `disconnect` the service gets: a name that the template knows, None for none of ours."""
    if service.group.has("disconnect") or service.type == "sysbatch":
        return None
    if service.type == "system":
        return "everywhere"
    return "twice" if service.run_twice else "once"


def _port_lines(port: Port) -> str:
    given = (("static", port.static), ("to", port.to))
    return assignments([*((key, str(value)) for key, value in given if value is not None), ("host_network", '"overlay"')], 8)


def _resource_lines(resources: Resources) -> str:
    given = (("cpu", resources.cpu), ("cores", resources.cores), ("memory", resources.memory), ("memory_max", resources.memory_max))
    return assignments([(key, str(value)) for key, value in given if value is not None], 8)
