"""Which tier and zone of the grid a job asks for by its constraints on the machines' labels."""

from __future__ import annotations

from collections.abc import Iterable

from simulacra.model.compare import holds
from simulacra.model.grid import Grid
from simulacra.model.marks import LABEL_RANK, LABEL_TIER, LABEL_ZONE
from simulacra.model.workload import Constraint

EQUAL = ("=", "==", "is")
AT_LEAST = (*EQUAL, ">=", ">")


def asked_place(grid: Grid, constraints: Iterable[Constraint]) -> tuple[str | None, str | None]:
    """The lowest tier that would do, and the zone; None where any does. What else the constraints ask for isn't told."""
    asked = [(it.left.removeprefix("${meta.").removesuffix("}"), it) for it in constraints if "${" not in it.right]
    zone = next((it.right for label, it in asked if label == LABEL_ZONE and it.operator in EQUAL), None)
    pinned = next((it.right for label, it in asked if label == LABEL_TIER and it.operator in EQUAL), None)
    ranks = [it for label, it in asked if label == LABEL_RANK and it.operator in AT_LEAST]
    if pinned is not None or not ranks:
        return pinned, zone
    able = [tier for tier in grid.tiers if all(holds(str(tier.rank), it.operator, it.right) for it in ranks)]
    lowest = min(able, key=lambda tier: (tier.rank, tier.name), default=None)
    return lowest.name if lowest is not None else None, zone
