"""How the ports of a proxy's devices are wired: on which number each listens, by which names Nomad and HAProxy have it."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.catalog import catalog_names
from simulacra.model.peripheral import Peripheral, PeripheralPort
from simulacra.model.proxy import Proxy, listens_on


@dataclass(frozen=True, slots=True)
class Wired:
    """A port of a device as the proxy has it. ``backend`` is HAProxy's name for it: the device's own for the port that is looked at."""

    device: Peripheral
    port: PeripheralPort
    catalog: str
    looked_at: bool

    @property
    def backend(self) -> str:
        return self.device.name if self.port is self.device.looked_at else f"{self.device.name}.{self.port.name}"

    @property
    def listen(self) -> int:
        return listens_on(self.device, self.port)


def wired_of(proxy: Proxy) -> list[Wired]:
    """All ports of its devices, by device."""
    found = []
    for device in proxy.peripherals:
        names, seen = dict(catalog_names(device)), device.looked_at is not None and device.wake is None
        found += [Wired(device, port, names[port.name], seen) for port in device.ports]
    return found
