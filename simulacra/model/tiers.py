"""Which tier a machine is of."""

from __future__ import annotations

from simulacra.model.cluster import Node, is_device
from simulacra.model.compare import holds
from simulacra.model.grid import Grid
from simulacra.model.machine import Has, Machine, Match, Tier

_DRIVER = "driver."


def tier_of(grid: Grid, machine: Machine) -> Tier | None:
    """The tier that the definition pins, else the highest whose match holds for what the machine has; None where none does."""
    if machine.tier is not None:
        return grid.tier(machine.tier)
    if machine.has is None:
        return None
    return matching_tier(grid.tiers, machine.has)


def tier_of_node(grid: Grid, machine: Machine | None, node: Node, on_battery: bool = False) -> Tier | None:
    """The tier that the definition pins, if there is one, else the highest whose match holds for what Nomad has found on the machine."""
    if machine is not None and machine.tier is not None:
        return grid.tier(machine.tier)
    return matching_tier(grid.tiers, has_of(node), on_battery)


def has_of(node: Node) -> Has:
    """What Nomad has found on a machine, as far as allocations may take it."""
    devices = tuple(device.name for device in node.devices if device.count > 0)
    return Has(node.cpu_mhz, node.memory_mb, node.disk_mb, len(node.cores) or None, node.drivers, devices, node.attributes)


def matching_tier(tiers: tuple[Tier, ...], has: Has, on_battery: bool = False) -> Tier | None:
    """The highest tier (equal ranks: the first by name) whose match holds; a tier without a match is only pinned, never matched."""
    fitting = [tier for tier in tiers if tier.match is not None and match_holds(tier.match, has, on_battery)]
    return min(fitting, key=lambda tier: (-tier.rank, tier.name), default=None)


def match_holds(match: Match, has: Has, on_battery: bool = False) -> bool:
    """Whether a machine with these resources and attributes has all that the match asks for."""
    return (
        has.cpu_mhz >= match.cpu_mhz
        and has.memory_mb >= match.memory_mb
        and has.disk_mb >= match.disk_mb
        and not (match.mains and on_battery)
        and set(match.drivers) <= set(has.drivers)
        and all(any(is_device(name, wanted) for name in has.devices) for wanted in match.devices)
        and all(holds(_attribute(has, want.attribute), want.operator, want.value) for want in match.attributes)
    )


def _attribute(has: Has, name: str) -> str | None:
    """A fingerprinted attribute. A driver that isn't healthy isn't there, though Nomad goes on listing its attribute."""
    if name.startswith(_DRIVER) and "." not in name.removeprefix(_DRIVER):
        return "1" if name.removeprefix(_DRIVER) in has.drivers else None
    return next((value for key, value in has.attributes if key == name), None)
