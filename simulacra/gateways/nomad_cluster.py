"""The whole cluster as the planner sees it: a fixed number of calls, and what hasn't changed isn't read again."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from simulacra.gateways.nomad_cluster_reading import cluster_allocation, cluster_node, with_status
from simulacra.gateways.nomad_connection import ANY_NAMESPACE, NomadConnection
from simulacra.gateways.nomad_faults import NotThere
from simulacra.gateways.nomad_reading import Json, rows
from simulacra.gateways.nomad_settings import Settings
from simulacra.gateways.nomad_values import NodeStub
from simulacra.gateways.several import at_once
from simulacra.model.cluster import Node
from simulacra.model.workload import Allocation

LIVE = 'ClientStatus == "running" or ClientStatus == "pending" or ClientStatus == "unknown"'
JOBS_IN_A_FILTER = 30
PLAIN = re.compile("[A-Za-z0-9_./-]+")


class NomadCluster(NomadConnection):
    """What is remembered between two looks is forgotten once Nomad doesn't list it any more."""

    def __init__(self, settings: Settings, tell: Callable[[str], None] | None = None) -> None:
        super().__init__(settings, tell)
        self._nodes: dict[str, tuple[int, Node]] = {}
        self._allocations: dict[str, tuple[int, Allocation]] = {}

    def node_stubs(self) -> tuple[NodeStub, ...]:
        """All nodes in one call, by name, without what they have."""
        raw = self._ask("list nodes (node read)", lambda: self._api.nodes.get_nodes())
        stubs = (NodeStub(item["ID"], item["Name"], item["Status"], item["ModifyIndex"]) for item in raw)
        return tuple(sorted(stubs, key=lambda it: (it.name, it.id)))

    def whole_nodes(self, stubs: Sequence[NodeStub]) -> tuple[Node, ...]:
        """These nodes with all that they have, in their order: a call for each whose modify index has moved. Those gone are left out."""
        moved = [stub for stub in stubs if self._nodes.get(stub.id, (0,))[0] != stub.modify_index]
        read = {stub.id: node for stub, node in zip(moved, at_once(self._whole_node, moved), strict=True)}
        known = self._nodes
        self._nodes = {}
        for stub in stubs:
            if stub.id not in read:
                self._nodes[stub.id] = known[stub.id]
            elif (found := read[stub.id]) is not None:
                self._nodes[stub.id] = found
        return tuple(node for _, node in self._nodes.values())

    def _whole_node(self, stub: NodeStub) -> tuple[int, Node] | None:
        try:
            raw = self._ask(f"read node {stub.name} (node read)", lambda: self._api.node.get_node(stub.id), may_lack=True)
        except NotThere:
            return None
        return raw["ModifyIndex"], cluster_node(raw)

    def live_allocations(self) -> tuple[Allocation, ...]:
        """All allocations that take up room, of all namespaces, by id: one call, and a second for the resources of those that are new.

        What an allocation was given stays the same as long as its job's version does.
        """
        known, self._allocations = self._allocations, {}
        new: list[Json] = []
        for raw in self._listed(LIVE):
            found = known.get(raw["ID"])
            if found is None or found[0] != raw["JobVersion"]:
                new.append(raw)
            else:
                self._allocations[raw["ID"]] = (found[0], with_status(found[1], raw))
        if new:
            wanted = {raw["ID"] for raw in new}
            for raw in self._listed(_of_jobs({raw["JobID"] for raw in new}), resources=True):
                if raw["ID"] in wanted:
                    self._allocations[raw["ID"]] = (raw["JobVersion"], cluster_allocation(raw))
        return tuple(self._allocations[id_][1] for id_ in sorted(self._allocations))

    def _listed(self, filter_: str, resources: bool = False) -> list[Json]:
        """Rows without their resources are a third smaller, and far fewer objects."""
        params = {"filter": filter_, "namespace": ANY_NAMESPACE, "resources": "true" if resources else "false", "task_states": "false"}

        def asked() -> Any:
            return self._api.allocations.request(method="get", params=dict(params)).json()

        return rows(self._ask("list allocations (capability read-job)", asked))


def _of_jobs(jobs: set[str]) -> str:
    """The filter for what is live of these jobs; for what is live of all, where they are many or their names need more than quotes."""
    if len(jobs) > JOBS_IN_A_FILTER or not all(PLAIN.fullmatch(job) for job in jobs):
        return LIVE
    either = " or ".join(f'JobID == "{job}"' for job in sorted(jobs))
    return f"({either}) and ({LIVE})"
