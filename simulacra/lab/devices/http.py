"""The HTTP that devices speak: a little of HTTP/1.1, quick enough to be measured through. Source: RFC 9112."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from simulacra.lab.devices.echo import Connection

_HEAD_AT_MOST, _BODY_AT_MOST, _BYTES_AT_MOST = 1 << 16, 1 << 28, 1 << 40
_SLICE = 1 << 18
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large"}
_MAPPED = "::ffff:"
PATTERN = 1 << 20
"""So many bytes have no pattern; then they come again."""


@cache
def pattern(name: str) -> bytes:
    """The bytes of a peripheral of that name: the same in every lab."""
    return random.Random(name).randbytes(PATTERN)


@dataclass(slots=True)
class Request:
    """What the head says. ``length`` is None for a body in chunks; ``lasting``: the connection stays."""

    method: str
    path: str
    length: int | None
    lasting: bool
    expects: bool


class NotHttp(ValueError):
    """What came isn't a request that is understood here."""


def read_head(head: bytes) -> Request:
    """Of a request's lines without the empty one at their end; raises `NotHttp`."""
    first, *lines = head.decode("latin-1").split("\r\n")
    try:
        method, target, version = first.split(" ")
        fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        length = int(fields.get("content-length", "0"))
    except ValueError:
        raise NotHttp(first) from None
    if length < 0 or not version.startswith("HTTP/1."):
        raise NotHttp(first)
    said = fields.get("connection", "").lower()
    lasting = "close" not in said and (version != "HTTP/1.0" or "keep-alive" in said)
    chunked = fields.get("transfer-encoding", "").lower().endswith("chunked")
    path = target.partition("?")[0]
    return Request(method, path, None if chunked else length, lasting, fields.get("expect", "").lower() == "100-continue")


def read_chunks(buffer: bytearray) -> tuple[bytes, int] | None:
    """The body that begins the buffer in chunks, and how many bytes it takes there; None: it isn't all there. Raises `NotHttp`."""
    body, at = bytearray(), 0
    while (end := buffer.find(b"\r\n", at)) >= 0:
        try:
            size = int(bytes(buffer[at:end]).partition(b";")[0], 16)
        except ValueError:
            raise NotHttp("a chunk") from None
        at = end + 2
        if size == 0:  # trailers, if there are any, end with an empty line
            if buffer[at : at + 2] == b"\r\n":
                return bytes(body), at + 2
            end = buffer.find(b"\r\n\r\n", at)
            return (bytes(body), end + 4) if end >= 0 else None
        body += buffer[at : at + size]
        at += size + 2
        if at > len(buffer):
            return None
    return None


class Http(Connection):
    """One connection of an HTTP server, whose answers tell the caller's address in ``X-From``.

    ``GET /`` says hello, ``GET /bytes/N`` has N bytes of the name's pattern, ``POST /echo`` the request's own body.
    """

    def __init__(self, name: str, connections: set[Connection]) -> None:
        super().__init__(connections)
        self.name = name
        self.buffer = bytearray()
        self.request: Request | None = None
        self.sending: Iterator[memoryview] | None = None
        self.held = False
        self.caller = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.caller = str(transport.get_extra_info("peername")[0]).removeprefix(_MAPPED)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._go_on()

    def pause_writing(self) -> None:
        self.held = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.held = False
        with suppress(RuntimeError):  # it is closing
            self.transport.resume_reading()
        self._go_on()

    def eof_received(self) -> bool:
        """Whoever has nothing more to ask still gets the answer; not by TLS, where asyncio knows no half of a connection."""
        if self.sending is None or self.transport.get_extra_info("sslcontext") is not None:
            return False
        self._finish()
        return True

    def _go_on(self) -> None:
        """Send and answer what can be: requests that come before an answer is out wait their turn."""
        try:
            while not self.held and not self.transport.is_closing() and (self._send() or self._answer_next()):
                pass
        except NotHttp:
            self._say(400, b"this is no request that is understood here\n", lasting=False)

    def _send(self) -> bool:
        """A slice of the answer that is being sent; whether there was one."""
        piece = next(self.sending, None) if self.sending is not None else None
        if piece is None:
            self.sending = None
            return False
        self.transport.write(piece)
        return True

    def _answer_next(self) -> bool:
        """Answer the first request in the buffer; whether a whole one was there."""
        if self.request is None and not self._read_request():
            return False
        request = self.request
        assert request is not None, "it was just read"
        if request.length is None:
            found = read_chunks(self.buffer)
            if found is None:
                return self._too_large(len(self.buffer))
            body, taken = found
        else:
            if len(self.buffer) < request.length:
                return self._too_large(request.length)
            body, taken = bytes(self.buffer[: request.length]), request.length
        del self.buffer[:taken]
        self.request = None
        self._answer(request, body)
        return True

    def _read_request(self) -> bool:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > _HEAD_AT_MOST:
                raise NotHttp("a head without end")
            return False
        self.request = read_head(bytes(self.buffer[:end]))
        del self.buffer[: end + 4]
        if self.request.expects:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _too_large(self, length: int) -> bool:
        if length > _BODY_AT_MOST:
            self._say(413, b"that is too much\n", lasting=False)
        return False

    def _answer(self, request: Request, body: bytes) -> None:
        kind, _, rest = request.path.removeprefix("/").partition("/")
        readable = request.method in ("GET", "HEAD")
        bare = request.method == "HEAD"
        if request.path == "/echo" and request.method == "POST":
            self._say(200, body, lasting=request.lasting)
        elif request.path == "/" and readable:
            self._say(200, f"hello from {self.name}\n".encode(), lasting=request.lasting, bare=bare)
        elif kind == "bytes" and rest.isdecimal() and int(rest) <= _BYTES_AT_MOST and readable:
            self._head(200, int(rest), lasting=request.lasting)
            self.sending = None if bare else _slices(self.name, int(rest))
            if not request.lasting:
                self._finish()
        else:
            known = request.path in ("/", "/echo")
            self._say(405 if known else 404, f"{self.name} has no {request.path}\n".encode(), lasting=request.lasting, bare=bare)

    def _finish(self) -> None:
        """The answer under way is the last: close behind it."""
        rest = self.sending

        def until_closed() -> Iterator[memoryview]:
            yield from rest or ()
            asyncio.get_running_loop().call_soon(self.transport.close)  # not while the transport itself asks for more

        self.sending = until_closed()

    def _say(self, status: int, body: bytes, *, lasting: bool, bare: bool = False) -> None:
        self._head(status, len(body), lasting=lasting, body=b"" if bare else body)
        if not lasting:
            self.transport.close()

    def _head(self, status: int, length: int, *, lasting: bool, body: bytes = b"") -> None:
        """The head and a small body in one write: the kernel sends them together."""
        last = "" if lasting else "Connection: close\r\n"
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {length}\r\nX-From: {self.caller}\r\n{last}\r\n"
        )
        self.transport.write(head.encode() + body)


def _slices(name: str, length: int) -> Iterator[memoryview]:
    """The first so many bytes of the name's pattern, over and over."""
    whole = memoryview(pattern(name))
    sent = 0
    while sent < length:
        at = sent % PATTERN
        piece = whole[at : at + min(_SLICE, length - sent)]
        sent += len(piece)
        yield piece
