"""Writes down who may use peripherals, where their proxies read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from posixpath import commonprefix
from typing import Protocol

from simulacra.faults import Fault
from simulacra.gateways.nomad_values import Variable, VariableStub
from simulacra.model.grant import Grant

Tell = Callable[[str], None]
LARGEST = 60 * 1024
"""Bytes of a variable's items that Nomad surely takes; source: "Variables" in its documentation, 64 KiB with keys and paths."""


class Variables(Protocol):
    """What is needed of Nomad. ``write_variable`` raises a `Refusal` where somebody else has written; it answers the new index."""

    def variables(self, prefix: str) -> tuple[VariableStub, ...]: ...
    def variable(self, path: str) -> Variable | None: ...
    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int: ...


class Granting:
    """Remembers what stands there, so that nothing is read or written again while nobody else has touched it."""

    def __init__(self, nomad: Variables, tell: Tell) -> None:
        self._nomad, self._tell = nomad, tell
        self._known: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {}
        self._too_large: set[str] = set()

    def grant(self, wanted: Sequence[Grant]) -> None:
        """Bring the variables in line; what fails is told, and tried again the next time."""
        if not wanted:
            return
        try:
            there = {it.path: it.index for it in self._nomad.variables(commonprefix([it.path for it in wanted]))}
        except Fault as fault:
            self._tell(f"who may use peripherals is left for the next look: {fault}")
            return
        for one in wanted:
            if self._fits(one):
                self._try(one, there.get(one.path, 0))

    def _fits(self, wanted: Grant) -> bool:
        """Whether Nomad takes it; where it doesn't that is told once."""
        size = sum(len(key) + len(value) for key, value in wanted.items)
        if size <= LARGEST:
            self._too_large.discard(wanted.path)
        elif wanted.path not in self._too_large:
            self._too_large.add(wanted.path)
            told = f"{size} bytes of addresses are more than a variable takes, what stood there before stays: name fewer in `allow`"
            self._tell(f"{wanted.path}: {told}")
        return size <= LARGEST

    def _try(self, wanted: Grant, index: int) -> None:
        try:
            self._bring(wanted, index)
        except Fault as fault:
            self._tell(f"{wanted.path}: who may use its devices is left for the next look: {fault}")

    def _bring(self, wanted: Grant, index: int) -> None:
        known = self._known.get(wanted.path)
        if known is None or known[0] != index:
            held = self._nomad.variable(wanted.path)
            known = (held.index, tuple(sorted(held.items))) if held is not None else (0, ())
        if known[1] != wanted.items:
            known = (self._nomad.write_variable(wanted.path, dict(wanted.items), known[0]), wanted.items)
            self._tell(f"{wanted.path}: who may use its devices is written down anew")
        self._known[wanted.path] = known
