"""What waits for room, from the scheduler's blocked evaluations."""

from __future__ import annotations

from collections.abc import Iterable

from simulacra.gateways.nomad_values import Evaluation
from simulacra.model.service import EVERYWHERE_TYPES
from simulacra.model.workload import Demand


def demands_of(blocked: Iterable[Evaluation]) -> tuple[Demand, ...]:
    """How many instances of each group wait, by namespace, job and group.

    A job has one blocked evaluation, for a moment two: the newest counts. A system job has one for each node.
    """
    newest: dict[tuple[str, str, str], Evaluation] = {}
    for it in sorted(blocked, key=lambda it: (it.create_index, it.id)):
        newest[it.namespace, it.job, it.node or "" if it.type in EVERYWHERE_TYPES else ""] = it
    found: dict[tuple[str, str, str], Demand] = {}
    for (namespace, job, _), evaluation in newest.items():
        for group, count in _waiting(evaluation):
            before = found.get((namespace, job, group))
            since_s = evaluation.created_s
            found[namespace, job, group] = Demand(
                job,
                namespace,
                group,
                count + (before.count if before else 0),
                min(since_s, before.since_s) if before else since_s,
            )
    return tuple(found[key] for key in sorted(found))


def _waiting(evaluation: Evaluation) -> Iterable[tuple[str, int]]:
    """The groups that found no room. One that the scheduler has tried again says how many are queued; else its failures are counted."""
    queued = dict(evaluation.queued)
    for failure in evaluation.failures:
        yield failure.group, queued.get(failure.group) or failure.missing
