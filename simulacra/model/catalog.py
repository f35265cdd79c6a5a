"""The names under which a service's ports stand in Nomad's service catalog."""

from __future__ import annotations

from simulacra.model.service import Service


def catalog_names(service: Service) -> tuple[tuple[str, str], ...]:
    """Each port's name and its name in the catalog: the first is the service itself, the others have the port's name behind it."""
    return tuple(
        (port.name, service.name if index == 0 else f"{service.name}-{port.name.replace('_', '-')}")
        for index, port in enumerate(service.ports)
    )
