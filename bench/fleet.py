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
        """One call of the HTTP API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/v1/{path}", data, method=method)
        return json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60))


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


def name_of(number: int) -> str:
    return f"m{number:05d}"


def register(rpc: Rpc, number: int) -> None:
    """A node that is on: 4 cores of 2 GHz, 16 GiB, one address."""
    name = name_of(number)
    secret = _secret(name)
    rpc.call("Node.Register", {"Node": _node(number, name, secret), "Region": "global"})


def _secret(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"secret-{name}"))


def run(rpc: Rpc, allocations: list[dict[str, str]]) -> None:
    """Tell the server that they run, as their clients would."""
    for first in range(0, len(allocations), UPDATED_AT_ONCE):
        some = allocations[first : first + UPDATED_AT_ONCE]
        rows = [
            {"ID": it["ID"], "NodeID": it["NodeID"], "JobID": it["JobID"], "Namespace": "default", "ClientStatus": "running"} for it in some
        ]
        rpc.call("Node.UpdateAlloc", {"Alloc": rows, "Region": "global", "AuthToken": _secret(some[0]["NodeName"])})


def _node(number: int, name: str, secret: str) -> dict[str, object]:
    address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
    zone = f"zone-{number % 10}"
    drivers = {it: {"Detected": True, "Healthy": True, "HealthDescription": "Healthy"} for it in ("docker", "exec", "raw_exec")}
    network = {"Mode": "host", "Device": "eth0", "IP": address, "CIDR": f"{address}/32", "MBits": 1000}
    addresses = [{"Family": "ipv4", "Alias": alias, "Address": address} for alias in ("default", "overlay")]
    return {
        "ID": str(uuid5(NAMESPACE_DNS, name)),
        "SecretID": secret,
        "Name": name,
        "Datacenter": "dc1",
        "NodePool": "default",
        "HTTPAddr": f"{address}:4646",
        "Status": "ready",
        "SchedulingEligibility": "eligible",
        "Attributes": {
            **{f"driver.{it}": "1" for it in drivers},
            **{f"plugin.attribute.{it}": f"value of attribute {it}" for it in range(25)},
            "kernel.name": "linux",
            "kernel.version": f"6.{number % 3}.0",
            "cpu.arch": "amd64",
            "os.name": "debian",
            "nomad.version": "1.11.3",
            "nomad.service_discovery": "true",
            "unique.network.ip-address": address,
            "unique.hostname": name,
        },
        "Meta": {"simulacra_zone": zone, "simulacra_tier": "server", "simulacra_rank": "20"},
        "Drivers": drivers,
        "HostNetworks": {},
        "NodeResources": {
            "Cpu": {"CpuShares": 8000, "TotalCpuCores": 4, "ReservableCpuCores": [0, 1, 2, 3]},
            "Memory": {"MemoryMB": 16384},
            "Disk": {"DiskMB": 100000},
            "Networks": [network],
            "NodeNetworks": [{"Mode": "host", "Device": "eth0", "MacAddress": "", "Speed": 1000, "Addresses": addresses}],
            "MinDynamicPort": 20000,
            "MaxDynamicPort": 32000,
        },
        "ReservedResources": {"Cpu": {"CpuShares": 0}, "Memory": {"MemoryMB": 0}, "Disk": {"DiskMB": 0}, "Networks": {}},
    }


def job(name: str, count: int, kernel: str = "", spread: bool = False) -> dict[str, object]:
    """A job as services are rendered: constraints on labels, a dynamic port on the overlay; it may spread over the zones."""
    constraints = [{"LTarget": "${meta.simulacra_rank}", "Operand": ">=", "RTarget": "20"}]
    constraints += [{"LTarget": "${attr.kernel.version}", "Operand": "version", "RTarget": kernel}] if kernel else []
    resources = {"CPU": 100, "MemoryMB": 256}
    return {
        "ID": name,
        "Name": name,
        "Type": "service",
        "Datacenters": ["*"],
        "Constraints": constraints,
        "Meta": {"simulacra_grid": "bench", "simulacra_definition": f"service.{name}"},
        "TaskGroups": [
            {
                "Name": "it",
                "Count": count,
                "Update": {"MaxParallel": 0},
                "Networks": [{"Mode": "host", "DynamicPorts": [{"Label": "http", "HostNetwork": "overlay"}]}],
                "Spreads": [{"Attribute": "${meta.simulacra_zone}", "Weight": 50}] if spread else [],
                "Tasks": [{"Name": "it", "Driver": "docker", "Config": {"image": "none"}, "Resources": resources}],
            }
        ],
    }
