"""What ran when a board was made."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulacra.model.workload import Allocation, Job
from simulacra.plan.columns import Numbers
from simulacra.plan.crowd import JobKey
from simulacra.plan.fleet import SIZES
from simulacra.plan.preempt import LEAST_DIFFERENCE, Resident


@dataclass(frozen=True)
class Running:
    """Allocations with the node of each, and the jobs they are of. Shared by a board and its forks, and never changed."""

    allocations: tuple[Allocation, ...]
    nodes: tuple[int, ...]
    jobs: dict[JobKey, Job]

    @cached_property
    def by_id(self) -> dict[str, int]:
        return {allocation.id: at for at, allocation in enumerate(self.allocations)}

    def residents(self, job: Job, node: int, gone: Collection[str]) -> tuple[Resident, ...]:
        """Those on a node that such a job may push out, by id. Allocations whose job isn't known stay."""
        found = []
        for at in self._by_node.get(node, ()):
            allocation, priority = self.allocations[at], self._priorities[at]
            own = (allocation.namespace, allocation.job) == (job.namespace, job.id)
            if priority is not None and not own and job.priority - priority >= LEAST_DIFFERENCE and allocation.id not in gone:
                found.append(Resident(allocation, priority))
        return tuple(sorted(found, key=lambda it: it.allocation.id))

    def yielding(self, job: Job, nodes: int, gone: Set[str]) -> Numbers:
        """How much MHz, MiB of memory and of disk could be had on each node by pushing out whoever may be, a row each; the job's own
        allocations are among it.
        """
        freed = self._yielding(job.priority - LEAST_DIFFERENCE, nodes).copy()
        for allocation_id in gone:
            at = self.by_id[allocation_id]
            priority = self._priorities[at]
            if priority is not None and priority <= job.priority - LEAST_DIFFERENCE:
                freed[:, self.nodes[at]] -= [getattr(self.allocations[at], size) for size in SIZES]
        return freed

    def _yielding(self, highest: int, nodes: int) -> Numbers:
        found = self._sums.get(highest)
        if found is None:
            found = self._sums[highest] = np.zeros((len(SIZES), nodes), dtype=np.int64)
            low = [at for at, priority in enumerate(self._priorities) if priority is not None and priority <= highest]
            places = np.array([self.nodes[at] for at in low], dtype=np.intp)
            for row, size in enumerate(SIZES):
                np.add.at(found[row], places, np.array([getattr(self.allocations[at], size) for at in low], dtype=np.int64))
        return found

    @cached_property
    def _sums(self) -> dict[int, Numbers]:
        return {}

    @cached_property
    def _priorities(self) -> list[int | None]:
        jobs = [self.jobs.get((it.namespace, it.job)) for it in self.allocations]
        return [None if job is None else job.priority for job in jobs]

    @cached_property
    def _by_node(self) -> dict[int, list[int]]:
        on: dict[int, list[int]] = {}
        for at, node in enumerate(self.nodes):
            on.setdefault(node, []).append(at)
        return on
