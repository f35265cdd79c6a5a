"""Which nodes could hold an instance at all, whatever runs there: what a node is, not how full it is.

Source: nomad's ``scheduler/feasible`` (ConstraintChecker, DriverChecker, NetworkChecker, HostVolumeChecker, DeviceChecker) and
``readyNodesInDCsAndPool``. CSI volumes aren't known here and not looked at; nor is who holds a dynamic host volume.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulacra.model.workload import Constraint, Group, Job, VolumeAsk
from simulacra.plan.columns import MISSING, Mask
from simulacra.plan.fleet import Fleet

ALL_POOLS = ("all", "")
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Hurdle:
    """``met`` is over all nodes; ``lacking`` says in words what a machine has to have: "no machine `lacking`"."""

    met: Mask
    lacking: str


def hurdles(fleet: Fleet, job: Job, group: Group) -> Iterator[Hurdle]:
    """Everything that a node must be, one after the other, coarsest first."""
    if job.node_pool not in ALL_POOLS:
        yield Hurdle(_pool(fleet, job.node_pool), f"is in node pool {job.node_pool}")
    yield Hurdle(_datacenters(fleet, job.datacenters), f"is in datacenter {' or '.join(job.datacenters) or '(none given)'}")
    for driver in group.drivers:
        yield Hurdle(_driver(fleet, driver), f"has driver {driver}")
    for constraint in group.constraints:
        yield Hurdle(fleet.columns.mask(constraint.left, constraint.operator, constraint.right), f"meets constraint {worded(constraint)}")
    for distinct in group.distincts:
        if distinct.attribute:
            has = fleet.columns.column(distinct.attribute).codes != MISSING
            yield Hurdle(has, f"has {distinct.attribute}, which distinct_property asks for")
    mode = group.network_mode or "host"
    if mode != "none":
        yield Hurdle(_mode(fleet, mode), f"has a network of mode {mode}")
    for network in sorted({port.host_network for port in group.ports}):
        yield Hurdle(_network(fleet, network), f"has host network {network}")
    for volume in group.volumes:
        if volume.type == "host":
            yield Hurdle(_volume(fleet, volume), f"has host volume {volume.source}{'' if volume.read_only else ' to write to'}")
    for device in group.devices:
        words = f"has {device.count} of device {device.name}"
        met = fleet.racks.fit((device,), fleet.racks.counts)
        yield Hurdle(met, words + (f" with {', '.join(map(worded, device.constraints))}" if device.constraints else ""))


def possible(fleet: Fleet, job: Job, group: Group) -> Mask:
    """The nodes that clear every hurdle; worked out once for all that ask the same. Not to be written to."""
    by_identity = (id(job), id(group))
    asked = fleet.asked.get(by_identity)
    if asked is not None:
        return asked[2]
    if len(fleet.asked) >= _MOST_REMEMBERED:
        fleet.asked.clear()
    found = _possible(fleet, job, group)
    fleet.asked[by_identity] = (job, group, found)
    return found


def _possible(fleet: Fleet, job: Job, group: Group) -> Mask:
    networks = tuple(sorted({port.host_network for port in group.ports}))
    properties = tuple(it.attribute for it in group.distincts)
    key = (
        job.node_pool, job.datacenters, group.drivers, group.constraints, properties,
        group.network_mode, networks, group.volumes, group.devices,
    )  # fmt: skip
    found = fleet.masks.get(key)
    if found is None:
        found = np.ones(fleet.size, dtype=np.bool_)
        for hurdle in hurdles(fleet, job, group):
            found &= hurdle.met
        fleet.masks[key] = found
    return found


def worded(constraint: Constraint) -> str:
    if constraint.operator in ("is_set", "is_not_set"):
        return f"{constraint.left} {constraint.operator}"
    return f"{constraint.left} {constraint.operator} {constraint.right}"


def _pool(fleet: Fleet, pool: str) -> Mask:
    return fleet.columns.mask("${node.pool}", "=", pool) if not pool.startswith("${") else np.zeros(fleet.size, dtype=np.bool_)


def _datacenters(fleet: Fleet, patterns: tuple[str, ...]) -> Mask:
    key = ("datacenters", patterns)
    found = fleet.masks.get(key)
    if found is None:
        wanted = [_glob(pattern) for pattern in patterns]
        verdicts: dict[str, bool] = {}
        for node in fleet.nodes:
            if node.datacenter not in verdicts:
                verdicts[node.datacenter] = any(it.fullmatch(node.datacenter) for it in wanted)
        found = fleet.having(key, [verdicts[node.datacenter] for node in fleet.nodes])
    return found


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """``*`` stands for anything; nothing else is special."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def _driver(fleet: Fleet, driver: str) -> Mask:
    key = ("driver", driver)
    found = fleet.masks.get(key)
    return fleet.having(key, [driver in node.drivers for node in fleet.nodes]) if found is None else found


def _mode(fleet: Fleet, mode: str) -> Mask:
    key = ("mode", mode)
    found = fleet.masks.get(key)
    return fleet.having(key, [mode in node.network_modes for node in fleet.nodes]) if found is None else found


def _network(fleet: Fleet, network: str) -> Mask:
    key = ("network", network)
    found = fleet.masks.get(key)
    if found is None:
        found = fleet.masks[key] = (fleet.sockets.on(network) != fleet.sockets.nothing).any(axis=0)
    return found


def _volume(fleet: Fleet, volume: VolumeAsk) -> Mask:
    key = ("volume", volume.source, volume.read_only)
    found = fleet.masks.get(key)
    if found is None:
        having = [any(it.name == volume.source and (volume.read_only or not it.read_only) for it in node.volumes) for node in fleet.nodes]
        found = fleet.having(key, having)
    return found
