"""Devices: how many of which kind are free on which node. Each ask is met by one kind of device alone, as Nomad does it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulacra.model.cluster import Device, Node
from simulacra.model.workload import DeviceAsk
from simulacra.plan.columns import Mask
from simulacra.plan.device_values import device_meets


class Racks:
    """Every kind of device of every node has a number."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.devices: list[Device] = []
        self._of: list[dict[str, int]] = []
        owners: list[int] = []
        for at, node in enumerate(nodes):
            own = {}
            for device in sorted(node.devices, key=lambda it: it.name):
                own[device.name] = len(self.devices)
                self.devices.append(device)
                owners.append(at)
            self._of.append(own)
        self._nodes = len(nodes)
        self.owners = np.array(owners, dtype=np.intp)
        self.counts = np.array([it.count for it in self.devices], dtype=np.int64)
        self._meeting: dict[DeviceAsk, NDArray[np.intp]] = {}

    def find(self, node: int, name: str) -> int | None:
        return self._of[node].get(name)

    def meeting(self, ask: DeviceAsk) -> NDArray[np.intp]:
        """The kinds that are such devices, however many there are."""
        found = self._meeting.get(ask)
        if found is None:
            verdicts: dict[object, bool] = {}
            for device in self.devices:
                if (device.name, device.attributes) not in verdicts:
                    verdicts[device.name, device.attributes] = device_meets(device, ask)
            meeting = [at for at, it in enumerate(self.devices) if verdicts[it.name, it.attributes]]
            found = self._meeting[ask] = np.array(meeting, dtype=np.intp)
        return found

    def fit(self, asks: Sequence[DeviceAsk], free: NDArray[np.int64]) -> Mask:
        """Which nodes have all these devices, ``free`` of each kind; over all nodes."""
        fitting = np.ones(self._nodes, dtype=np.bool_)
        for ask in asks:
            kinds = self.meeting(ask)
            having = np.zeros(self._nodes, dtype=np.bool_)
            having[self.owners[kinds[free[kinds] >= ask.count]]] = True
            fitting &= having
        if len(asks) > 1:
            for node in np.flatnonzero(fitting).tolist():
                fitting[node] = self.chosen(asks, free, node) is not None
        return fitting

    def chosen(self, asks: Sequence[DeviceAsk], free: NDArray[np.int64], node: int) -> tuple[tuple[int, int], ...] | None:
        """Which kinds would be taken on a node, and how many of each: those that fit tightest. None where they don't suffice."""
        taken: dict[int, int] = {}
        for ask in asks:
            own = set(self._of[node].values())
            left = [(int(free[it]) - taken.get(it, 0), it) for it in self.meeting(ask).tolist() if it in own]
            enough = sorted((many, self.devices[it].name, it) for many, it in left if many >= ask.count)
            if not enough:
                return None
            kind = enough[0][2]
            taken[kind] = taken.get(kind, 0) + ask.count
        return tuple(sorted(taken.items()))
