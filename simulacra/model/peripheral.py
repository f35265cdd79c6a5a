"""Devices that can't join the grid."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

from simulacra.model.machine import WakeLan
from simulacra.model.source import NOWHERE, Source

Protocol = Literal["tcp", "udp", "http", "https"]
AddressKind = Literal["ip", "mac", "mdns", "dns"]
CheckKind = Literal["tcp", "http", "none"]
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclass(frozen=True, slots=True)
class PeripheralPort:
    """``listen`` is the port on the overlay, None: worked out of the names (`simulacra.model.proxy.listens_on`).

    ``fingerprint`` pins the device's certificate, 64 lower-case hexadecimal digits (SHA-256 of its DER). ``tls``: clients on the overlay
    speak TLS to the proxy.
    """

    name: str
    number: int
    protocol: Protocol = "tcp"
    listen: int | None = None
    fingerprint: str | None = None
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Allow:
    """Who may use a device: the machines on which these services run, and those in these zones."""

    services: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceCheck:
    """How it is seen through the proxy that the device is well; ``port`` names one of its own, None: the first that isn't udp."""

    type: CheckKind = "tcp"
    port: str | None = None
    path: str = "/"
    every_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Peripheral:
    """``replicas``: so many machines serve it at a time. ``allow`` None: everyone on the overlay may use it."""

    name: str
    address: str
    zone: str | None = None
    machines: tuple[str, ...] = ()
    replicas: int = 1
    ports: tuple[PeripheralPort, ...] = ()
    check: DeviceCheck | None = None
    allow: Allow | None = None
    wake: WakeLan | None = None
    description: str = ""
    source: Source = NOWHERE

    @property
    def address_kind(self) -> AddressKind:
        """What its address is: the proxy finds out the IP address behind any other."""
        if _MAC.fullmatch(self.address.lower()):
            return "mac"
        try:
            ipaddress.ip_address(self.address)
        except ValueError:
            return "mdns" if self.address.rstrip(".").lower().endswith(".local") else "dns"
        return "ip"

    @property
    def looked_at(self) -> PeripheralPort | None:
        """The port by which it is seen that it is well; None where it isn't looked at."""
        check = self.check or DeviceCheck()
        able = [it for it in self.ports if it.protocol != "udp"]
        if check.type == "none" or not able:
            return None
        return next((it for it in able if it.name == check.port), able[0])

    @property
    def beyond_haproxy(self) -> tuple[str, ...]:
        """What HAProxy can't do for it by itself, in words; empty where it can do all."""
        whys = {
            "pinned certificates": any(port.fingerprint is not None for port in self.ports),
            "addresses that only the LAN knows": self.address_kind in ("mac", "mdns"),
            "waking": self.wake is not None,
        }
        return tuple(why for why, so in whys.items() if so)
