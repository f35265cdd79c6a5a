"""How much room is left on each node, and who takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
        self.mixed = {node: tuple(sorted(speeds)) for node, speeds in fleet.mixed.items()}
        """The free cores where they are of several speeds: Nomad reserves those with the lowest ids first."""
        self.jams = np.zeros(fleet.size, dtype=np.int64)
        """How many ports of what runs on a node collide: while there are any Nomad puts nothing there."""
        self._uses: dict[tuple[str, int, int | str], int] = {}
        self.devices = fleet.racks.counts.copy()
        self.ports = Ports(fleet.sockets)

    def copy(self) -> Room:
        other = Room.__new__(Room)
        other.fleet = self.fleet
        other.sizes = self.sizes.copy()
        other.cores = self.cores.copy()
        other.mixed = dict(self.mixed)
        other.jams = self.jams.copy()
        other._uses = dict(self._uses)
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
        self.cpu_mhz[node] -= self.mhz_on(group, node)
        self.memory_mb[node] -= group.memory_mb
        self.disk_mb[node] -= group.disk_mb
        self.cores[node] -= group.cores
        if node in self.mixed:
            self.mixed[node] = self.mixed[node][group.cores :]
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
        if self.jams.any():
            fitting &= self.jams[among] <= 0
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
        if not group.cores:
            return group.cpu_mhz
        asked: Numbers = group.cpu_mhz + group.cores * self.fleet.core_mhz[among]
        if self.mixed:
            for at in np.flatnonzero(self.fleet.is_mixed[among]).tolist():
                asked[at] = self.mhz_on(group, int(among[at]))
        return asked

    def mhz_on(self, group: Group, node: int) -> int:
        """What one asks for on that node: of cores of several speeds those that it would get; where too few are free, more of the mean."""
        mean = int(self.fleet.core_mhz[node])
        if node not in self.mixed:
            return group.cpu_mhz + group.cores * mean
        first, speeds = self.mixed[node][: group.cores], self.fleet.mixed[node]
        return group.cpu_mhz + sum(speeds[core] for core in first) + (group.cores - len(first)) * mean

    def held(self, allocation: Allocation, node: int) -> Iterator[tuple[int, int]]:
        """The kinds of devices that it holds, and how many of each that are healthy."""
        for name, count in allocation.devices:
            kind = self.fleet.racks.find(node, name)
            if kind is not None:
                ids = self.fleet.racks.devices[kind].ids
                yield kind, len(set(ids) & set(allocation.device_ids)) if ids and allocation.device_ids else count

    def freed(self, allocations: Sequence[Allocation], node: int) -> Iterator[tuple[int, int]]:
        """The kinds of devices that nobody would hold without these, and how many of each that are healthy."""
        for allocation in allocations:
            for kind, count in self.held(allocation, node):
                ids = set(self.fleet.racks.devices[kind].ids) & set(allocation.device_ids)
                holders = {one: sum(one in it.device_ids for it in allocations) for one in ids}
                yield kind, sum(self._uses[("device", kind, one)] <= many for one, many in holders.items()) if ids else count

    def _change_special(self, allocation: Allocation, node: int, taken: bool) -> None:
        sign = 1 if taken else -1
        for address, number in allocation.ports:
            socket = self.fleet.sockets.find(node, address)
            if socket is not None:
                self._bind(allocation, node, (socket, number), taken)
        for core in set(allocation.cores) & set(self.fleet.nodes[node].cores):
            if self._turns("core", node, core, sign):
                self.cores[node] -= sign
                if node in self.mixed:
                    free = set(self.mixed[node]) - {core}
                    self.mixed[node] = tuple(sorted(free if taken else free | {core}))
        for kind, count in self.held(allocation, node):
            ids = set(self.fleet.racks.devices[kind].ids) & set(allocation.device_ids)
            self.devices[kind] -= sign * (sum([self._turns("device", kind, it, sign) for it in sorted(ids)]) if ids else count)

    def _bind(self, allocation: Allocation, node: int, port: tuple[int, int], taken: bool) -> None:
        """A socket and its number: taken or let go."""
        if taken:
            collides = self.ports.occupied(*port)
            self.ports.take(*port)
        else:
            self.ports.give(*port)
            collides = self.ports.occupied(*port)
        if collides and port[1] not in allocation.shared_ports:
            self.jams[node] += 1 if taken else -1

    def _turns(self, what: str, of: int, which: int | str, sign: int) -> bool:
        """One use more or less: whether it was free before, or is from now on. What is leaving and what takes its place share a use."""
        before = self._uses.get((what, of, which), 0)
        self._uses[what, of, which] = before + sign
        return min(before, before + sign) == 0
