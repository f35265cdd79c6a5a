"""What a job may ask for, piece by piece, in Nomad's own JSON. Each is drawn to suit one node, or else to suit as few as it can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from simulacra.model.compare import holds
from tests.fidelity.made_nodes import DATACENTERS, DRIVERS, NETWORKS, NUMBERS, RACKS, SETS, STATIC_PORTS, VOLUMES, WORDS, Json

DRAWS = 8
LEVELS = ("job", "group", "task")
VERSION_BOUNDS = (">= 1.2", "< 2.0", "~> 1.2", ">= 1.0, < 2.1", "= 2.0.0", "!= 24", "> 2.1.0-rc1", "~> 2.1.0-rc1", "1.10", "<= v3")
SEMVER_BOUNDS = (">= 1.2.0", "< 2.0.0", ">= 1.0.0, < 2.1.0", "= 2.0.0", "> 2.1.0-rc1", "!= 1.2.3", "<= 3.0.0-beta.2", "1.2.3+build.7")
PATTERNS = ("^amd", "64$", "arm|risc", "^$", "[0-9]{2,}", "(?i)AMD64", r"^\d+\.\d+", r"\bb\b", "r[12]", "^[^,]*$")
ARCHES, ASKED_SETS = tuple(filter(None, WORDS)), tuple(filter(None, SETS))
RIGHTS = {
    "=": (*ARCHES, *RACKS, "1"), "==": (*ARCHES, *RACKS), "is": (*RACKS, "many"), "!=": (*ARCHES, *RACKS), "not": ARCHES,
    "<": NUMBERS, "<=": NUMBERS, ">": NUMBERS, ">=": NUMBERS, "version": VERSION_BOUNDS, "semver": SEMVER_BOUNDS, "regexp": PATTERNS,
    "set_contains": ASKED_SETS, "set_contains_all": ASKED_SETS, "set_contains_any": ASKED_SETS, "is_set": ("",), "is_not_set": ("",),
}  # fmt: skip
KEYS = {
    "<": "number", "<=": "number", ">": "number", ">=": "number", "version": "version", "semver": "version",
    "set_contains": "set", "set_contains_all": "set", "set_contains_any": "set",
}  # fmt: skip
PROPERTIES = ("${meta.rack}", "${attr.made.rack}", "${node.class}", "${node.unique.name}", "${attr.kernel.version}")
DEVICE_NAMES = ("gpu", "fpga", "nvidia/gpu", "amd/gpu", "nvidia/gpu/a2", "nvidia/gpu/1080ti", "intel/fpga/f100")
DEVICE_CONSTRAINTS = (
    ("${device.attr.memory}", ">=", "4 GiB"), ("${device.attr.memory}", "<", "10 GB"), ("${device.attr.memory}", "=", "8192 MiB"),
    ("${device.attr.clock}", ">", "2000 MHz"), ("${device.attr.driver_version}", "version", ">= 530"), ("${device.vendor}", "!=", "amd"),
    ("${device.model}", "regexp", "^(a2|1080)"), ("${device.attr.ecc}", "=", "true"), ("${device.attr.lanes}", "<=", "8"),
    ("${device.attr.nothing}", "is_not_set", ""), ("${device.attr.ecc}", "is_set", ""), ("${device.type}", "set_contains_any", "fpga,gpu"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows for the lists of a job's JSON. ``constraints`` pairs each with its level; ``ports`` are static where they have a Value."""

    constraints: tuple[tuple[str, Json], ...] = ()
    affinities: tuple[tuple[str, Json], ...] = ()
    spreads: tuple[tuple[str, Json], ...] = ()
    ports: tuple[Json, ...] = ()
    mode: str = ""
    volumes: tuple[Json, ...] = ()
    devices: tuple[Json, ...] = ()
    drivers: tuple[str, ...] = ()
    job: Json = field(default_factory=dict)
    resources: Json = field(default_factory=dict)
    disk_mb: int = 0


@dataclass(frozen=True, slots=True)
class Draw:
    """``node`` is to be suited, unless ``strict``: then as few of ``nodes`` as chance offers."""

    random: Random
    nodes: Sequence[Json]
    node: Json
    strict: bool

    def of(self, values: Sequence[str]) -> str:
        return self.random.choice(values)

    def level(self, *levels: str) -> str:
        return self.random.choice(levels or LEVELS)


def driver(draw: Draw) -> Piece:
    healthy = [it for it, said in sorted(draw.node["Drivers"].items()) if said["Healthy"]]
    return Piece(drivers=(draw.of(DRIVERS if draw.strict or not healthy else healthy),))


def datacenters(draw: Draw) -> Piece:
    own = draw.node["Datacenter"]
    lax = (["*"], [own], [f"{own[:2]}*"], [f"*{own[-1]}", "dc9"], sorted(DATACENTERS))
    strict = (["dc9"], ["dc2"], ["attic-*"], ["*-1"], ["d*2"], ["DC1"])
    return Piece(job={"Datacenters": draw.random.choice(strict if draw.strict else lax)})


def pool(draw: Draw) -> Piece:
    return Piece(job={"NodePool": draw.of(("gpu", "default") if draw.strict else ("all", draw.node["NodePool"]))})


def constraint(operator: str) -> Callable[[Draw], Piece]:
    """By this operator, on what nodes say of themselves; now and then with an attribute on the right side, too."""

    def drawn(draw: Draw) -> Piece:
        found = [_constraint(draw.random, operator) for _ in range(DRAWS)]
        suited = [sum(_met(node, it) for node in draw.nodes) for it in found]
        if draw.strict:
            chosen = found[suited.index(min(suited))]
        else:
            chosen = next((it for it in found if _met(draw.node, it)), found[suited.index(max(suited))])
        return Piece(constraints=((draw.level(), chosen),))

    return drawn


def _constraint(random: Random, operator: str) -> Json:
    key = KEYS.get(operator) or random.choice(("word", "rack", "number", "set"))
    left = random.choice((f"${{attr.made.{key}}}", f"${{meta.{key}}}"))
    if operator not in KEYS and random.random() < 0.2:
        left = random.choice(("${node.class}", "${node.datacenter}", "${node.unique.name}", "${node.pool}", "${attr.unique.hostname}"))
    right = random.choice(RIGHTS[operator])
    if right and operator in ("=", "!=", "<", ">=", "set_contains_any") and random.random() < 0.2:
        right = f"${{meta.{key}}}"
    return {"LTarget": left, "Operand": operator, "RTarget": right}


def _met(node: Json, it: Json) -> bool:
    return holds(_said(node, it["LTarget"]), it["Operand"], _said(node, it["RTarget"]))


def _said(node: Json, target: str) -> str | None:
    inside = target.removeprefix("${").removesuffix("}")
    kind, _, key = inside.partition(".")
    if inside == target:
        return target
    named = {"node.class": "NodeClass", "node.datacenter": "Datacenter", "node.unique.name": "Name", "node.pool": "NodePool"}
    found: str | None = node[named[inside]] if inside in named else node["Attributes" if kind == "attr" else "Meta"].get(key)
    return found


def distinct_hosts(draw: Draw) -> Piece:
    """Now and then twice, of which Nomad heeds the first."""
    level, many = draw.level("job", "group"), draw.random.choices((1, 2), (5, 1))[0]
    rights = [draw.random.choices(("", "true", "false"), (4, 3, 1))[0] for _ in range(many)]
    return Piece(constraints=tuple((level, {"Operand": "distinct_hosts", "RTarget": right}) for right in rights))


def distinct_property(draw: Draw) -> Piece:
    right = draw.random.choices(("", "1", "2", "3"), (4, 2, 2, 1))[0]
    row = {"LTarget": draw.of(PROPERTIES), "Operand": "distinct_property", "RTarget": right}
    return Piece(constraints=((draw.level("job", "group"), row),))


def mode(draw: Draw) -> Piece:
    modes = [it["Mode"] for it in draw.node["NodeResources"]["Networks"]]
    return Piece(mode=draw.of(("bridge", "cni/mesh", "cni/other", "host") if draw.strict else (*modes, "none")))


def static_ports(draw: Draw) -> Piece:
    numbers = draw.random.sample(STATIC_PORTS, draw.random.choice((1, 1, 2)))
    shared = draw.random.random() < 0.1
    return Piece(ports=tuple({"Value": it, "HostNetwork": _network(draw), "IgnoreCollision": shared} for it in numbers))


def dynamic_ports(draw: Draw) -> Piece:
    return Piece(ports=tuple({"HostNetwork": _network(draw)} for _ in range(draw.random.randint(1, 4 if draw.strict else 2))))


def host_network(draw: Draw) -> Piece:
    name = draw.of((*NETWORKS, "nowhere")) if draw.strict else _network(draw)
    return Piece(ports=({"HostNetwork": name},))


def _network(draw: Draw) -> str:
    if draw.random.random() < 0.1:
        return "${meta.net}"
    there = [it["Alias"] for it in draw.node["NodeResources"]["NodeNetworks"][0]["Addresses"]]
    return draw.of((*NETWORKS, "default") if draw.strict else (*there, "default"))


def volume(draw: Draw) -> Piece:
    there = [(name, it["ReadOnly"]) for name, it in sorted(draw.node["HostVolumes"].items())]
    if draw.strict or not there:
        return Piece(volumes=({"Source": draw.of(VOLUMES), "ReadOnly": draw.random.random() < 0.3},))
    name, read_only = draw.random.choice(there)
    return Piece(volumes=({"Source": name, "ReadOnly": read_only or draw.random.random() < 0.3},))


def device(draw: Draw) -> Piece:
    there = [f"{it['Vendor']}/{it['Type']}/{it['Name']}" for it in draw.node["NodeResources"]["Devices"]]
    names = (*DEVICE_NAMES, "tpu") if draw.strict or not there else tuple(name for it in there for name in (it, it.split("/")[1]))
    asked = draw.random.sample(DEVICE_CONSTRAINTS, draw.random.choice((0, 1, 2) if draw.strict else (0, 0, 1)))
    rows = [{"LTarget": left, "Operand": operator, "RTarget": right} for left, operator, right in asked]
    count = draw.random.randint(1, 3 if draw.strict else 1)
    return Piece(devices=({"Name": draw.of(names), "Count": count, "Constraints": rows},))


def cpu(draw: Draw) -> Piece:
    return Piece(resources={"CPU": _size(draw, [_mhz(it) for it in draw.nodes], _mhz(draw.node))})


def cores(draw: Draw) -> Piece:
    most = len(draw.node["NodeResources"]["Processors"]["Topology"]["Cores"])
    return Piece(resources={"Cores": draw.random.choice((4, 7, 8)) if draw.strict else draw.random.randint(1, max(1, most - 1))})


def memory(draw: Draw) -> Piece:
    size = _size(draw, [_mb(it, "Memory") for it in draw.nodes], _mb(draw.node, "Memory"))
    more = draw.random.choice(({}, {}, {"MemoryMaxMB": size * 2}, {"SecretsMB": size // 2}))
    return Piece(resources={"MemoryMB": size, **more})


def memory_max(draw: Draw) -> Piece:
    return Piece(resources={"MemoryMB": 40, "MemoryMaxMB": draw.random.choice((60, 4000, 20000))})


def disk(draw: Draw) -> Piece:
    return Piece(disk_mb=_size(draw, [_mb(it, "Disk") for it in draw.nodes], _mb(draw.node, "Disk")))


def _size(draw: Draw, have: Sequence[int], own: int) -> int:
    """A part of what is there, often to the last unit, or a unit more."""
    most = max(have) if draw.strict else own
    return max(10, draw.random.choice((most, most + 1, most // 2 + 1) if draw.strict else (most // 8, most // 4, most // 3, most * 2 // 3)))


def _mhz(node: Json) -> int:
    topology = node["NodeResources"]["Processors"]["Topology"]
    return int(topology["OverrideTotalCompute"] or sum(core["MaxSpeed"] for core in topology["Cores"])) - int(
        node["ReservedResources"]["Cpu"]["CpuShares"]
    )


def _mb(node: Json, what: str) -> int:
    return int(node["NodeResources"][what][f"{what}MB"]) - int(node["ReservedResources"][what][f"{what}MB"])


def affinity(draw: Draw) -> Piece:
    row = {
        **_constraint(draw.random, draw.of(("=", ">=", "version", "set_contains_any"))),
        "Weight": draw.random.choice((-100, -30, 50, 100)),
    }
    return Piece(affinities=((draw.level(), row),))


def spread(draw: Draw) -> Piece:
    targets = draw.random.choice(([], [], [{"Value": "r1", "Percent": 70}, {"Value": "r2", "Percent": 20}]))
    row = {"Attribute": draw.of(PROPERTIES[:3]), "Weight": draw.random.choice((20, 50, 100)), "SpreadTarget": targets}
    return Piece(spreads=((draw.level("job", "group"), row),))


PIECES: tuple[tuple[Callable[[Draw], Piece], int], ...] = (
    (driver, 8), (datacenters, 6), (pool, 5), *((constraint(operator), 3) for operator in RIGHTS), (distinct_hosts, 10),
    (distinct_property, 10), (mode, 6), (static_ports, 10), (dynamic_ports, 8), (host_network, 6), (volume, 9), (device, 14),
    (cpu, 8), (cores, 8), (memory, 8), (memory_max, 3), (disk, 6), (affinity, 4), (spread, 5),
)  # fmt: skip
"""With how often each is drawn, against the others."""
NOT_EVERYWHERE = (affinity, spread)
"""Nomad takes them for service and batch jobs only."""
