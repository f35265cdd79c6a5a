"""A device of a lab, and what is written of it: where it is plugged in, what it serves, whether it is on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from simulacra.model.peripheral import Protocol

Power = Literal["on", "off", "asleep"]
_FILE = "device.json"


@dataclass(frozen=True, slots=True)
class DevicePort:
    """``peripheral`` is whose port it is: the name that it answers with."""

    peripheral: str
    number: int
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class DevicePower:
    """``fingerprint`` is its certificate's, SHA-256 of the DER in 64 lower-case hexadecimal digits; None: it speaks no TLS.

    ``since_s``: Unix time of the last change. A device that is waking is asleep until it answers.
    """

    power: Power
    since_s: float
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """``names`` are those of its peripherals, the first its own. ``port`` is the far end of its cable.

    ``lan_address`` has a prefix length, ``elsewhere`` (an address outside of its LAN that it has too) none. ``wakes``: on a magic packet.
    ``mdns`` is the name by which it is known on its LAN, None where it has none.
    """

    names: tuple[str, ...]
    zone: str
    namespace: str
    lan_address: str
    elsewhere: str | None
    port: str
    ports: tuple[DevicePort, ...]
    wakes: bool = False
    mdns: str | None = None
    power: DevicePower | None = None

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def lan_ip(self) -> str:
        return self.lan_address.partition("/")[0]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Those at which it is spoken to, that of its definition first."""
        return (self.elsewhere, self.lan_ip) if self.elsewhere is not None else (self.lan_ip,)

    @property
    def speaks_tls(self) -> bool:
        return any(port.protocol == "https" for port in self.ports)


def read_device(found: Mapping[str, Any]) -> Device:
    """As ``asdict`` wrote it, without its power."""
    ports = tuple(DevicePort(**it) for it in found["ports"])
    return Device(**{**found, "names": tuple(found["names"]), "ports": ports, "power": None})


def save_power(folder: Path, power: DevicePower) -> None:
    """Into the device's folder, in one step."""
    draft = folder / f".{_FILE}.new"
    draft.write_text(json.dumps(asdict(power)) + "\n")
    draft.replace(folder / _FILE)


def load_power(folder: Path) -> DevicePower | None:
    """None where none was written."""
    try:
        return DevicePower(**json.loads((folder / _FILE).read_text()))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None
