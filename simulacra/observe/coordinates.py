"""Consul's network coordinates, told of the machines as Nomad calls them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Protocol

from simulacra.faults import Fault
from simulacra.model.cluster import Node
from simulacra.model.consul import ConsulNode
from simulacra.model.coordinates import Coordinate

EVERY_S = 30.0
FIRST_S = 2.0
"""So long the first look waits for Consul; later ones don't."""


class Network(Protocol):
    """What is asked of Consul."""

    def coordinates(self) -> tuple[Coordinate, ...]: ...
    def nodes(self) -> tuple[ConsulNode, ...]: ...


def nomad_names(catalog: Iterable[ConsulNode], nodes: Sequence[Node]) -> dict[str, str]:
    """The Nomad node of each of Consul's, name by name: the one of the same name, else the one with its address."""
    names = {node.name for node in nodes}
    by_address = {address: node.name for node in nodes for text in node.addresses if (address := plain_address(text))}
    found = {}
    for it in catalog:
        name = it.name if it.name in names else by_address.get(plain_address(it.address))
        if name is not None:
            found[it.name] = name
    return found


def of_machines(coordinates: Iterable[Coordinate], catalog: Iterable[ConsulNode], nodes: Sequence[Node]) -> tuple[Coordinate, ...]:
    """The coordinates under the machines' names, by name; those of nodes that Nomad doesn't know keep Consul's name."""
    called = nomad_names(catalog, nodes)
    found: dict[str, Coordinate] = {}
    for it in sorted(coordinates, key=lambda it: (it.machine in called, it.machine)):
        name = called.get(it.machine, it.machine)
        # where an old node of the same machine is still in the catalog, the one of the machine's own name counts
        if name not in found or it.machine == name:
            found[name] = replace(it, machine=name)
    return tuple(found[name] for name in sorted(found))


def plain_address(text: str) -> str:
    """An IP address in its usual form, without a prefix length; empty where it isn't one, or is every machine's own."""
    try:
        address = ip_address(text.partition("/")[0].strip("[]"))
    except ValueError:
        return ""
    return "" if address.is_loopback or address.is_unspecified else str(address)


class Coordinates:
    """Asks Consul every `EVERY_S` seconds, aside: nobody waits for it. Where it doesn't answer the coordinates stay as they were, and
    that is told once until it answers again.
    """

    def __init__(self, network: Network, tell: Callable[[str], None]) -> None:
        self._network, self._tell = network, tell
        self._known: tuple[tuple[Coordinate, ...], tuple[ConsulNode, ...]] = ((), ())
        self._asked_s: float | None = None
        self._asking: threading.Thread | None = None
        self._told = False
        self._last: tuple[object, object, tuple[Coordinate, ...]] | None = None

    def at(self, now_s: float, nodes: Sequence[Node]) -> tuple[Coordinate, ...]:
        """What is known now of these nodes' coordinates; ``now_s`` is Unix time."""
        first = self._asked_s is None
        due = self._asked_s is None or not 0 <= now_s - self._asked_s < EVERY_S
        if due and (self._asking is None or not self._asking.is_alive()):
            self._asked_s = now_s
            self._asking = threading.Thread(target=self._ask, name="coordinates", daemon=True)
            self._asking.start()
            if first:
                self._asking.join(FIRST_S)
        known = self._known
        if self._last is None or self._last[0] is not known or self._last[1] is not nodes:
            self._last = (known, nodes, of_machines(*known, nodes))
        return self._last[2]

    def _ask(self) -> None:
        try:
            self._known = (self._network.coordinates(), self._network.nodes())
            self._told = False
        except Fault as fault:
            if not self._told:
                self._told = True
                self._tell(f"network coordinates stay as they were: {fault}")
