"""What one instance of a service asks of a machine, as far as its definition, or the jobspec that it names, tells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulacra.model.jobspec import JobGroup, Jobspec
from simulacra.model.service import Service

CPU_MHZ, MEMORY_MB = 100, 300
"""Nomad's defaults."""
_DRIVER = re.compile(r'^driver\s*=\s*"([^"]+)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class GroupAsk:
    """What one instance of a group asks for. ``group`` is empty where only Nomad knows its name; ``drivers`` are by name."""

    group: str
    drivers: tuple[str, ...] = ()
    cpu_mhz: int = CPU_MHZ
    memory_mb: int = MEMORY_MB


def group_asks(service: Service) -> tuple[GroupAsk, ...]:
    """Of each group of its jobspec, else of its own group: the size is that of its own task then (verbatim tasks aren't read for it)."""
    spec, wants = service.jobspec, service.resources
    if spec is not None:
        return tuple(_asked(spec, group) for group in groups_of(spec)) or (GroupAsk(""),)
    found = {match for _, body in service.tasks for match in _DRIVER.findall(body.text)}
    drivers = tuple(sorted(found | ({service.driver.name} if service.driver else set())))
    if wants is None:
        return (GroupAsk(service.name, drivers),)
    return (GroupAsk(service.name, drivers, wants.cpu or (0 if wants.cores else CPU_MHZ), wants.memory or MEMORY_MB),)


def has_own(service: Service, stanza: str) -> bool:
    """Whether a group of the service has a stanza of the user's own."""
    return service.group.has(stanza) or any(group.body.has(stanza) for group in groups_of(service.jobspec))


def groups_of(spec: Jobspec | None) -> tuple[JobGroup, ...]:
    """The groups of a service's own jobspec; none where it has none, or where it wasn't read."""
    return spec.outline.groups if spec is not None and spec.outline is not None else ()


def _asked(spec: Jobspec, group: JobGroup) -> GroupAsk:
    drivers = {spec.plain(it.driver) for it in group.tasks} - {""}
    cpus = [0 if it.cores else _number(spec, it.cpu, CPU_MHZ) for it in group.tasks]
    return GroupAsk(group.name, tuple(sorted(drivers)), sum(cpus), sum(_number(spec, it.memory, MEMORY_MB) for it in group.tasks))


def _number(spec: Jobspec, written: str, default: int) -> int:
    plain = spec.plain(written)
    return int(plain) if plain.isdigit() else default
