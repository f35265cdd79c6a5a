"""How much room is left on each node, and who takes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulacra.model.workload import Allocation, Group
from simulacra.plan.columns import Mask, Numbers, Places
from simulacra.plan.fleet import SIZES, Fleet
from simulacra.plan.ports import Ports


class Room:
    """Free MHz, MiB, cores, devices and ports of each node; less than nothing where a node holds more than it has."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.sizes = fleet.sizes.copy()
        self.cores = fleet.cores.copy()
        self.devices = fleet.racks.counts.copy()
        self.ports = Ports(fleet.sockets)

    def copy(self) -> Room:
        other = Room.__new__(Room)
        other.fleet = self.fleet
        other.sizes = self.sizes.copy()
        other.cores = self.cores.copy()
        other.devices = self.devices.copy()
        other.ports = self.ports.copy()
        return other

    @property
    def cpu_mhz(self) -> Numbers:
        row: Numbers = self.sizes[0]
        return row

    @property
    def memory_mb(self) -> Numbers:
        row: Numbers = self.sizes[1]
        return row

    @property
    def disk_mb(self) -> Numbers:
        row: Numbers = self.sizes[2]
        return row

    def take_all(self, allocations: Sequence[Allocation], nodes: Sequence[int]) -> None:
        """Allocations with the node of each."""
        at = np.array(nodes, dtype=np.intp)
        for row, size in enumerate(SIZES):
            np.subtract.at(self.sizes[row], at, np.array([getattr(it, size) for it in allocations], dtype=np.int64))
        for allocation, node in zip(allocations, nodes, strict=True):
            if allocation.ports or allocation.cores or allocation.devices:
                self._change_special(allocation, node, taken=True)

    def give(self, allocation: Allocation, node: int) -> None:
        self.cpu_mhz[node] += allocation.cpu_mhz
        self.memory_mb[node] += allocation.memory_mb
        self.disk_mb[node] += allocation.disk_mb
        self._change_special(allocation, node, taken=False)

    def claim(self, group: Group, node: int) -> None:
        """Take what an instance asks for, on a node where it fits."""
        self.cpu_mhz[node] -= group.cpu_mhz + group.cores * int(self.fleet.core_mhz[node])
        self.memory_mb[node] -= group.memory_mb
        self.disk_mb[node] -= group.disk_mb
        self.cores[node] -= group.cores
        if group.ports:
            self.ports.claim(group.ports, node)
        if group.devices:
            for kind, count in self.fleet.racks.chosen(group.devices, self.devices, node) or ():
                self.devices[kind] -= count

    def spare(self, group: Group, among: Places) -> Numbers:
        """MHz, MiB of memory and of disk that one more instance would leave free on each of these nodes, a row each."""
        spare: Numbers = self.sizes.take(among, axis=1)
        spare[0] -= self.asked_mhz(group, among)
        spare[1] -= group.memory_mb
        spare[2] -= group.disk_mb
        return spare

    def fit(self, group: Group, among: Places, spare: Numbers | None = None) -> Mask:
        """Which of these nodes have room for one now: everything but what distinct_* ask. ``spare`` is what `spare` says of them."""
        spare = self.spare(group, among) if spare is None else spare
        fitting: Mask = np.logical_and.reduce(spare >= 0, axis=0)
        if group.cores:
            fitting &= self.cores[among] >= group.cores
        if group.ports:
            fitting &= self.ports.fit(group.ports, among)
        if group.devices:
            fitting &= self.fleet.racks.fit(group.devices, self.devices)[among]
        return fitting

    def enough_cpu(self, group: Group, among: Places) -> Mask:
        verdict: Mask = self.cpu_mhz[among] >= self.asked_mhz(group, among)
        return verdict

    def asked_mhz(self, group: Group, among: Places) -> Numbers | int:
        """Reserved cores count with their own MHz, which differ from node to node."""
        return group.cpu_mhz if not group.cores else group.cpu_mhz + group.cores * self.fleet.core_mhz[among]

    def _change_special(self, allocation: Allocation, node: int, taken: bool) -> None:
        sign = -1 if taken else 1
        for address, number in allocation.ports:
            socket = self.fleet.sockets.find(node, address)
            if socket is not None:
                (self.ports.take if taken else self.ports.give)(socket, number)
        if allocation.cores:
            self.cores[node] += sign * len(set(allocation.cores) & set(self.fleet.nodes[node].cores))
        for name, count in allocation.devices:
            kind = self.fleet.racks.find(node, name)
            if kind is not None:
                self.devices[kind] += sign * count
