"""What devices say: HTTP as it comes off a wire, echoes, and their names by multicast DNS."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulacra.lab.devices.echo import Connection, Echo, echo_datagrams
from simulacra.lab.devices.http import PATTERN, Http, pattern
from simulacra.lab.devices.mdns import NotDns, read_name, reply


async def said(kind: str, *pieces: bytes, ends: bool = True) -> bytes:
    """All that comes back over one connection for these, until it is closed; ``ends``: nothing more is sent."""
    connections: set[Connection] = set()

    def connection() -> Connection:
        return Http("printer", connections) if kind == "http" else Echo(connections)

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())

    async def send() -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        if ends:
            writer.write_eof()

    async with asyncio.timeout(20), asyncio.TaskGroup() as both:
        both.create_task(send())
        answer = await reader.read()
    writer.close()
    server.close()
    return answer


def http(*pieces: bytes, ends: bool = False) -> tuple[list[str], bytes]:
    """The head's lines and what follows it."""
    head, _, body = asyncio.run(said("http", *pieces, ends=ends)).partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), body


LAST = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ((b"GET / HTTP/1.1\r\nHost: x\r\n" + LAST,), 200, b"hello from printer\n"),
        ((b"GET /?a=b HTTP/1.0\r\n\r\n",), 200, b"hello from printer\n"),
        ((b"GET / HT", b"TP/1.1\r\nHo", b"st: x\r\n" + LAST), 200, b"hello from printer\n"),
        ((b"HEAD / HTTP/1.1\r\n" + LAST,), 200, b""),
        ((b"GET /bytes/0 HTTP/1.1\r\n" + LAST,), 200, b""),
        ((b"GET /bytes/5 HTTP/1.1\r\n" + LAST,), 200, pattern("printer")[:5]),
        ((b"HEAD /bytes/5 HTTP/1.1\r\n" + LAST,), 200, b""),
        ((b"GET /bytes/-5 HTTP/1.1\r\n" + LAST,), 404, b"printer has no /bytes/-5\n"),
        ((b"GET /x HTTP/1.1\r\n" + LAST,), 404, b"printer has no /x\n"),
        ((b"POST / HTTP/1.1\r\n" + LAST,), 405, b"printer has no /\n"),
        ((b"POST /echo HTTP/1.1\r\nContent-Length: 6\r\n" + LAST, b"abc", b"def"), 200, b"abcdef"),
        ((b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST, b"3\r\nabc\r\n2;x=y", b"\r\nde\r\n0\r\n\r\n"), 200, b"abcde"),
        ((b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST, b"1\r\na\r\n0\r\nX: y\r\n", b"\r\n"), 200, b"a"),
        ((b"nonsense\r\n\r\n",), 400, b"this is no request that is understood here\n"),
        ((b"GET / HTTP/2\r\n\r\n",), 400, b"this is no request that is understood here\n"),
        ((b"POST /echo HTTP/1.1\r\nContent-Length: x\r\n\r\n",), 400, b"this is no request that is understood here\n"),
        ((b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",), 400, b"this is no request that is understood here\n"),
        ((b"x" * 70000,), 400, b"this is no request that is understood here\n"),
        ((b"POST /echo HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n",), 413, b"that is too much\n"),
    ],
)
def test_a_request_has_its_answer(pieces: tuple[bytes, ...], status: int, body: bytes) -> None:
    head, found = http(*pieces)
    assert (int(head[0].split(" ")[1]), found) == (status, body)
    assert "X-From: 127.0.0.1" in head


def test_a_connection_stays_and_answers_come_in_order() -> None:
    asked = b"GET / HTTP/1.1\r\n\r\n"
    answer = asyncio.run(said("http", asked, asked + b"GET /bytes/70000 HTTP/1.1\r\n\r\n" + asked + b"GET /x HTTP/1.1\r\n" + LAST))
    heads = [piece.partition(b"\r\n")[0] for piece in answer.split(b"HTTP/1.1 ")[1:]]
    assert heads == [b"200 OK", b"200 OK", b"200 OK", b"200 OK", b"404 Not Found"]
    assert pattern("printer")[:70000] in answer
    assert answer.count(b"hello from printer") == 3


def test_many_bytes_are_the_names_own_over_and_over() -> None:
    length = 3 * PATTERN + 17
    _, body = http(b"GET /bytes/%d HTTP/1.1\r\n" % length + LAST)
    assert body == (pattern("printer") * 4)[:length]
    assert pattern("printer") != pattern("camera")


def test_whoever_has_nothing_more_to_ask_gets_all_of_the_answer() -> None:
    _, body = http(b"GET /bytes/5000000 HTTP/1.1\r\n\r\n", ends=True)
    assert len(body) == 5_000_000


def test_who_expects_to_be_told_is_told_to_go_on() -> None:
    head, rest = http(b"POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + LAST, b"ab")
    assert head == ["HTTP/1.1 100 Continue"]
    assert rest.endswith(b"\r\n\r\nab")


def test_bytes_come_back() -> None:
    sent = pattern("x") * 3
    assert asyncio.run(said("tcp", sent[:10], sent[10:])) == sent


def test_datagrams_come_back() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.setblocking(False)
        here.settimeout(5)
        for text in (b"a", b"", b"b" * 1400):
            here.sendto(text, there.getsockname())
        echo_datagrams(there)
        assert [here.recv(2000) for _ in range(3)] == [b"a", b"", b"b" * 1400]


def asked(name: bytes, kind: int = 1, space: int = 1, flags: int = 0) -> bytes:
    labels = b"".join(bytes([len(it)]) + it for it in name.split(b"."))
    return struct.pack("!HHHHHH", 7, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, space)


def test_a_name_is_answered_to_all_and_to_plain_askers_directly() -> None:
    to_all = reply(asked(b"Hub.local"), 5353, "hub.local", "192.168.1.7")
    plain = reply(asked(b"hub.local"), 40000, "hub.local.", "192.168.1.7")
    wanted_here = reply(asked(b"hub.local", space=0x8001), 5353, "hub.local", "192.168.1.7")
    assert to_all is not None
    assert plain is not None
    assert wanted_here is not None
    assert (to_all.direct, plain.direct, wanted_here.direct) == (False, True, True)
    for found, number, questions in ((to_all, 0, 0), (plain, 7, 1)):
        assert struct.unpack_from("!HHHHHH", found.packet) == (number, 0x8400, questions, 1, 0, 0)
        assert found.packet.endswith(b"\xc0\xa8\x01\x07")
    assert read_name(to_all.packet, 12)[0] == "hub.local"


@pytest.mark.parametrize("packet", [asked(b"other.local"), asked(b"hub.local", kind=28), asked(b"hub.local", flags=0x8400)])
def test_what_is_not_its_own_is_not_answered(packet: bytes) -> None:
    assert reply(packet, 5353, "hub.local", "192.168.1.7") is None


def test_a_name_that_refers_to_itself_is_none() -> None:
    with pytest.raises(NotDns):
        read_name(b"\0" * 12 + b"\xc0\x0c", 12)


@given(st.binary(max_size=80), st.integers(0, 80))
def test_any_bytes_are_read_or_refused(packet: bytes, at: int) -> None:
    for read in (lambda: read_name(packet, at), lambda: reply(packet, 5353, "hub.local", "1.2.3.4")):
        try:
            read()
        except NotDns:
            continue
