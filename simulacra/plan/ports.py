"""Host ports: which are free on which address of which node.

A port is bound to one address of the host network that it is asked on; networks that share an address share its ports. A static port
takes the first address where it is free. A dynamic one is counted, not numbered, but where there are few of them: no two ports of one
instance have the same number, on whatever address. Source: nomad's ``structs.NetworkIndex``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulacra.model.cluster import HostNetwork, Node
from simulacra.model.workload import PortAsk
from simulacra.plan.columns import MISSING, Columns, Mask, Places

_MOST_PORTS = 65536
_FEW = 64
"""So many dynamic ports on an address are numbered one by one."""


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

    def keeps(self, socket: int, number: int) -> bool:
        """The node itself keeps the port there."""
        return number in self._reserved_sets[socket]

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
            if ask.number is not None and not ask.shared:
                fitting &= self.free(ask.number, ask.host_network, among)
        if self._dynamic[:-1].min(initial=_MOST_PORTS) >= len(asks):
            return fitting  # wherever there is an address there are enough dynamic ones
        dynamic = [ask for ask in asks if ask.number is None]
        scarce = np.zeros(len(among), dtype=np.bool_)
        for network in sorted({ask.host_network for ask in dynamic}):
            rows = self._sockets.on(network).take(among, axis=1)
            scarce |= np.logical_and(rows != self._sockets.nothing, self._dynamic[rows] < len(asks)).any(axis=0)
        for at in np.flatnonzero(fitting & scarce).tolist():
            fitting[at] = len(self._offered(asks, int(among[at]))) == len(dynamic)
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

    def claim(self, asks: Collection[PortAsk], node: int) -> None:
        """Take them on a node where they fit."""
        dynamic = self._offered(asks, node)
        for ask in asks:
            if ask.number is not None:
                reserved, taken = self._sockets.reserved(ask.number), self._taken.get(ask.number, set())
                on = self._on_node(ask.host_network, node)
                free = on if ask.shared else [it for it in on if not reserved[it] and it not in taken]
                if free:
                    self.take(free[0], ask.number)
        for socket, number in dynamic:
            if number is None:
                self._dynamic[socket] -= 1
            else:
                self.take(socket, number)

    def occupied(self, socket: int, number: int) -> bool:
        """Somebody has it, or the node keeps it."""
        return socket in self._taken.get(number, ()) or self._sockets.keeps(socket, number)

    def taken_on(self, number: int, node: int, network: str) -> tuple[int, ...]:
        """The node's sockets on the network where somebody has taken the port."""
        taken, reserved = self._taken.get(number, set()), self._sockets.reserved(number)
        return tuple(it for it in self._sockets.on(network)[:, node].tolist() if it in taken and not reserved[it])

    def taken_by(self, number: int, socket: int) -> int:
        """How many have taken it."""
        return (socket in self._taken.get(number, ())) + self._twice.get((number, socket), 0)

    def _on_node(self, network: str, node: int) -> list[int]:
        return [it for it in self._sockets.on(network)[:, node].tolist() if it != self._sockets.nothing]

    def _offered(self, asks: Collection[PortAsk], node: int) -> list[tuple[int, int | None]]:
        """A socket for each dynamic port, in their order, with its number where these are few; none where there is no more.

        Nomad draws the numbers by lot; here it is the one that the fewest of the other addresses could give.
        """
        networks = [ask.host_network for ask in asks if ask.number is None]
        free = {it: self._few_free(it) for network in networks for it in self._on_node(network, node)}
        used = {ask.number for ask in asks if ask.number is not None}
        offered: list[tuple[int, int | None]] = []
        for network in networks:
            for socket in self._on_node(network, node):
                few = free[socket]
                if few is None and self._dynamic[socket] > len(offered) + sum(self._sockets.is_dynamic(socket, it) for it in used):
                    offered.append((socket, None))
                    break
                if few is not None and few - used:
                    rivals = [of for of in free.values() if of is not None]
                    number = min(few - used, key=lambda it: (sum(it in of for of in rivals), it))
                    used.add(number)
                    offered.append((socket, number))
                    break
        return offered

    def _few_free(self, socket: int) -> set[int] | None:
        """The dynamic ports that are free there, or None where they aren't numbered."""
        if self._sockets.dynamic[socket] > _FEW:
            return None
        first, last = self._sockets.ranges[socket]
        return {it for it in range(first, last + 1) if self._sockets.is_dynamic(socket, it) and socket not in self._taken.get(it, ())}

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
