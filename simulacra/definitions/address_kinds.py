"""The kinds of values that are addresses in a network."""

from __future__ import annotations

import ipaddress
import re

from simulacra.definitions.kinds import Kind, Wrong, scalar, shown
from simulacra.hcl.values import Value


def six_bytes(what: str) -> Kind:
    """Six pairs of hexadecimal digits; lower case with colons comes out."""
    takes = f'{what}, for example "aa:bb:cc:dd:ee:ff"'

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        if not isinstance(plain, str) or not re.fullmatch(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}", plain):
            raise Wrong(value.line, f"{shown(plain)} isn't {takes}: six pairs of hexadecimal digits")
        return plain.replace("-", ":").lower()

    return Kind(takes, read)


def mac() -> Kind:
    """The hardware address of one network card."""
    address = six_bytes("a MAC address")

    def read(value: Value) -> str:
        clean: str = address.read(value)
        if clean in ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff") or int(clean[:2], 16) & 1:
            raise Wrong(value.line, f"{shown(clean)} isn't the address of one network card (all zeros, broadcast or multicast)")
        return clean

    return Kind(address.takes, read)


def subnet() -> Kind:
    """An IPv4 or IPv6 network in CIDR notation."""
    takes = 'a subnet, for example "192.168.1.0/24"'

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        try:
            if not isinstance(plain, str) or "/" not in plain:
                raise ValueError
            return str(ipaddress.ip_network(plain, strict=True))
        except ValueError:
            hint = ""
            if isinstance(plain, str):
                try:
                    hint = f'; did you mean "{ipaddress.ip_network(plain, strict=False)}"?'
                except ValueError:
                    hint = ""
            raise Wrong(value.line, f"{shown(plain)} isn't {takes}{hint}") from None

    return Kind(takes, read)


def ip_address() -> Kind:
    """An IPv4 or IPv6 address, compressed."""
    takes = 'an IP address, for example "200:1:2:3::1"'

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        try:
            return str(ipaddress.ip_address(plain if isinstance(plain, str) else ""))
        except ValueError:
            raise Wrong(value.line, f"{shown(plain)} isn't {takes}") from None

    return Kind(takes, read)
