"""Whether something answers at an address: many of them at once, without a thread for each. Source: connect(2), rtnetlink(7)."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import subprocess
import time
from typing import Iterator, Mapping, NamedTuple, Sequence

PATIENCE_S = 1.0
AT_ONCE, PINGS_AT_ONCE = 200, 20
DISCARD = 9
"""Nobody listens there: whoever is there says so, or at least tells the card's address to whoever wants to send something."""
SAYS_SO = (0, errno.ECONNREFUSED, errno.ECONNRESET)
UNDERWAY = (errno.EINPROGRESS, errno.EAGAIN)
RTM_GETNEIGH, RTM_NEWNEIGH, NLMSG_ERROR, NLMSG_DONE, DUMP, REPLACE = 30, 28, 2, 3, 0x301, 0x101
NDA_DST, NDA_LLADDR = 1, 2
VALID = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80
"""States of a neighbour that isn't given up: reachable, stale, about to be asked, being asked, or for good; source: linux/neighbour.h."""
DOUBTFUL, ASKED = 0x02 | 0x04 | 0x08, 0x10
"""Of these the first can be brought into the second by whoever wants to know: the kernel itself would take up to a minute."""


class Neighbour(NamedTuple):
    """Of the kernel's table."""

    address: str
    mac: str
    state: int
    interface: int

    @property
    def there(self) -> bool:
        """It has answered lately, or hasn't failed to yet."""
        return bool(self.state & VALID)


def probe(targets: Mapping[str, tuple[str, int | None]], patience_s: float = PATIENCE_S) -> set[str]:
    """The names of those that answer, of names with their IP address and port; without a port it is only looked whether it is there.

    A refused connection is an answer: the device is reached, whatever it thinks of that port. Raises OSError where no sockets can be made.
    """
    answered: set[str] = set()
    ordered = sorted(targets)
    for at in range(0, len(ordered), AT_ONCE):
        answered |= knock({name: targets[name] for name in ordered[at : at + AT_ONCE]}, patience_s)
    silent = {name: address for name, (address, port) in targets.items() if port is None and name not in answered}
    return answered | _there(silent) if silent else answered


def knock(targets: Mapping[str, tuple[str, int | None]], patience_s: float = PATIENCE_S) -> set[str]:
    """The names of those that say something themselves, of at most ``AT_ONCE``."""
    answered, waiting = set(), selectors.DefaultSelector()
    try:
        for name, (address, port) in targets.items():
            try:
                knocking, failure = _begin(address, port)
            except OSError as error:
                if error.errno == errno.EAFNOSUPPORT:  # addresses of a kind that this machine has none of
                    continue
                raise
            if failure in UNDERWAY or (port is None and failure == 0):
                waiting.register(knocking, selectors.EVENT_READ if port is None else selectors.EVENT_WRITE, name)
                continue
            knocking.close()
            if failure in SAYS_SO:
                answered.add(name)
        end_s = time.monotonic() + patience_s
        while waiting.get_map() and time.monotonic() < end_s:
            for key, _ in waiting.select(max(0.0, end_s - time.monotonic())):
                if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in SAYS_SO:
                    answered.add(key.data)
                waiting.unregister(key.fileobj)
                key.fileobj.close()
    finally:
        for key in list(waiting.get_map().values()):
            key.fileobj.close()
        waiting.close()
    return answered


def _begin(address: str, port: int | None) -> tuple[socket.socket, int]:
    """A socket that is being connected, or has sent an empty datagram, and the error so far."""
    kind = socket.SOCK_DGRAM if port is None else socket.SOCK_STREAM
    family, _, _, _, where = socket.getaddrinfo(address, port or DISCARD, type=kind, flags=socket.AI_NUMERICHOST)[0]
    knocking = socket.socket(family, kind)
    knocking.setblocking(False)
    if port is not None:  # it ends at once, and leaves nothing behind on either side
        knocking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    failure = knocking.connect_ex(where)
    if failure == 0 and port is None:
        try:
            knocking.send(b"")
        except OSError as error:
            failure = error.errno or errno.EIO
    return knocking, failure


def _there(silent: Mapping[str, str]) -> set[str]:
    """Those that the kernel knows the card of. What it never looks for a card of, since a router is between, is asked by ping."""
    table, asked = neighbours(), {address.partition("%")[0] for address in silent.values()}
    known = {it.address: it.there for it in sorted(table, key=lambda it: it.there)}
    _have_asked([it for it in table if it.address in asked and it.state & DOUBTFUL])
    found = {name for name, address in silent.items() if known.get(address.partition("%")[0])}
    beyond = sorted(name for name, address in silent.items() if address.partition("%")[0] not in known)
    for at in range(0, len(beyond), PINGS_AT_ONCE):
        found |= _ping({name: silent[name] for name in beyond[at : at + PINGS_AT_ONCE]})
    return found


def _ping(targets: Mapping[str, str]) -> set[str]:
    """Those that answer; none where there is no ping."""
    asked = {}
    for name, address in targets.items():
        command = ["ping", "-c", "1", "-W", "1", address]
        try:
            asked[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            break
    found = set()
    for name, process in asked.items():
        try:
            if process.wait(3 * PATIENCE_S) == 0:
                found.add(name)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return found


def _have_asked(doubtful: Sequence[Neighbour]) -> None:
    """Let the kernel ask these whether they are still there, so that it is known the next time; without the right to, in a minute."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
            for it in doubtful:
                family = socket.AF_INET6 if ":" in it.address else socket.AF_INET
                address = socket.inet_pton(family, it.address)
                header = struct.pack("=IHHII", 32 + len(address), RTM_NEWNEIGH, REPLACE, 0, 0)
                kernel.send(header + struct.pack("=BxxxiHBBHH", family, it.interface, ASKED, 0, 0, 4 + len(address), NDA_DST) + address)
    except OSError:
        return


def neighbours() -> list[Neighbour]:
    """The kernel's table of who has which card on the LAN, IPv4 and IPv6; empty where it can't be read."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
            kernel.settimeout(PATIENCE_S)
            kernel.send(struct.pack("=IHHII12x", 28, RTM_GETNEIGH, DUMP, os.getpid() & 0xFFFF, 0))
            return list(_told(kernel))
    except OSError:
        return []


def _told(kernel: socket.socket) -> Iterator[Neighbour]:
    while True:
        answer, at = kernel.recv(1 << 16), 0
        if not answer:
            return
        while at + 16 <= len(answer):
            length, kind = struct.unpack_from("=IH", answer, at)
            if kind in (NLMSG_DONE, NLMSG_ERROR) or length < 16:
                return
            if kind == RTM_NEWNEIGH:
                yield from neighbour_of(answer[at + 16 : at + length])
            at += (length + 3) & ~3


def neighbour_of(message: bytes) -> Iterator[Neighbour]:
    """The one of a message, after its header: a `struct ndmsg` and attributes; none where it has no address or no card of six bytes."""
    if len(message) < 12:
        return
    family, interface, state = struct.unpack_from("=BxxxiH", message)
    found, at = {}, 12
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if length < 4:
            return
        found[kind] = message[at + 4 : at + length]
        at += (length + 3) & ~3
    size = {socket.AF_INET: 4, socket.AF_INET6: 16}.get(family)
    address, card = found.get(NDA_DST, b""), found.get(NDA_LLADDR, b"")
    if len(address) == size:
        mac = ":".join(f"{byte:02x}" for byte in card) if len(card) == 6 else ""
        yield Neighbour(socket.inet_ntop(family, address), mac, state, interface)
