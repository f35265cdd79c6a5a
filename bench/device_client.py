"""What runs on a machine of a lab and asks devices, or is asked in a device's place. Prints its answer as JSON.

bytes ADDRESS PORT SIZE           seconds until an HTTP server's answer of so many bytes was there, the connection included
http ADDRESS PORT ROUNDS          median seconds of a small request on one connection that stays
echo ADDRESS PORT ROUNDS          median seconds until so few bytes are back
each ADDRESS PORT COUNT           so many ports from that one on, each asked once: how many answered, and seconds of them all
until ADDRESS PORT OTHER ANSWER   monotonic time of the first answer like this at PORT, and how long OTHER was without service at most
serve ADDRESS HTTP ECHO           be asked on these two ports, with the very program that serves a lab's devices
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

BUFFER = 1 << 20
PATIENCE_S, LOOK_S, AT_A_TIME = 60.0, 0.05, 16
ANSWERS_WITHIN_S = 2.0
GIVES_UP_S = 180.0


def connected(address: str, port: str | int, patience_s: float = PATIENCE_S) -> socket.socket:
    made = socket.create_connection((address, int(port)), patience_s)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def request(path: str, *, lasting: bool = False) -> bytes:
    last = "" if lasting else "Connection: close\r\n"
    return f"GET {path} HTTP/1.1\r\nHost: device\r\n{last}\r\n".encode()


def bytes_(address: str, port: str, size: str) -> float:
    """The bytes are counted and thrown away: into one buffer, so that the client isn't what is measured."""
    buffer = memoryview(bytearray(BUFFER))
    begun = time.perf_counter()
    with connected(address, port) as server:
        server.sendall(request(f"/bytes/{size}", lasting=True))
        got = server.recv_into(buffer)
        head, _, _ = bytes(buffer[:got]).partition(b"\r\n\r\n")
        whole = len(head) + 4 + int(size)
        while got < whole:
            read = server.recv_into(buffer)
            if not read:
                raise RuntimeError(f"{got} bytes of {whole} came")
            got += read
    return time.perf_counter() - begun


def http(address: str, port: str, rounds: str) -> float:
    return _rounds(address, port, rounds, request("/", lasting=True), lambda said: b"hello from" in said)


def echo(address: str, port: str, rounds: str) -> float:
    said = b"0123456789abcdef" * 4
    return _rounds(address, port, rounds, said, lambda answer: answer == said)


def _rounds(address: str, port: str, rounds: str, said: bytes, good: Callable[[bytes], bool]) -> float:
    seconds = []
    with connected(address, port) as server:
        for _ in range(int(rounds)):
            begun = time.perf_counter()
            server.sendall(said)
            answer = server.recv(BUFFER)
            seconds.append(time.perf_counter() - begun)
            assert good(answer), answer
    return statistics.median(seconds)


def _asked(address: str, port: int, patience_s: float) -> bytes:
    """What the device says by HTTP; nothing where it can't be asked."""
    try:
        with connected(address, port, patience_s) as server:
            server.sendall(request("/"))
            said = b""
            while read := server.recv(BUFFER):
                said += read
            return said
    except OSError:
        return b""


def each(address: str, port: str, count: str) -> tuple[int, float]:
    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        answers = list(pool.map(lambda one: _asked(address, one, PATIENCE_S), range(int(port), int(port) + int(count))))
    return sum(b"hello from" in it for it in answers), time.perf_counter() - begun


def until(address: str, port: str, other: str, answer: str) -> tuple[float, float]:
    over, longest = threading.Event(), 0.0

    def look() -> None:
        nonlocal longest
        served = time.monotonic()
        while not over.wait(LOOK_S):
            well = b"hello from" in _asked(address, int(other), ANSWERS_WITHIN_S)
            longest = max(longest, time.monotonic() - served)
            served = time.monotonic() if well else served

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    gives_up = time.monotonic() + GIVES_UP_S
    while answer.encode() not in _asked(address, int(port), ANSWERS_WITHIN_S):
        if time.monotonic() > gives_up:
            raise TimeoutError(f"{answer} wasn't said within {GIVES_UP_S:.0f} s")
        time.sleep(LOOK_S)
    seen = time.monotonic()
    time.sleep(1.0)  # its neighbour is back as well
    over.set()
    looking.join()
    return seen, longest


async def serve(address: str, http_port: str, echo_port: str) -> None:
    from simulacra.lab.devices.echo import Connection, Echo
    from simulacra.lab.devices.http import Http

    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    web = await loop.create_server(lambda: Http("itself", connections), address, int(http_port))
    back = await loop.create_server(lambda: Echo(connections), address, int(echo_port))
    await asyncio.gather(web.serve_forever(), back.serve_forever())


def main() -> None:
    what, *words = sys.argv[1:]
    if what == "serve":
        asyncio.run(serve(*words))
    else:
        asks: dict[str, Callable[..., object]] = {"bytes": bytes_, "http": http, "echo": echo, "each": each, "until": until}
        print(json.dumps(asks[what](*words)))


if __name__ == "__main__":
    main()
