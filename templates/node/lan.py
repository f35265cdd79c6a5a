"""Where the machine is: its addresses on its LANs, and the overlay's nodes that it finds there."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import struct
from pathlib import Path
from typing import Any, Iterator

from cards import SIOCGIFFLAGS, ask, lan_interfaces
from place import read

ADDRESSES_AT_MOST, NEIGHBOURS_AT_MOST = 16, 64
SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B
RUNNING = 0x40
"""An interface's flag: something is at the other end of its cable; source: netdevice(7)."""
PASSING = 0x01 | 0x08 | 0x20 | 0x40
"""Flags of an IPv6 address that won't stay, or isn't good yet: temporary, found twice, deprecated, tentative; source: linux/if_addr.h."""
OVERLAY_SOCKETS = ("run/yggdrasil.sock", "run/yggdrasil/yggdrasil.sock", "var/run/yggdrasil.sock", "var/run/yggdrasil/yggdrasil.sock")
OVERLAY_NETWORK = ipaddress.ip_network("200::/7")
ANSWER_S = 2.0
ON_THE_LAN = re.compile(r"\w+://\[fe[89ab][0-9a-f]:", re.IGNORECASE)
"""A peer that was found by its link-local address: no router passes those on."""


def addresses(root: Path, overlay: str) -> list[str]:
    """The machine's addresses on its LANs, with their prefix length, IPv4 first; none of the overlay, of containers, none link-local."""
    lans = [name for name in lan_interfaces(overlay) if not _inner_bridge(root, name)]
    found = [*sorted(set(_four(lans))), *sorted(set(_six(root, lans)))]
    return found[:ADDRESSES_AT_MOST]


def lans(root: Path, overlay: str) -> list[Any]:
    """The LANs that the machine is on now, each as its own address there with the network: of interfaces whose cable is plugged in."""
    plugged = [name for name in lan_interfaces(overlay) if _plugged(name)]
    return [ipaddress.ip_interface(text) for text in [*_four(plugged), *_six(root, plugged)]]


def _plugged(interface: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        answer = ask(asked, SIOCGIFFLAGS, interface)
    return answer is not None and bool(struct.unpack("=H", answer[16:18])[0] & RUNNING)


def _four(interfaces: list[str]) -> Iterator[str]:
    """Each interface's first address; source: netdevice(7)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for name in interfaces:
            address, mask = (ask(asked, what, name) for what in (SIOCGIFADDR, SIOCGIFNETMASK))
            if address and mask:
                (bits,) = struct.unpack("!I", mask[20:24])
                four = ipaddress.IPv4Address(address[20:24])
                if not four.is_link_local and not four.is_unspecified:
                    yield f"{four}/{bin(bits).count('1')}"


def _six(root: Path, interfaces: list[str]) -> Iterator[str]:
    """Global and unique local ones that stay; source: `/proc/net/if_inet6` in proc(5)."""
    for line in read(root / "proc/net/if_inet6").splitlines():
        words = line.split()
        if len(words) == 6 and words[5] in interfaces and words[3] == "00" and not int(words[4], 16) & PASSING:
            six = ipaddress.IPv6Address(bytes.fromhex(words[0]))
            if six not in OVERLAY_NETWORK:
                yield f"{six}/{int(words[2], 16)}"


def _inner_bridge(root: Path, name: str) -> bool:
    """Whether it is a bridge that no card is plugged into, as container engines and hypervisors make them."""
    folder = root / "sys/class/net" / name
    ports = folder.glob("brif/*") if (folder / "bridge").exists() else None
    return ports is not None and not any(_leads_out(root, port.name) for port in ports)


def _leads_out(root: Path, name: str) -> bool:
    """A card, or what is made of cards (a bond, a VLAN)."""
    folder = root / "sys/class/net" / name
    return (folder / "device").exists() or any(folder.glob("lower_*"))


def neighbours(root: Path, admin: str) -> list[str]:
    """The overlay addresses of the nodes that the machine's yggdrasil has found on its LANs; empty where it can't be asked.

    ``admin`` is the path of its admin socket; empty: where packages have it.
    """
    found = set()
    for path in [admin] if admin else [str(root / name) for name in OVERLAY_SOCKETS]:
        peers = _peers(path)
        if peers is not None:
            found = {str(peer.get("address")) for peer in peers if peer.get("up", True) and ON_THE_LAN.match(str(peer.get("remote")))}
            break
    return sorted(address for address in found if _overlays(address))[:NEIGHBOURS_AT_MOST]


def _peers(path: str) -> list[dict[str, object]] | None:
    """What yggdrasil (0.4 and 0.5) answers to getPeers; None where nobody does."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
            asked.settimeout(ANSWER_S)
            asked.connect(path)
            asked.sendall(b'{"request": "getPeers", "arguments": {}, "keepalive": false}')
            answer = b"".join(iter(lambda: asked.recv(65536), b""))
        return [peer for peer in json.loads(answer.decode())["response"]["peers"] if isinstance(peer, dict)]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _overlays(address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in OVERLAY_NETWORK
    except ValueError:
        return False
