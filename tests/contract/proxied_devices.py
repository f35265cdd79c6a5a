"""Devices on the loopback, as small servers: they echo, answer by HTTP with or without TLS, and tell what has arrived."""

from __future__ import annotations

import datetime
import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Told:
    """What has arrived at a device."""

    port: int = 0
    pieces: list[bytes] = field(default_factory=list)

    @property
    def text(self) -> bytes:
        return b"".join(self.pieces)


@dataclass(frozen=True)
class Certificate:
    chain: Path
    fingerprint: str

    @property
    def pem(self) -> str:
        return self.chain.read_text()


def certificate(folder: Path, name: str, days_left: int = -100) -> Certificate:
    """Signed by itself; expired long ago by default."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=400))
        .not_valid_after(now + datetime.timedelta(days=days_left))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = folder / f"{name}.pem"
    chain.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return Certificate(chain, hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest())


@contextmanager
def echo(port: int = 0, host: str = "127.0.0.1") -> Iterator[Told]:
    """Sends back what arrives, piece by piece."""
    with _served(port, host, None, _echoes) as told:
        yield told


@contextmanager
def web(shows: Certificate | None = None, port: int = 0, host: str = "127.0.0.1", status: str = "200 OK") -> Iterator[Told]:
    """Answers each request with its first line."""
    with _served(port, host, shows, lambda one, told: _answers(one, told, status)) as told:
        yield told


@contextmanager
def datagrams(host: str = "127.0.0.1") -> Iterator[Told]:
    """Sends each datagram back, in capitals."""
    told, ended = Told(), threading.Event()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind((host, 0))
        heard.settimeout(0.1)
        told.port = heard.getsockname()[1]

        def work() -> None:
            while not ended.is_set():
                try:
                    piece, sender = heard.recvfrom(4096)
                except TimeoutError:
                    continue
                told.pieces.append(piece)
                heard.sendto(piece.upper(), sender)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield told
        finally:
            ended.set()
            thread.join()


@contextmanager
def names(host: str, found: dict[str, str]) -> Iterator[dict[str, str]]:
    """A name server that knows these IPv4 addresses, as they are when it is asked, each for a second. Source: RFC 1035."""
    ended = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind((host, 53))
        heard.settimeout(0.1)

        def work() -> None:
            while not ended.is_set():
                try:
                    asked, sender = heard.recvfrom(4096)
                except TimeoutError:
                    continue
                end = asked.index(b"\0", 12) + 5
                question, kind = asked[12:end], asked[end - 4 : end - 2]
                labels, at = [], 12
                while asked[at]:
                    labels.append(asked[at + 1 : at + 1 + asked[at]].decode().lower())
                    at += 1 + asked[at]
                address = found.get(".".join(labels))
                record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address) if address and kind == b"\0\1" else b""
                head = asked[:2] + (b"\x81\x80" if address else b"\x81\x83") + b"\0\1" + (b"\0\1" if record else b"\0\0") + b"\0" * 4
                heard.sendto(head + question + record, sender)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield found
        finally:
            ended.set()
            thread.join()


def _echoes(one: socket.socket, told: Told) -> None:
    while piece := one.recv(65536):
        told.pieces.append(piece)
        one.sendall(piece)


def _answers(one: socket.socket, told: Told, status: str) -> None:
    request = b""
    while b"\r\n\r\n" not in request:
        piece = one.recv(65536)
        if not piece:
            return
        request += piece
        told.pieces.append(piece)
    body = request.split(b"\r\n")[0]
    one.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)


@contextmanager
def _served(port: int, host: str, shows: Certificate | None, answers) -> Iterator[Told]:  # type: ignore[no-untyped-def]
    told, open_ones = Told(), list[socket.socket]()
    listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    told.port = listening.getsockname()[1]
    context = None
    if shows is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(shows.chain)

    def serve(one: socket.socket) -> None:
        try:
            one.settimeout(30)
            answers(context.wrap_socket(one, server_side=True) if context is not None else one, told)
        except OSError:
            pass
        finally:
            one.close()

    def accept() -> None:
        while True:
            try:
                one, _ = listening.accept()
            except OSError:
                return
            open_ones.append(one)
            threading.Thread(target=serve, args=(one,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield told
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
        for one in open_ones:
            one.close()
