"""The kinds of values that are addresses in a network."""

from __future__ import annotations

import ipaddress
import re

from simulacra.definitions.kinds import Kind, Wrong, scalar, shown
from simulacra.hcl.values import Value

MAC = re.compile(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}")
HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?=[0-9-]*[a-z_])[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
"""A host name in lower case; the last part has a letter, or it would be a mistyped IP address. Source: RFC 1123; underscores occur."""
LONGEST_HOST = 253


def six_bytes(what: str) -> Kind:
    """Six pairs of hexadecimal digits; lower case with colons comes out."""
    takes = f'{what}, for example "aa:bb:cc:dd:ee:ff"'

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        if not isinstance(plain, str) or not MAC.fullmatch(plain):
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


def device_address() -> Kind:
    """Where a device is: an IP address, a host name or a MAC address; compressed, or in lower case, comes out."""
    takes = 'an IP address, a host name or a MAC address, for example "192.168.1.50"'

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        said = plain if isinstance(plain, str) else ""
        if MAC.fullmatch(said):
            return str(mac().read(value))
        try:
            address = ipaddress.ip_address(said)
        except ValueError:
            name = said.removesuffix(".").lower()
            if not HOST.fullmatch(name) or len(name) > LONGEST_HOST:
                raise Wrong(value.line, f"{shown(plain)} isn't {takes}") from None
            return name
        if "%" in said or address.is_link_local or address.is_multicast or address.is_unspecified:
            raise Wrong(value.line, f"{shown(plain)} isn't the address of one device that can be reached by it alone; it takes {takes}")
        return str(address)

    return Kind(takes, read)


def fingerprint() -> Kind:
    """The SHA-256 of a certificate as browsers and openssl show it; lower case without colons comes out."""
    takes = "a SHA-256 fingerprint, for example as `openssl x509 -fingerprint -sha256` prints it"

    def read(value: Value) -> str:
        plain = scalar(value, takes)
        clean = re.sub(r"^sha-?256[:=]|[:\s]", "", plain.lower()) if isinstance(plain, str) else ""
        if not re.fullmatch(r"[0-9a-f]{64}", clean):
            raise Wrong(value.line, f"{shown(plain)} isn't {takes}: 32 pairs of hexadecimal digits")
        return clean

    return Kind(takes, read)
