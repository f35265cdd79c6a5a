"""What one instance of a service asks of a machine, as far as its definition, or the jobspec that it names, tells."""

from __future__ import annotations

import re

from simulacra.model.jobspec import JobGroup, Jobspec
from simulacra.model.service import Service

CPU_MHZ, MEMORY_MB = 100, 300
"""Nomad's defaults."""
_DRIVER = re.compile(r'^driver\s*=\s*"([^"]+)"', re.MULTILINE)


def drivers_of(service: Service) -> tuple[str, ...]:
    """The task drivers that it needs, its verbatim tasks' included, by name."""
    spec = service.jobspec
    if spec is not None:
        named = (spec.plain(it.driver) for group in groups_of(spec) for it in group.tasks)
        return tuple(sorted({name for name in named if name}))
    found = {match for _, body in service.tasks for match in _DRIVER.findall(body.text)}
    return tuple(sorted(found | ({service.driver.name} if service.driver else set())))


def size_of(service: Service) -> tuple[int, int]:
    """MHz and MiB: of its own task (verbatim tasks aren't read for it), or of the largest group in its jobspec."""
    if service.jobspec is not None:
        sizes = [_size(service.jobspec, group) for group in groups_of(service.jobspec)]
        return max((cpu for cpu, _ in sizes), default=CPU_MHZ), max((memory for _, memory in sizes), default=MEMORY_MB)
    wants = service.resources
    if wants is None:
        return CPU_MHZ, MEMORY_MB
    return wants.cpu or (0 if wants.cores else CPU_MHZ), wants.memory or MEMORY_MB


def has_own(service: Service, stanza: str) -> bool:
    """Whether a group of the service has a stanza of the user's own."""
    return service.group.has(stanza) or any(group.body.has(stanza) for group in groups_of(service.jobspec))


def groups_of(spec: Jobspec | None) -> tuple[JobGroup, ...]:
    """The groups of a service's own jobspec; none where it has none, or where it wasn't read."""
    return spec.outline.groups if spec is not None and spec.outline is not None else ()


def _size(spec: Jobspec, group: JobGroup) -> tuple[int, int]:
    cpus = [0 if it.cores else _number(spec, it.cpu, CPU_MHZ) for it in group.tasks]
    return sum(cpus), sum(_number(spec, it.memory, MEMORY_MB) for it in group.tasks)


def _number(spec: Jobspec, written: str, default: int) -> int:
    plain = spec.plain(written)
    return int(plain) if plain.isdigit() else default
