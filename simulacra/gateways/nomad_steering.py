"""What of Nomad's nodes is steered, and how to know that nothing changed.

Source: https://developer.hashicorp.com/nomad/api-docs/nodes, …/client, …/operator/scheduler
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulacra.faults import Fault, Refusal
from simulacra.gateways.nomad_connection import NomadConnection, given, quoted
from simulacra.gateways.nomad_reading import part
from simulacra.gateways.several import at_once
from simulacra.model.service import JobType
from simulacra.model.snapshot import Scheduler

NO_DEADLINE_S = 10 * 365 * 86400.0
PREEMPTING: tuple[tuple[JobType, str], ...] = (
    ("batch", "BatchSchedulerEnabled"),
    ("service", "ServiceSchedulerEnabled"),
    ("sysbatch", "SysBatchSchedulerEnabled"),
    ("system", "SystemSchedulerEnabled"),
)
DRAINED_BY = "simulacra"


class NomadSteering(NomadConnection):
    """Each write sets what it sets again when it is repeated, so it is repeated until Nomad answers."""

    def drain(self, node_id: str, deadline_s: float | None = None, reason: str = "") -> None:
        """Empty the node, system jobs aside, and let nothing new in. What isn't gone after ``deadline_s`` is stopped; None: nothing is.

        ``reason`` stands in the node's last drain, where people look. Asked again, the deadline begins anew, and Nomad looks whether the
        node is empty.
        """
        # a drain without any deadline is the same when it is asked for again: then Nomad doesn't look (``DrainStrategy.Equal``)
        ends_s = NO_DEADLINE_S if deadline_s is None else deadline_s
        spec = {"Deadline": max(1, int(ends_s * 1e9)), "IgnoreSystemJobs": True}
        body = {"NodeID": node_id, "DrainSpec": spec, "MarkEligible": False, "Meta": given({"by": DRAINED_BY, "reason": reason or None})}
        self._drained(node_id, body, "drain")

    def end_drain(self, node_id: str, eligible: bool) -> None:
        """End a drain if one is under way; work is let in again, or the node stays as it is (a drain had made it ineligible)."""
        self._drained(node_id, {"NodeID": node_id, "DrainSpec": None, "MarkEligible": eligible}, "end the drain of")

    def _drained(self, node_id: str, body: Mapping[str, object], what: str) -> None:
        self._ask(
            f"{what} node {node_id} (node write)",
            lambda: self._api.node.request(quoted(node_id), "drain", method="post", json=body),
        )

    def set_eligible(self, node_id: str, eligible: bool) -> None:
        """Whether the scheduler may place something on the node. A node that is drained can't be made eligible: raises `Refusal`."""
        word = "eligible" if eligible else "ineligible"
        self._ask(f"make node {node_id} {word} (node write)", lambda: self._api.node.eligible_node(quoted(node_id), eligible=eligible))

    def set_meta(self, node_id: str, labels: Mapping[str, str | None]) -> None:
        """Set the node's dynamic metadata, None takes a key away; other keys stay. The node itself is asked: it must be there."""
        body = {"NodeID": node_id, "Meta": dict(labels)}
        self._ask(
            f"label node {node_id} (node write)",
            lambda: self._metadata.request(method="post", params={"node_id": node_id}, json=body),
            may_lack=True,
        )

    def label_nodes(self, wanted: Sequence[tuple[str, Mapping[str, str | None]]]) -> tuple[str, ...]:
        """`set_meta` for several nodes, a few at once; for those that can't be labelled now why, in no order of importance."""

        def label(one: tuple[str, Mapping[str, str | None]]) -> str:
            try:
                self.set_meta(*one)
            except Fault as fault:
                return str(fault)
            return ""

        return tuple(filter(None, at_once(label, wanted)))

    def stop_allocation(self, allocation_id: str) -> None:
        """Stop one instance where it is, as gracefully as its job says; Nomad places it anew."""
        self._ask(
            f"stop allocation {allocation_id} (capability alloc-lifecycle)",
            lambda: self._api.allocation.request(quoted(allocation_id), "stop", method="post"),
            may_lack=True,
        )

    def scheduler(self) -> Scheduler:
        """The scheduler's configuration; for a token that may not read it Nomad's own defaults, with the reason."""
        try:
            raw = self._ask(
                "read the scheduler's configuration (operator read)",
                lambda: self._api.operator.request("scheduler", "configuration", method="get").json(),
            )
        except Refusal as refusal:
            return Scheduler(assumed=str(refusal))
        config = part(raw, "SchedulerConfig")
        preemption = part(config, "PreemptionConfig")
        return Scheduler(
            algorithm=config.get("SchedulerAlgorithm") or "binpack",
            preempts=tuple(type_ for type_, key in PREEMPTING if preemption.get(key)),
        )

    def indexes(self) -> tuple[int, ...]:
        """The indexes of Nomad's tables of nodes, allocations, evaluations, jobs and variables: equal ones mean that nothing changed.

        A list's index is that of the whole table, whatever the namespace, the filter and the number of its rows. Raises `Denied` for a
        token that may not list one in the grid's own namespace.
        """
        return (
            self._index("nodes (node read)", self._api.nodes.request),
            self._index("allocations (capability read-job)", self._api.allocations.request),
            self._index("evaluations (capability read-job)", self._api.evaluations.request),
            self._index("jobs (capability list-jobs)", self._api.jobs.request),
            self._index("variables (variables list)", self._api.variables.request),
        )
