"""Who of a job is where: what distinct_hosts, distinct_property, spread and the aversion to one's own kind count."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from simulacra.model.workload import Group, Job
from simulacra.plan.columns import MISSING, Column, Mask, Numbers

_Counts: TypeAlias = dict[tuple[str, int], int]
JobKey: TypeAlias = tuple[str, str]
"""Namespace and id."""


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

    def on(self, job: Job, group: Group | None, nodes: int, staying: bool = False) -> Numbers | None:
        """How many of the job (of one group of it) are on each of the nodes, or None where there are none at all."""
        key = (job.namespace, job.id)
        present = self._present.get(key)
        if not present:
            return None
        counts = np.zeros(nodes, dtype=np.int64)
        for (name, node), count in present.items():
            if group is None or name == group.name:
                counts[node] += count
        if staying:
            for (name, node), count in self._leaving.get(key, {}).items():
                if group is None or name == group.name:
                    counts[node] -= count
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


def used(column: Column, counts: Numbers | None) -> Numbers:
    """How many allocations there are for each value of the column."""
    if counts is None:
        return np.zeros(len(column.values), dtype=np.int64)
    there = np.flatnonzero((counts > 0) & (column.codes != MISSING))
    return np.bincount(column.codes[there], weights=counts[there], minlength=len(column.values)).astype(np.int64)


def under(column: Column, counts: Numbers | None, allowed: int) -> Mask:
    """On which nodes the value has been used less often than allowed; never where there is none."""
    room = np.append(used(column, counts) < allowed, False)
    return room[column.codes]
