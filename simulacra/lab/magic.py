"""A sleeping machine's network card: it listens for magic packets, and for nothing else.

Source of the format: AMD's "Magic Packet Technology" (publication 20213): six bytes FF and sixteen times the card's address anywhere in a
frame, whatever its protocol; with SecureOn the password follows at once.
"""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from simulacra.lab.layout import LAN, Seat
from simulacra.lab.network import enter_namespace
from simulacra.model.machine import WakeLan

_EVERY_PROTOCOL = 0x0003
"""ETH_P_ALL of linux/if_ether.h."""
_FILE = "card.json"
_FRAME = 65536


@dataclass(frozen=True, slots=True)
class Card:
    """``mac`` and ``secureon`` are lower case, colon separated; None: it isn't set to wake, it has no password.

    ``address`` is the machine's on its LAN, with a prefix length; ``reaches`` are others that are on that LAN.
    """

    address: str
    mac: str | None = None
    secureon: str | None = None
    reaches: tuple[str, ...] = ()

    def wakes_on(self, frame: bytes) -> bool:
        """Whether the frame holds the card's magic packet."""
        if self.mac is None:
            return False
        return b"\xff" * 6 + _octets(self.mac) * 16 + _octets(self.secureon or "") in frame


def card_of(seat: Seat) -> Card:
    wake = seat.machine.wake
    return Card(seat.lan_address, seat.mac, wake.secureon if isinstance(wake, WakeLan) else None, seat.reaches)


def write_card(folder: Path, card: Card) -> None:
    """Into the machine's folder, for its keeper; only root may read it, since it holds the password."""
    path = folder / _FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(card)) + "\n")


def read_card(folder: Path) -> Card:
    found = json.loads((folder / _FILE).read_text())
    return Card(**found | {"reaches": tuple(found.get("reaches", ()))})


def listen_for_frames(namespace: str) -> socket.socket:
    """A socket that is handed every frame on the machine's LAN. To be called from a thread of its own: it stays in the namespace."""
    enter_namespace(namespace)
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    made.bind((LAN, _EVERY_PROTOCOL))
    made.setblocking(False)
    return made


def packet_came(card: Card, listening: socket.socket) -> bool:
    """Whether the card's magic packet is in what has come until now. An error is an empty queue, or a card that went down."""
    with contextlib.suppress(OSError):
        while frame := listening.recv(_FRAME):
            if card.wakes_on(frame):
                return True
    return False


def _octets(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
