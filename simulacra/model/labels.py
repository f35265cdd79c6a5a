"""What a machine's Nomad node is labelled with: the metadata that the jobs' constraints and affinities look at."""

from __future__ import annotations

from math import ceil

from simulacra.model.grid import LABEL_RANK, LABEL_TIER, LABEL_WATTS, LABEL_ZONE, Grid, Machine
from simulacra.model.tiers import tier_of


def labels_of(grid: Grid, machine: Machine) -> tuple[tuple[str, str], ...]:
    """The node metadata of a machine, key and value: zone; tier and rank where it is of one; watts where they are known."""
    tier = tier_of(grid, machine)
    watts = watts_of(machine)
    return (
        (LABEL_ZONE, machine.zone),
        *(((LABEL_TIER, tier.name), (LABEL_RANK, str(tier.rank))) if tier is not None else ()),
        *(((LABEL_WATTS, str(watts)),) if watts is not None else ()),
    )


def watts_of(machine: Machine) -> int | None:
    """What keeping the machine on for some work costs, in whole watts: nothing where it is on anyway; None where it isn't known."""
    if machine.never_sleeps:
        return 0
    return ceil(machine.watts.idle) if machine.watts is not None else None
