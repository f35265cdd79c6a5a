"""What a definition adds to its job, whatever the rest of that is made of: the view that the template of stanzas is filled in with."""

from __future__ import annotations

from typing import Any

from simulacra.model.grid import Grid
from simulacra.model.service import EVERYWHERE_TYPES, Service
from simulacra.model.spread import choice_of, count_of, per_zone, zones_of
from simulacra.model.verbatim import Verbatim

STANZAS = "stanzas.hcl.j2"


def instances_of(grid: Grid, service: Service) -> int | None:
    """How many instances the definition asks for; None for what runs on every machine."""
    return None if service.type in EVERYWHERE_TYPES else count_of(grid, service)


def stanzas_view(grid: Grid, service: Service, job: Verbatim, group: Verbatim, instances: int | None) -> dict[str, Any]:
    """What ``stanzas.hcl.j2`` works with. ``job`` and ``group`` are what its owner wrote, whose stanzas stand in place of ours.

    ``instances``: how many there are of the group; None where that can't be said.
    """
    everywhere = service.type in EVERYWHERE_TYPES

    def given(stanza: str) -> bool:
        return job.has(stanza) or group.has(stanza)

    return {
        "grid": grid,
        "service": service,
        "describes": not job.has("ui"),
        "description": service.description or f"The service {service.name} of the grid {grid.name}.",
        "lowest_tier": grid.tier(service.tier) if service.tier is not None else None,
        "instances": instances,
        "gated": service.needs is not None,
        "asked_zones": zones_of(grid, service),
        "why_these_zones": _why_these_zones(grid, service),
        "per_zone": 0 if everywhere else per_zone(grid, service, instances),
        "spreads": not everywhere and instances != 1 and instances != 0 and not given("spread"),
        "roams": not everywhere and not given("affinity"),
        "when_cut_off": None if group.has("disconnect") else _when_cut_off(service),
        "when_updated": None if given("update") else _when_updated(service),
        "interval": f"{grid.power.evaluate_every_s:g}s",
    }


def _why_these_zones(grid: Grid, service: Service) -> tuple[str, ...]:
    """Comment lines above the constraint that names the zones."""
    choice = choice_of(grid, service)
    return choice.reason() if choice is not None and len(choice.zones) < choice.of else ("only in these zones",)


def _when_updated(service: Service) -> str | None:
    """Which `update` the service gets: a name that the template knows, None for none."""
    if service.type != "service":
        return None
    return "gated" if service.needs is not None else "waits"


def _when_cut_off(service: Service) -> str | None:
    """Which `disconnect` the service gets: a name that the template knows, None for none."""
    if service.type == "sysbatch":
        return None
    if service.type == "system":
        return "everywhere"
    return "twice" if service.run_twice else "once"
