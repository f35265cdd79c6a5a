"""What must hold within one service: its keys, its guarantees, and Nomad's own stanzas beside them."""

from __future__ import annotations

from collections.abc import Iterator

from simulacra.definitions.definition import Definition
from simulacra.definitions.problems import Problem, problem, quoted
from simulacra.definitions.promises import check_promises, within
from simulacra.model.catalog import catalog_names
from simulacra.model.marks import META_DEFINITION, META_GRID
from simulacra.model.service import Service

_LONGEST_CATALOG_NAME = 63
_INSTEAD = {
    "max_client_disconnect": "lost_after = …",
    "stop_after_client_disconnect": "stop_on_client_after = …",
    "prevent_reschedule_on_lost": "replace = …",
}
"""What Nomad ignores in a group since its 1.11, and what a ``disconnect`` block says in its place."""


def check_service(d: Definition, own_zones: frozenset[str]) -> Iterator[Problem]:
    """All that is wrong with one service; ``own_zones`` are those with a machine of one's own."""
    service: Service = d.value
    title = f'service "{service.name}"'
    yield from check_promises(d, title, own_zones, (service.job, service.group))
    yield from _tasks(d, title)
    yield from _twice_said(d, title)
    yield from _pointless(d, title)
    yield from _ports(d, title)


def _tasks(d: Definition, title: str) -> Iterator[Problem]:
    """Each task has a driver, said once."""
    service: Service = d.value
    if service.driver is None and not service.tasks and not service.group.has("task") and service.template is None:
        yield problem(d.source, f'{title} has nothing to run: add a `driver "docker" {{ … }}`, or a `task "name" {{ … }}` of Nomad\'s')
    names = [name for name, _ in service.tasks]
    if service.driver is None and service.resources is not None and service.name not in names:
        yield problem(
            d.at("resources"), f"{title}: `resources` are those of the service's own task, and there is none: add a `driver` block"
        )
    for name in sorted({*names, service.name} if service.driver is not None else {*names}):
        if service.group.has(f"task {name}"):
            yield within(
                service.group,
                service.group.line_of(f"task {name}"),
                f"{title}: the task {quoted(name)} stands in the service too: merge them into `task {quoted(name)} {{ }}` there",
            )
    for name, body in service.tasks:
        own = name == service.name
        if own and service.driver is not None:
            for key in ("driver", "config"):
                if body.has(key):
                    yield within(
                        body,
                        body.line_of(key),
                        f'{title}: `{key}` stands in the block `driver "{service.driver.name}"` already: remove it here',
                    )
        elif not body.has("driver"):
            yield problem(body.source, f'{title}: the task "{name}" lacks `driver`: which task driver runs it')
        if own and service.resources is not None and body.has("resources"):
            yield within(
                body, body.line_of("resources"), f"{title}: `resources` stands in the service's block `resources` already: remove one"
            )


def _twice_said(d: Definition, title: str) -> Iterator[Problem]:
    """What simulacra decides and Nomad's own stanzas say too."""
    service: Service = d.value
    for key in ("id", "name"):
        if service.job.has(key):
            yield within(service.job, service.job.line_of(key), f"{title}: its job is named as the service is: remove `{key}`")
    if service.job.has(f"group {service.name}"):
        line = service.job.line_of(f"group {service.name}")
        yield within(service.job, line, f"{title}: its own group has that name: put this into the block `group {{ }}` of the service")
    for body, key in ((service.job, "type"), (service.job, "priority"), (service.group, "count")):
        if body.has(key):
            yield within(body, body.line_of(key), f"{title}: `{key}` is simulacra's own key: write it straight into the service")
    if service.needs is not None and service.group.has("scaling"):
        line = service.group.line_of("scaling")
        yield within(service.group, line, f"{title} has both `needs` and a `scaling` of its own, and each would set its count: remove one")
    if d.gives("run_twice") and service.group.has("disconnect"):
        yield within(
            service.group, service.group.line_of("disconnect"), f"{title} has both `run_twice` and a `disconnect` of its own: remove one"
        )
    if (service.description or service.links) and service.job.has("ui"):
        yield within(service.job, service.job.line_of("ui"), f"{title} has both a description or links and a `ui` of its own: remove one")
    meta = service.job.lifted_body("meta")
    for key in (META_GRID, META_DEFINITION):
        if meta.has(key):
            yield within(meta, meta.line_of(key), f"{title}: `{key}` is simulacra's own mark on its jobs: take another name")
    network = service.group.lifted_body("network")
    for port in service.ports:
        if network.has(f"port {port.name}"):
            yield within(
                network, network.line_of(f"port {port.name}"), f'{title}: the port "{port.name}" is defined in the service too: remove one'
            )


def _pointless(d: Definition, title: str) -> Iterator[Problem]:
    """Stanzas that Nomad refuses for a job of this type, or ignores."""
    service: Service = d.value
    stanzas = {"system": ("affinity", "spread"), "sysbatch": ("affinity", "spread", "update"), "batch": ("update",)}
    for body in (service.job, service.group):
        for stanza in stanzas.get(service.type, ()):
            if body.has(stanza):
                yield within(body, body.line_of(stanza), f"{title}: Nomad takes no `{stanza}` in a {service.type} job: remove it")
    for key, instead in _INSTEAD.items():
        if service.group.has(key):
            line = service.group.line_of(key)
            yield within(service.group, line, f"{title}: Nomad ignores `{key}`: write `{instead}` in a block `disconnect`")


def _ports(d: Definition, title: str) -> Iterator[Problem]:
    """Port numbers that are there once, and names that Nomad's service catalog takes."""
    service: Service = d.value
    numbers: dict[int, str] = {}
    for port in service.ports:
        if port.static is not None and numbers.setdefault(port.static, port.name) != port.name:
            yield problem(
                d.at(f"port {port.name}"),
                f'{title}: the port "{numbers[port.static]}" takes {port.static} on the machine already: change one',
            )
    for port_name, name in catalog_names(service):
        if len(name) > _LONGEST_CATALOG_NAME:
            said = f'"{name}" in Nomad\'s service catalog, which takes {_LONGEST_CATALOG_NAME} characters: shorten one of its names'
            yield problem(d.at(f"port {port_name}"), f'{title}: the port "{port_name}" would be {said}')
