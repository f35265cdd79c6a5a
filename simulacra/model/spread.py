"""What a service's ``zones`` and ``count`` come to on a grid."""

from __future__ import annotations

from simulacra.model.grid import EACH, Grid, Service


def own_zones(grid: Grid) -> tuple[str, ...]:
    """The zones with at least one machine of one's own, by name: what ``zones = "each"`` means."""
    return tuple(sorted({machine.zone for machine in grid.machines}))


def zones_of(grid: Grid, service: Service) -> tuple[str, ...]:
    """The zones that the service may be placed in; empty where its definition asks for none (any zone then)."""
    if service.zones is None:
        return ()
    if service.zones == EACH or isinstance(service.zones, int):
        return own_zones(grid)
    return tuple(sorted(service.zones))


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


def per_zone(grid: Grid, service: Service) -> int:
    """How many instances a single zone may hold so that every zone asked for has its share; 0 where none is asked for."""
    zones = zone_count(grid, service)
    return max(1, -(-count_of(grid, service) // zones)) if zones else 0
