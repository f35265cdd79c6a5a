"""What node a machine that isn't on will be when it is: so that work can be planned onto it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from simulacra.model.cluster import Device, HostNetwork, Node
from simulacra.model.grid import Grid
from simulacra.model.journal import Record
from simulacra.model.labels import labels_of, labels_when_on
from simulacra.model.machine import Machine
from simulacra.model.proxy import MISSES
from simulacra.plan.kept import Kept

SIGNALS = "SIGABRT,SIGALRM,SIGHUP,SIGINT,SIGKILL,SIGQUIT,SIGTERM,SIGUSR1,SIGUSR2"
"""What every Linux client fingerprints at least, as ``os.signals``; jobs with templates or a kill signal ask for it."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What nodes of this grid have in common, for a machine that was never seen."""

    datacenter: str = "dc1"
    attributes: tuple[tuple[str, str], ...] = ()


_NEVER_SEEN = Usual(attributes=(("os.signals", SIGNALS),))
_USUAL: Kept[Usual] = Kept(16)
_WHEN_ON: Kept[Node] = Kept()
_DEFINED: Kept[Node] = Kept()


def usual_of(nodes: Iterable[Node]) -> Usual:
    """Taken from the first node by name that is ready."""
    one = min((node for node in nodes if node.status == "ready"), key=lambda node: node.name, default=None)
    return _USUAL.of((one.datacenter, one.attributes), lambda: _usual(one)) if one is not None else _NEVER_SEEN


def _usual(one: Node) -> Usual:
    alike = {name: value for name, value in one.attributes if name in ("nomad.version", "nomad.service_discovery", "os.signals")}
    return Usual(one.datacenter, tuple(({"os.signals": SIGNALS} | alike).items()))


def expected_node(grid: Grid, machine: Machine | None, node: Node | None, record: Record | None, usual: Usual) -> Node | None:
    """The node as it is while that is ready; else as it was last seen on; else as defined; None where nothing says what it has.

    What was remembered counts more than the node of a machine that is off: an agent that is stopped with its machine takes the
    drivers whose daemons stop before it as missing.
    """
    if node is not None and node.status == "ready":
        return node
    remembered = record.remembered if record is not None else None
    if remembered is not None and (node is None or remembered.id == node.id):
        return node_when_on(grid, machine, remembered)
    if node is not None:
        return node_when_on(grid, machine, node)
    if machine is not None and machine.has is not None:
        return defined_node(grid, machine, usual)
    return None


def node_when_on(grid: Grid, machine: Machine | None, node: Node) -> Node:
    """That node as it is when its machine is on: ready, with the labels that it is given when it comes on."""
    return _WHEN_ON.of((grid.tiers, machine, node), lambda: _node_when_on(grid, machine, node))


def _node_when_on(grid: Grid, machine: Machine | None, node: Node) -> Node:
    labels = labels_when_on(grid, machine, node) if machine is not None else ()
    kept = dict(missing_nothing(node).meta)
    made = replace(node, status="ready", eligible=True, draining=False, meta=tuple(sorted((kept | dict(labels)).items())))
    return node if made == node else made  # the very same, so that what is kept of it stays


def missing_nothing(node: Node) -> Node:
    """Without the labels that say what it misses of proxies' devices: they are so beside the others that are on, which change."""
    kept = tuple((key, value) for key, value in node.meta if not key.startswith(MISSES))
    return node if len(kept) == len(node.meta) else replace(node, meta=kept)


def defined_node(grid: Grid, machine: Machine, usual: Usual) -> Node:
    """The node of a machine that is defined to have something, and was never seen."""
    return _DEFINED.of((grid.tiers, machine, usual), lambda: _defined_node(grid, machine, usual))


def _defined_node(grid: Grid, machine: Machine, usual: Usual) -> Node:
    has = machine.has
    assert has is not None
    attributes = {"kernel.name": "linux", "unique.hostname": machine.name, "nomad.service_discovery": "true", **dict(usual.attributes)}
    attributes |= {f"driver.{driver}": "1" for driver in has.drivers}
    attributes |= dict(has.attributes)
    return Node(
        id=f"defined:{machine.name}",
        name=machine.name,
        datacenter=usual.datacenter,
        cpu_mhz=has.cpu_mhz,
        memory_mb=has.memory_mb,
        disk_mb=has.disk_mb,
        cores=tuple(range(has.cores or 0)),
        drivers=has.drivers,
        devices=tuple(Device(name, 1) for name in sorted(has.devices)),
        attributes=tuple(sorted(attributes.items())),
        meta=tuple(sorted(labels_of(grid, machine))),
        networks=(HostNetwork("default", "default"), HostNetwork("overlay", machine.address or "overlay")),
    )
