"""What a service's group asks for, and which of the defined machines could ever hold an instance of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulacra.model.grid import Grid
from simulacra.model.problem import Level, Problem, Rule, problem
from simulacra.model.service import EVERYWHERE_TYPES, Service
from simulacra.model.spread import zones_of
from simulacra.model.workload import Group, Job
from simulacra.plan.candidates import Candidates
from simulacra.plan.feasible import ZONE


@dataclass(frozen=True, slots=True)
class Asked:
    """``zones`` are those that it is to stand in, empty where any will do; ``group`` is without the constraint that says so.

    ``anywhere`` are the machines that could hold an instance if nothing else ran, in whatever zone; ``able`` those in its zones.
    """

    service: Service
    job: Job
    group: Group
    title: str
    zones: tuple[str, ...]
    anywhere: frozenset[str]
    able: frozenset[str]

    @classmethod
    def of(cls, grid: Grid, candidates: Candidates, service: Service, job: Job, group: Group) -> Asked:
        zones = zones_of(grid, service)
        unzoned = _unzoned(group, zones)
        title = f'service "{service.name}"' + (f', group "{group.name}"' if len(job.groups) > 1 else "")
        anywhere = candidates.able(job, unzoned)
        able = frozenset(it for it in anywhere if candidates.zones[it] in zones) if zones else anywhere
        return cls(service, job, unzoned, title, zones, anywhere, able)

    @property
    def everywhere(self) -> bool:
        return self.job.type in EVERYWHERE_TYPES

    @property
    def name(self) -> tuple[str, str]:
        return self.service.name, self.group.name

    def said(self, message: str, rule: Rule, level: Level = "warning") -> Problem:
        return problem(self.service.source, f"{self.title}{message}", rule, level)


def _unzoned(group: Group, zones: tuple[str, ...]) -> Group:
    if not zones:
        return group
    own = (ZONE, "set_contains_any", ",".join(zones))
    return replace(group, constraints=tuple(it for it in group.constraints if (it.left, it.operator, it.right) != own))
