"""A real Nomad server with nodes that exist only in its state: registered through its own RPC, as clients do, and never heard of again.

The RPC is msgpack over TCP as Go's net/rpc frames it: one byte for the protocol, then for each call a header and a body.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import msgpack  # type: ignore[import-untyped]

NOMAD_RPC = b"\x01"
CONFIG = """
name                 = "server"
region               = "global"
bind_addr            = "127.0.0.1"
disable_update_check = true
data_dir             = "{data}"
log_level            = "WARN"

advertise {{
  http = "127.0.0.1:{http}"
  rpc  = "127.0.0.1:{rpc}"
  serf = "127.0.0.1:{serf}"
}}

ports {{
  http = {http}
  rpc  = {rpc}
  serf = {serf}
}}

server {{
  enabled                      = true
  bootstrap_expect             = 1
  min_heartbeat_ttl            = "12h"
  max_heartbeats_per_second    = 100000
  failover_heartbeat_ttl       = "12h"
}}
"""
PATIENCE_S = 60.0
UPDATED_AT_ONCE = 200


@dataclass(frozen=True)
class Server:
    address: str
    rpc_port: int

    def send(self, method: str, path: str, body: object = None) -> Any:
        """One call of the HTTP API, None where it says nothing; raises `OSError`, with the server's own words where it refuses."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/v1/{path}", data, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as refused:
            raise OSError(f"{method} {path}: {refused.code} {refused.read().decode(errors='replace').strip()}") from refused


@contextmanager
def server(binary: Path, folder: Path) -> Iterator[Server]:
    """A server of its own, on ports of its own, gone at the end."""
    http, rpc, serf = _free_ports(3)
    config = folder / "server.hcl"
    config.write_text(CONFIG.format(data=folder / "data", http=http, rpc=rpc, serf=serf))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOMAD_") and name != "AWS_CA_BUNDLE"}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen([binary, "agent", "-config", config], stdout=log, stderr=subprocess.STDOUT, env=environment)
        try:
            found = Server(f"http://127.0.0.1:{http}", rpc)
            _await(found, process)
            yield found
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [it.getsockname()[1] for it in sockets]
    for it in sockets:
        it.close()
    return ports


def _await(found: Server, process: subprocess.Popen[bytes]) -> None:
    """Until it has a leader that takes writes and can encrypt."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            found.send("PUT", "var/bench", {"Items": {"a": "b"}})
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server didn't come up")


class Rpc:
    """One connection to the server's RPC; calls go one after the other."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(NOMAD_RPC)
        self._reader = msgpack.Unpacker(raw=False, strict_map_key=False, unicode_errors="replace")
        self._sequence = 0

    def call(self, method: str, body: Mapping[str, object]) -> Any:
        """The reply; raises `RuntimeError` with the server's own words."""
        self._sequence += 1
        header = {"ServiceMethod": method, "Seq": self._sequence, "Error": ""}
        self._socket.sendall(msgpack.packb(header) + msgpack.packb(body))
        answered, reply = self._next(), self._next()
        if answered.get("Error"):
            raise RuntimeError(f"{method}: {answered['Error']}")
        return reply

    def _next(self) -> Any:
        while True:
            try:
                return self._reader.unpack()
            except msgpack.OutOfData:
                data = self._socket.recv(1 << 20)
                if not data:
                    raise RuntimeError("the server hung up") from None
                self._reader.feed(data)

    def close(self) -> None:
        self._socket.close()


def secret_of(name: str) -> str:
    """What the node of that name proves itself with."""
    return str(uuid5(NAMESPACE_DNS, f"secret-{name}"))


def run(rpc: Rpc, allocations: list[dict[str, str]], status: str = "running") -> None:
    """Tell the server that they run, or whatever else ``status`` says of them, as their clients would."""
    for first in range(0, len(allocations), UPDATED_AT_ONCE):
        some = allocations[first : first + UPDATED_AT_ONCE]
        rows = [
            {"ID": it["ID"], "NodeID": it["NodeID"], "JobID": it["JobID"], "Namespace": "default", "ClientStatus": status} for it in some
        ]
        rpc.call("Node.UpdateAlloc", {"Alloc": rows, "Region": "global", "AuthToken": secret_of(some[0]["NodeName"])})
