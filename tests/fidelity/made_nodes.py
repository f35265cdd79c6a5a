"""Nodes by chance, as their clients register them: in the form of Nomad's own RPC (``structs.Node``)."""

from __future__ import annotations

from random import Random
from typing import Any, TypeAlias
from uuid import NAMESPACE_DNS, uuid5

from bench.lone_server import secret_of

Json: TypeAlias = dict[str, Any]

DATACENTERS = ("dc1", "dc2", "attic-1")
POOLS = ("default", "gpu")
CLASSES = ("", "small", "big")
DRIVERS = ("docker", "exec", "raw_exec", "qemu")
VOLUMES = ("media", "backup", "scratch")
NETWORKS = ("overlay", "lan")
STATIC_PORTS = (80, 443, 8080, 20001, 20003)
VERSIONS = ("1.2.3", "1.10.0", "v2.0", "2.1.0-rc1", "2.1.0", "1.2.3+build.5", "24", "3.0.0-beta.2", "unknown")
NUMBERS = ("1", "2", "10", "100", "9.5", "1e2", "-3", "many", "007")
WORDS = ("amd64", "arm64", "riscv64", "")
SETS = ("a,b,c", "a, b", "c", "b,c,d", "", "a")
RACKS = ("r1", "r2", "r3")
DEVICES = (("nvidia", "gpu", "1080ti"), ("nvidia", "gpu", "a2"), ("amd", "gpu", "rx"), ("intel", "fpga", "f100"))
_CHANCES = {"version": VERSIONS, "number": NUMBERS, "word": WORDS, "set": SETS, "rack": RACKS, "net": NETWORKS}
_MHZ = (1000, 1500, 2400)


def made_nodes(random: Random, name: str) -> tuple[Json, ...]:
    """Eight to twelve, some of them alike but for what is each one's own; ``name`` begins all their names."""
    models = [random.getrandbits(64) for _ in range(random.randint(5, 9))]
    return tuple(_node(f"{name}-n{at:02}", at, Random(random.choice(models)), random) for at in range(random.randint(8, 12)))


def _node(name: str, at: int, model: Random, own: Random) -> Json:
    """``model`` decides what nodes of one kind share, ``own`` what each has for itself."""
    cores, mhz, split = model.choice((1, 2, 4, 8)), model.choice(_MHZ), model.random() < 0.25
    drivers = tuple(it for it in DRIVERS if model.random() < 0.7)
    address = f"10.{own.randrange(256)}.{own.randrange(256)}.{at + 1}"
    processors, kept_mhz, frequencies = _processors(cores, mhz, split, own)
    dynamic = own.choice(((20000, 32000), (20000, 20003), (20000, 20001), (25000, 25000)))
    return {
        "ID": str(uuid5(NAMESPACE_DNS, name)),
        "SecretID": secret_of(name),
        "Name": name,
        "Datacenter": own.choices(DATACENTERS, (6, 2, 2))[0],
        "NodePool": own.choices(POOLS, (4, 1))[0],
        "NodeClass": model.choice(CLASSES),
        "HTTPAddr": f"{address}:4646",
        "Status": own.choices(("ready", "initializing", "down"), (20, 1, 1))[0],
        "SchedulingEligibility": own.choices(("eligible", "ineligible"), (9, 1))[0],
        "Attributes": {**_attributes(name, address, model), **frequencies, **{f"driver.{it}": "1" for it in drivers}},
        "Meta": {key: model.choice(values) for key, values in _CHANCES.items() if model.random() < 0.75},
        "Drivers": {it: _driver(own) for it in drivers},
        "HostVolumes": {it: {"Name": it, "Path": "/srv", "ReadOnly": model.random() < 0.6} for it in VOLUMES if model.random() < 0.5},
        "NodeResources": {
            "Processors": {"Topology": processors},
            "Memory": {"MemoryMB": model.choice((512, 2048, 8192))},
            "Disk": {"DiskMB": model.choice((2000, 10000, 40000))},
            "Networks": _task_networks(address, model),
            "NodeNetworks": _host_networks(address, model, own),
            "Devices": _devices(name, model, own),
            "MinDynamicPort": dynamic[0],
            "MaxDynamicPort": dynamic[1],
        },
        "ReservedResources": {
            "Cpu": {"CpuShares": kept_mhz},
            "Memory": {"MemoryMB": own.choice((0, 0, 128))},
            "Disk": {"DiskMB": own.choice((0, 0, 500))},
            "Networks": {"ReservedHostPorts": own.choices(("", "22", "22,80", "8000-8100"), (6, 2, 1, 1))[0]},
        },
    }


def changed(random: Random, node: Json) -> Json:
    """The same after a while: drivers and devices fail or recover, memory is lost, other ports are kept."""
    has, kept = node["NodeResources"], node["ReservedResources"]
    devices = [{**it, "Instances": [{**one, "Healthy": random.random() < 0.6} for one in it["Instances"]]} for it in has["Devices"]]
    memory_mb = random.choice((has["Memory"]["MemoryMB"], has["Memory"]["MemoryMB"] * 3 // 4))
    ports = random.choice((kept["Networks"]["ReservedHostPorts"], "80,443"))
    return {
        **node,
        "Drivers": {name: _driver(random) for name in node["Drivers"]},
        "NodeResources": {**has, "Devices": devices, "Memory": {"MemoryMB": memory_mb}},
        "ReservedResources": {**kept, "Networks": {"ReservedHostPorts": ports}},
    }


def _attributes(name: str, address: str, model: Random) -> dict[str, str]:
    chosen = {f"made.{key}": model.choice(values) for key, values in _CHANCES.items() if model.random() < 0.75}
    return {
        **chosen,
        "made.serial": name,  # each is of a computed class of its own: of others of one class Nomad believes what it saw of the first
        "kernel.name": "linux",
        "kernel.version": model.choice(("5.4.0", "6.1.0-18-amd64", "6.8.12")),
        "cpu.arch": model.choice(("amd64", "arm64")),
        "os.name": model.choice(("debian", "alpine")),
        "nomad.version": "1.11.3",
        "unique.hostname": name,
        "unique.network.ip-address": address,
    }


def _driver(own: Random) -> Json:
    healthy = own.random() < 0.85
    return {"Detected": True, "Healthy": healthy, "HealthDescription": "Healthy" if healthy else "out of order"}


def _processors(cores: int, mhz: int, split: bool, own: Random) -> tuple[Json, int, dict[str, str]]:
    """Its cores (``numalib.Topology``), the MHz that it keeps for itself, and what its fingerprint tells of their speed.

    ``split``: half of the cores are slower than the others. Cores kept for itself are counted by their MHz too, as clients do it. Cores
    without siblings are all of the grade Efficiency.
    """
    alone = own.random() < 0.3
    speeds = [mhz // 2 if split and core >= cores // 2 else mhz for core in range(cores)]
    kept = set(range(cores)[:1]) if cores > 1 and own.random() < 0.2 else set()
    rows = [
        {
            "SocketID": 0,
            "NodeID": 0,
            "ID": core,
            "Grade": speed == mhz and not alone,
            "Disable": core in kept,
            "MaxSpeed": speed,
            "GuessSpeed": speed,
        }
        for core, speed in enumerate(speeds)
    ]
    told = {"cpu.numcores": str(cores), "cpu.totalcompute": str(sum(speeds))}
    two = {"cpu.frequency.performance": "0" if alone else str(mhz), "cpu.frequency.efficiency": str(speeds[-1])}
    told |= two if alone or len(set(speeds)) > 1 else {"cpu.frequency": str(mhz)}
    kept_mhz = sum(speeds[core] for core in kept) + own.choice((0, 0, 200))
    said = own.choice((0, 0, 0, 0, sum(speeds) + 1000, sum(speeds) - 100))
    return {"Nodes": b"\0", "Distances": [b"\x0a"], "Cores": rows, "OverrideTotalCompute": said}, kept_mhz, told


def _task_networks(address: str, model: Random) -> list[Json]:
    """The modes that a group may ask for."""
    host = {"Mode": "host", "Device": "eth0", "IP": address, "CIDR": f"{address}/32", "MBits": 1000}
    more = [{"Mode": mode} for mode in ("bridge", "cni/mesh") if model.random() < 0.5]
    return more if model.random() < 0.06 else [host, *more]


def _host_networks(address: str, model: Random, own: Random) -> list[Json]:
    """The networks whose names a port may ask for: ``default`` always, the others where they are, now and then with two addresses."""
    rows = [{"Family": "ipv4", "Alias": "default", "Address": address}]
    for at, alias in enumerate(NETWORKS):
        if model.random() < 0.6:
            shared = model.random() < 0.3
            first = address if shared else address.replace("10.", f"{172 + at}.", 1)
            kept = own.choices(("", "80", "443,8080"), (6, 1, 1))[0]
            rows.append({"Family": "ipv4", "Alias": alias, "Address": first, "ReservedPorts": kept})
            if model.random() < 0.3:
                rows.append({"Family": "ipv6", "Alias": alias, "Address": f"fd00::{at}:{address.rpartition('.')[2]}"})
    return [{"Mode": "host", "Device": "eth0", "MacAddress": "52:54:00:00:00:01", "Speed": 1000, "Addresses": rows}]


def _devices(name: str, model: Random, own: Random) -> list[Json]:
    found = []
    for vendor, kind, model_name in DEVICES:
        if model.random() < 0.35:
            count = model.randint(1, 3)
            instances = [{"ID": f"{name}-{vendor}-{model_name}-{at}", "Healthy": own.random() < 0.85} for at in range(count)]
            attributes = {
                "memory": {"Int": model.choice((2, 8, 16)), "Unit": "GiB"},
                "clock": {"Float": model.choice((1.5, 2.25)), "Unit": "GHz"},
                "driver_version": {"String": model.choice(("525.60", "535.104.5"))},
                "ecc": {"Bool": model.random() < 0.5},
                "lanes": {"Int": model.choice((8, 16))},
            }
            found.append({"Vendor": vendor, "Type": kind, "Name": model_name, "Instances": instances, "Attributes": attributes})
    return found
