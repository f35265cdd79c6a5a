"""What a service's ``zones`` and ``count`` come to on a grid."""

from __future__ import annotations

from simulacra.model import apart
from simulacra.model.asks import groups_of
from simulacra.model.grid import Grid
from simulacra.model.service import EACH, Service


def choice_of(grid: Grid, service: Service) -> apart.Choice | None:
    """Which zones were chosen for a service that asks for a number of them, and why; None where it asks in another way."""
    return apart.chosen(grid, service, service.zones) if isinstance(service.zones, int) else None


def zones_of(grid: Grid, service: Service) -> tuple[str, ...]:
    """The zones that the service may be placed in; empty where its definition asks for none (any zone then).

    Of a number of zones these are those that are least likely to end up in the same half.
    """
    choice = choice_of(grid, service)
    if choice is not None:
        return choice.zones
    if service.zones == EACH:
        return apart.own_zones(grid)
    return tuple(sorted(service.zones)) if isinstance(service.zones, tuple) else ()


def zone_count(grid: Grid, service: Service) -> int:
    """In how many zones the service is guaranteed to stand; 0 where it asks for none."""
    if isinstance(service.zones, int):
        return service.zones
    return len(zones_of(grid, service))


def count_of(grid: Grid, service: Service) -> int:
    """How many instances are wanted: the definition's count, else one per zone asked for, else 1."""
    if service.count is not None:
        return service.count
    return zone_count(grid, service) or 1


def per_zone(grid: Grid, service: Service, instances: int | None = None) -> int:
    """How many instances a single zone may hold so that every zone asked for has its share; 0 where none is asked for.

    ``instances``: how many there are, where that isn't what the definition asks for.
    """
    zones = zone_count(grid, service)
    return max(1, -(-(count_of(grid, service) if instances is None else instances) // zones)) if zones else 0


def instances_of(grid: Grid, service: Service) -> int:
    """How many instances there are in all when it is online: those of every group of its jobspec."""
    spec, wanted = service.jobspec, count_of(grid, service)
    if spec is None or service.needs is not None or len(groups := groups_of(spec)) == 0:
        return wanted
    plain = [spec.plain(group.count.written) for group in groups]
    return sum(int(it) if it.isdigit() else wanted for it in plain)
