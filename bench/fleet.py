"""Nodes and jobs of a size alike, as many as one likes, for a real server to hold."""

from __future__ import annotations

from uuid import NAMESPACE_DNS, uuid5

from lone_server import Rpc, secret_of


def name_of(number: int) -> str:
    return f"m{number:05d}"


def register(rpc: Rpc, number: int) -> None:
    """A node that is on: 4 cores of 2 GHz, 16 GiB, one address."""
    name = name_of(number)
    rpc.call("Node.Register", {"Node": node_of(number, secret_of(name)), "Region": "global"})


def node_of(number: int, secret: str) -> dict[str, object]:
    """The node as Nomad's API has it."""
    name = name_of(number)
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
