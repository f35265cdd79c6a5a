"""What a machine's Nomad node is labelled with: the metadata that the jobs' constraints and affinities look at."""

from __future__ import annotations

from math import ceil

from simulacra.model.cluster import Node
from simulacra.model.grid import Grid
from simulacra.model.journal import ZoneBy
from simulacra.model.machine import Machine, Tier
from simulacra.model.marks import LABEL_POWER, LABEL_RANK, LABEL_TIER, LABEL_WATTS, LABEL_ZONE
from simulacra.model.proxy import MISSES
from simulacra.model.tiers import tier_of, tier_of_node

LABELS = (LABEL_ZONE, LABEL_TIER, LABEL_RANK, LABEL_WATTS, LABEL_POWER)
BY: dict[ZoneBy, str] = {
    "definition": "by its definition",
    "label": "by its agent's configuration",
    "subnet": "by its address",
    "overlay": "by its neighbours on the overlay",
    "coordinates": "by its network coordinates",
    "datacenter": "by its datacenter",
    "only": "as the only zone",
}
"""By what a machine counts to its zone, for people."""
CHEAP_WATTS = 20
"""Up to so many watts work rather goes to a machine."""
RENTED_WATTS = 10_000
"""What a rented machine counts for among those that draw one's own electricity: work goes there last, so that it is given back first."""
Labels = tuple[tuple[str, str], ...]
"""Keys and values, in the order of `LABELS`; what isn't known isn't there."""


def is_label(key: str) -> bool:
    """Whether the grid sets that key of a node's metadata: one of `LABELS`, or one that says what it misses of a proxy's devices."""
    return key in LABELS or key.startswith(MISSES)


def labels_of(grid: Grid, machine: Machine) -> Labels:
    """The node metadata of a machine by its definition alone: zone; tier and rank where it is of one; watts where they are known."""
    return labels(machine.zone, tier_of(grid, machine), watts_of(machine))


def labels_when_on(grid: Grid, machine: Machine, node: Node) -> Labels:
    """The same for a machine that has been seen: what Nomad found on it counts, where the definition doesn't pin its tier."""
    return labels(machine.zone, tier_of_node(grid, machine, node), watts_of(machine))


def labels(zone: str | None, tier: Tier | None, watts: int | None, power: str | None = None) -> Labels:
    """The labels of these values; ``power`` is ``battery`` or ``mains``."""
    found = (
        (LABEL_ZONE, zone),
        (LABEL_TIER, tier.name if tier is not None else None),
        (LABEL_RANK, str(tier.rank) if tier is not None else None),
        (LABEL_WATTS, str(watts) if watts is not None else None),
        (LABEL_POWER, power),
    )
    return tuple((key, value) for key, value in found if value is not None)


def watts_of(machine: Machine) -> int | None:
    """What keeping the machine on for some work costs, in whole watts: nothing where it is on anyway, more than any machine of one's own
    draws where it is rented; None where it isn't known.
    """
    if machine.rent is not None:
        return RENTED_WATTS
    if machine.never_sleeps:
        return 0
    return ceil(machine.watts.idle) if machine.watts is not None else None
