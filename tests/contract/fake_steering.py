"""What a Nomad in memory has to be steered with: variables, and nodes that are drained and labelled."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from simulacra.faults import Refusal
from simulacra.gateways.nomad_faults import Conflict
from simulacra.gateways.nomad_values import Node, Variable, VariableStub
from simulacra.model.snapshot import Scheduler

PATH = re.compile("[a-zA-Z0-9-_~/]{1,128}")
MOST_BYTES = 64 * 1024


class FakeVariables:
    """Nomad's variables of one namespace."""

    def __init__(self) -> None:
        self.index = itertools.count(100)
        self.variables_at = 1
        self._variables: dict[str, Variable] = {}

    def variables(self, prefix: str) -> tuple[VariableStub, ...]:
        return tuple(VariableStub(path, it.index) for path, it in sorted(self._variables.items()) if path.startswith(prefix))

    def variable(self, path: str) -> Variable | None:
        return self._variables.get(path)

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        if not PATH.fullmatch(path):
            raise Refusal(f"Nomad refuses (write variable {path} (variables write)): invalid path")
        if sum(len(key.encode()) + len(value.encode()) for key, value in items.items()) > MOST_BYTES:
            raise Refusal(f"Nomad refuses (write variable {path} (variables write)): variables are limited to 64KiB in total size")
        self._expect(path, expected_index)
        self.variables_at = next(self.index)
        self._variables[path] = Variable(path, tuple(sorted(items.items())), self.variables_at)
        return self.variables_at

    def delete_variable(self, path: str, expected_index: int | None = None) -> None:
        if expected_index is not None:
            self._expect(path, expected_index)
        if self._variables.pop(path, None) is not None:
            self.variables_at = next(self.index)

    def _expect(self, path: str, index: int) -> None:
        known = self._variables.get(path)
        if (known.index if known else 0) != index:
            raise Conflict(f"write variable {path} (variables write): somebody changed it meanwhile")


class FakeSteering(FakeVariables):
    """Nothing runs on its nodes that takes long to leave: drains end at once."""

    def __init__(self, nodes: tuple[Node, ...], labels: dict[str, tuple[tuple[str, str], ...]]) -> None:
        super().__init__()
        self._nodes, self._labels = nodes, labels

    def drain(self, node_id: str, deadline_s: float | None = None, reason: str = "") -> None:  # noqa: ARG002
        self.set_eligible(node_id, False)

    def end_drain(self, node_id: str, eligible: bool) -> None:
        if eligible:
            self.set_eligible(node_id, True)

    def set_eligible(self, node_id: str, eligible: bool) -> None:
        self._node(node_id)
        at = next(self.index)
        self._nodes = tuple(replace(it, eligible=eligible, modify_index=at) if it.id == node_id else it for it in self._nodes)

    def set_meta(self, node_id: str, labels: Mapping[str, str | None]) -> None:
        node = self._node(node_id)
        merged = {**dict(self._labels.get(node.name, ())), **labels}
        self._labels[node.name] = tuple(sorted((key, value) for key, value in merged.items() if value is not None))

    def label_nodes(self, wanted: Sequence[tuple[str, Mapping[str, str | None]]]) -> tuple[str, ...]:
        failures = []
        for node_id, labels in wanted:
            try:
                self.set_meta(node_id, labels)
            except Refusal as refusal:
                failures.append(str(refusal))
        return tuple(failures)

    def scheduler(self) -> Scheduler:
        return Scheduler()

    def _node(self, node_id: str) -> Node:
        found = next((it for it in self._nodes if it.id == node_id), None)
        if found is None:
            raise Refusal(f"Nomad refuses (make node {node_id} ineligible (node write)): node not found")
        return found
