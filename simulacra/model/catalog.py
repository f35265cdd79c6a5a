"""The names under which ports stand in Nomad's service catalog."""

from __future__ import annotations

from simulacra.model.peripheral import Peripheral
from simulacra.model.service import Service


def catalog_names(of: Service | Peripheral) -> tuple[tuple[str, str], ...]:
    """Each port's name and its name in the catalog: of the first that of whose port it is, of the others with the port's name behind it."""
    ports = [port.name for port in of.ports]
    return tuple((port, of.name if index == 0 else f"{of.name}-{port.replace('_', '-')}") for index, port in enumerate(ports))
