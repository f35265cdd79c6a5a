"""Which nodes could hold an instance at all, whatever runs there: what a node is, not how full it is.

Source: nomad's ``scheduler/feasible`` (ConstraintChecker, DriverChecker, NetworkChecker, HostVolumeChecker, DeviceChecker) and
``readyNodesInDCsAndPool``. CSI volumes aren't known here and not looked at; nor is who holds a dynamic host volume.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from simulacra.model.marks import LABEL_RANK, LABEL_ZONE
from simulacra.model.proxy import MISSED, of_label
from simulacra.model.workload import Constraint, Group, Job, VolumeAsk
from simulacra.plan.columns import MISSING, Mask
from simulacra.plan.fleet import Fleet

ALL_POOLS = ("all", "")
DRIVERS, DEVICES, MODES, NETWORKS, VOLUMES = "drivers", "devices", "network modes", "host networks", "host volumes"
RANK, ZONE = f"${{meta.{LABEL_RANK}}}", f"${{meta.{LABEL_ZONE}}}"
_HEALTH = re.compile(r"\$\{attr\.driver\.[^.}]+\}")
"""The attribute by which a node says that it has a driver."""
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Hurdle:
    """``met`` is over all nodes; ``lacking`` says in words what a machine has to have: "no machine `lacking`".

    ``about`` is what of a node is looked at: targets of constraints (``${attr.cpu.arch}``), or one of the words below.
    """

    met: Mask
    lacking: str
    about: tuple[str, ...]


def hurdles(fleet: Fleet, job: Job, group: Group) -> Iterator[Hurdle]:
    """Everything that a node must be, one after the other, coarsest first. What isn't known of a node (`Fleet.unsaid`) speaks for it."""
    for hurdle in _hurdles(fleet, job, group):
        yield hurdle if fleet.said is None else replace(hurdle, met=hurdle.met | fleet.unsaid(hurdle.about))


def _hurdles(fleet: Fleet, job: Job, group: Group) -> Iterator[Hurdle]:
    if job.node_pool not in ALL_POOLS:
        yield Hurdle(_pool(fleet, job.node_pool), f"is in node pool {job.node_pool}", ("${node.pool}",))
    there = f"is in datacenter {' or '.join(job.datacenters) or '(none given)'}"
    yield Hurdle(_datacenters(fleet, job.datacenters), there, ("${node.datacenter}",))
    for driver in group.drivers:
        yield Hurdle(_driver(fleet, driver), f"has driver {driver}", (DRIVERS,))
    for constraint in group.constraints:
        met = fleet.columns.mask(constraint.left, constraint.operator, constraint.right)
        yield Hurdle(met, _required(constraint), looked_at(constraint))
    for distinct in group.distincts:
        if distinct.attribute:
            has = fleet.columns.column(distinct.attribute).codes != MISSING
            yield Hurdle(has, f"has {distinct.attribute}, which distinct_property asks for", (distinct.attribute,))
    mode = group.network_mode or "host"
    if mode != "none":
        yield Hurdle(_mode(fleet, mode), f"has a network of mode {mode}", (MODES,))
    for network in sorted({port.host_network for port in group.ports}):
        yield Hurdle(_network(fleet, network), f"has host network {network}", (NETWORKS,))
    for volume in group.volumes:
        if volume.type == "host":
            write = "" if volume.read_only else " to write to"
            yield Hurdle(_volume(fleet, volume), f"has host volume {volume.source}{write}", (VOLUMES,))
    for device in group.devices:
        words = f"has {device.count} of device {device.name}"
        met = fleet.racks.fit((device,), fleet.racks.counts)
        yield Hurdle(met, words + (f" with {', '.join(map(worded, device.constraints))}" if device.constraints else ""), (DEVICES,))


def looked_at(constraint: Constraint) -> tuple[str, ...]:
    """What of a node a constraint looks at. A side that is missing, where one belongs, was nothing that could be read: nobody knows it."""
    alone = constraint.operator in ("is_set", "is_not_set")
    sides = (constraint.left,) if alone else (constraint.left, constraint.right)
    return tuple(DRIVERS if _HEALTH.fullmatch(side) else side for side in sides if side.startswith("${") or not side)


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


def rank_words(rank: str) -> str:
    """What a machine is of that the constraint of a service's tier lets through."""
    return f"is of a tier of rank {rank} or above"


def _required(constraint: Constraint) -> str:
    match constraint:
        case Constraint(left, ">=", rank) if left == RANK:
            return rank_words(rank)
        case Constraint(left, "set_contains_any", zones) if left == ZONE:
            return f"stands in zone {zones.replace(',', ' or ')}"
        case Constraint(left, "is_not_set") if left.startswith(MISSED):
            return f"reaches as many of the devices that {of_label(left)} serves as others do"
    return f"meets constraint {worded(constraint)}"


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
