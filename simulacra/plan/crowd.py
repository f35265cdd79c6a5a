"""Who of a job is where: what distinct_hosts, distinct_property, spread and the aversion to one's own kind count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from simulacra.model.workload import Group, Job
from simulacra.plan.columns import MISSING, Column, Mask, Numbers, Places

_Counts: TypeAlias = dict[tuple[str, int], int]
JobKey: TypeAlias = tuple[str, str]
"""Namespace and id."""


@dataclass(slots=True)
class _Job:
    """How many of each group are on each node, and how many of these are leaving."""

    present: _Counts = field(default_factory=dict)
    leaving: _Counts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """``counts[i]`` allocations on ``nodes[i]``."""

    nodes: Places
    counts: Numbers


class Crowd:
    """For each job how many allocations of which group are on which node. A copy shares what neither has written to since.

    Those that are leaving still occupy a host, but no longer count for a property or a spread (nomad's ``propertySet``).
    """

    def __init__(self) -> None:
        self._first: dict[JobKey, _Job] = {}
        """As it was at the first copy; shared by all, and written to by none."""
        self._since: dict[JobKey, _Job] = {}
        """The jobs of which something has changed since, in the place of the first."""
        self._own: set[JobKey] = set()
        """Those of them that nobody else has."""

    def copy(self) -> Crowd:
        if not self._first:
            self._first, self._since = self._since, {}
        other = Crowd()
        other._first = self._first
        other._since = dict(self._since)
        self._own = set()
        return other

    def add(self, job: JobKey, group: str, node: int, leaving: bool = False) -> None:
        self._change(job, group, node, leaving, 1)

    def remove(self, job: JobKey, group: str, node: int, leaving: bool = False) -> None:
        self._change(job, group, node, leaving, -1)

    def where(self, job: Job, group: Group | None, staying: bool = False) -> Counted | None:
        """How many of the job (of one group of it) are on which nodes, or None where there are none at all."""
        found = self._of((job.namespace, job.id))
        if found is None or not found.present:
            return None
        counts: dict[int, int] = {}
        for (name, node), count in found.present.items():
            if group is None or name == group.name:
                counts[node] = counts.get(node, 0) + count
        for (name, node), count in found.leaving.items() if staying else ():
            if group is None or name == group.name:
                counts[node] -= count
        many = len(counts)
        return Counted(np.fromiter(counts, np.intp, many), np.fromiter(counts.values(), np.int64, many)) if many else None

    def on(self, job: Job, group: Group | None, nodes: int) -> Numbers | None:
        """The same for each of the nodes."""
        there = self.where(job, group)
        if there is None:
            return None
        counts = np.zeros(nodes, dtype=np.int64)
        counts[there.nodes] = there.counts
        return counts

    def _change(self, job: JobKey, group: str, node: int, leaving: bool, by: int) -> None:
        of = self._since.get(job)
        if of is None or job not in self._own:
            before = self._of(job)
            of = self._since[job] = _Job() if before is None else _Job(dict(before.present), dict(before.leaving))
            self._own.add(job)
        for counts in (of.present, of.leaving) if leaving else (of.present,):
            count = counts.get((group, node), 0) + by
            if count > 0:
                counts[group, node] = count
            else:
                counts.pop((group, node), None)

    def _of(self, job: JobKey) -> _Job | None:
        found = self._since.get(job)
        return self._first.get(job) if found is None else found


def used(column: Column, there: Counted | None) -> Numbers:
    """How many allocations there are for each value of the column."""
    if there is None:
        return np.zeros(len(column.values), dtype=np.int64)
    codes = column.codes[there.nodes] - MISSING
    return np.bincount(codes, weights=there.counts, minlength=len(column.values) + 1)[1:].astype(np.int64)


def under(column: Column, there: Counted | None, allowed: int) -> Mask:
    """On which nodes the value has been used less often than allowed; never where there is none."""
    room = np.append(used(column, there) < allowed, False)
    return room[column.codes]
