"""EC2 as moto plays it, on a free port of the loopback in this process; and ways to let it misbehave on the wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from moto.ec2.models import ec2_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

AMI = "ami-03cf127a"
"""An image that moto has from the start."""

WRONG_XMLNS, XMLNS = b'xmlns="http://ec2.amazonaws.com/doc/2016-11-15"', b'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"'
"""The name space of moto's answers, and that of AWS's own."""

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


@dataclass
class Wire:
    """Between a client and moto. ``faults`` are taken one for each request of the action they are for (empty: any).

    ``lost``: it is carried out, but answered with 502; ``500``, ``503``, ``throttled``, ``denied``…: it isn't; ``late``: the answer comes
    too late; ``stale``: a listing without anything. ``seen`` are the actions asked for, in order.
    """

    port: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    params: list[dict[str, list[str]]] = field(default_factory=list)
    made: dict[str, bytes] = field(default_factory=dict)
    """Answers by the token of the creation: AWS gives the same one for ever, moto doesn't know tokens."""
    rewrites: list[tuple[bytes, bytes]] = field(default_factory=list)
    """What stands otherwise in answers: states that moto passes by too quickly."""
    hang_s: float = 1.5

    def fault_for(self, action: str) -> str:
        for it in self.faults:
            if it[0] in ("", action):
                self.faults.remove(it)
                return it[1]
        return ""


ERRORS = {
    "500": ("500 Internal Server Error", "InternalError", "An internal error has occurred"),
    "503": ("503 Service Unavailable", "Unavailable", "The server is overloaded"),
    "throttled": ("503 Service Unavailable", "RequestLimitExceeded", "Request limit exceeded."),
    "denied": ("403 Forbidden", "UnauthorizedOperation", "You are not authorized to perform this operation."),
    "credentials": ("401 Unauthorized", "AuthFailure", "AWS was not able to validate the provided access credentials"),
    "quota": ("400 Bad Request", "VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 5 allows"),
    "image": ("400 Bad Request", "InvalidAMIID.NotFound", "The image id '[ami-00000000]' does not exist"),
    "sold out": ("500 Internal Server Error", "InsufficientInstanceCapacity", "We currently do not have sufficient t3.small capacity"),
}


@contextmanager
def moto_ec2() -> Iterator[Wire]:
    """An EC2 with nothing in it."""
    ec2_backends.reset()  # they are the process's
    wire = Wire()
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, _between(wire, app), threaded=True, request_handler=QuietHandler)
    wire.port = server.server_port
    serving = threading.Thread(target=_serve, args=(server,), daemon=True)
    serving.start()
    try:
        yield wire
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


class QuietHandler(WSGIRequestHandler):
    """Tells no log of its requests."""

    def log(self, *_: Any) -> None:
        return None


def _serve(server: BaseWSGIServer) -> None:
    server.serve_forever(poll_interval=0.05)


def _between(wire: Wire, app: Wsgi) -> Wsgi:
    def answered(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        action = asked.get("Action", ["?"])[0]
        wire.seen.append(action)
        wire.params.append(asked)
        fault = wire.fault_for(action)
        if fault in ERRORS:
            return _error(start, *ERRORS[fault])
        if fault == "page":
            start("502 Bad Gateway", [("Content-Type", "text/html")])
            return [b"<html><body><p>bad gateway</body>"]
        if fault == "stale":
            start("200 OK", [("Content-Type", "text/xml")])
            return [b"<DescribeInstancesResponse " + XMLNS + b"><reservationSet/></DescribeInstancesResponse>"]
        if fault in ("lost", "late"):
            _carried_out(wire, app, environ, asked, _ignored)
            time.sleep(wire.hang_s if fault == "late" else 0)
            return _error(start, *ERRORS["500"])
        return [_carried_out(wire, app, environ, asked, start)]

    return answered


def _carried_out(wire: Wire, app: Wsgi, environ: dict[str, Any], asked: dict[str, list[str]], start: StartResponse) -> bytes:
    token = asked.get("ClientToken", [""])[0]
    if token in wire.made:
        start("200 OK", [("Content-Type", "text/xml")])
        return wire.made[token]
    body = _mended(app, environ, start)
    for before, after in wire.rewrites:
        body = body.replace(before, after)
    if token and b"<RunInstancesResponse" in body:
        wire.made[token] = body
    return body


def _mended(app: Wsgi, environ: dict[str, Any], start: StartResponse) -> bytes:
    """moto's answer as AWS would give it; its length isn't told, since it changes."""

    def without_length(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        return start(status, [it for it in headers if it[0].lower() != "content-length"], *more)

    answer = b"".join(app(environ, without_length))
    # errors have no name space at AWS
    return answer.replace(b"<Response " + WRONG_XMLNS + b">", b"<Response>").replace(WRONG_XMLNS, XMLNS)


def _ignored(*_: Any) -> None:
    return None


def _error(start: StartResponse, status: str, code: str, message: str) -> list[bytes]:
    start(status, [("Content-Type", "text/xml")])
    shown = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>x</RequestID></Response>"
    return [shown.encode()]
