"""Network cards: which there are, whether they wake the machine, and the magic packets that go out through them."""

from __future__ import annotations

import array
import fcntl
import socket
import struct
import time
from pathlib import Path
from typing import Any, NamedTuple

from place import read

CARDS_AT_MOST = 16
SIOCGIFFLAGS, SIOCGIFHWADDR, SIOCETHTOOL = 0x8913, 0x8927, 0x8946
UP, BROADCAST, LOOPBACK = 0x1, 0x2, 0x8
ETHERNET = 1
ETHTOOL_GWOL, WAKE_MAGIC = 0x5, 1 << 5
SO_BINDTODEVICE = 25


class Packet(NamedTuple):
    """A magic packet; ``interface`` None: whichever leads to ``broadcast``."""

    machine: str
    payload: bytes
    broadcast: str
    port: int
    interface: str | None

    @classmethod
    def of(cls, told: dict[str, Any]) -> Packet:
        """Raises one of ValueError, LookupError, TypeError where it isn't one."""
        broadcast, port = told.get("broadcast", "255.255.255.255"), told.get("port", 9)
        return cls(str(told["machine"]), bytes.fromhex(told["payload"]), str(broadcast), int(port), told.get("interface"))


def cards(root: Path) -> list[dict[str, object]]:
    """The Ethernet cards of this machine's network, as the kernel has them; virtual ones only where there are no others."""
    found: list[dict[str, object]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in sorted(socket.if_nameindex(), key=lambda it: it[1]):
            answer = ask(asked, SIOCGIFHWADDR, name)
            kind, address = struct.unpack("=H6s", answer[16:24]) if answer else (0, b"")
            if kind == ETHERNET and any(address):
                found.append({"interface": name, "mac": ":".join(f"{byte:02x}" for byte in address), "wakes": _wakes(asked, root, name)})
    real = [card for card in found if (root / "sys/class/net" / str(card["interface"]) / "device").exists()]
    return (real or found)[:CARDS_AT_MOST]


def ask(asked: socket.socket, what: int, interface: str, more: bytes = b"") -> bytes | None:
    """The kernel's answer about an interface, as a `struct ifreq`; source: netdevice(7)."""
    try:
        return fcntl.ioctl(asked.fileno(), what, struct.pack("16s24s", interface.encode(), more))
    except OSError:
        return None


def _wakes(asked: socket.socket, root: Path, interface: str) -> bool | None:
    """Whether the card wakes the machine at a magic packet; source: `struct ethtool_wolinfo` in linux/ethtool.h."""
    told = array.array("B", struct.pack("=III6s2x", ETHTOOL_GWOL, 0, 0, b""))
    if ask(asked, SIOCETHTOOL, interface, struct.pack("P", told.buffer_info()[0])) is not None:
        _, able, wanted = struct.unpack("=III", told.tobytes()[:12])
        return bool(able & wanted & WAKE_MAGIC)
    armed = read(root / "sys/class/net" / interface / "device/power/wakeup").strip()
    return armed == "enabled" if armed else None


def lan_interfaces(overlay: str) -> list[str]:
    """Those that broadcasts can be sent on, by name; the overlay carries none."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in sorted(socket.if_nameindex(), key=lambda it: it[1]):
            answer = ask(asked, SIOCGIFFLAGS, name)
            flags = struct.unpack("=H", answer[16:18])[0] if answer else 0
            if name != overlay and flags & UP and flags & BROADCAST and not flags & LOOPBACK:
                found.append(name)
    return found


def send_packets(packets: list[Packet], overlay: str) -> str:
    """Send each three times; why one couldn't be sent at all, empty where all were."""
    failed: dict[str, str] = {}
    for again in range(3):
        time.sleep(0.1 if again else 0.0)
        for packet in packets:
            failure = _send(packet, overlay)
            if failure:
                failed[packet.machine] = failure
            else:
                failed.pop(packet.machine, None)
    return "; ".join(f"the packet for {name} can't be sent: {why}" for name, why in sorted(failed.items()))


def _send(packet: Packet, overlay: str) -> str:
    """On the interface that it names if this machine has that; a broadcast to everybody on every LAN, else as routed."""
    there, named = [name for _, name in socket.if_nameindex()], packet.interface
    everybody = packet.broadcast == "255.255.255.255"
    lans = lan_interfaces(overlay) if everybody else []
    ways: list[str | None] = [named] if named in there else [*lans] or [None]
    failures = []
    for way in ways:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                if way is not None:
                    sender.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, way.encode() + b"\0")
                sender.sendto(packet.payload, (packet.broadcast, packet.port))
        except OSError as error:
            failures.append(f"{way or packet.broadcast}: {error.strerror or error}")
    return "" if len(failures) < len(ways) else ", ".join(failures)
