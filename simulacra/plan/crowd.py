"""Who of a job is where: what distinct_hosts, distinct_property, spread and the aversion to one's own kind count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from simulacra.model.workload import Group, Job
from simulacra.plan.columns import MISSING, Column, Mask, Numbers, Places

_Counts: TypeAlias = dict[tuple[str, int], int]
JobKey: TypeAlias = tuple[str, str]
"""Namespace and id."""


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
        self._present: dict[JobKey, _Counts] = {}
        self._leaving: dict[JobKey, _Counts] = {}
        self._own: set[JobKey] = set()

    def copy(self) -> Crowd:
        other = Crowd()
        other._present = dict(self._present)
        other._leaving = dict(self._leaving)
        self._own = set()
        return other

    def add(self, job: JobKey, group: str, node: int, leaving: bool = False) -> None:
        self._change(job, group, node, leaving, 1)

    def remove(self, job: JobKey, group: str, node: int, leaving: bool = False) -> None:
        self._change(job, group, node, leaving, -1)

    def where(self, job: Job, group: Group | None, staying: bool = False) -> Counted | None:
        """How many of the job (of one group of it) are on which nodes, or None where there are none at all."""
        key = (job.namespace, job.id)
        present = self._present.get(key)
        if not present:
            return None
        counts: dict[int, int] = {}
        for (name, node), count in present.items():
            if group is None or name == group.name:
                counts[node] = counts.get(node, 0) + count
        for (name, node), count in self._leaving[key].items() if staying else ():
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
        if job not in self._own:
            self._own.add(job)
            self._present[job] = dict(self._present.get(job, {}))
            self._leaving[job] = dict(self._leaving.get(job, {}))
        for counts in (self._present[job], self._leaving[job]) if leaving else (self._present[job],):
            count = counts.get((group, node), 0) + by
            if count > 0:
                counts[group, node] = count
            else:
                counts.pop((group, node), None)


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
