"""The whole cluster as the planner sees it: a fixed number of calls, and what hasn't changed isn't read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import requests

from simulacra.gateways.nomad_cluster_reading import ListedAllocation, cluster_allocation, cluster_node, listed_allocations, with_status
from simulacra.gateways.nomad_connection import ANY_NAMESPACE, NomadConnection
from simulacra.gateways.nomad_faults import NotThere
from simulacra.gateways.nomad_reading import Json
from simulacra.gateways.nomad_settings import Settings
from simulacra.gateways.nomad_values import NodeStub
from simulacra.gateways.printable import printable
from simulacra.gateways.several import at_once
from simulacra.model.cluster import Node
from simulacra.model.workload import Allocation

LIVE = 'ClientStatus == "running" or ClientStatus == "pending" or ClientStatus == "unknown"'
ONE_BY_ONE = 100
"""So many new allocations are asked for one by one: a list goes through all that there are."""


class NomadCluster(NomadConnection):
    """What is remembered between two looks is forgotten once Nomad doesn't list it any more."""

    def __init__(self, settings: Settings, tell: Callable[[str], None] | None = None) -> None:
        super().__init__(settings, tell)
        self._nodes: dict[str, tuple[int, Node]] = {}
        self._allocations: dict[ListedAllocation, Allocation] = {}

    def node_stubs(self) -> tuple[NodeStub, ...]:
        """All nodes in one call, by name, without what they have."""
        raw = self._ask("list nodes (node read)", lambda: self._api.nodes.get_nodes())
        stubs = (NodeStub(item["ID"], printable(item["Name"]), item["Status"], item["ModifyIndex"]) for item in raw)
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
        """All allocations that take up room, of all namespaces, by id: one call, and one for what each new one was given.

        That doesn't change: Nomad replaces an allocation whose job asks for something else (``tasksUpdated`` in its scheduler).
        """
        listed = sorted(listed_allocations(self._list(resources=False)))
        known = self._allocations
        if missing := [row for row in listed if row not in known]:
            known = known | self._changed(missing, {row.id: allocation for row, allocation in known.items()})
        self._allocations = {row: known[row] for row in listed if row in known}
        return tuple(self._allocations.values())

    def _changed(self, rows: Sequence[ListedAllocation], before: dict[str, Allocation]) -> dict[ListedAllocation, Allocation]:
        new = {row.id for row in rows} - before.keys()
        whole = self._list(resources=True).json() if len(new) > ONE_BY_ONE else filter(None, at_once(self._whole_allocation, sorted(new)))
        known = before | {raw["ID"]: cluster_allocation(raw) for raw in whole if raw["ID"] in new}
        return {row: with_status(known[row.id], row) for row in rows if row.id in known}

    def _list(self, resources: bool) -> requests.Response:
        """Without their resources the rows are a third smaller, and Nomad gathers them in half of the time."""
        params = {"filter": LIVE, "namespace": ANY_NAMESPACE, "resources": "true" if resources else "false", "task_states": "false"}
        found: requests.Response = self._ask(
            "list allocations (capability read-job)", lambda: self._api.allocations.request(method="get", params=dict(params))
        )
        return found

    def _whole_allocation(self, id_: str) -> Json | None:
        try:
            found: Json = self._ask(
                f"read allocation {id_} (capability read-job)", lambda: self._api.allocation.get_allocation(id_), may_lack=True
            )
        except NotThere:
            return None
        return found
