"""How the program asks devices for the addresses of their names, and what it makes of answers, whoever wrote them."""

from __future__ import annotations

import importlib
import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_interface
from types import ModuleType

import pytest

HERE = ip_interface("127.0.0.1/0")


@pytest.fixture
def mdns() -> ModuleType:
    return importlib.import_module("mdns")


def labels(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def record(name: bytes, kind: int = 1, of: int = 0x8001, data: bytes = b"\x0a\0\0\x07") -> bytes:
    return name + struct.pack("!HHIH", kind, of, 120, len(data)) + data


def answer(*records: bytes, questions: bytes = b"", flags: int = 0x8400, more: int = 0) -> bytes:
    return struct.pack("!HHHHHH", 0, flags, 1 if questions else 0, len(records) - more, 0, more) + questions + b"".join(records)


PRINTER = labels("printer.local")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (answer(record(PRINTER)), [("printer.local", "10.0.0.7")]),
        (answer(record(labels("Printer.LOCAL"))), [("printer.local", "10.0.0.7")]),
        (answer(record(b"\xc0\x0c"), questions=PRINTER + b"\0\x01\0\x01"), [("printer.local", "10.0.0.7")]),
        (
            answer(record(PRINTER), record(b"\x04lamp\xc0\x14", data=b"\x0a\0\0\x08")),
            [("printer.local", "10.0.0.7"), ("lamp.local", "10.0.0.8")],
        ),
        (answer(record(PRINTER, 28, data=bytes(16)), record(b"\xc0\x0c"), more=1), [("printer.local", "10.0.0.7")]),
        (answer(record(PRINTER), flags=0), []),
        (answer(record(PRINTER, of=3)), []),
        (answer(record(PRINTER, data=b"\x0a\0\0")), []),
        (answer(record(PRINTER))[:-1], []),
        (answer(record(b"\xc0\x0c")), []),
        (answer(record(b"\xc0\xff")), []),
        (answer(record(b"\x01a\xc0\x0c")), []),
        (answer(record(b"\x80" + PRINTER)), []),
        (answer(record(b"\x3f" * 300)), []),
        (answer(), []),
        (b"", []),
        (struct.pack("!HHHHHH", 0, 0x8400, 65535, 65535, 65535, 65535), []),
    ],
)
def test_answers(mdns: ModuleType, message: bytes, told: list[tuple[str, str]]) -> None:
    assert list(mdns.addresses_in(message)) == told


def test_whatever_is_sent_is_read_or_left_alone(mdns: ModuleType) -> None:
    rolled = random.Random(8)
    whole = answer(record(PRINTER), record(b"\x04lamp\xc0\x14"), record(b"\xc0\x0c", 33), questions=PRINTER + b"\0\x01\0\x01")
    for _ in range(5000):
        message = bytearray(whole)
        for _ in range(rolled.randrange(1, 6)):
            message[rolled.randrange(len(message))] = rolled.randrange(256)
        for name, address in mdns.addresses_in(bytes(message[: rolled.randrange(len(message) + 1)])):
            assert len(name) < 2000
            assert socket.inet_aton(address)


def test_a_question_names_all_that_can_be_names(mdns: ModuleType) -> None:
    message = mdns.question(["printer.local", "x" * 64 + ".local", "lamp.local.", "a..local"])
    assert struct.unpack_from("!HHHHHH", message) == (0, 0, 2, 0, 0, 0)
    assert message[12:] == b"".join(labels(name) + b"\0\x01\x80\x01" for name in ("printer.local", "lamp.local"))


@contextmanager
def responder(*answers: bytes) -> Iterator[tuple[str, int]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)

        def serve() -> None:
            _, whom = listening.recvfrom(9000)
            for it in answers:
                listening.sendto(it, whom)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()
        thread.join()


def test_those_that_answer_are_told_and_nobody_that_wasnt_asked_for(mdns: ModuleType) -> None:
    with responder(b"nonsense", answer(record(labels("other.local"))), answer(record(PRINTER))) as to:
        assert mdns.ask(["Printer.local", "lamp.local"], [HERE], to, 0.3) == {"Printer.local": "10.0.0.7"}


@pytest.mark.parametrize("lan", ["127.0.0.1/8", "127.0.0.1/32"])
def test_an_address_elsewhere_isnt_believed(mdns: ModuleType, lan: str) -> None:
    with responder(answer(record(PRINTER))) as to:
        assert mdns.ask(["printer.local"], [ip_interface(lan)], to, 0.3) == {}


def test_a_lan_that_cant_be_asked_is_passed_over(mdns: ModuleType) -> None:
    with responder(answer(record(PRINTER))) as to:
        assert mdns.ask(["printer.local"], [ip_interface("192.0.2.77/0"), HERE], to, 2.0) == {"printer.local": "10.0.0.7"}
    assert mdns.ask(["printer.local"], [], to, 5.0) == {}
