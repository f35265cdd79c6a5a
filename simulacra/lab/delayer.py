"""A slow cable, where the kernel has no netem: takes frames at one end, and lets them out at the other some time later, or not at all.

Runs by itself, with the standard library alone: ``python -I delayer.py PORT TAP DELAY_MS JITTER_MS LOSS_PERCENT`` in the namespace of the
cable's port, which is in no bridge; TAP is made, and takes the port's place in the bridge. It writes ``ready`` once frames pass. Both ends
are asked to hand over frames as the kernel keeps them, bigger than the cable's and without checksums, with a header that says so
(source: packet(7), linux/virtio_net.h).
"""

import collections
import contextlib
import fcntl
import os
import random
import select
import socket
import struct
import sys
import time

_ETH_P_ALL = 0x0003
_SOL_PACKET, _PACKET_VNET_HDR, _PACKET_IGNORE_OUTGOING = 263, 15, 23
_TUNSETIFF, _TUNSETOFFLOAD = 0x400454CA, 0x400454D0
_IFF_TAP, _IFF_NO_PI, _IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
_TUN_F_CSUM, _TUN_F_TSO4, _TUN_F_TSO6 = 0x01, 0x02, 0x04
_FRAME = 70000
_BUFFER = 1 << 22
_FRAMES_AT_MOST = 10000


class Lane:
    """One direction: frames leave in the order in which they came; what comes while too many wait is lost, as on a full cable."""

    def __init__(self, source: int, target: int, delay_s: float, jitter_s: float, loss: float = 0.0) -> None:
        self.source, self.target, self.delay_s, self.jitter_s, self.loss = source, target, delay_s, jitter_s, loss
        self.waiting: collections.deque[tuple[float, bytes]] = collections.deque()
        self.last_s = 0.0

    def take(self, now_s: float) -> None:
        """All that has come; a port whose cable was taken away gives nothing."""
        with contextlib.suppress(OSError):
            while frame := os.read(self.source, _FRAME):
                if len(self.waiting) < _FRAMES_AT_MOST and random.random() >= self.loss:
                    due_s = now_s + self.delay_s + random.uniform(-self.jitter_s, self.jitter_s)
                    self.last_s = max(self.last_s, due_s)
                    self.waiting.append((self.last_s, frame))

    def give(self, now_s: float) -> None:
        """All that is due."""
        while self.waiting and self.waiting[0][0] <= now_s:
            _, frame = self.waiting.popleft()
            with contextlib.suppress(OSError):
                os.write(self.target, frame)

    def due_s(self) -> float:
        """When the next frame is; infinite where there is none."""
        return self.waiting[0][0] if self.waiting else float("inf")


def open_port(name: str) -> socket.socket:
    """The end of the cable."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    made.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
    made.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    made.bind((name, _ETH_P_ALL))
    made.setblocking(False)
    return made


def open_tap(name: str) -> int:
    """A card of our own; it goes when this process does."""
    made = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(made, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI | _IFF_VNET_HDR))
    fcntl.ioctl(made, _TUNSETOFFLOAD, _TUN_F_CSUM | _TUN_F_TSO4 | _TUN_F_TSO6)
    return made


def run(lanes: tuple[Lane, ...]) -> None:
    """For ever."""
    sources = [lane.source for lane in lanes]
    while True:
        next_s = min(lane.due_s() for lane in lanes)
        now_s = time.monotonic()
        ready, _, _ = select.select(sources, [], [], max(0.0, next_s - now_s) if next_s != float("inf") else None)
        now_s = time.monotonic()
        for lane in lanes:
            if lane.source in ready:
                lane.take(now_s)
            lane.give(now_s)


def main(port: str, tap: str, delay_ms: str, jitter_ms: str, loss_percent: str) -> None:
    """The command line."""
    delay_s, jitter_s, loss = float(delay_ms) / 1000, float(jitter_ms) / 1000, float(loss_percent) / 100
    cable, card = open_port(port), open_tap(tap)
    print("ready", flush=True)
    run((Lane(cable.fileno(), card, delay_s, jitter_s, loss), Lane(card, cable.fileno(), delay_s, jitter_s, loss)))


if __name__ == "__main__":
    main(*sys.argv[1:])
