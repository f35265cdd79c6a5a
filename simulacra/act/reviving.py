"""Has placed anew what its own machine has stopped, where Nomad leaves it at that.

A client that hears of no server stops what has ``stop_on_client_after``. Where the servers haven't missed the client by then, the instance
is complete for them, and nothing is evaluated: its service stays without it until somebody asks. Seen on Nomad 1.11.3; source:
``client/heartbeatstop.go``, and ``Node.UpdateAlloc``, which makes no evaluation of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from simulacra.act.steward import Tell, View
from simulacra.faults import Fault
from simulacra.gateways.nomad_values import Allocation, Evaluation
from simulacra.model.snapshot import Snapshot

Key = tuple[str, str]
"""A job's namespace and id."""

PATIENCE_S, LONGEST_S = 30.0, 3600.0
"""So long an instance may be missing until Nomad is asked about it; each time the double, up to so long."""
GIVEN_UP = ("complete", "lost")
"""What Nomad places another one for; one that failed for good keeps its place. Source: ``shouldFilter`` in nomad's ``reconciler``."""


class Jobs(Protocol):
    """What is needed of Nomad; the newest come first."""

    def evaluations(self, job: str, namespace: str) -> tuple[Evaluation, ...]: ...
    def allocations_of(self, job: str, namespace: str) -> tuple[Allocation, ...]: ...
    def stop_allocation(self, allocation_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Asking:
    """When Nomad is asked about a job, and how long it is waited after that."""

    at_s: float
    then_s: float


class Reviving:
    """Remembers since when services lack an instance; whoever leads next begins anew."""

    def __init__(self, nomad: Jobs, tell: Tell) -> None:
        self._nomad, self._tell = nomad, tell
        self._asking: dict[Key, _Asking] = {}

    def revive(self, seen: View, leads: Callable[[], bool]) -> bool:
        """Whether anything was placed anew. Where the grid only observes nothing is. ``leads``: whether we still may act."""
        now_s = seen.snapshot.now_s
        short = _short(seen.snapshot) if seen.grid.mode == "act" else {}
        self._asking = {key: self._asking.get(key) or _Asking(now_s + PATIENCE_S, 2 * PATIENCE_S) for key in short}
        due = [key for key, asking in self._asking.items() if now_s >= asking.at_s]
        if not due or not leads():
            return False
        done = False
        for namespace, job in due:
            waits_s = self._asking[namespace, job].then_s
            self._asking[namespace, job] = _Asking(now_s + waits_s, min(2 * waits_s, LONGEST_S))
            try:
                done = self._revived(job, namespace, short[namespace, job]) or done
            except Fault as fault:
                self._tell(f"{job}: what its machine has stopped is left for later: {fault}")
        return done

    def _revived(self, job: str, namespace: str, count: int) -> bool:
        """What Nomad still has to evaluate, a replacement that is put off say, it does by itself. Where it counts as many as are asked for
        it would place none.
        """
        if any(it.status in ("pending", "blocked") for it in self._nomad.evaluations(job, namespace)):
            return False
        own = [it for it in self._nomad.allocations_of(job, namespace) if it.desired == "run"]
        ended = next((it for it in own if it.status == "complete"), None)
        if ended is None or sum(it.status not in GIVEN_UP for it in own) >= count:
            return False
        self._tell(
            f"{job}: {ended.node_name} has stopped its instance when no server answered, and Nomad leaves it at that: it is placed anew"
        )
        self._nomad.stop_allocation(ended.id)
        return True


def _short(snapshot: Snapshot) -> Mapping[Key, int]:
    """The services that clients stop, of which fewer instances are there than asked for, though none waits for room; with how many are
    asked for in all. Of a job that is being stopped all that is there leaves; what is missing of another one is seen once that is gone.
    """
    own = [job for job in snapshot.jobs if job.type == "service" and job.definition is not None]
    stopped = [job for job in own if any(it.disconnect.stop_after_s is not None for it in job.groups)]
    if not stopped:
        return {}
    there = Counter((it.namespace, it.job, it.group) for it in snapshot.allocations if not it.leaving)
    leaving = {(it.namespace, it.job) for it in snapshot.allocations if it.leaving} - {key[:2] for key in there}
    waiting = {(it.namespace, it.job) for it in snapshot.demands}
    return {
        (job.namespace, job.id): sum(it.count for it in job.groups)
        for job in stopped
        if (job.namespace, job.id) not in waiting | leaving and any(there[job.namespace, job.id, it.name] < it.count for it in job.groups)
    }
