"""Which tier a machine is of."""

from __future__ import annotations

from simulacra.model.compare import holds
from simulacra.model.grid import Grid, Has, Machine, Match, Tier


def tier_of(grid: Grid, machine: Machine) -> Tier | None:
    """The tier that the definition pins, else the highest whose match holds for what the machine has; None where none does."""
    if machine.tier is not None:
        return grid.tier(machine.tier)
    if machine.has is None:
        return None
    return matching_tier(grid.tiers, machine.has)


def matching_tier(tiers: tuple[Tier, ...], has: Has) -> Tier | None:
    """The highest tier (equal ranks: the first by name) whose match holds; a tier without a match is only pinned, never matched."""
    fitting = [tier for tier in tiers if tier.match is not None and match_holds(tier.match, has)]
    return min(fitting, key=lambda tier: (-tier.rank, tier.name), default=None)


def match_holds(match: Match, has: Has) -> bool:
    """Whether a machine with these resources and attributes has all that the match asks for."""
    attributes = dict(has.attributes) | {f"driver.{name}": "1" for name in has.drivers}
    return (
        has.cpu_mhz >= match.cpu_mhz
        and has.memory_mb >= match.memory_mb
        and has.disk_mb >= match.disk_mb
        and set(match.drivers) <= set(has.drivers)
        and all(holds(attributes.get(want.attribute), want.operator, want.value) for want in match.attributes)
    )
