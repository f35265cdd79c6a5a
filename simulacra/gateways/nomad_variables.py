"""Nomad's variables: small maps of text under a path, written with check-and-set.

Source: https://developer.hashicorp.com/nomad/api-docs/variables/variables
"""

from __future__ import annotations

from collections.abc import Mapping

from simulacra.gateways.nomad_connection import NomadConnection
from simulacra.gateways.nomad_faults import NotThere
from simulacra.gateways.nomad_reading import pairs
from simulacra.gateways.nomad_values import Variable, VariableStub


class NomadVariables(NomadConnection):
    """All in the namespace of the settings. A path is of letters, digits, ``-``, ``_``, ``~`` and ``/``, 128 at most."""

    def variables(self, prefix: str) -> tuple[VariableStub, ...]:
        """The variables whose paths begin so, by path, without what is in them."""
        raw = self._ask(
            f"list variables {prefix}* (variables list)",
            lambda: self._api.variables.get_variables(prefix=prefix, namespace=self.settings.namespace),
        )
        return tuple(sorted((VariableStub(item["Path"], item["ModifyIndex"]) for item in raw), key=lambda it: it.path))

    def variable(self, path: str) -> Variable | None:
        """The variable at the path; None if there is none."""
        try:
            raw = self._ask(
                f"read variable {path} (variables read)",
                lambda: self._api.variable.get_variable(path, namespace=self.settings.namespace),
                may_lack=True,
            )
        except NotThere:
            return None
        return Variable(raw["Path"], pairs(raw.get("Items")), raw["ModifyIndex"])

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        """Write it if its modify index still is ``expected_index`` (0: there is none), else raises `Conflict`; the new index.

        Repeated only where the first try surely did nothing.
        """
        raw = self._ask(
            f"write variable {path} (variables write)",
            lambda: self._api.variable.create_variable(path, {"Items": dict(items)}, namespace=self.settings.namespace, cas=expected_index),
            repeat=False,
        )
        index: int = raw["ModifyIndex"]
        return index

    def delete_variable(self, path: str, expected_index: int | None = None) -> None:
        """Delete it, with ``expected_index`` only if it is the one it had; raises `Conflict`. That there is none is no failure."""
        self._ask(
            f"delete variable {path} (variables destroy)",
            lambda: self._api.variable.delete_variable(path, namespace=self.settings.namespace, cas=expected_index),
            repeat=expected_index is None,
        )
