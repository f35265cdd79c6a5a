"""Blocks of a jobspec as Nomad's JSON has them, as far as a scheduler reads it; the values that only Nomad can work out are left out.

Source: nomad's ``jobspec2`` for what stands where, ``api`` for the names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from simulacra.hcl.syntax import Block, Body
from simulacra.hcl.values import Literal, Object

Json = dict[str, Any]

_SHORT = ("version", "semver", "regexp", "set_contains", "set_contains_any", "set_contains_all")
"""Attributes that are an operator and the right side in one."""
_FILLED_IN = re.compile(r'"((?:\$\{(?:attr|device|meta|node)\.[^{}"]+\}|[^"$%\\])*)"')
"""Of an attribute: text with `${meta.zone}` and the like in it."""
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h)")
_NANOSECONDS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
NOTHING = Body((), 0, 0, 0, "")


def network(body: Body) -> Json:
    """A ``network`` block."""
    ports = [(it.labels[0], value(it.body, "static", None), value(it.body, "host_network", "")) for it in blocks(body, "port") if it.labels]
    return {
        "Mode": value(body, "mode", ""),
        "ReservedPorts": [{"Label": name, "Value": number, "HostNetwork": network} for name, number, network in ports if number],
        "DynamicPorts": [{"Label": name, "HostNetwork": network} for name, number, network in ports if not number],
    }


def disconnect(body: Body) -> Json:
    """A ``disconnect`` block."""
    return {
        "LostAfter": nanoseconds(value(body, "lost_after", "0s")),
        "Replace": value(body, "replace", True),
        "StopOnClientAfter": nanoseconds(value(body, "stop_on_client_after", None)),
    }


def disk(group: Body) -> Json:
    """What a group's ``ephemeral_disk`` adds to it."""
    own = last(group, "ephemeral_disk")
    return {} if own is None else {"EphemeralDisk": {"SizeMB": value(own, "size", 300), "Sticky": value(own, "sticky", False)}}


def volume(body: Body) -> Json:
    return {
        "Source": value(body, "source", ""),
        "Type": value(body, "type", "host"),
        "ReadOnly": value(body, "read_only", False),
        "Sticky": value(body, "sticky", False),
    }


def task(body: Body) -> Json:
    asked, hook = last(body, "resources") or NOTHING, last(body, "lifecycle")
    sizes = [value(asked, name, None) for name in ("cpu", "cores", "memory", "memory_max")]
    made: Json = {
        "Driver": value(body, "driver", ""),
        "Constraints": constraints(body),
        "Affinities": [affinity(it) for it in blocks(body, "affinity")],
        "Resources": resources(sizes, asked),
    }
    if hook is not None:
        made["Lifecycle"] = {"Hook": value(hook, "hook", ""), "Sidecar": value(hook, "sidecar", False)}
    return made


def resources(sizes: Sequence[int | None], more: Body) -> Json:
    """``sizes`` are MHz, cores, MiB and MiB at most, as they are given; Nomad's defaults are 100 MHz and 300 MiB."""
    cpu, cores, memory, memory_max = sizes
    devices = [
        {"Name": it.labels[0], "Count": value(it.body, "count", 1), "Constraints": constraints(it.body)}
        for it in blocks(more, "device")
        if it.labels
    ]
    return {
        "CPU": 0 if cores else 100 if cpu is None else cpu,
        "Cores": cores or 0,
        "MemoryMB": 300 if memory is None else memory,
        "MemoryMaxMB": memory_max or 0,
        "Devices": devices,
    }


def constraints(body: Body) -> list[Json]:
    return [_constraint(it.body) for it in blocks(body, "constraint")]


def _constraint(body: Body) -> Json:
    left, right = value(body, "attribute", ""), value(body, "value", "")
    for name in _SHORT:
        if (found := value(body, name, None)) is not None:
            return rule(left, name, str(found))
    if (wanted := value(body, "distinct_hosts", None)) is not None:
        return rule("", "distinct_hosts", "true" if wanted else "false")
    if (attribute := value(body, "distinct_property", None)) is not None:
        return rule(attribute, "distinct_property", str(right))
    return rule(left, value(body, "operator", "="), str(right))


def affinity(block: Block) -> Json:
    return _constraint(block.body) | {"Weight": value(block.body, "weight", 50)}


def spread(body: Body) -> Json:
    targets = [
        {"Value": it.labels[0] if it.labels else value(it.body, "value", ""), "Percent": value(it.body, "percent", 0)}
        for it in blocks(body, "target")
    ]
    return {"Attribute": value(body, "attribute", ""), "Weight": value(body, "weight", 50), "SpreadTarget": targets}


def rule(left: str, operator: str, right: str) -> Json:
    return {"LTarget": left, "Operand": operator, "RTarget": right}


def blocks(body: Body, kind: str) -> list[Block]:
    return [block for block in body.blocks if block.type == kind]


def last(body: Body, kind: str) -> Body | None:
    found = blocks(body, kind)
    return found[-1].body if found else None


def value(body: Body, name: str, default: Any) -> Any:
    """The attribute as plain data, or as text with what the scheduler itself fills in; the default where it isn't given, or is neither."""
    attribute = next((it for it in body.attributes if it.name == name), None)
    found = attribute.value if attribute is not None else None
    if isinstance(found, Literal):
        return default if found.value is None else _plain(found)
    text = _FILLED_IN.fullmatch(attribute.written) if attribute is not None else None
    return text[1] if text else default


def _plain(found: Literal) -> Any:
    if isinstance(found.value, tuple):
        return [_plain(it) for it in found.value]
    if isinstance(found.value, Object):
        return {pair.key: _plain(pair.value) for pair in found.value.pairs}
    return found.value


def nanoseconds(written: Any) -> int | None:
    """Of a duration as Go writes it; a bare number is nanoseconds already."""
    if written is None or isinstance(written, int):
        return written
    return int(sum(float(amount) * _NANOSECONDS[unit] for amount, unit in _AMOUNT.findall(str(written))))


def reschedule(body: Body) -> Json | None:
    own = last(body, "reschedule")
    if own is None:
        return None
    attempts = value(own, "attempts", None)
    return {"Attempts": attempts or 0, "Unlimited": bool(value(own, "unlimited", attempts is None))}
