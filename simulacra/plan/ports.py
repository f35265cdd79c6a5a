"""Host ports: which are free on which address of which node.

A port is bound to one address of the host network that it is asked on; networks that share an address share its ports. A static port
takes the first address where it is free. A dynamic one is counted, not numbered. Source: nomad's ``structs.NetworkIndex``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.workload import PortAsk
from simulacra.plan.columns import MISSING, Columns, Mask, Places

_MOST_PORTS = 65536


class Sockets:
    """Every address of every node has a number, in the nodes' order; one more stands for no address."""

    def __init__(self, nodes: Sequence[Node], columns: Columns) -> None:
        self._nodes = nodes
        self._columns = columns
        self._of: list[dict[str, int]] = []
        self._addresses: list[str] = []
        self._reserved_sets: list[frozenset[int]] = []
        ranges: list[tuple[int, int]] = []
        for node in nodes:
            addresses: dict[str, int] = {}
            for network in node.networks:
                addresses.setdefault(network.address, len(self._reserved_sets) + len(addresses))
            self._reserved_sets += _reserved(node.networks, addresses)
            ranges += [node.dynamic_ports] * len(addresses)
            self._of.append(addresses)
            self._addresses += addresses
        self.first = np.array([node.dynamic_ports[0] for node in nodes], dtype=np.int64)
        self.last = np.array([node.dynamic_ports[1] for node in nodes], dtype=np.int64)
        self.nothing = len(ranges)
        self.ranges = [*ranges, (1, 0)]
        counts = [_room(it, reserved) for it, reserved in zip(ranges, self._reserved_sets, strict=True)]
        self.dynamic = np.array([*counts, 0], dtype=np.int64)
        self._reserved_codes: dict[frozenset[int], int] = {}
        kinds = [self._reserved_codes.setdefault(it, len(self._reserved_codes)) for it in self._reserved_sets]
        self._reserved_kinds = np.array([*kinds, -1], dtype=np.intp)
        self._reserved: dict[int, Mask] = {}
        self._on: dict[str, NDArray[np.intp]] = {}

    def find(self, node: int, address: str) -> int | None:
        return self._of[node].get(address)

    def address(self, socket: int) -> str:
        return self._addresses[socket]

    def on(self, network: str) -> NDArray[np.intp]:
        """The sockets of a host network, one column for each node, filled up with `nothing`. An interpolated name is each node's own."""
        found = self._on.get(network)
        if found is None:
            column = self._columns.column(network)
            aliases = [None if code == MISSING else column.values[code] for code in column.codes.tolist()]
            rows = [self._row(at, node.networks, alias) for at, (node, alias) in enumerate(zip(self._nodes, aliases, strict=True))]
            wide = max((len(row) for row in rows), default=0) or 1
            filled = [row + [self.nothing] * (wide - len(row)) for row in rows]
            found = self._on[network] = np.array(filled, dtype=np.intp).reshape(len(rows), wide).T.copy()
        return found

    def reserved(self, number: int) -> Mask:
        """The sockets on which the node itself keeps the port; `nothing` keeps every one."""
        found = self._reserved.get(number)
        if found is None:
            kept = np.array([*(number in it for it in self._reserved_codes), True], dtype=np.bool_)
            found = self._reserved[number] = kept[self._reserved_kinds]
        return found

    def _row(self, at: int, networks: Sequence[HostNetwork], alias: str | None) -> list[int]:
        return [self._of[at][it.address] for it in networks if it.alias == alias]

    def is_dynamic(self, socket: int, number: int) -> bool:
        first, last = self.ranges[socket]
        return first <= number <= last and number not in self._reserved_sets[socket]


class Ports:
    """Which ports are taken. A copy shares what neither has written to since."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._dynamic = sockets.dynamic.copy()
        self._taken: dict[int, set[int]] = {}
        self._twice: dict[tuple[int, int], int] = {}
        self._own: set[int] = set()

    def copy(self) -> Ports:
        other = Ports.__new__(Ports)
        other._sockets = self._sockets
        other._dynamic = self._dynamic.copy()
        other._taken = dict(self._taken)
        other._twice = dict(self._twice)
        other._own = set()
        self._own = set()
        return other

    def take(self, socket: int, number: int) -> None:
        taken = self._writable(number)
        if socket in taken:  # two may share it if their jobs say so
            self._twice[number, socket] = self._twice.get((number, socket), 0) + 1
            return
        taken.add(socket)
        self._dynamic[socket] -= self._sockets.is_dynamic(socket, number)

    def give(self, socket: int, number: int) -> None:
        again = self._twice.get((number, socket), 0)
        if again:
            self._twice[number, socket] = again - 1
            return
        self._writable(number).discard(socket)
        self._dynamic[socket] += self._sockets.is_dynamic(socket, number)

    def fit(self, asks: Collection[PortAsk], among: Places) -> Mask:
        """Which of these nodes, which all have the networks, have all these ports free."""
        fitting = np.ones(len(among), dtype=np.bool_)
        for ask in asks:
            if ask.number is not None:
                fitting &= self.free(ask.number, ask.host_network, among)
        if self._dynamic[:-1].min(initial=_MOST_PORTS) >= len(asks):
            return fitting  # wherever there is an address there are enough dynamic ones
        for network in sorted({ask.host_network for ask in asks}):
            wanted = [ask.number for ask in asks if ask.host_network == network]
            if None in wanted:
                rows = self._sockets.on(network).take(among, axis=1)
                fitting &= self._dynamic[rows].sum(axis=0) >= wanted.count(None) + self._static_in_range(wanted, among)
        return fitting

    def free(self, number: int, network: str, among: Places) -> Mask:
        """Which of these nodes have an address on the network where the port is free."""
        occupied = self._sockets.reserved(number)
        taken = self._taken.get(number)
        if taken:
            occupied = occupied.copy()
            occupied[np.fromiter(taken, np.intp, len(taken))] = True
        everywhere: Mask = np.logical_and.reduce(occupied[self._sockets.on(network).take(among, axis=1)], axis=0)
        return np.logical_not(everywhere)

    def claim(self, asks: Iterable[PortAsk], node: int) -> None:
        """Take them on a node where they fit."""
        dynamic = []
        for ask in asks:
            if ask.number is None:
                dynamic.append(ask)
                continue
            reserved, taken = self._sockets.reserved(ask.number), self._taken.get(ask.number, set())
            free = [it for it in self._sockets.on(ask.host_network)[:, node].tolist() if not reserved[it] and it not in taken]
            if free:
                self.take(free[0], ask.number)
        for ask in dynamic:
            roomy = [it for it in self._sockets.on(ask.host_network)[:, node].tolist() if self._dynamic[it] > 0]
            if roomy:
                self._dynamic[roomy[0]] -= 1

    def taken_on(self, number: int, node: int, network: str) -> tuple[int, ...]:
        """The node's sockets on the network where somebody has taken the port."""
        taken, reserved = self._taken.get(number, set()), self._sockets.reserved(number)
        return tuple(it for it in self._sockets.on(network)[:, node].tolist() if it in taken and not reserved[it])

    def taken_by(self, number: int, socket: int) -> int:
        """How many have taken it."""
        return (socket in self._taken.get(number, ())) + self._twice.get((number, socket), 0)

    def _static_in_range(self, wanted: Sequence[int | None], among: Places) -> NDArray[np.int64]:
        """How many of the static ports that are asked for beside come from the node's dynamic range."""
        inside = np.zeros(len(among), dtype=np.int64)
        for number in sorted({number for number in wanted if number is not None}):
            inside += (self._sockets.first[among] <= number) & (number <= self._sockets.last[among])
        return inside

    def _writable(self, number: int) -> set[int]:
        if number not in self._own:
            self._taken[number] = set(self._taken.get(number, ()))
            self._own.add(number)
        return self._taken[number]


def _reserved(networks: Sequence[HostNetwork], addresses: dict[str, int]) -> list[frozenset[int]]:
    """What is kept on each address, by all the networks that share it."""
    kept = []
    for address in addresses:
        of = [_ports_set(it.reserved_ports) for it in networks if it.address == address]
        kept.append(of[0] if len(of) == 1 else frozenset().union(*of))
    return kept


@lru_cache(maxsize=256)
def _ports_set(ports: tuple[int, ...]) -> frozenset[int]:
    return frozenset(ports)


@lru_cache(maxsize=256)
def _room(dynamic: tuple[int, int], reserved: frozenset[int]) -> int:
    first, last = dynamic
    return max(0, last - first + 1) - sum(first <= port <= last for port in reserved)
