"""How the ports of a proxy's devices are wired: on which number each listens, by which names Nomad and HAProxy have it."""

from __future__ import annotations

from dataclasses import dataclass

from simulacra.model.catalog import catalog_names
from simulacra.model.peripheral import DeviceCheck, Peripheral, PeripheralPort
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
        return self.device.name if self.port is looked_at_of(self.device) else f"{self.device.name}.{self.port.name}"

    @property
    def listen(self) -> int:
        return listens_on(self.device, self.port)


def looked_at_of(device: Peripheral) -> PeripheralPort | None:
    """The port by which it is seen that the device is well; None where it isn't looked at."""
    check = device.check or DeviceCheck()
    able = [it for it in device.ports if it.protocol != "udp"]
    if check.type == "none" or not able:
        return None
    return next((it for it in able if it.name == check.port), able[0])


def wired_of(proxy: Proxy) -> list[Wired]:
    """All ports of its devices, by device."""
    found = []
    for device in proxy.peripherals:
        names, seen = dict(catalog_names(device)), looked_at_of(device) is not None and device.wake is None
        found += [Wired(device, port, names[port.name], seen) for port in device.ports]
    return found
